using System.Globalization;
using System.Runtime.CompilerServices;

namespace Zeq.Protocol.Tests;

/// <summary>A chain of a million rows is read in constant memory, with payloads beside it.</summary>
public class LongChainTests
{
    private const int Rows = 1_000_000;
    private const long MostBytes = 24 << 20;

    [Fact]
    public async Task A_million_rows_are_read_in_constant_memory()
    {
        await using var store = new EndlessChain();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        long expected = 1;
        await foreach (ChainRow row in store.ReadChainAsync(EndlessChain.Slug, 1, long.MaxValue))
        {
            Assert.Equal(expected++, row.Seq);
            Assert.Equal(row.Seq % 2 == 0 ? row.Seq.ToString(CultureInfo.InvariantCulture) : null, row.Payload);
            if (row.Seq % 200_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Rows + 1, expected);
        Assert.True(most < MostBytes, $"{most} bytes were held");
    }

    /// <summary>Rows that are made as they are asked for; every second one has its payload beside the log, the others had theirs erased.</summary>
    private sealed class EndlessChain : IHomeReader
    {
        public static Slug Slug { get; } = Slug.Parse("long");

        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => new((TRow?)(object)new ChainHead(Slug, Rows, new Zeqond(1), ""));

        public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
            where TRow : class
        {
            await Task.CompletedTask;
            long first = query.Conditions.First(where => where.Comparison == Comparison.AtLeast).Value.Integer;
            for (long seq = first; seq <= Rows; seq++)
            {
                string id = seq.ToString(CultureInfo.InvariantCulture);
                if (typeof(TRow) == typeof(ChainRow))
                {
                    yield return (TRow)(object)new ChainRow(Slug, seq, new Zeqond(1), "note", id, "", "", "", "", "c0", new Actor("z", "k"), null, null);
                }
                else if (seq % 2 == 0)
                {
                    yield return (TRow)(object)new ChainPayload(id, Slug, seq, id, new byte[32]);
                }
            }
        }

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => new(this);

        public ValueTask DisposeAsync() => default;
    }
}
