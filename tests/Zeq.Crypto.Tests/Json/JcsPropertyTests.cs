using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>Random documents, each written in several ways: one document has one canonical form, and it is the same document.</summary>
public class JcsPropertyTests
{
    [Fact]
    public void OneDocumentHasOneForm()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 2_000; i++)
        {
            var document = Generate(random, depth: 0);
            var first = Write(document, random);
            var canonical = Jcs.Canonicalize(Encoding.UTF8.GetBytes(first));
            Assert.Equal(canonical, Jcs.Canonicalize(Encoding.UTF8.GetBytes(Write(document, random))));
            Assert.Equal(canonical, Jcs.Canonicalize(canonical));

            using var before = JsonDocument.Parse(first);
            using var after = JsonDocument.Parse(canonical);
            AssertSame(before.RootElement, after.RootElement);
        }
    }

    [Fact]
    public void DamagedDocumentsAreRefusedOrStillJson()
    {
        var random = SeededRandom.Create();
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(Write(Generate(random, depth: 1), random));
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            byte[] canonical;
            try
            {
                canonical = Jcs.Canonicalize(bytes.AsSpan(0, random.Next(10) == 0 ? random.Next(bytes.Length) : bytes.Length));
            }
            catch (FormatException)
            {
                refused++;
                continue;
            }

            Assert.Equal(canonical, Jcs.Canonicalize(canonical));
            using var _ = JsonDocument.Parse(canonical);
        }

        Assert.InRange(refused, 1, 19_999);
    }

    /// <summary>Null, bool, double, string, a list of documents, or a list of named documents.</summary>
    private static object? Generate(Random random, int depth)
    {
        switch (random.Next(depth > 4 ? 5 : 8))
        {
            case 0:
                return null;
            case 1:
                return random.Next(2) == 0;
            case 2:
                return (double)random.Next(-1000, 1000);
            case 3:
                double value;
                do
                {
                    value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
                }
                while (!double.IsFinite(value));
                return value;
            case 4:
                return Text(random);
            case 5:
                return Enumerable.Range(0, random.Next(5)).Select(_ => Generate(random, depth + 1)).ToList();
            default:
                var members = new Dictionary<string, object?>(StringComparer.Ordinal);
                for (var i = random.Next(8); i > 0; i--)
                {
                    members[Text(random)] = Generate(random, depth + 1);
                }

                return members;
        }
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(8); i > 0; i--)
        {
            var rune = random.Next(6) switch
            {
                0 => new Rune(random.Next(0x20)),
                1 => new Rune(random.Next(0xE000, 0x10000)),
                2 => new Rune(random.Next(0x10000, 0x110000)),
                3 => new Rune(random.Next(0x80, 0xD800)),
                4 => new Rune("\"\\/"[random.Next(3)]),
                _ => new Rune(random.Next('a', 'e')),
            };
            text.Append(rune.ToString());
        }

        return text.ToString();
    }

    /// <summary>Writes a document with random white space, order of members, escapes and forms of numbers.</summary>
    private static string Write(object? document, Random random)
    {
        var text = new StringBuilder();
        Write(document);
        return text.ToString();

        void Write(object? value)
        {
            Space();
            switch (value)
            {
                case null:
                    text.Append("null");
                    break;
                case bool b:
                    text.Append(b ? "true" : "false");
                    break;
                case double d:
                    text.Append(d.ToString(random.Next(3) switch { 0 => "E16", 1 => "R", _ => "E20" }, CultureInfo.InvariantCulture));
                    break;
                case string s:
                    WriteString(s);
                    break;
                case List<object?> list:
                    text.Append('[');
                    for (var i = 0; i < list.Count; i++)
                    {
                        text.Append(i > 0 ? "," : "");
                        Write(list[i]);
                    }

                    text.Append(']');
                    break;
                case Dictionary<string, object?> members:
                    text.Append('{');
                    var shuffled = members.ToArray();
                    random.Shuffle(shuffled);
                    for (var i = 0; i < shuffled.Length; i++)
                    {
                        text.Append(i > 0 ? "," : "");
                        Space();
                        WriteString(shuffled[i].Key);
                        Space();
                        text.Append(':');
                        Write(shuffled[i].Value);
                    }

                    text.Append('}');
                    break;
            }

            Space();
        }

        void Space() => text.Append(random.Next(4) == 0 ? " \t\r\n"[random.Next(4)].ToString() : "");

        void WriteString(string s)
        {
            text.Append('"');
            foreach (var rune in s.EnumerateRunes())
            {
                if (rune.Value < 0x20 || rune.Value is '"' or '\\' || random.Next(3) == 0)
                {
                    foreach (var unit in rune.ToString())
                    {
                        text.Append(CultureInfo.InvariantCulture, $"\\u").Append(((int)unit).ToString(random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture));
                    }
                }
                else
                {
                    text.Append(rune.ToString());
                }
            }

            text.Append('"');
        }
    }

    private static void AssertSame(JsonElement before, JsonElement after)
    {
        Assert.Equal(before.ValueKind, after.ValueKind);
        switch (before.ValueKind)
        {
            case JsonValueKind.Number:
                Assert.Equal(before.GetDouble(), after.GetDouble());
                break;
            case JsonValueKind.String:
                Assert.Equal(before.GetString(), after.GetString());
                break;
            case JsonValueKind.Array:
                Assert.Equal(before.GetArrayLength(), after.GetArrayLength());
                foreach (var (x, y) in before.EnumerateArray().Zip(after.EnumerateArray()))
                {
                    AssertSame(x, y);
                }

                break;
            case JsonValueKind.Object:
                // Sorted by .NET's ordinal comparer, which compares UTF-16 code units.
                var expected = before.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal).ToArray();
                var actual = after.EnumerateObject().ToArray();
                Assert.Equal(expected.Select(m => m.Name), actual.Select(m => m.Name));
                foreach (var (x, y) in expected.Zip(actual))
                {
                    AssertSame(x.Value, y.Value);
                }

                break;
        }
    }
}
