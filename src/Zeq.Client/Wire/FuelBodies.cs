using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>Body of <c>POST /api/zeq/compute</c> (spec 10 §1, spec 05 rule 23).</summary>
public sealed record ComputeRequest(IReadOnlyList<string> Operators, JsonElement Inputs, string? Machine = null, IReadOnlyList<string>? FundingLimit = null);

/// <summary>What each pool paid, in ZEQ.</summary>
public sealed record FundingInfo(long Free, long Burn, long Paid);

/// <summary>An envelope that a compute minted.</summary>
public sealed record MintedEnvelope(string TokenId, long ValueZqt, string IssuedTo, string Share);

/// <summary>A charged compute.</summary>
public sealed record ComputeAnswer(
    bool Ok, double Value, string Unit, double PrecisionActual, long Cost, FundingInfo Funding, string ResultDigest, string ZeqProof,
    [property: JsonPropertyName("R_t")] string RT, string KeyPrefix, IReadOnlyList<string> Operators, string Machine, IReadOnlyList<MintedEnvelope> Envelopes, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/zeq/verify</c>.</summary>
public sealed record VerifyProofRequest(
    string Proof, IReadOnlyList<string> Operators, [property: JsonPropertyName("R_t")] string RT, long Zeqond, string KeyPrefix, string ResultDigest);

/// <summary>Whether a proof or a receipt holds.</summary>
public sealed record ValidAnswer(bool Ok, bool Valid, long Zeqond, decimal Phase);

/// <summary><c>GET /api/tally/cost</c>.</summary>
public sealed record CostAnswer(bool Ok, IReadOnlyList<string> Operators, long Cost);

/// <summary>An input of an operator.</summary>
public sealed record OperatorInputInfo(string Name, string Unit, string Description, double? Minimum, double? Maximum, bool IsStepCount);

/// <summary>An operator of the kernel.</summary>
public sealed record OperatorEntry(string Operator, string Domain, string Name, string Equation, string Unit, IReadOnlyList<OperatorInputInfo> Inputs);

/// <summary><c>GET /api/zeq/operators</c>.</summary>
public sealed record OperatorListAnswer(bool Ok, IReadOnlyList<OperatorEntry> Operators, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary><c>GET /api/tally/credits/:zid</c>, and the answer of a claim or grant (spec 10 §2).</summary>
public sealed record CreditsAnswer(bool Ok, string Zid, long FreeCredits, long BurnCredits, long PaidCredits, long Balance, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/tally/credits/grant</c> (admin key).</summary>
public sealed record GrantRequest(string Zid, long Paid, string Reference);
