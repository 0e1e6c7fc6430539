using System.Text.Json;

namespace Zeq.Crypto.Tests;

public class PasswordKdfTests
{
    [Fact]
    public void Pbkdf2HmacSha512Vectors10()
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("pbkdf2", "pbkdf2_hmac_sha512.json"));
        var count = 0;
        foreach (var test in document.RootElement.GetProperty("tests").EnumerateArray())
        {
            var key = new byte[test.Bytes("key").Length];
            PasswordKdf.Pbkdf2(test.Bytes("password"), test.Bytes("salt"), test.GetProperty("iterations").GetInt32(), key);
            Assert.Equal(test.GetProperty("key").GetString(), Hex.Encode(key));
            count++;
        }

        Assert.Equal(10, count);
    }

    [Fact]
    public void NumbersAndLengthsOutOfTheirRangesAreRefusedBeforeAnyWork()
    {
        var never = new Recorder();
        var (password, salt, key) = (new byte[8], new byte[16], new byte[32]);
        foreach (var (memoryKib, passes, lanes) in ((int, int, int)[])
        [
            (0, 1, 1), (-1, 1, 1), (7, 1, 1), (15, 1, 2), (8 * 64 - 1, 1, 64), (PasswordKdf.MaxMemoryKib + 1, 1, 1), (int.MaxValue, 1, 1), (int.MinValue, 1, 1),
            (64, 0, 1), (64, -1, 1), (64, PasswordKdf.MaxPasses + 1, 1), (64, int.MaxValue, 1),
            (64, 1, 0), (64, 1, -1), (4096, 1, PasswordKdf.MaxLanes + 1), (4096, 1, int.MaxValue), (4096, 1, 1 << 28), (4096, 1, int.MinValue),
        ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => PasswordKdf.Argon2id(never, password, salt, memoryKib, passes, lanes, key, default));
            Assert.Throws<ArgumentOutOfRangeException>(() => PasswordKdf.Argon2id(password, salt, memoryKib, passes, lanes, key));
        }

        foreach (var (passwordSize, saltSize, keySize, name) in ((int, int, int, string)[])
        [
            (PasswordKdf.MaxPasswordSizeBytes + 1, 16, 32, "password"), (8, 7, 32, "salt"), (8, 0, 32, "salt"), (8, PasswordKdf.MaxSaltSizeBytes + 1, 32, "salt"),
            (8, 16, 15, "key"), (8, 16, 0, "key"), (8, 16, PasswordKdf.MaxKeySizeBytes + 1, "key"),
        ])
        {
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(
                () => PasswordKdf.Argon2id(never, new byte[passwordSize], new byte[saltSize], 64, 1, 1, new byte[keySize], default)).ParamName);
            Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(
                () => PasswordKdf.Pbkdf2(new byte[passwordSize], new byte[saltSize], 1, new byte[keySize])).ParamName);
        }

        foreach (var iterations in (int[])[0, -1, PasswordKdf.MaxIterations + 1, int.MaxValue])
        {
            Assert.Equal("iterations", Assert.Throws<ArgumentOutOfRangeException>(() => PasswordKdf.Pbkdf2(password, salt, iterations, key)).ParamName);
        }

        Assert.Equal("memoryKib", Assert.Throws<ArgumentOutOfRangeException>(() => PasswordKdf.Argon2id(password, salt, 7, 1, 1, key)).ParamName);
        Assert.Equal(0, never.Calls);
    }

    [Fact]
    public void TheBoundsThemselvesAreAllowed()
    {
        var recorder = new Recorder();
        PasswordKdf.Argon2id(recorder, [], new byte[8], 8, 1, 1, new byte[16], default);
        PasswordKdf.Argon2id(recorder, new byte[4096], new byte[1024], 2_097_152, 64, 64, new byte[1024], default);
        PasswordKdf.Argon2id(recorder, [], new byte[8], 512, 1, 64, new byte[16], default);
        Assert.Equal(3, recorder.Calls);
        PasswordKdf.Pbkdf2([], new byte[8], 1, new byte[16]);
        PasswordKdf.Pbkdf2(new byte[4096], new byte[1024], 1, new byte[1024]);
    }

    [Fact]
    public void AKeyThatOverlapsAnInputIsRefused()
    {
        var buffer = new byte[64];
        Assert.Throws<ArgumentException>(() => PasswordKdf.Argon2id(buffer.AsSpan(0, 17), new byte[16], 8, 1, 1, buffer.AsSpan(16, 32)));
        Assert.Throws<ArgumentException>(() => PasswordKdf.Argon2id([], buffer.AsSpan(0, 16), 8, 1, 1, buffer.AsSpan(15, 32)));
        Assert.Throws<ArgumentException>(() => PasswordKdf.Pbkdf2(buffer.AsSpan(0, 17), new byte[16], 1, buffer.AsSpan(16, 32)));
        PasswordKdf.Argon2id(buffer.AsSpan(0, 16), buffer.AsSpan(48), 8, 1, 1, buffer.AsSpan(16, 32));
    }

    [Fact]
    public void AProviderThatThrowsLeavesNoKey()
    {
        var key = new byte[32];
        key.AsSpan().Fill(0xEE);
        Assert.Throws<OutOfMemoryException>(() => PasswordKdf.Argon2id(new Recorder { IsThrowing = true }, [], new byte[16], 8, 1, 1, key, default));
        Assert.Equal(new byte[32], key);
    }

    private sealed class Recorder : IArgon2idProvider
    {
        internal int Calls { get; private set; }

        internal bool IsThrowing { get; init; }

        public string Name => "recorder";

        public void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key, CancellationToken cancellationToken)
        {
            Calls++;
            if (IsThrowing)
            {
                throw new OutOfMemoryException();
            }
        }
    }
}
