using System.Buffers.Binary;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>A locked coin comes back with its PIN, and for anything else there is one right answer, before any work where that can be.</summary>
public sealed class ZeqFileTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(1, 16).Select(b => (byte)b)];
    private static readonly byte[] Nonce = [.. Enumerable.Range(101, 12).Select(b => (byte)b)];

    public static TheoryData<ZeqFileKdf, int> Cheapest => new() { { ZeqFileKdf.Pbkdf2, ZeqFileCost.MinIterations }, { ZeqFileKdf.Argon2id, ZeqFileCost.MinMemoryKib } };

    [Theory]
    [MemberData(nameof(Cheapest))]
    public void A_file_opens_with_its_PIN_and_with_no_other(ZeqFileKdf kdf, int cost)
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = ZeqFile.Seal(coin, Coins.Pin, kdf, cost);
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.Open(file, Coins.Pin, out BearerCoin? opened));
        Assert.True(Coins.AreSame(coin, opened!));
        Assert.True(opened!.ProofHolds(Fixed.HomeA.Keys.NodePublicKey));
        Assert.False(opened.ProofHolds(Fixed.HomeB.Keys.NodePublicKey));
        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, ZeqFile.Open(file, "correct horse batterY", out BearerCoin? none));
        Assert.Null(none);
        file[^1] ^= 1;
        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, ZeqFile.Open(file, Coins.Pin, out none));
        Assert.Null(none);
    }

    [Fact]
    public void The_usual_file_is_Argon2id_with_64_MiB_and_two_are_never_alike()
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = ZeqFile.Seal(coin, Coins.Pin), again = ZeqFile.Seal(coin, Coins.Pin);
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.ReadHeader(file, out ZeqFileHeader header));
        Assert.Equal((ZeqFileKdf.Argon2id, 65_536), (header.Kdf, header.Cost));
        Assert.Equal(600_000, ZeqFileCost.DefaultOf(ZeqFileKdf.Pbkdf2));
        Assert.NotEqual(file[10..26], again[10..26]);
        Assert.NotEqual(file[26..38], again[26..38]);
    }

    [Fact]
    public void Any_coin_goes_there_and_back() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Coins.Any().ToArbitrary(),
        coin =>
        {
            byte[] file = Seal(coin, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
            return Open(file, out BearerCoin? opened, out _) == ZeqFileStatus.Ok && Coins.AreSame(coin, opened!);
        }));

    [Fact]
    public void The_smallest_and_the_largest_coin_fit_exactly_and_well()
    {
        using BearerCoin small = Coins.Smallest(), large = Coins.Largest();
        byte[] shortest = Seal(small, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib), longest = Seal(large, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
        Assert.Equal(ZeqFile.MinSizeBytes, shortest.Length);
        Assert.InRange(longest.Length, ZeqFile.MinSizeBytes + 1, ZeqFile.MaxSizeBytes);
        Assert.Equal(ZeqFileStatus.Ok, Open(shortest, out _, out _));
        Assert.Equal(ZeqFileStatus.Ok, Open(longest, out BearerCoin? opened, out _));
        Assert.True(Coins.AreSame(large, opened!));
    }

    [Theory]
    [MemberData(nameof(Cheapest))]
    public void Every_value_of_every_byte_has_the_one_right_error(ZeqFileKdf kdf, int cost)
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, kdf, cost);
        for (int at = 0; at < file.Length; at++)
        {
            byte good = file[at];
            for (int value = 0; value < 256; value++)
            {
                if (value == good)
                {
                    continue;
                }

                file[at] = (byte)value;
                ZeqFileStatus expected = at switch
                {
                    < 4 => ZeqFileStatus.NotAZeqFile,
                    4 => ZeqFileStatus.UnsupportedVersion,
                    5 when value is not (1 or 2) => ZeqFileStatus.UnsupportedKdf,
                    < 10 when !IsAccepted(file) => ZeqFileStatus.CostOutOfRange,
                    _ => ZeqFileStatus.WrongPinOrDamaged,
                };
                ZeqFileStatus status = Open(file, out BearerCoin? opened, out int runs);
                Assert.True(status == expected && opened is null, $"byte {at} = {value}: {status}");
                Assert.Equal(expected == ZeqFileStatus.WrongPinOrDamaged ? 1 : 0, runs);
            }

            file[at] = good;
        }

        Assert.Equal(ZeqFileStatus.Ok, Open(file, out _, out _));
    }

    [Fact]
    public void Every_cut_and_every_addition_has_the_one_right_error()
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
        for (int length = 0; length < file.Length; length++)
        {
            ZeqFileStatus expected = length < ZeqFile.MinSizeBytes ? ZeqFileStatus.Truncated : ZeqFileStatus.WrongPinOrDamaged;
            Assert.Equal(expected, Open(file[..length], out _, out int runs));
            Assert.Equal(expected == ZeqFileStatus.Truncated ? 0 : 1, runs);
        }

        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, Open([.. file, 0], out _, out _));
        byte[] padded = new byte[ZeqFile.MaxSizeBytes + 1];
        file.CopyTo(padded, 0);
        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, Open(padded[..^1], out _, out _));
        Assert.Equal(ZeqFileStatus.TooLarge, Open(padded, out _, out int none));
        Assert.Equal(0, none);
        padded[4] = 3;
        Assert.Equal(ZeqFileStatus.UnsupportedVersion, Open(padded, out _, out _));
        Assert.Equal(ZeqFileStatus.UnsupportedVersion, Open(padded[..5], out _, out _));
    }

    [Theory]
    [InlineData(ZeqFileKdf.Pbkdf2, 210_000u, true)]
    [InlineData(ZeqFileKdf.Pbkdf2, 209_999u, false)]
    [InlineData(ZeqFileKdf.Pbkdf2, 10_000_000u, true)]
    [InlineData(ZeqFileKdf.Pbkdf2, 10_000_001u, false)]
    [InlineData(ZeqFileKdf.Argon2id, 19_456u, true)]
    [InlineData(ZeqFileKdf.Argon2id, 19_455u, false)]
    [InlineData(ZeqFileKdf.Argon2id, 262_144u, true)]
    [InlineData(ZeqFileKdf.Argon2id, 262_145u, false)]
    [InlineData(ZeqFileKdf.Argon2id, 0u, false)]
    [InlineData(ZeqFileKdf.Argon2id, uint.MaxValue, false)]
    [InlineData(ZeqFileKdf.Pbkdf2, 0x8000_0000u, false)]
    public void A_cost_is_judged_before_any_work(ZeqFileKdf kdf, uint cost, bool isAccepted)
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, kdf, ZeqFileCost.DefaultOf(kdf));
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(6), cost);
        Assert.Equal(isAccepted ? ZeqFileStatus.WrongPinOrDamaged : ZeqFileStatus.CostOutOfRange, Open(file, out _, out int runs));
        Assert.Equal(isAccepted ? 1 : 0, runs);
        Assert.Equal(isAccepted ? ZeqFileStatus.Ok : ZeqFileStatus.CostOutOfRange, ZeqFile.ReadHeader(file, out _));
        if (!isAccepted)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => ZeqFile.Seal(coin, Coins.Pin, kdf, unchecked((int)cost)));
        }
    }

    [Fact]
    public void A_refused_file_takes_no_memory_worth_the_name()
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = ZeqFile.Seal(coin, Coins.Pin, ZeqFileKdf.Argon2id, ZeqFileCost.MinMemoryKib);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(6), uint.MaxValue);
        ZeqFile.Open(file, Coins.Pin, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ZeqFileStatus.CostOutOfRange, ZeqFile.Open(file, Coins.Pin, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 10);
    }

    [Fact]
    public void Random_bytes_are_never_a_file_and_never_a_fault() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        ArbMap.Default.ArbFor<bool>(),
        (bytes, hasMagic) => Open(hasMagic ? [.. "ZEQC"u8, 2, 2, 0, 1, 0, 0, .. bytes, .. new byte[400]] : bytes, out BearerCoin? coin, out _) != ZeqFileStatus.Ok && coin is null));

    [Theory]
    [InlineData("short")]
    [InlineData("1234567")]
    [InlineData("")]
    [InlineData(" leading")]
    [InlineData("trailing ")]
    [InlineData("with\u0007bell")]
    public void What_can_be_no_PIN_opens_nothing_and_costs_nothing(string pin)
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
        var kdf = new ScriptedKdf();
        using var scratch = new ZeqFileScratch();
        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, ZeqFile.Open(file, pin, kdf, scratch, out _, CancellationToken.None));
        Assert.Equal(0, kdf.Runs);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => ZeqFile.Seal(coin, pin));
        Assert.True(pin.Length == 0 || !refused.ToString().Contains(pin, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_eight_digits_opens_though_none_is_made()
    {
        using BearerCoin coin = Coins.Published();
        Assert.Throws<ArgumentException>(() => ZeqFile.Seal(coin, "12345678"));
        byte[] plain = new byte[CoinCbor.MaxSizeBytes];
        byte[] file = Box(plain.AsSpan(0, CoinCbor.Write(coin, plain)), "12345678");
        using var scratch = new ZeqFileScratch();
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.Open(file, "12345678", new ScriptedKdf(), scratch, out _, CancellationToken.None));
    }

    [Fact]
    public void Under_the_right_PIN_only_the_one_encoding_of_a_coin_is_one()
    {
        using BearerCoin coin = Coins.Published();
        byte[] buffer = new byte[CoinCbor.MaxSizeBytes];
        byte[] plain = buffer[..CoinCbor.Write(coin, buffer)];
        Assert.Equal(ZeqFileStatus.Ok, Open(Box(plain, Coins.Pin), out _, out _));
        Assert.Equal(ZeqFileStatus.NotACoin, Open(Box([.. plain, 0], Coins.Pin), out _, out _));
        Assert.Equal(ZeqFileStatus.NotACoin, Open(Box(plain.AsSpan(0, plain.Length - 1), Coins.Pin), out _, out _));
        Assert.Equal(ZeqFileStatus.NotACoin, Open(Box(new byte[plain.Length], Coins.Pin), out _, out _));
    }

    [Fact]
    public async Task At_most_two_keys_are_derived_at_a_time()
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
        int inside = 0, most = 0, leastFree = int.MaxValue;
        using var twoCame = new CountdownEvent(2);
        using var bothLooked = new Barrier(2);
        int firstTwo = 0;
        var kdf = new ScriptedKdf(() =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref inside));
            if (Interlocked.Increment(ref firstTwo) <= 2)
            {
                // Both places are taken now, and neither is given back before both have looked.
                twoCame.Signal();
                twoCame.Wait(TestContext.Current.CancellationToken);
                leastFree = Math.Min(leastFree, PinKdf.FreePlaces);
                bothLooked.SignalAndWait(TestContext.Current.CancellationToken);
            }

            Interlocked.Decrement(ref inside);
        });
        Task[] openers = [.. Enumerable.Range(0, 12).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using var scratch = new ZeqFileScratch();
                Assert.Equal(ZeqFileStatus.Ok, ZeqFile.Open(file, Coins.Pin, kdf, scratch, out BearerCoin? _, CancellationToken.None));
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(openers);
        Assert.Equal(12, kdf.Runs);
        Assert.Equal(2, most);
        Assert.Equal(0, leastFree);
    }

    [Fact]
    public void A_place_is_given_back_where_the_derivation_fails_and_waiting_can_be_given_up()
    {
        using BearerCoin coin = Coins.Published();
        byte[] file = Seal(coin, ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib);
        var failing = new ScriptedKdf(() => throw new InvalidOperationException("no memory"));
        using var tooLong = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        for (int i = 0; i < 5; i++)
        {
            using var scratch = new ZeqFileScratch();
            Assert.Throws<InvalidOperationException>(() => ZeqFile.Open(file, Coins.Pin, failing, scratch, out _, tooLong.Token));
        }

        Assert.Equal(ZeqFileStatus.Ok, Open(file, out _, out _));
        Assert.Throws<OperationCanceledException>(() => ZeqFile.Open(file, Coins.Pin, out _, new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => ZeqFile.Seal(coin, Coins.Pin, ct: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Secrets_are_zeroed_after_use_and_in_no_text()
    {
        using BearerCoin coin = Coins.Published();
        var scratch = new ZeqFileScratch();
        byte[] file = ZeqFile.Seal(coin, Coins.Pin, ZeqFileKdf.Argon2id, null, Salt, Nonce, new ScriptedKdf(), scratch, CancellationToken.None);
        Assert.True(scratch.Pin.IndexOf("horse"u8) > 0 && scratch.Key.ContainsAnyExcept((byte)0) && scratch.Coin.IndexOf(coin.Ticket) > 0);
        scratch.Dispose();
        Assert.True(scratch.HoldsOnlyZeroes);

        scratch = new ZeqFileScratch();
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.Open(file, Coins.Pin, new ScriptedKdf(), scratch, out BearerCoin? opened, CancellationToken.None));
        Assert.True(scratch.Coin.IndexOf(coin.Ticket) > 0);
        scratch.Dispose();
        Assert.True(scratch.HoldsOnlyZeroes);
        Assert.DoesNotContain(Convert.ToHexStringLower(opened!.Ticket), opened.ToString(), StringComparison.Ordinal);
        opened.Dispose();
        opened.Dispose();
        Assert.True(opened.HoldsOnlyZeroes);
        Assert.Throws<ObjectDisposedException>(() => opened.Ticket.Length);
        Assert.Throws<ObjectDisposedException>(() => ZeqFile.Seal(opened, Coins.Pin));
    }

    [Fact]
    public void Every_status_has_its_sentence() =>
        Assert.Equal(Enum.GetValues<ZeqFileStatus>().Length, Enum.GetValues<ZeqFileStatus>().Select(ZeqFile.Describe).Distinct().Count());

    private static byte[] Seal(BearerCoin coin, ZeqFileKdf kdf, int cost)
    {
        using var scratch = new ZeqFileScratch();
        return ZeqFile.Seal(coin, Coins.Pin, kdf, cost, Salt, Nonce, new ScriptedKdf(), scratch, CancellationToken.None);
    }

    private static ZeqFileStatus Open(byte[] file, out BearerCoin? coin, out int runs)
    {
        var kdf = new ScriptedKdf();
        using var scratch = new ZeqFileScratch();
        ZeqFileStatus status = ZeqFile.Open(file, Coins.Pin, kdf, scratch, out coin, CancellationToken.None);
        runs = kdf.Runs;
        return status;
    }

    /// <summary>A file around any plaintext, with the scripted key, sealed by .NET's own AES-GCM.</summary>
    private static byte[] Box(ReadOnlySpan<byte> plaintext, string pin)
    {
        byte[] header = [.. "ZEQC"u8, 2, 2, 0, 1, 0, 0, .. Salt, .. Nonce];
        byte[] key = new byte[32], sealedCoin = new byte[plaintext.Length], tag = new byte[16];
        new ScriptedKdf().DeriveKey(ZeqFileKdf.Argon2id, 65_536, System.Text.Encoding.UTF8.GetBytes(pin), Salt, key, CancellationToken.None);
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(Nonce, plaintext, sealedCoin, tag, header);
        return [.. header, .. sealedCoin, .. tag];
    }

    private static bool IsAccepted(byte[] file)
    {
        uint cost = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(6));
        return file[5] == 1 ? cost is >= 210_000 and <= 10_000_000 : cost is >= 19_456 and <= 262_144;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
