using System.Text;
using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>What every implementation of Argon2id must do, and what this library's own does with each kind of vector.</summary>
public class Argon2idTests
{
    public static TheoryData<string> Providers { get; } = [.. CryptoProvider.Argon2idProviders.Select(p => p.Name)];

    public static TheoryData<string> Vectors { get; } = [.. Supported.Select(v => v.ToString())];

    private static IEnumerable<ManagedArgon2id.Vectors> Supported => Enum.GetValues<ManagedArgon2id.Vectors>().Where(v => v switch
    {
        ManagedArgon2id.Vectors.Of256Bits => Argon2Vector256.IsSupported,
        ManagedArgon2id.Vectors.Of128Bits => Argon2Vector128.IsSupported,
        _ => true,
    });

    private static IArgon2idProvider Provider(string name) => CryptoProvider.Argon2idProviders.Single(p => p.Name == name);

    [Theory, MemberData(nameof(Vectors))]
    public void Rfc9106Section5Point3(string vectors)
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("argon2", "argon2id.json"));
        var test = document.RootElement.GetProperty("rfc9106");
        var (memoryKib, passes, lanes) = Parameters(test);
        var seed = new byte[64];
        ManagedArgon2id.Seed(test.Bytes("password"), test.Bytes("salt"), test.Bytes("secret"), test.Bytes("ad"), memoryKib, passes, lanes, 32, seed);
        Assert.Equal(test.GetProperty("pre_hashing_digest").GetString(), Hex.Encode(seed));

        var key = new byte[32];
        new ManagedArgon2id().DeriveKey(
            Enum.Parse<ManagedArgon2id.Vectors>(vectors), test.Bytes("password"), test.Bytes("salt"), test.Bytes("secret"), test.Bytes("ad"), memoryKib, passes, lanes, key, default);
        Assert.Equal(test.GetProperty("tag").GetString(), Hex.Encode(key));
    }

    [Theory, MemberData(nameof(Providers))]
    public void ReferenceImplementation8(string provider)
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("argon2", "argon2id.json"));
        var count = 0;
        foreach (var test in document.RootElement.GetProperty("reference_tests").EnumerateArray())
        {
            var (memoryKib, passes, lanes) = Parameters(test);
            var expected = test.GetProperty("tag").GetString()!;
            var key = new byte[expected.Length / 2];
            PasswordKdf.Argon2id(Provider(provider), Utf8(test, "password_utf8"), Utf8(test, "salt_utf8"), memoryKib, passes, lanes, key, default);
            Assert.Equal(expected, Hex.Encode(key));
            count++;
        }

        Assert.Equal(8, count);
    }

    /// <summary>Memory that is no multiple of four times the lanes, many lanes, and keys and inputs of every kind of length.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void Shapes15(string provider)
    {
        foreach (var test in Shapes())
        {
            var (memoryKib, passes, lanes) = Parameters(test);
            var key = new byte[test.Bytes("tag").Length];
            PasswordKdf.Argon2id(Provider(provider), test.Bytes("password"), test.Bytes("salt"), memoryKib, passes, lanes, key, default);
            Assert.Equal(test.GetProperty("tag").GetString(), Hex.Encode(key));
        }
    }

    [Theory, MemberData(nameof(Vectors))]
    public void Shapes15WithEachKindOfVector(string vectors)
    {
        foreach (var test in Shapes())
        {
            var (memoryKib, passes, lanes) = Parameters(test);
            var key = new byte[test.Bytes("tag").Length];
            new ManagedArgon2id().DeriveKey(
                Enum.Parse<ManagedArgon2id.Vectors>(vectors), test.Bytes("password"), test.Bytes("salt"), [], [], memoryKib, passes, lanes, key, default);
            Assert.Equal(test.GetProperty("tag").GetString(), Hex.Encode(key));
        }
    }

    [Fact]
    public void EveryKindOfVectorAgreesWithTheReferenceOn100RandomInputs()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 100; i++)
        {
            var lanes = random.Next(1, 7);
            var memoryKib = (8 * lanes) + random.Next(1500);
            var passes = random.Next(1, 4);
            var password = random.Bytes(random.Next(200));
            var salt = random.Bytes(random.Next(8, 40));
            byte[]? expected = ReferenceArgon2.IsPresent ? ReferenceArgon2.DeriveKey(password, salt, memoryKib, passes, lanes, 40) : null;
            foreach (var vectors in Supported)
            {
                var key = new byte[40];
                new ManagedArgon2id().DeriveKey(vectors, password, salt, [], [], memoryKib, passes, lanes, key, default);
                Assert.Equal(expected ??= key, key);
            }
        }
    }

    /// <summary>Random blocks, and among them blocks of zeros and of ones, which no fill meets.</summary>
    [Fact]
    public unsafe void EveryKindOfVectorCompressesAlike()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 300; i++)
        {
            var blocks = new byte[3][];
            for (var b = 0; b < 3; b++)
            {
                blocks[b] = random.Bytes(1024);
                if (random.Next(4) == 0)
                {
                    blocks[b].AsSpan().Fill(random.Next(2) == 0 ? (byte)0 : byte.MaxValue);
                }
            }

            foreach (var isXored in (bool[])[false, true])
            {
                var expected = Compress<Argon2Scalar>(blocks, isXored);
                if (Argon2Vector128.IsSupported)
                {
                    Assert.Equal(expected, Compress<Argon2Vector128>(blocks, isXored));
                }

                if (Argon2Vector256.IsSupported)
                {
                    Assert.Equal(expected, Compress<Argon2Vector256>(blocks, isXored));
                }
            }
        }

        static byte[] Compress<T>(byte[][] blocks, bool isXored)
            where T : struct, IArgon2Compression
        {
            using var memory = new Argon2Memory(8, 1);
            for (var b = 0; b < 3; b++)
            {
                blocks[b].CopyTo(new Span<byte>(memory.Block(0, b), 1024));
            }

            T.Compress(memory.Block(0, 0), memory.Block(0, 1), memory.Block(0, 2), memory.Block(0, 3), isXored);
            return new Span<byte>(memory.Block(0, 2), 1024).ToArray();
        }
    }

    [Fact]
    public void TheMemoryIsZeroedOnEveryWayOut()
    {
        var (seen, bytes) = (0, 0L);
        var provider = new ManagedArgon2id(memory =>
        {
            seen++;
            bytes += memory.SizeBytes;
            AssertZero(memory);
        });
        var key = new byte[32];
        provider.DeriveKey([1], new byte[16], 4099, 1, 4, key, default);
        Assert.Equal(1, seen);
        Assert.Equal(4096L * 1024, bytes);

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => provider.DeriveKey([1], new byte[16], 4096, 3, 1, new byte[32], cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => provider.DeriveKey([1], new byte[16], 4096, 3, 4, new byte[32], cancelled.Token));
        Assert.Equal(3, seen);
    }

    [Fact]
    public void MemoryThatWasUsedIsZeroedWhereItIsDisposedOf()
    {
        var isLooked = false;
        var memory = new Argon2Memory(20_000, 1, memory =>
        {
            isLooked = true;
            AssertZero(memory);
        });
        for (var i = 0; i < memory.LaneBlocks; i++)
        {
            Fill(memory, i);
        }

        memory.Dispose();
        memory.Dispose();
        Assert.True(isLooked);

        static unsafe void Fill(Argon2Memory memory, int index) => new Span<byte>(memory.Block(0, index), 1024).Fill(0xA5);
    }

    [Theory, InlineData(1), InlineData(4)]
    public async Task ACancelledComputationEndsAndLeavesNoKey(int lanes)
    {
        var key = new byte[32];
        using var cancel = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var work = Task.Run(() =>
        {
            key.AsSpan().Fill(0xEE);
            started.SetResult();

            // Minutes of work, if it were not given up.
            Assert.Throws<OperationCanceledException>(() => PasswordKdf.Argon2id(CryptoProvider.Argon2idProviders[0], [1], new byte[16], 262_144, 64, lanes, key, cancel.Token));
        });
        await started.Task;
        await Task.Delay(50);
        await cancel.CancelAsync();
        await work;
        Assert.Equal(new byte[32], key);

        key.AsSpan().Fill(0xEE);
        Assert.Throws<OperationCanceledException>(() => PasswordKdf.Argon2id([1], new byte[16], 8, 1, 1, key, cancel.Token));
        Assert.Equal(new byte[32], key);
    }

    [Fact]
    public unsafe void ACancelledSegmentEndsAtTheNextCheck()
    {
        const int Checked = Argon2Fill.BlocksBetweenCancellationChecks;
        using var memory = new Argon2Memory(4 * 2 * Checked, 1);
        for (var i = 0; i < memory.LaneBlocks; i++)
        {
            new Span<byte>(memory.Block(0, i), 1024).Fill(i < 2 ? (byte)i : (byte)0xA5);
        }

        Argon2Fill.Segment<Argon2Scalar>(memory, passes: 1, pass: 0, lane: 0, slice: 0, new CancellationToken(canceled: true));
        Assert.True(new Span<byte>(memory.Block(0, Checked - 1), 1024).ContainsAnyExcept((byte)0xA5));
        Assert.False(new Span<byte>(memory.Block(0, Checked), 1024).ContainsAnyExcept((byte)0xA5));
    }

    private static unsafe void AssertZero(Argon2Memory memory)
    {
        for (var lane = 0; lane < memory.Lanes; lane++)
        {
            for (var i = 0; i < memory.LaneBlocks; i++)
            {
                Assert.False(new Span<byte>(memory.Block(lane, i), 1024).ContainsAnyExcept((byte)0));
            }
        }
    }

    private static List<JsonElement> Shapes()
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("argon2", "argon2id_shapes.json"));
        List<JsonElement> tests = [.. document.RootElement.GetProperty("tests").EnumerateArray().Select(t => t.Clone())];
        Assert.Equal(15, tests.Count);
        return tests;
    }

    private static (int MemoryKib, int Passes, int Lanes) Parameters(JsonElement test) =>
        (test.GetProperty("m_kib").GetInt32(), test.GetProperty("t").GetInt32(), test.GetProperty("p").GetInt32());

    private static byte[] Utf8(JsonElement test, string name) => Encoding.UTF8.GetBytes(test.GetProperty(name).GetString()!);
}
