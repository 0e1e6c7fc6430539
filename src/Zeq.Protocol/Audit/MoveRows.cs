using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>Moves and the chain rows that record them name each other (spec 05 rules 18 and 19).</summary>
internal static class MoveRows
{
    /// <summary>What is wrong with the chain rows that a move names.</summary>
    public static async ValueTask<string?> ProblemAsync(Move move, Envelope coin, AuditRun run)
    {
        if (move.SpendSeq > AuditRun.MaxInteger || move.Zeqond.Value is < 0 or > AuditRun.MaxInteger || coin.ValueZqt is < 0 or > AuditRun.MaxInteger)
        {
            return "The move's height or time is no number that a row can hold.";
        }

        if (move.Kind == MoveKind.Burn)
        {
            return await BurnAudit.MoveProblemAsync(move, run).ConfigureAwait(false);
        }

        MovePlaces places = MovePlaces.Of(move, run.Origin);
        if ((move.RowIn is null) != (places.In is null))
        {
            return "The move names other chain rows than such a move has.";
        }

        string payload = move.ChainPayload(coin);
        return await ProblemAsync(move, move.RowOut, places.Out, payload, run).ConfigureAwait(false)
            ?? (places.In is { } place ? await ProblemAsync(move, move.RowIn!, place, payload, run).ConfigureAwait(false) : null);
    }

    /// <summary>What is wrong with a chain row about value: the home's has to be named by its move, a caller's may not be there.</summary>
    public static async ValueTask<string?> ProblemAsync(ChainRow row, AuditRun run)
    {
        bool isCompute = row.Type == ComputeRow.ChainRowType;
        bool isBurn = row.Type == BurnRow.ChainRowType;
        bool isVote = row.Type is Vote.ChainRowType or VoteStake.ChainRowType or VoteStake.WithdrawRowType;
        bool isContract = row.Type.StartsWith(Contract.ChainRowType, StringComparison.Ordinal);
        if (!isCompute && !isBurn && !isVote && !isContract && !MovePlaces.IsMoveType(row.Type))
        {
            return null;
        }

        if (!row.IsSystem)
        {
            return "A caller wrote a row that only the home writes; it is no system row.";
        }

        if (isCompute)
        {
            run.ComputeRows.AddRight(AuditRun.Key(row.Slug.Text, row.Seq));
            return null;
        }

        if (isBurn)
        {
            return await BurnAudit.RowProblemAsync(row, run).ConfigureAwait(false);
        }

        if (isContract)
        {
            return await ContractAudit.RowProblemAsync(row, run).ConfigureAwait(false);
        }

        if (isVote)
        {
            return await VoteAudit.RowProblemAsync(row, run).ConfigureAwait(false);
        }

        if (TryReadMove(row.Payload) is var (token, height) && await FindAsync(token, height, run).ConfigureAwait(false) is { } move)
        {
            RowRef own = RowRef.Of(row);
            if (move.RowOut == own || move.RowIn == own)
            {
                return null;
            }
        }

        return "The home's row is of a move that does not exist, or that names another row.";
    }

    /// <summary>Whether a row's payload is this one, by salt and hash.</summary>
    public static bool IsPayload(ChainRow row, string payload) => row.Salt is { } salt && row.PayloadHash == ChainHash.Payload(salt, payload);

    private static async ValueTask<string?> ProblemAsync(Move move, RowRef reference, MovePlace place, string payload, AuditRun run)
    {
        if (reference.Slug != place.Slug.Text)
        {
            return "The move names a chain row on another machine than its party's.";
        }

        ChainRow? row = await run.FindChainRowAsync(place.Slug, reference.Seq).ConfigureAwait(false);
        if (row is null)
        {
            return "The move's chain row is missing.";
        }

        if (!row.IsSystem || row.Type != place.Type)
        {
            return "The move's chain row is not the home's row of such a move.";
        }

        if (row.StateHash != reference.StateHash)
        {
            return "The move's chain row has another hash.";
        }

        if (row.Zeqond < move.Zeqond)
        {
            return "The move's chain row is earlier than the move.";
        }

        return IsPayload(row, payload) ? null : "The move's chain row holds another payload.";
    }

    private static async ValueTask<Move?> FindAsync(string token, long height, AuditRun run)
    {
        Query<Move> one = new Query<Move>(Move.Table).Where("token_id", token).Where("spend_seq", Comparison.Equal, Cell.Of(height)).Take(1);
        try
        {
            await foreach (Move move in run.Reader.QueryAsync(one, run.Cancellation).ConfigureAwait(false))
            {
                return move;
            }
        }
        catch (Exception unreadable) when (UnreadableRowException.IsUnreadable(unreadable))
        {
            // The pass over the moves has said so.
        }

        return null;
    }

    private static (string Token, long Height)? TryReadMove(string? payload)
    {
        if (payload is null)
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(payload);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("token_id", out JsonElement token) && token.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty("spend_seq", out JsonElement height) && height.ValueKind == JsonValueKind.Number && height.TryGetInt64(out long number)
                ? (token.GetString()!, number)
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
