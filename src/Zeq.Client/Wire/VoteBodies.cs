using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>Body of <c>POST /api/tally/votes</c> (spec 10 §8).</summary>
public sealed record VoteRequest(string Title, IReadOnlyList<string> Options, long ClosesZeqond);

/// <summary>A vote; <c>Tally</c> is the staked sum of each option in ZEQ, <c>Status</c> <c>open</c> or <c>closed</c>.</summary>
public sealed record VoteBody(string Id, string Title, IReadOnlyList<string> Options, long ClosesZeqond, string Status, IReadOnlyDictionary<string, long> Tally);

/// <summary><c>POST /api/tally/votes</c> and <c>GET /api/tally/votes/:id</c>.</summary>
public sealed record VoteAnswer(bool Ok, VoteBody Vote);

/// <summary><c>GET /api/tally/votes</c>: those that close last come first.</summary>
public sealed record VoteListAnswer(bool Ok, IReadOnlyList<VoteBody> Votes, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>Body of <c>POST /api/tally/votes/:id/ballots</c>.</summary>
public sealed record BallotRequest(string Option, IReadOnlyList<string> TokenIds);

/// <summary>What a ballot staked, or its withdrawal freed, and the vote as it stands since.</summary>
public sealed record BallotAnswer(bool Ok, IReadOnlyList<string> TokenIds, long Weight, VoteBody Vote, long Zeqond, decimal Phase);
