using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>Every burn by itself, with the coins that it took, the credits that it gave, and its chain row (spec 10 §7 and §9).</summary>
internal static class BurnAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<BurnRow> burns = await run.OpenAsync(BurnRow.Table).ConfigureAwait(false);
        for (; burns.Current is { } burn; await burns.MoveNextAsync().ConfigureAwait(false))
        {
            run.Counts = run.Counts with { Burns = run.Counts.Burns + 1 };
            run.Burns.AddLeft(burn.BurnTx);
            run.FindIf(BurnRow.Table, burn.BurnTx, await ProblemAsync(burn, run).ConfigureAwait(false));
        }
    }

    /// <summary>What is wrong with a coin's last move in the eyes of the burn that it names.</summary>
    public static async ValueTask<string?> MoveProblemAsync(Move move, AuditRun run)
    {
        BurnRow? burn = await run.FindRowAsync(BurnRow.Table, move.ProofHash ?? "").ConfigureAwait(false);
        if (burn is null)
        {
            return "The coin was burned in a burn that does not exist.";
        }

        return burn.Zid == move.From && burn.Zeqond == move.Zeqond && burn.Row == move.RowOut && move.RowIn is null && burn.TokenList.Contains(move.TokenId.Text)
            ? null
            : "The coin's burn does not say what its move says.";
    }

    /// <summary>What is wrong with a change of fuel in the eyes of the burn that it names.</summary>
    public static async ValueTask<string?> CreditProblemAsync(CreditMove move, AuditRun run)
    {
        BurnRow? burn = await run.FindRowAsync(BurnRow.Table, move.Reference ?? "").ConfigureAwait(false);
        return burn is null ? "Burn credits were given for a burn that does not exist."
            : burn.Zid == move.Zid && burn.Zeqond == move.Zeqond && burn.Credited == move.Burn ? null : "The burn credits are not what their burn gives.";
    }

    /// <summary>What is wrong with the home's row of a burn: the burn has to name it too.</summary>
    public static async ValueTask<string?> RowProblemAsync(ChainRow row, AuditRun run)
    {
        BurnRow? burn = PayloadText(row.Payload, "burn_tx") is { } name ? await run.FindRowAsync(BurnRow.Table, name).ConfigureAwait(false) : null;
        return burn?.Row == RowRef.Of(row) ? null : "The home's row is of a burn that does not exist, or that names another row.";
    }

    /// <summary>A text member of a payload; null where there is none.</summary>
    public static string? PayloadText(string? payload, string member)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(payload ?? "null");
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(member, out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static async ValueTask<string?> ProblemAsync(BurnRow burn, AuditRun run)
    {
        IReadOnlyList<string> names = burn.TokenList;
        var tokens = new List<TokenId>(names.Count);
        var coins = new List<Envelope>(names.Count);
        foreach (string name in names)
        {
            if (!TokenId.TryParse(name, out TokenId token) || (tokens.Count > 0 && string.CompareOrdinal(tokens[^1].Text, name) >= 0) || names.Count > BurnTransaction.MaxTokens)
            {
                return "The burn's coins are no list of names in order, each once.";
            }

            tokens.Add(token);
        }

        if (burn.BurnTx != BurnTransaction.Id(burn.Zid, tokens))
        {
            return "The burn's name is not that of its own fields.";
        }

        Int128 sum = 0;
        foreach (TokenId token in tokens)
        {
            if (await run.FindRowAsync(Envelope.Table, token.Text).ConfigureAwait(false) is not { Status: EnvelopeStatus.Burned } coin || !coin.IsHeldBy(burn.Zid, run.Origin))
            {
                return "A coin of the burn does not exist, is not burned, or was another's.";
            }

            sum += coin.ValueZqt;
            coins.Add(coin);
        }

        if (burn.SumValueZqt != sum || burn.RateBps != BurnTransaction.RateBps || burn.Credited != BurnTransaction.Credited(burn.SumValueZqt, burn.RateBps)
            || burn.Zeqond.Value is < 0 or > AuditRun.MaxInteger)
        {
            return "The burn's sum is not what its coins were worth, or its credits are not that sum at the rate.";
        }

        return await RowReference.ProblemAsync(run, burn.Row, burn.Zid.OwnMachine, BurnRow.ChainRowType, burn.Zeqond, burn.ChainPayload(coins), "burn").ConfigureAwait(false);
    }
}
