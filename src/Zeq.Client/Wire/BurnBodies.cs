namespace Zeq.Client;

/// <summary>Body of <c>POST /api/tally/envelopes/burn</c> (spec 10 §7).</summary>
public sealed record BurnRequest(IReadOnlyList<string> Ids);

/// <summary>A coin that was burned.</summary>
public sealed record BurnedEnvelope(string TokenId, long ValueZqt);

/// <summary>A completed burn; repeated, the first one again.</summary>
public sealed record BurnAnswer(
    bool Ok, string BurnTx, long Zeqond, int Burned, long SumValueZqt, long RateBps, long Credited, long Destroyed, IReadOnlyList<BurnedEnvelope> Envelopes);
