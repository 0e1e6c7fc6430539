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

    public static async Task<Reply> AnswerAsync(ApiCall call, Machine machine, bool reads, Field<long> from, Field<long> to, Field<long> after, Field<string> type, Field<long> pageLimit)
    {
        int limit = (int)(call.Maybe(pageLimit) ?? DefaultPage);
        string? wanted = call.MaybeText(type);
        long first = Math.Min(call.Maybe(after) ?? 0, long.MaxValue - 1) + 1;
        long last = (await call.Reader.FindAsync(ChainHead.Table, machine.Slug.Text, call.Aborted).ConfigureAwait(false))?.Seq ?? 0;
        if (call.Maybe(to) is { } latest && latest < long.MaxValue)
        {
            last = await FirstAtAsync(call, machine.Slug, latest + 1, 1, last).ConfigureAwait(false) - 1;
        }

        if (call.Maybe(from) is { } earliest)
        {
            first = await FirstAtAsync(call, machine.Slug, earliest, first, last).ConfigureAwait(false);
        }

        Query<ChainRow> query = new Query<ChainRow>(ChainRow.Table).Where("slug", machine.Slug.Text)
            .Where("seq", Comparison.AtLeast, Cell.Of(first)).Where("seq", Comparison.AtMost, Cell.Of(last)).OrderBy(false, "slug", "seq");
        var rows = new List<ChainRowBody>();
        long? next = null;
        int lookedAt = 0;
        await foreach (ChainRow row in call.Reader.QueryAsync(query.Take(wanted is null ? limit + 1 : MaxLookedAt), call.Aborted).ConfigureAwait(false))
        {
            if (wanted is null || row.Type == wanted)
            {
                if (rows.Count == limit)
                {
                    next = rows[^1].Seq;
                    break;
                }

                rows.Add(row.ToBody(reads));
            }

            if (++lookedAt == MaxLookedAt && row.Seq < last)
            {
                next = row.Seq;
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
