using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// <c>GET /api/chain/:slug/explore</c> (spec 20 §2): rows in order of their numbers, from the chain's one index. A chain's Zeqonds never
/// fall, so bounds of time become bounds of numbers by bisection. A call that asks for one type looks at no more than
/// <see cref="MaxLookedAt"/> rows, and its <c>next_after</c> then says where the next call goes on.
/// </summary>
internal static class ExploreEndpoint
{
    /// <summary>The most rows that one call looks at.</summary>
    public const int MaxLookedAt = 10_000;

    private const int DefaultPage = 100;

    /// <summary>A page ends early once its payloads hold this many characters.</summary>
    private const int MaxPayloads = 4 << 20;

    /// <summary>What is asked for; all of it holds.</summary>
    /// <param name="From">The first Zeqond.</param>
    /// <param name="To">The last Zeqond.</param>
    /// <param name="After">Rows behind this one.</param>
    /// <param name="Type">Rows of this type.</param>
    /// <param name="Limit">The most rows.</param>
    public readonly record struct Range(long? From, long? To, long? After, string? Type, long? Limit);

    public static async Task<Reply> AnswerAsync(ApiCall call, Machine machine, bool reads, Range range)
    {
        int limit = (int)(range.Limit ?? DefaultPage);
        long first = Math.Min(range.After ?? 0, long.MaxValue - 1) + 1;
        long last = (await call.Reader.FindAsync(ChainHead.Table, machine.Slug.Text, call.Aborted).ConfigureAwait(false))?.Seq ?? 0;
        if (range.To is { } latest && latest < long.MaxValue)
        {
            last = await FirstAtAsync(call, machine.Slug, latest + 1, 1, last).ConfigureAwait(false) - 1;
        }

        if (range.From is { } earliest)
        {
            first = await FirstAtAsync(call, machine.Slug, earliest, first, last).ConfigureAwait(false);
        }

        // Rows follow one another without a gap: so many numbers are so many rows.
        long lookedAt = Math.Min(last, Math.Min(first, long.MaxValue - MaxLookedAt) + (range.Type is null ? limit : MaxLookedAt) - 1);
        var rows = new List<ChainRowBody>();
        long? next = null;
        long payloads = 0;
        await foreach (ChainRow row in call.Reader.ReadRowsAsync(machine.Slug, first, lookedAt, reads, call.Aborted).ConfigureAwait(false))
        {
            if (range.Type is null || row.Type == range.Type)
            {
                rows.Add(row.ToBody(reads));
                payloads += row.Payload?.Length ?? 0;
            }

            if (row.Seq < last && (row.Seq == lookedAt || rows.Count == limit || payloads >= MaxPayloads))
            {
                next = row.Seq;
                break;
            }
        }

        return call.Ok(new ExploreAnswer(true, machine.Slug.Text, call.Context.OriginIdOf(machine.Slug), rows, next));
    }

    /// <summary>The first row of a range whose Zeqond is at least this; the number after the range where there is none.</summary>
    public static async ValueTask<long> FirstAtAsync(ApiCall call, Slug slug, long zeqond, long first, long last)
    {
        long end = last + 1;
        while (first < end)
        {
            long middle = first + ((end - first) / 2);
            ChainRow? row = await ChainEndpoints.FindRowAsync(call, slug, middle).ConfigureAwait(false);
            if (row is null || row.Zeqond.Value >= zeqond)
            {
                end = middle;
            }
            else
            {
                first = middle + 1;
            }
        }

        return first;
    }
}
