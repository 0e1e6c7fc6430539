using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>chain-validate</c>: a chain of transfers through the validator, beside bare SHA-256 over the very bytes that the validator hashes,
/// digest for digest, with one <see cref="IncrementalHash"/>. Rows are made in blocks outside of the clock, so that memory tells of the
/// validator and not of the rows.
/// </summary>
internal static class ChainValidateVerb
{
    private const int BlockRows = 10_000;
    private const string OriginId = "bench:zeq07000000001";

    public static async Task RunAsync(Arguments arguments)
    {
        await Task.Yield();
        int rows = arguments.Number("rows", 1_000_000);
        Run[] runs = [.. Enumerable.Range(0, arguments.Number("rounds", 3)).Select(_ => Validate(rows))];
        double perSecond = Sample.Median(runs.Select(run => run.RowsPerSecond));
        double bare = Sample.Median(runs.Select(run => run.BarePerSecond));
        double ratio = Sample.Median(runs.Select(run => run.RowsPerSecond / run.BarePerSecond));
        double early = runs.Max(run => run.EarlyMib);
        double peak = runs.Max(run => run.PeakMib);
        double allocated = runs.Max(run => run.AllocatedPerRow);
        Console.WriteLine(arguments.IsTable
            ? Output.Head("Validation of a chain") + $"""

                `chain-validate`: {rows} rows, {runs.Length} rounds; in each, blocks of {BlockRows} rows through the validator and through bare SHA-256 in turn; medians. The bare line makes the same three
                digests a row (payload, actor, row) from bytes that stand ready. Managed memory is what is held after a block: {Output.Fine(early)} MiB in the first tenth, {Output.Fine(peak)} MiB at most.


                """ + Output.Table(
                ["", "rows/s", "x bare SHA-256", "bytes allocated a row"],
                [["bare SHA-256", Output.Whole(bare), "1.00", ""], ["validator", Output.Whole(perSecond), Output.Fine(ratio), Output.Fine(allocated)]])
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"rows_per_s\":{perSecond:0},\"ratio_to_sha256\":{ratio:0.00},\"sha256_rows_per_s\":{bare:0},\"early_mib\":{early:0.0},\"peak_mib\":{peak:0.0},\"alloc_bytes_per_row\":{allocated:0.0}}}"));
    }

    private static Run Validate(int count)
    {
        Origin origin = Origin.Parse("https://bench.example");
        string nodeKey = new('a', 64);
        var validator = new ChainValidator(OriginId, origin, nodeKey, new Zeqond(1));
        using var bare = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] digest = new byte[32];
        var rows = new ChainRow[BlockRows];
        var texts = new byte[BlockRows * 3][];
        string head = validator.GenesisHash;
        long validating = 0, hashing = 0, allocated = 0;
        double early = 0, peak = 0;
        for (int done = 0; done < count; done += BlockRows)
        {
            int size = Math.Min(BlockRows, count - done);
            for (int i = 0; i < size; i++)
            {
                head = Make(done + i + 1, head, out rows[i], texts.AsSpan(i * 3, 3));
            }

            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < size; i++)
            {
                if (!validator.Next(rows[i]))
                {
                    throw new InvalidOperationException($"The chain is broken: {validator.Broken}");
                }
            }

            validating += Stopwatch.GetTimestamp() - began;
            allocated += GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            began = Stopwatch.GetTimestamp();
            for (int i = 0; i < size * 3; i++)
            {
                bare.AppendData(texts[i]);
                bare.GetHashAndReset(digest);
            }

            hashing += Stopwatch.GetTimestamp() - began;
            if (done % (BlockRows * 10) == 0)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) / 1_048_576.0);
                early = done <= count / 10 ? peak : early;
            }
        }

        return new Run(
            count * (double)Stopwatch.Frequency / validating, count * (double)Stopwatch.Frequency / hashing, early, peak, (double)allocated / count);
    }

    /// <summary>The next row, and the three texts that its hashes are made of.</summary>
    private static string Make(long seq, string prev, out ChainRow row, Span<byte[]> texts)
    {
        byte[] salt = new byte[32];
        BitConverter.TryWriteBytes(salt, seq);
        var actor = new Actor("ZEQ07000000001", "zeq_ak_00001");
        var zeqond = new Zeqond(1_000_000 + (seq / 8));
        string payload = string.Create(CultureInfo.InvariantCulture, $$"""
            {"from":"ZEQ07000000001","from_origin":"https://bench.example","home_origin":"https://bench.example","kind":"transfer","spend_seq":{{seq}},"to":"ZEQ07000000002","to_origin":"https://bench.example","token_id":"ZT-zeq07000000001-1000000-0123456789abcdef","value_zqt":4,"zeqond":{{zeqond.Value}}}
            """);
        string id = string.Create(CultureInfo.InvariantCulture, $"01890000-0000-7000-8000-{seq:x12}");
        string payloadHash = ChainHash.Payload(salt, payload);
        string actorHash = ChainHash.ActorOf(salt, actor);
        string stateHash = ChainHash.State(OriginId, seq, prev, zeqond, "transfer_out", id, payloadHash, actorHash, "s0");
        row = new ChainRow(Slug.Parse("zeq07000000001"), seq, zeqond, "transfer_out", id, payloadHash, prev, stateHash, actorHash, "s0", actor, payload, salt);
        texts[0] = [.. salt, .. Encoding.UTF8.GetBytes(payload)];
        texts[1] = [.. salt, .. Encoding.UTF8.GetBytes(actor.ToString())];
        texts[2] = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"zeq/chain/v1|{OriginId}|{seq}|{prev}|{zeqond.Value}|transfer_out|{id}|{payloadHash}|{actorHash}|s0"));
        return stateHash;
    }

    private readonly record struct Run(double RowsPerSecond, double BarePerSecond, double EarlyMib, double PeakMib, double AllocatedPerRow);
}
