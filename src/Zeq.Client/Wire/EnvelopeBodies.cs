using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>A receipt as it travels (spec 10 §4).</summary>
public sealed record ReceiptBody(string TokenId, string From, string To, string ToOrigin, long SpendSeq, long Zeqond, string HomeOrigin, string Mac);

/// <summary>Body of <c>POST /api/tally/envelopes/transfer</c>.</summary>
public sealed record TransferRequest(string TokenId, string To, string? ToOrigin = null);

/// <summary>A coin moved; the ticket is there only where the new holder is elsewhere.</summary>
public sealed record TransferAnswer(bool Ok, string TokenId, string To, string ToOrigin, long ValueZqt, string TransferId, ReceiptBody Receipt, string? ClaimTicket, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(TransferAnswer);
}

/// <summary>A payment was taken back.</summary>
public sealed record RecallAnswer(bool Ok, ReceiptBody Receipt, long Zeqond, decimal Phase);

/// <summary>The full row of a coin, for its holder (spec 10 §3).</summary>
public sealed record EnvelopeBody(
    string TokenId, string TokenHash, string Machine, IReadOnlyList<string> Operators, string ResultDigest, long ValueZqt, long FreeFundedZqt, long PaidFundedZqt,
    string MintedBy, string IssuedTo, string HolderOrigin, string HomeOrigin, long SpendSeq, string Status, string? StakedIn, long MintedZeqond, string ZeqProof,
    string NodeSig, string NodePubkey, string NodeSigAlg, string? MigratedFrom = null);

/// <summary><c>GET /api/tally/envelopes/:tokenId</c>.</summary>
public sealed record EnvelopeAnswer(bool Ok, EnvelopeBody Envelope);

/// <summary><c>GET /api/tally/envelopes</c>: the caller's coins.</summary>
public sealed record EnvelopeListAnswer(bool Ok, IReadOnlyList<EnvelopeBody> Envelopes, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>The claim that a home signs of a coin (spec 05 rule 7): exactly these members, the last only where the coin was minted for another home's.</summary>
public sealed record EnvelopeClaimBody(
    string Kind, string TokenId, string TokenHash, long ValueZqt, long FreeFundedZqt, long PaidFundedZqt, string MintedBy, string HomeOrigin, string Machine,
    long MintedZeqond, IReadOnlyList<string> Operators, string ResultDigest, string ZeqProof, string? MigratedFrom = null);

/// <summary><c>GET /api/tally/envelopes/:tokenId/proof</c>: the light proof.</summary>
public sealed record ProofAnswer(bool Ok, EnvelopeClaimBody Claim, string NodeSig, string NodePubkey, string NodeSigAlg);

/// <summary><c>GET /api/tally/envelopes/:tokenId/authority</c>: the height, never the holder.</summary>
public sealed record AuthorityAnswer(bool Ok, string TokenId, string HomeOrigin, long SpendSeq, string Status, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/tally/receipt/verify</c>.</summary>
public sealed record ReceiptVerifyRequest(
    string TokenId, string From, string To, string ToOrigin, long SpendSeq, long Zeqond, string HomeOrigin, string Mac, string? ClaimTicket = null)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ReceiptVerifyRequest);
}

/// <summary>What the home says of a receipt; a forged one is <c>valid:false</c>.</summary>
public sealed record ReceiptVerifyAnswer(bool Ok, bool Valid, bool Current, bool? TicketValid, long? SpendSeq, long? ValueZqt, long Zeqond, decimal Phase);

/// <summary><c>GET /api/tally/supply</c>: sums as of the last multiple of 64 Zeqonds (spec 10 §9).</summary>
public sealed record SupplyAnswer(bool Ok, long Minted, long Burned, long MigratedOut, long MigratedIn, long InCirculation, long Active, long Bearer, long AsOfZeqond);

/// <summary>A move that the caller gave or received.</summary>
public sealed record HistoryEntry(string TokenId, string Kind, string From, string FromOrigin, string To, string ToOrigin, long SpendSeq, long Zeqond);

/// <summary><c>GET /api/tally/history</c>: newest first.</summary>
public sealed record HistoryAnswer(bool Ok, IReadOnlyList<HistoryEntry> History, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? NextAfter);
