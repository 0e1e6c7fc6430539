namespace Zeq.Protocol;

/// <summary>How an audit runs.</summary>
public sealed record AuditOptions
{
    /// <summary>The most findings that are kept, at least 1; the rest is only counted. Default 100.</summary>
    public int MaxFindings { get; init; } = 100;

    /// <summary>The origin that the reader knows the home by; null: as the store says.</summary>
    public Origin? ExpectedOrigin { get; init; }

    /// <summary>The node key that the reader knows the home by, 64 lower-case hex; null: as the store says.</summary>
    public string? ExpectedNodePublicKey { get; init; }

    /// <summary>The most free fuel that a registration may have given, in ZEQ; null: any.</summary>
    public long? MostRegistrationFree { get; init; }
}

/// <summary>One violation of an invariant (spec 10 §9, spec 05 rule 19).</summary>
/// <param name="Table">The table of the row at fault.</param>
/// <param name="Key">The row's key, its parts joined by <c>|</c>; of a log with the number.</param>
/// <param name="Reason">One sentence.</param>
public sealed record AuditFinding(string Table, string Key, string Reason)
{
    /// <summary>Table, key and reason on one line.</summary>
    public override string ToString() => $"{Table} {Key}: {Reason}";
}

/// <summary>How much an audit looked at.</summary>
public sealed record AuditCounts
{
    /// <summary>Envelopes.</summary>
    public long Envelopes { get; init; }

    /// <summary>Moves of envelopes.</summary>
    public long Moves { get; init; }

    /// <summary>Charged computes.</summary>
    public long Computes { get; init; }

    /// <summary>Burns.</summary>
    public long Burns { get; init; }

    /// <summary>Votes.</summary>
    public long Votes { get; init; }

    /// <summary>Accounts.</summary>
    public long Accounts { get; init; }

    /// <summary>Changes of pools.</summary>
    public long CreditMoves { get; init; }

    /// <summary>Claims and steps of claims.</summary>
    public long Claims { get; init; }

    /// <summary>Chains.</summary>
    public long Chains { get; init; }

    /// <summary>Rows of chains.</summary>
    public long ChainRows { get; init; }
}

/// <summary>What an audit found.</summary>
/// <param name="Counts">How much it looked at.</param>
/// <param name="FindingCount">How many violations there are.</param>
/// <param name="Findings">The first of them, in the order in which they were found.</param>
public sealed record AuditReport(AuditCounts Counts, long FindingCount, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Whether every invariant holds.</summary>
    public bool Ok => FindingCount == 0;
}

/// <summary>How far an audit is.</summary>
/// <param name="Part">What it looks at.</param>
/// <param name="Rows">How many rows it has read in all.</param>
public readonly record struct AuditProgress(string Part, long Rows);
