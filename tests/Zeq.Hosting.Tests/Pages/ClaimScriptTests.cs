using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>The page's scripts read links, PINs and files as the library does: each is held against the library's own answer.</summary>
public sealed class ClaimScriptTests
{
    private static readonly JsonElement Vector = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(PageScript.Root, "docs", "vectors", "zeq-file.json"))).RootElement;

    private static byte[] Cbor => Convert.FromHexString(Vector.GetProperty("cbor").GetString()!);

    [Fact]
    public async Task The_known_answer_files_open_with_their_PIN_and_its_keys()
    {
        string pin = Vector.GetProperty("pin").GetString()!;
        JsonElement[] files = [.. Vector.GetProperty("files").EnumerateArray()];
        IReadOnlyList<JsonElement> keys = await PageScript.CallAsync(files.Select(file => new JsonObject
        {
            ["call"] = "key", ["kdf"] = file.GetProperty("kdf").GetInt32(), ["cost"] = file.GetProperty("cost").GetInt32(),
            ["pin"] = Vector.GetProperty("pin_utf8").GetString(), ["salt"] = file.GetProperty("salt").GetString(),
        }));
        IReadOnlyList<JsonElement> opened = await PageScript.CallAsync(files.Select(file => Open(Convert.FromHexString(file.GetProperty("file").GetString()!), pin, null)));
        for (int i = 0; i < files.Length; i++)
        {
            Assert.Equal(files[i].GetProperty("key").GetString(), keys[i].GetString());
            Assert.Equal("Ok", opened[i].GetProperty("status").GetString());
            Assert.True(JsonElement.DeepEquals(Vector.GetProperty("coin"), opened[i].GetProperty("coin")), $"file {i}: {opened[i]}");
        }

        JsonElement wrong = await PageScript.CallAsync(Open(Convert.FromHexString(files[2].GetProperty("file").GetString()!), pin + "!", null));
        Assert.Equal(("WrongPinOrDamaged", 1), (wrong.GetProperty("status").GetString(), wrong.GetProperty("runs").GetInt32()));
    }

    [Fact]
    public async Task A_migrated_coin_is_read_as_its_known_answer()
    {
        JsonElement migrated = Vector.GetProperty("migrated");
        byte[] file = LockedFile.Around(Convert.FromHexString(migrated.GetProperty("cbor").GetString()!));
        JsonElement opened = await PageScript.CallAsync(Open(file, LockedFile.Pin));
        Assert.True(JsonElement.DeepEquals(migrated.GetProperty("coin"), opened.GetProperty("coin")), opened.ToString());
    }

    [Fact]
    public async Task Argon2id_is_that_of_RFC_9106()
    {
        JsonElement[] cases = [Vectors("argon2id.json").GetProperty("rfc9106"), .. Vectors("argon2id_shapes.json").GetProperty("tests").EnumerateArray()];
        Assert.Equal(16, cases.Length);
        IReadOnlyList<JsonElement> keys = await PageScript.CallAsync(cases.Select(test => new JsonObject
        {
            ["call"] = "argon2id", ["password"] = Text(test, "password"), ["salt"] = Text(test, "salt"), ["secret"] = Text(test, "secret"), ["data"] = Text(test, "ad"),
            ["memoryKib"] = test.GetProperty("m_kib").GetInt32(), ["passes"] = test.GetProperty("t").GetInt32(), ["lanes"] = test.GetProperty("p").GetInt32(),
            ["size"] = Text(test, "tag").Length / 2,
        }));
        for (int i = 0; i < cases.Length; i++)
        {
            Assert.Equal(Text(cases[i], "tag"), keys[i].GetProperty("key").GetString());
            Assert.True(keys[i].GetProperty("rises").GetBoolean(), $"case {i}: the progress goes back or does not end");
        }

        static JsonElement Vectors(string name) =>
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(PageScript.Root, "tests", "Zeq.Crypto.Tests", "Vectors", "argon2", name))).RootElement;

        static string Text(JsonElement test, string name) => test.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
    }

    [Fact]
    public async Task Every_cut_every_addition_and_every_changed_bit_has_the_librarys_error()
    {
        byte[] file = LockedFile.Around(Cbor);
        var cases = new List<byte[]>();
        cases.AddRange(Enumerable.Range(0, file.Length + 1).Select(length => file[..length]));
        cases.AddRange(((int[])[1, 2, 1600, ZeqFile.MaxSizeBytes - file.Length, ZeqFile.MaxSizeBytes - file.Length + 1, 8192]).Select(more => (byte[])[.. file, .. new byte[more]]));
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] changed = [.. file];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            cases.Add(changed);
        }

        foreach (uint cost in (uint[])[0, 19_455, 19_456, 209_999, 210_000, 262_144, 262_145, 10_000_000, 10_000_001, uint.MaxValue])
        {
            foreach (byte kdf in (byte[])[0, 1, 2, 3, 255])
            {
                byte[] changed = [.. file];
                changed[5] = kdf;
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(6), cost);
                cases.Add(changed);
            }
        }

        await AssertAlikeAsync(cases, ZeqFileStatus.Ok, ZeqFileStatus.NotAZeqFile, ZeqFileStatus.UnsupportedVersion, ZeqFileStatus.Truncated, ZeqFileStatus.TooLarge,
            ZeqFileStatus.UnsupportedKdf, ZeqFileStatus.CostOutOfRange, ZeqFileStatus.WrongPinOrDamaged);
    }

    [Fact]
    public async Task Under_the_right_PIN_the_page_takes_the_coins_that_the_library_takes()
    {
        byte[] plain = Cbor, migrated = Convert.FromHexString(Vector.GetProperty("migrated").GetProperty("cbor").GetString()!);
        var plains = new List<byte[]>();
        foreach (byte[] coin in (byte[][])[plain, migrated])
        {
            plains.AddRange([coin, [.. coin, 0], coin[..^1], new byte[coin.Length]]);
            for (int at = 0; at < coin.Length; at++)
            {
                foreach (int change in (int[])[1, 2, 4, 8, 16, 32, 64, 128, 255])
                {
                    byte[] changed = [.. coin];
                    changed[at] ^= (byte)change;
                    plains.Add(changed);
                }
            }
        }

        // Other spellings of the same integers, and integers that are too large for JSON.
        string hex = Convert.ToHexStringLower(plain), value = "020603000406", seq = "040305";
        foreach ((string from, string to) in ((string, string)[])
            [
                (value, "02180603000406"), (value, "0219000603000406"), (value, "021a0000000603000406"), (value, "021b000000000000000603000406"), (value, "02060318000406"),
                (seq, "04180305"), (seq, "041817" + "05"), (seq, "04181805"), (seq, "0419010005"), (seq, "041a0001000005"), (seq, "041a0000ffff05"), (seq, "041b000000010000000005"),
                (seq, "041b00000000ffffffff05"), (seq, "041b001fffffffffffff05"), (seq, "041b002000000000000005"), (seq, "041bffffffffffffffff05"), (seq, "041c0305"), (seq, "041f0305"),
                ("a601ab", "b80601ab"), ("64" + "4b4f3432", "7804" + "4b4f3432"),
            ])
        {
            Assert.Single(hex.Split(from)[1..]);
            plains.Add(Convert.FromHexString(hex.Replace(from, to, StringComparison.Ordinal)));
        }

        await AssertAlikeAsync(plains.Select(plaintext => LockedFile.Around(plaintext)), ZeqFileStatus.Ok, ZeqFileStatus.NotACoin);
    }

    [Fact]
    public async Task A_coin_in_deflated_JSON_is_read_with_the_librarys_rules_for_a_coins_JSON()
    {
        string json = Vector.GetProperty("coin").GetRawText();
        string[] texts =
        [
            json, Vector.GetProperty("migrated").GetProperty("coin").GetRawText(), "{}", "null", "[]", "\"\"", "{", "{\"claim\":null}", json[..^2],
            Changed("value_zqt", 7), Changed("v", 3), Changed("kind", "zeq-token"), Changed("bearer_ticket", "00"), Changed("spend_seq", 0), Changed("spend_seq", "3"),
            Changed("node_sig_alg", "ed448"), Changed("home_origin", "https://b.example"), Changed("export_zeqond", -1), Changed("node_sig", new string('A', 128)),
            Changed("node_pubkey", null), Changed("note", "an additional member"), ChangedClaim("note", "an additional member"), ChangedClaim("value_zqt", 41),
            ChangedClaim("operators", new JsonArray("ko42")), ChangedClaim("operators", "KO42"), ChangedClaim("minted_by", "ZEQ0749182937"), ChangedClaim("machine", "A"),
            ChangedClaim("home_origin", "https://a.example/"), ChangedClaim("kind", "zeq-envelope/v2"), ChangedClaim("zeq_proof", "00"), ChangedClaim("migrated_from", "x"),
        ];
        byte[][] files =
        [
            .. texts.Select(text => LockedFile.Around(Padded(Deflate(text, isZlib: true)))), .. texts.Select(text => LockedFile.Around(Padded(Deflate(text, isZlib: false)))),
        ];
        IReadOnlyList<JsonElement> opened = await PageScript.CallAsync(files.Select(file => Open(file, LockedFile.Pin)));
        int good = 0;
        for (int i = 0; i < files.Length; i++)
        {
            string text = texts[i % texts.Length];
            if (Padded([]).Length > Deflate(text, isZlib: i < texts.Length).Length)
            {
                // A deflated text too short for a file had bytes put behind it, which is not allowed.
                Assert.Equal("NotACoin", Status(opened[i]));
                continue;
            }

            bool isCoin = BearerCoinJson.TryRead(Encoding.UTF8.GetBytes(text), out BearerCoin? coin);
            Assert.True((isCoin ? "Ok" : "NotACoin") == Status(opened[i]), $"{text}: {opened[i]}");
            if (isCoin)
            {
                using JsonDocument expected = JsonDocument.Parse(coin!.ToPayload().ToUtf8());
                Assert.True(JsonElement.DeepEquals(expected.RootElement, opened[i].GetProperty("coin")));
                good++;
            }
        }

        Assert.True(good >= 4);

        string Changed(string name, JsonNode? value)
        {
            JsonObject coin = JsonNode.Parse(json)!.AsObject();
            coin[name] = value;
            return coin.ToJsonString();
        }

        // In the coin's own copies too, so that it is the claim's form that is judged.
        string ChangedClaim(string name, JsonNode? value)
        {
            JsonObject coin = JsonNode.Parse(json)!.AsObject();
            coin["claim"]![name] = value;
            if (coin.ContainsKey(name) && name != "kind")
            {
                coin[name] = value!.DeepClone();
            }

            return coin.ToJsonString();
        }
    }

    [Fact]
    public async Task What_inflates_to_more_than_any_coin_is_none()
    {
        string json = Vector.GetProperty("coin").GetRawText();
        byte[][] files =
        [
            LockedFile.Around(Padded(Deflate(json + new string(' ', 1_000_000), isZlib: true))), LockedFile.Around(Padded(Deflate(json + new string(' ', 1_000_000), isZlib: false))),
        ];
        Assert.All(await PageScript.CallAsync(files.Select(file => Open(file, LockedFile.Pin))), answer => Assert.Equal("NotACoin", Status(answer)));
    }

    [Fact]
    public async Task A_PIN_can_be_one_where_the_librarys_can()
    {
        string[] pins =
        [
            "", "1234567", "12345678", "abcdefgh", " abcdefg", "abcdefg ", "abc defg", "abc\tdefg", "abcdefg\u00a0", "\u2003abcdefgh", "abcdefgh\u3000", "abcdefgh\u200b", "abcdefgh\ufeff",
            "abcdefgh\u0085", "abcd\u007fefgh", "abcd\u009fefgh", "Straße der Münzen 7", "😀😀😀😀", "😀😀😀😀😀😀😀😀", new string('a', 128), new string('a', 129),
            string.Concat(Enumerable.Repeat("😀", 128)), string.Concat(Enumerable.Repeat("😀", 129)), "abcdefg\n", "\0abcdefgh", "日本語日本語日本",
        ];
        IReadOnlyList<JsonElement> answers = await PageScript.CallAsync(pins.Select(pin => new JsonObject { ["call"] = "pin", ["text"] = pin }));
        Assert.All(pins.Zip(answers), pair => Assert.True(BearerPin.CanBe(pair.First) == pair.Second.GetBoolean(), $"\"{pair.First}\""));

        JsonElement refused = await PageScript.CallAsync(Open(LockedFile.Around(Cbor), "short"));
        Assert.Equal(("WrongPinOrDamaged", 0), (Status(refused), refused.GetProperty("runs").GetInt32()));
    }

    [Fact]
    public async Task An_origin_has_one_spelling()
    {
        string[] origins =
        [
            "https://a.example", "http://127.0.0.1:5000", "https://[2001:db8::1]:8443", "https://1.2.3.4", "https://a.example:443", "http://a.example:80", "http://a.example:443",
            "https://a.example/", "https://A.example", "https://a_b", "https://-a", "https://a-", "https://a..b", "https://", "ftp://a", "a.example", "https://a:0", "https://a:65535",
            "https://a:65536", "https://a:080", "https://a:", "https://1.2.3", "https://1.2.3.256", "https://01.2.3.4", "https://0x7f.1", "https://a.0x", "https://a.1", "https://[::1]",
            "https://[0:0:0:0:0:0:0:1]", "https://[2001:DB8::1]", "https://[2001:db8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]", "https://[::1%1]", "https://[]", "https://[::1",
            "https://" + new string('a', 63), "https://" + new string('a', 64), "https://a b", "https://a\n", "https://a?b", "https://a#b", "https://u@a", "",
        ];
        IReadOnlyList<JsonElement> answers = await PageScript.CallAsync(origins.Select(origin => new JsonObject { ["call"] = "origin", ["text"] = origin }));
        Assert.All(origins.Zip(answers), pair => Assert.True(Origin.TryParse(pair.First, out _) == pair.Second.GetBoolean(), pair.First));
    }

    [Fact]
    public async Task A_fragment_is_read_as_the_librarys_link()
    {
        string link = Vector.GetProperty("link_of_last").GetString()!;
        string fragment = link[link.IndexOf('#', StringComparison.Ordinal)..], digits = fragment["#zeqcoin:v2:".Length..];
        string[] fragments =
        [
            fragment, fragment + "=", fragment[..^1], fragment[..^2], fragment[..^3], fragment + "A", "#zeqcoin:v2:", "#zeqcoin:v3:" + digits, "#zeqcoin:v", "#zeqcoin:", "#zeqcoin:w2:AA",
            "#ZEQCOIN:v2:" + digits, "#other", "#zeqcoin:v2:" + digits.Replace('-', '+'), "#zeqcoin:v2:AA AA", "#zeqcoin:v2:AB", "#zeqcoin:v2:AAA", "#zeqcoin:v2:AAB",
            "#zeqcoin:v2:" + new string('A', ((ZeqFile.MaxSizeBytes * 4) + 2) / 3), "#zeqcoin:v2:%41%41",
        ];
        IReadOnlyList<JsonElement> answers = await PageScript.CallAsync(fragments.Select(text => new JsonObject { ["call"] = "fragment", ["text"] = text }));
        foreach ((string text, JsonElement answer) in fragments.Zip(answers))
        {
            CoinLinkStatus expected = CoinLink.Read("https://a.example/claim" + text, out _, out byte[]? file);
            Assert.True(expected.ToString() == Status(answer), $"{text}: {answer}");
            Assert.Equal(file is null ? null : Convert.ToHexStringLower(file), answer.GetProperty("file").GetString());
        }

        JsonElement tooLong = await PageScript.CallAsync(new JsonObject { ["call"] = "fragment", ["text"] = "#zeqcoin:v2:" + new string('A', 100_000) });
        Assert.Equal("TooLong", Status(tooLong));
    }

    [Fact]
    public async Task Every_fault_has_its_own_sentence()
    {
        JsonObject[] calls =
        [
            .. Enum.GetNames<ZeqFileStatus>().Where(name => name != "Ok").Select(name => new JsonObject { ["call"] = "sayFile", ["status"] = name }),
            .. Enum.GetNames<CoinLinkStatus>().Where(name => name is not ("Ok" or "InvalidOrigin")).Select(name => new JsonObject { ["call"] = "sayLink", ["status"] = name }),
            .. ((string[])["UNAUTHORIZED", "FORBIDDEN", "INVALID_COIN", "INVALID_TICKET", "ISSUER_NOT_TRUSTED", "ISSUER_LIMIT", "TOKEN_NOT_FOUND", "SUPERSEDED", "ALREADY_MIGRATED",
                "PEER_UNREACHABLE", "PEER_KEY_CHANGED", "RATE_LIMITED", "OUTCOME_UNKNOWN", "another"]).Select(code => new JsonObject { ["call"] = "sayRefusal", ["code"] = code }),
        ];
        IReadOnlyList<JsonElement> sentences = await PageScript.CallAsync(calls);
        Assert.Equal(calls.Length, sentences.Select(sentence => sentence.GetString()).Where(sentence => !string.IsNullOrEmpty(sentence)).Distinct().Count());
    }

    private static async Task AssertAlikeAsync(IEnumerable<byte[]> files, params ZeqFileStatus[] allOf)
    {
        byte[][] cases = [.. files];
        IReadOnlyList<JsonElement> answers = await PageScript.CallAsync(cases.Select(file => Open(file, LockedFile.Pin)));
        var seen = new HashSet<ZeqFileStatus>();
        foreach ((byte[] file, JsonElement answer) in cases.Zip(answers))
        {
            (ZeqFileStatus status, int runs, string? coin) = LockedFile.Open(file, LockedFile.Pin);
            seen.Add(status);
            Assert.True(status.ToString() == Status(answer), $"{status} of the library, {answer} of the page: {Convert.ToHexStringLower(file)}");
            Assert.Equal(runs, answer.TryGetProperty("runs", out JsonElement ran) ? ran.GetInt32() : 0);
            Assert.Equal(coin is not null, answer.TryGetProperty("coin", out JsonElement opened));
            if (coin is not null)
            {
                Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(coin).RootElement, opened));
            }
        }

        Assert.Equal(allOf.Order(), seen.Order());
    }

    private static string Status(JsonElement answer) => answer.GetProperty("status").GetString()!;

    private static JsonObject Open(byte[] file, string pin) => Open(file, pin, LockedFile.Key);

    private static JsonObject Open(byte[] file, string pin, byte[]? key) =>
        new() { ["call"] = "open", ["file"] = Convert.ToHexStringLower(file), ["pin"] = pin, ["key"] = key is null ? null : Convert.ToHexStringLower(key) };

    // The shortest sealed coin has 281 bytes; what is shorter is refused by its header.
    private static byte[] Padded(byte[] plain) => plain.Length >= 281 ? plain : [.. plain, .. new byte[281 - plain.Length]];

    private static byte[] Deflate(string text, bool isZlib)
    {
        using var deflated = new MemoryStream();
        using (Stream stream = isZlib ? new ZLibStream(deflated, CompressionLevel.Optimal) : new DeflateStream(deflated, CompressionLevel.Optimal))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return deflated.ToArray();
    }
}
