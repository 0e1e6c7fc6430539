using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>
/// The power goes at any commit, and each of the three files is left as a disk may leave it: cut, with zeros, or with anything behind the
/// cut; pages of the store itself half copied. What is there afterwards is the first so many commits, and none that was durable is missing.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int Commits = 64;
    private const int PageSizeBytes = 4_096;
    private const int LogHeaderSizeBytes = 32;
    private const int FrameSizeBytes = 24 + PageSizeBytes;
    private static readonly Zid Owner = Zid.FromNumber(1);
    private readonly TempFolder _folder = new();
    private readonly Random _random;
    private int _copies;

    public PowerCutTests()
    {
        int seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        if (int.TryParse(Environment.GetEnvironmentVariable("ZEQ_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given))
        {
            seed = given;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"ZEQ_TEST_SEED={seed}");
        _random = new Random(seed);
    }

    private string Path => _folder.File("home.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_a_power_cut_the_state_is_a_prefix_and_nothing_durable_is_missing()
    {
        int inJournal = 0;
        int inLog = 0;
        foreach (Disk disk in await DisksAsync())
        {
            inJournal += EndsOf(disk.Journal, disk.Generation()).Count > 1 ? 1 : 0;
            inLog += disk.Log.Length > 0 ? 1 : 0;

            // What lies behind the end of the files was never promised.
            Assert.Equal(disk.Acknowledged, await OpenedAsync(disk with { Journal = WithTail(disk.Journal), Log = WithTail(disk.Log) }));
            Assert.Equal(disk.Acknowledged, await OpenedAsync(disk with { Store = HalfCopied(disk) }));
            for (int i = 0; i < 3; i++)
            {
                Disk torn = disk with
                {
                    Journal = i == 1 ? disk.Journal : Cut(disk.Journal, [.. EndsOf(disk.Journal, null)]),
                    Log = i == 0 ? disk.Log : Cut(disk.Log, [.. Enumerable.Range(0, Math.Max(1, disk.Log.Length / FrameSizeBytes)).Select(n => LogHeaderSizeBytes + (n * FrameSizeBytes))]),
                };
                (long inFile, int generation) = Committed(torn);
                Assert.Equal(inFile + EndsOf(torn.Journal, generation).Count - 1, await OpenedAsync(torn));
                Assert.True(i != 0 || inFile >= Committed(disk).Count, "The file lost what only the journal was cut of.");
            }
        }

        Assert.True(inJournal > 5 && inLog > 5, $"{inJournal} with a journal, {inLog} with a log: too few to say anything.");
    }

    /// <summary>The files as they are right after each commit; now and then a reader, or a pause, has brought all into the store's file.</summary>
    private async Task<List<Disk>> DisksAsync()
    {
        var disks = new List<Disk>();
        await SqliteHomeStore.Open(Path).DisposeAsync();
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path, new SqliteOptions { CheckpointPages = 100, JournalSizeKib = 8 });
        for (int i = 1; i <= Commits; i++)
        {
            await using (HomeTransaction transaction = await store.BeginAsync(new KeySet().Add(FuelPool.Table, Owner.Text), default))
            {
                transaction.Workspace.Append(CreditMove.Table, new CreditMove(Owner, i, new Zeqond(i), CreditReason.Claim, new string('r', _random.Next(10, 2_500)), 1, 0, 0));
                transaction.Workspace.Put(FuelPool.Table, new FuelPool(Owner, i, 0, 0, 0, i));
                await transaction.CommitAsync(default);
            }

            disks.Add(await DiskAsync(i));
            if (_random.Next(6) == 0)
            {
                await using IHomeReader reader = await store.SnapshotAsync();
                disks.Add(await DiskAsync(i));
            }
        }

        return disks;
    }

    /// <summary>The three files at one instant: read until two readings agree, for the store copies its log meanwhile.</summary>
    private async Task<Disk> DiskAsync(long acknowledged)
    {
        Disk? before = null;
        while (true)
        {
            var now = new Disk(acknowledged, await ReadAsync(Path), await ReadAsync(Path + "-wal"), await ReadAsync(Journal.PathOf(Path)));
            if (before is not null && now.Store.AsSpan().SequenceEqual(before.Store) && now.Log.AsSpan().SequenceEqual(before.Log)
                && now.Journal.AsSpan().SequenceEqual(before.Journal))
            {
                return now;
            }

            before = now;
        }
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private byte[] WithTail(byte[] file)
    {
        byte[] tail = new byte[_random.Next(1, 6_000)];
        if (_random.Next(2) == 0)
        {
            _random.NextBytes(tail);
        }

        return file.Length == 0 ? file : [.. file, .. tail];
    }

    private byte[] Cut(byte[] file, int[] boundaries)
    {
        if (file.Length == 0)
        {
            return file;
        }

        int cut = Math.Min(_random.Next(2) == 0 ? boundaries[_random.Next(boundaries.Length)] : _random.Next(file.Length), file.Length);
        byte[] torn = (byte[])file.Clone();
        switch (_random.Next(3))
        {
            case 0:
                return torn[..cut];
            case 1:
                torn.AsSpan(cut).Clear();
                return torn;
            default:
                _random.NextBytes(torn.AsSpan(cut));
                return torn;
        }
    }

    /// <summary>A copy of the log into the store was under way: any page that the log has may be anything, or missing at the end.</summary>
    private byte[] HalfCopied(Disk disk)
    {
        byte[] store = (byte[])disk.Store.Clone();
        int last = 0;
        for (int at = LogHeaderSizeBytes; at + FrameSizeBytes <= disk.Log.Length; at += FrameSizeBytes)
        {
            // A frame of this log, up to its last commit: the others are of an earlier one.
            if (!disk.Log.AsSpan(at + 8, 8).SequenceEqual(disk.Log.AsSpan(16, 8)))
            {
                break;
            }

            last = BinaryPrimitives.ReadInt32BigEndian(disk.Log.AsSpan(at + 4)) != 0 ? at : last;
        }

        for (int at = LogHeaderSizeBytes; at <= last; at += FrameSizeBytes)
        {
            int page = BinaryPrimitives.ReadInt32BigEndian(disk.Log.AsSpan(at));
            if (page > 1 && page * PageSizeBytes <= store.Length && _random.Next(2) == 0)
            {
                _random.NextBytes(store.AsSpan(((page - 1) * PageSizeBytes) + _random.Next(PageSizeBytes))[..1]);
                _random.NextBytes(store.AsSpan((page - 1) * PageSizeBytes, PageSizeBytes / 2));
            }
        }

        return store;
    }

    /// <summary>Where the entries of a generation (null: of the first entry's) end, from 0; read as the format says, and checked by length alone.</summary>
    private static List<int> EndsOf(byte[] journal, int? generation)
    {
        List<int> ends = [0];
        while (ends[^1] + Journal.HeaderSizeBytes <= journal.Length)
        {
            Span<byte> header = journal.AsSpan(ends[^1]);
            generation ??= BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            if (BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != generation || BinaryPrimitives.ReadInt32LittleEndian(header[12..]) != ends.Count - 1
                || length <= 0 || length > header.Length - Journal.HeaderSizeBytes || !IsWhole(header[..(Journal.HeaderSizeBytes + length)]))
            {
                break;
            }

            ends.Add(ends[^1] + Journal.HeaderSizeBytes + length);
        }

        return ends;
    }

    /// <summary>Whether an entry has its checksum: two CRC-32C, of the even and of the odd words.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> entry)
    {
        (uint even, uint odd) = (0xFFFF_FFFF, 0x5A65_7141);
        ReadOnlySpan<byte> rest = entry[8..];
        for (; rest.Length >= 16; rest = rest[16..])
        {
            even = System.Numerics.BitOperations.Crc32C(even, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            odd = System.Numerics.BitOperations.Crc32C(odd, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]));
        }

        foreach (byte value in rest)
        {
            even = System.Numerics.BitOperations.Crc32C(even, value);
            odd = System.Numerics.BitOperations.Crc32C(odd, value);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(entry) == (((ulong)odd << 32) | even);
    }

    /// <summary>What the file and its log alone hold, as SQLite itself reads them.</summary>
    private (long Count, int Generation) Committed(Disk disk)
    {
        string copy = Write(disk with { Journal = [] });
        _ = NativeSqlite.Version;
        using Connection connection = Connection.Open(copy, copy, raw.SQLITE_OPEN_READWRITE, 1_000);
        return (connection.Ask("SELECT count(*) FROM credit_moves").Integer, (int)connection.Ask("PRAGMA user_version").Integer);
    }

    /// <summary>Opens what the power cut left: the newest number, below which all are there; the pool is of the same batch.</summary>
    private async Task<long> OpenedAsync(Disk disk)
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Write(disk));
        long last = 0;
        await foreach (CreditMove move in store.QueryAsync(new Query<CreditMove>(CreditMove.Table)))
        {
            Assert.Equal(++last, move.Seq);
        }

        Assert.Equal(last, (await store.FindAsync(FuelPool.Table, Owner.Text))?.Moves ?? 0);
        return last;
    }

    private string Write(Disk disk)
    {
        string copy = _folder.File($"copy{_copies++}.db");
        File.WriteAllBytes(copy, disk.Store);
        if (disk.Log.Length > 0)
        {
            File.WriteAllBytes(copy + "-wal", disk.Log);
        }

        if (disk.Journal.Length > 0)
        {
            File.WriteAllBytes(Journal.PathOf(copy), disk.Journal);
        }

        return copy;
    }

    private sealed record Disk(long Acknowledged, byte[] Store, byte[] Log, byte[] Journal)
    {
        /// <summary>The generation that the journal's first entry stands on; -1 where there is none.</summary>
        public int Generation() => Journal.Length < 12 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(Journal.AsSpan(8));
    }
}
