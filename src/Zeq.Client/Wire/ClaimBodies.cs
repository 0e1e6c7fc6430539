using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>Body of <c>POST /api/tally/claims/import</c>: the sender's receipt and ticket.</summary>
public sealed record ImportRequest(
    string TokenId, string From, string To, string ToOrigin, long SpendSeq, long Zeqond, string HomeOrigin, string Mac, string ClaimTicket)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ImportRequest);
}

/// <summary>A coin of another home that the caller holds (spec 10 §5, spec 05 rule 9).</summary>
public sealed record ClaimBody(string TokenId, string HomeOrigin, long ValueZqt, string Issuer, long SpendSeq, string Status, long Zeqond);

/// <summary>One claim.</summary>
public sealed record ClaimAnswer(bool Ok, ClaimBody Claim, long Zeqond, decimal Phase);

/// <summary>Values of held claims of one trusted home.</summary>
public sealed record ClaimSum(string HomeOrigin, long ValueZqt);

/// <summary>
/// <c>GET /api/tally/claims/:zid</c>. <paramref name="PageSums"/> are over the held claims of this page alone, per trusted home: final at
/// its home. Whoever wants them over all adds those of every page.
/// </summary>
public sealed record ClaimListAnswer(bool Ok, IReadOnlyList<ClaimBody> Claims, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter, IReadOnlyList<ClaimSum> PageSums);

/// <summary>Body of <c>POST /api/tally/claims/transfer</c>.</summary>
public sealed record ClaimTransferRequest(string TokenId, string To, string? ToOrigin = null, string? HomeOrigin = null);

/// <summary>A claim moved onward; the ticket is handed out only where the new holder is elsewhere.</summary>
public sealed record ClaimTransferAnswer(bool Ok, string TokenId, string To, string ToOrigin, ReceiptBody Receipt, string? ClaimTicket, ClaimBody? Claim, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ClaimTransferAnswer);
}

/// <summary>Body of <c>POST /api/tally/claims/publish</c>.</summary>
public sealed record PublishRequest(string TokenId, string? HomeOrigin = null, bool IncludeSender = false);

/// <summary>Where a published claim stands.</summary>
public sealed record PublishAnswer(bool Ok, string Slug, long Seq, string StateHash, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/tally/claims/:tokenId/refresh</c>.</summary>
public sealed record RefreshRequest(string? HomeOrigin = null);

/// <summary>Body of <c>POST /api/tally/envelopes/accept-claim</c>, sent by the home of the holder.</summary>
public sealed record AcceptClaimRequest(string TokenId, string HolderZid, string ClaimTicket, string Acceptance, string HomeSig)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(AcceptClaimRequest);
}

/// <summary>The home accepted: same holder, new height, a fresh ticket.</summary>
public sealed record AcceptClaimAnswer(bool Ok, ReceiptBody Receipt, string ClaimTicket, long ValueZqt, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(AcceptClaimAnswer);
}

/// <summary>Body of <c>POST /api/tally/envelopes/transfer-claim</c>.</summary>
public sealed record TransferClaimRequest(string TokenId, string HolderZid, string To, string ClaimTicket, string? ToOrigin = null)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(TransferClaimRequest);
}

/// <summary>Body of <c>POST /api/tally/envelopes/reissue-claim</c>, sent by the home that accepted.</summary>
public sealed record ReissueClaimRequest(string TokenId, string Holder, long SpendSeq, long Zeqond, string HomeSig);

/// <summary>The current ticket again.</summary>
public sealed record ReissueClaimAnswer(bool Ok, string ClaimTicket, long SpendSeq, long ValueZqt, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ReissueClaimAnswer);
}
