using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class RecordTests
{
    private static readonly byte[] RecordKey = Convert.FromHexString(World.Hash("record key"));
    private static readonly string Session = World.Hash("session")[..32];

    /// <summary>The same bytes by .NET's own primitives, from the text of the rule.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(1 << 24, 3)]
    public void Keys_go_on_in_steps_and_the_counter_runs_on(int recordsPerKey, int records)
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.ResponderToInitiator, Session, (ulong)recordsPerKey);
        byte[] chain = HKDF.Expand(HashAlgorithmName.SHA256, RecordKey, 32, "zeq/record/r2i/v1"u8.ToArray());
        byte[] key = [];
        for (int counter = 0; counter < records; counter++)
        {
            if (counter % recordsPerKey == 0)
            {
                key = HKDF.Expand(HashAlgorithmName.SHA256, chain, 32, "zeq/record/key/v1"u8.ToArray());
                chain = HKDF.Expand(HashAlgorithmName.SHA256, chain, 32, "zeq/record/next/v1"u8.ToArray());
            }

            byte[] data = Encoding.UTF8.GetBytes($"record {counter}"), record = Sealed(sealer, data);
            byte[] count = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(count, counter);
            Assert.Equal(count, record[..8]);
            byte[] plaintext = new byte[data.Length + 1];
            using var gcm = new AesGcm(key, 16);
            gcm.Decrypt([0, 0, 0, 0, .. count], record.AsSpan(8..^16), record.AsSpan(^16..), plaintext, [.. Encoding.ASCII.GetBytes(Session), .. "r2i"u8, .. count]);
            Assert.Equal([0, .. data], plaintext);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Both_sides_step_at_the_same_record(int recordsPerKey)
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session, (ulong)recordsPerKey);
        using var opener = new RecordOpener(RecordKey, RecordDirection.InitiatorToResponder, Session, (ulong)recordsPerKey);
        for (int i = 0; i < 3 * recordsPerKey; i++)
        {
            Assert.Equal(RecordStatus.Ok, Open(opener, Sealed(sealer, [(byte)i])));
        }

        Assert.Equal(RecordStatus.Ok, Open(opener, Sealed(sealer, [], RecordKind.End)));
    }

    [Fact]
    public void Who_does_not_step_does_not_open_the_record_behind_the_boundary()
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session, 2);
        using var opener = new RecordOpener(RecordKey, RecordDirection.InitiatorToResponder, Session, 3);
        Assert.Equal([RecordStatus.Ok, RecordStatus.Ok, RecordStatus.NotAuthentic], Enumerable.Range(0, 3).Select(_ => Open(opener, Sealed(sealer, [1]))));
    }

    [Fact]
    public void Every_flipped_bit_every_cut_and_every_addition_is_refused()
    {
        byte[] record = Sealed(new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session), "a few bytes"u8);
        for (int i = 0; i < record.Length * 8; i++)
        {
            byte[] damaged = [.. record];
            damaged[i / 8] ^= (byte)(1 << (i % 8));
            Assert.Equal(i < 64 ? RecordStatus.OutOfOrder : RecordStatus.NotAuthentic, Open(Fresh(), damaged));
        }

        for (int size = 0; size < record.Length; size++)
        {
            Assert.Equal(size < RecordSealer.OverheadBytes ? RecordStatus.Malformed : RecordStatus.NotAuthentic, Open(Fresh(), record[..size]));
        }

        Assert.Equal(RecordStatus.NotAuthentic, Open(Fresh(), [.. record, 0]));
        Assert.Equal(RecordStatus.Malformed, Open(Fresh(), new byte[RecordSealer.MaxRecordSizeBytes + 1]));
    }

    [Fact]
    public void A_record_of_another_session_direction_or_key_is_refused()
    {
        byte[] record = Sealed(new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session), "x"u8);
        Assert.Equal(RecordStatus.Ok, Open(Fresh(), record));
        Assert.Equal(RecordStatus.NotAuthentic, Open(new RecordOpener(RecordKey, RecordDirection.ResponderToInitiator, Session), record));
        Assert.Equal(RecordStatus.NotAuthentic, Open(new RecordOpener(RecordKey, RecordDirection.InitiatorToResponder, World.Hash("other")[..32]), record));
        Assert.Equal(RecordStatus.NotAuthentic, Open(new RecordOpener(new byte[32], RecordDirection.InitiatorToResponder, Session), record));
    }

    [Fact]
    public void Replayed_dropped_and_swapped_records_are_refused_and_nothing_opens_behind_them()
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session);
        byte[][] records = [.. Enumerable.Range(0, 4).Select(i => Sealed(sealer, [(byte)i]))];
        foreach (int[] order in (int[][])[[0, 0], [0, 2], [1], [0, 1, 0], [0, 1, 3]])
        {
            RecordOpener opener = Fresh();
            Assert.All(order[..^1], i => Assert.Equal(RecordStatus.Ok, Open(opener, records[i])));
            Assert.Equal(RecordStatus.OutOfOrder, Open(opener, records[order[^1]]));
            Assert.Equal(RecordStatus.AfterEnd, Open(opener, records[(int)opener.Counter]));
        }
    }

    [Fact]
    public void Nothing_opens_behind_an_end_and_nothing_is_sealed()
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session);
        RecordOpener opener = Fresh();
        byte[] end = Sealed(sealer, [], RecordKind.End);
        Assert.Equal(RecordStatus.Ok, Open(opener, end));
        Assert.Equal(RecordStatus.AfterEnd, Open(opener, end));
        Assert.Throws<InvalidOperationException>(() => Sealed(sealer, []));
        Assert.Throws<ArgumentException>(() => Sealed(new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session), [1], RecordKind.End));
        Assert.Throws<ArgumentException>(() => Sealed(new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session), [1], (RecordKind)2));
    }

    /// <summary>The other side holds the keys, and seals what no record is.</summary>
    [Theory]
    [InlineData("02")]
    [InlineData("ff00")]
    [InlineData("0100")]
    public void An_authentic_record_of_no_kind_is_malformed(string plaintextHex)
    {
        byte[] chain = HKDF.Expand(HashAlgorithmName.SHA256, RecordKey, 32, "zeq/record/i2r/v1"u8.ToArray());
        byte[] key = HKDF.Expand(HashAlgorithmName.SHA256, chain, 32, "zeq/record/key/v1"u8.ToArray());
        byte[] plaintext = Convert.FromHexString(plaintextHex), record = new byte[8 + plaintext.Length + 16];
        using var gcm = new AesGcm(key, 16);
        gcm.Encrypt(new byte[12], plaintext, record.AsSpan(8..^16), record.AsSpan(^16..), [.. Encoding.ASCII.GetBytes(Session), .. "i2r"u8, .. new byte[8]]);
        Assert.Equal(RecordStatus.Malformed, Open(Fresh(), record));
    }

    [Fact]
    public void The_longest_record_is_65_535_bytes()
    {
        using var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session);
        byte[] record = Sealed(sealer, new byte[RecordSealer.MaxDataSizeBytes]);
        Assert.Equal(65_535, record.Length);
        Assert.Equal(RecordStatus.Ok, Open(Fresh(), record));
        Assert.Throws<ArgumentException>(() => Sealed(sealer, new byte[RecordSealer.MaxDataSizeBytes + 1]));
    }

    [Fact]
    public void Erased_keys_seal_and_open_nothing()
    {
        var sealer = new RecordSealer(RecordKey, RecordDirection.InitiatorToResponder, Session);
        byte[] record = Sealed(sealer, []);
        RecordOpener opener = Fresh();
        sealer.Dispose();
        opener.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Sealed(sealer, []));
        Assert.Throws<ObjectDisposedException>(() => Open(opener, record));
    }

    private static RecordOpener Fresh() => new(RecordKey, RecordDirection.InitiatorToResponder, Session);

    private static byte[] Sealed(RecordSealer sealer, ReadOnlySpan<byte> data, RecordKind kind = RecordKind.Data)
    {
        byte[] record = new byte[data.Length + RecordSealer.OverheadBytes];
        sealer.Seal(kind, data, record);
        return record;
    }

    private static RecordStatus Open(RecordOpener opener, byte[] record) => opener.TryOpen(record, new byte[record.Length], out _, out _);
}
