using System.Text;

namespace Zeq.Crypto.Tests;

public class Blake2bTests
{
    [Theory]
    [InlineData("", "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce")]
    [InlineData("abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")]
    public void Rfc7693AppendixA(string message, string expected)
    {
        var hash = new byte[64];
        Blake2b.Hash(Encoding.ASCII.GetBytes(message), hash);
        Assert.Equal(expected, Hex.Encode(hash));
    }

    /// <summary>RFC 7693 appendix E: digests of four sizes, of messages of six lengths, with and without a key, hashed together.</summary>
    [Fact]
    public void Rfc7693AppendixE()
    {
        var all = new Blake2b(32);
        foreach (var size in (int[])[20, 32, 48, 64])
        {
            foreach (var length in (int[])[0, 3, 128, 129, 255, 1024])
            {
                var message = Sequence(length, length);
                var hash = new byte[size];
                Blake2b.Hash(message, hash);
                all.Append(hash);

                var keyed = new Blake2b(size, Sequence(size, size));
                keyed.Append(message);
                keyed.Finish(hash);
                all.Append(hash);
            }
        }

        var result = new byte[32];
        all.Finish(result);
        Assert.Equal("c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475", Hex.Encode(result));
    }

    [Fact]
    public void PiecesAreTheSameAsTheWhole()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 500; i++)
        {
            var message = random.Bytes(random.Next(600));
            var expected = new byte[random.Next(1, 65)];
            Blake2b.Hash(message, expected);
            var blake = new Blake2b(expected.Length);
            for (var at = 0; at < message.Length;)
            {
                var take = Math.Min(random.Next(0, 300), message.Length - at);
                blake.Append(message.AsSpan(at, take));
                at += take;
            }

            var hash = new byte[expected.Length];
            blake.Finish(hash);
            Assert.Equal(expected, hash);
        }
    }

    [Fact]
    public void ANumberIsFourBytesLittleEndian()
    {
        var hash = new byte[32];
        var expected = new byte[32];
        var blake = new Blake2b(32);
        blake.Append(0x04030201);
        blake.Finish(hash);
        Blake2b.Hash([1, 2, 3, 4], expected);
        Assert.Equal(expected, hash);
    }

    private static byte[] Sequence(int length, int seed)
    {
        var (a, b) = (unchecked(0xDEAD4BAD * (uint)seed), 1u);
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            (a, b) = (b, unchecked(a + b));
            bytes[i] = (byte)(b >> 24);
        }

        return bytes;
    }
}
