using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// <c>GET /api/tally/history</c> (spec 10 §9): what the caller gave and got, newest first. Every move of a local party has a row on its
/// own chain, so the history is read there, and needs no index that each transfer would have to write; a mint stands with its coin. A page
/// ends between two Zeqonds, so that the next one neither repeats nor skips a move; a Zeqond with more moves than a page has comes whole.
/// </summary>
internal static class HistoryEndpoint
{
    private const int DefaultPage = 50;

    public static async Task<Reply> AnswerAsync(ApiCall call, Field<long> before, Field<long> pageLimit)
    {
        int limit = (int)(call.Maybe(pageLimit) ?? DefaultPage);
        long end = call.Maybe(before) ?? long.MaxValue;
        var (moves, next) = await MovesAsync(call, end, limit).ConfigureAwait(false);
        List<HistoryEntry> mints = await MintsAsync(call, next ?? 0, end, limit).ConfigureAwait(false);

        // A stable order: within a Zeqond the chain's own stands, and coins are minted before they move.
        List<HistoryEntry> entries = [.. moves.Concat(mints).OrderByDescending(static entry => entry.Zeqond)];
        if (entries.Count > limit)
        {
            int cut = limit;
            while (cut < entries.Count && entries[cut].Zeqond == entries[cut - 1].Zeqond)
            {
                cut++;
            }

            if (cut < entries.Count)
            {
                next = entries[cut - 1].Zeqond;
                entries.RemoveRange(cut, entries.Count - cut);
            }
        }

        return call.Ok(new HistoryAnswer(true, entries, next));
    }

    /// <summary>
    /// The moves of the caller's own chain, from the newest before a time: more than a page where there are more. Next is the Zeqond down
    /// to which nothing is missing, where the chain goes on beyond what was looked at.
    /// </summary>
    private static async ValueTask<(List<HistoryEntry> Entries, long? Next)> MovesAsync(ApiCall call, long end, int limit)
    {
        Slug own = call.Caller.Zid.OwnMachine;
        long last = (await call.Reader.FindAsync(ChainHead.Table, own.Text, call.Aborted).ConfigureAwait(false))?.Seq ?? 0;
        if (end < long.MaxValue)
        {
            last = await ExploreEndpoint.FirstAtAsync(call, own, end, 1, last).ConfigureAwait(false) - 1;
        }

        Query<ChainRow> rows = new Query<ChainRow>(ChainRow.Table).Where("slug", own.Text)
            .Where("seq", Comparison.AtMost, Cell.Of(last)).OrderBy(true, "slug", "seq");
        var entries = new List<HistoryEntry>();
        int lookedAt = 0;
        long reached = long.MaxValue;
        await foreach (ChainRow row in call.Reader.QueryAsync(rows, call.Aborted).ConfigureAwait(false))
        {
            bool isEnough = entries.Count > limit || lookedAt >= ExploreEndpoint.MaxLookedAt;
            if (isEnough && row.Zeqond.Value < reached)
            {
                return (entries, reached);
            }

            lookedAt++;
            reached = row.Zeqond.Value;
            if (MovePlaces.IsMoveType(row.Type) && row.Payload is { } payload)
            {
                entries.Add(Entry(payload));
            }
            else if (row.Type == BurnRow.ChainRowType && row.IsSystem && row.Payload is { } burn)
            {
                AddBurned(entries, burn, call.Context.Origin);
            }
        }

        return (entries, null);
    }

    private static HistoryEntry Entry(string payload)
    {
        using JsonDocument document = JsonDocument.Parse(payload);
        JsonElement move = document.RootElement;
        string Text(string name) => move.GetProperty(name).GetString()!;
        return new HistoryEntry(
            Text("token_id"), Text("kind"), Text("from"), Text("from_origin"), Text("to"), Text("to_origin"), move.GetProperty("spend_seq").GetInt64(), move.GetProperty("zeqond").GetInt64());
    }

    /// <summary>The coins of a burn, each as its last move.</summary>
    private static void AddBurned(List<HistoryEntry> entries, string payload, Origin here)
    {
        using JsonDocument document = JsonDocument.Parse(payload);
        JsonElement burn = document.RootElement;
        string zid = burn.GetProperty("zid").GetString()!;
        foreach (JsonElement coin in burn.GetProperty("envelopes").EnumerateArray())
        {
            entries.Add(new HistoryEntry(
                coin.GetProperty("token_id").GetString()!, "burn", zid, here.Text, zid, here.Text, coin.GetProperty("spend_seq").GetInt64(), burn.GetProperty("zeqond").GetInt64()));
        }
    }

    /// <summary>The coins that the caller's computes minted for it, from the newest before a time down to another.</summary>
    private static async ValueTask<List<HistoryEntry>> MintsAsync(ApiCall call, long from, long end, int limit)
    {
        Query<Envelope> query = new Query<Envelope>(Envelope.Table).Where("minted_by", call.Caller.Zid.Text)
            .Where("minted_zeqond", Comparison.AtLeast, Cell.Of(from)).Where("minted_zeqond", Comparison.Less, Cell.Of(end)).OrderBy(true, "minted_by", "minted_zeqond");
        var entries = new List<HistoryEntry>();
        await foreach (Envelope coin in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            if (entries.Count > limit && entries[^1].Zeqond > coin.Minted.Value)
            {
                break;
            }

            if (coin.Share == EnvelopeClaim.UserShare)
            {
                entries.Add(new HistoryEntry(
                    coin.TokenId.Text, "mint", Zid.System.Text, coin.HomeOrigin.Text, coin.MintedBy.Text, coin.HomeOrigin.Text, 0, coin.Minted.Value));
            }
        }

        return entries;
    }
}
