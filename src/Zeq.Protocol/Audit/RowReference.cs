namespace Zeq.Protocol;

/// <summary>A record and the home's chain row that it names.</summary>
internal static class RowReference
{
    /// <summary>What is wrong with the chain row that a record names, or null.</summary>
    /// <param name="run">The audit.</param>
    /// <param name="reference">What the record names.</param>
    /// <param name="slug">The machine on which such a row stands.</param>
    /// <param name="type">Its type.</param>
    /// <param name="zeqond">When the record was made; the row is of then or latched later.</param>
    /// <param name="payload">The payload that the record makes; null: any.</param>
    /// <param name="what">What the record is, for the sentence.</param>
    public static async ValueTask<string?> ProblemAsync(AuditRun run, RowRef reference, Slug slug, string type, Zeqond zeqond, string? payload, string what)
    {
        ChainRow? row = reference.Slug == slug.Text ? await run.FindChainRowAsync(slug, reference.Seq).ConfigureAwait(false) : null;
        if (row is null)
        {
            return $"The {what}'s chain row is missing.";
        }

        if (!row.IsSystem || row.Type != type)
        {
            return $"The {what}'s chain row is not the home's row of a {what}.";
        }

        if (row.StateHash != reference.StateHash)
        {
            return $"The {what}'s chain row has another hash.";
        }

        if (row.Zeqond < zeqond)
        {
            return $"The {what}'s chain row is earlier than the {what}.";
        }

        return payload is null || MoveRows.IsPayload(row, payload) ? null : $"The {what}'s chain row holds another payload.";
    }
}
