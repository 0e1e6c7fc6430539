using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>The clock of a home (spec 00, "Time"): <c>GET /api/zeq/pulse</c> and each event of its stream.</summary>
public sealed record PulseAnswer(
    bool Ok, long Zeqond, decimal Phase, [property: JsonPropertyName("R_t")] decimal RT, double PulseHz, long ZeqondMs, double Alpha, long UnixMs, long NextZeqondInMs);

/// <summary>A refusal (spec 00, "Answers"). The body of every 4xx and 5xx.</summary>
public sealed record ErrorAnswer(bool Ok, string Error, string Code, long Zeqond, decimal Phase, IReadOnlyList<ErrorDetail>? Details = null);

/// <summary>What is wrong with one field or one of several ids; <c>TokenId</c> is the subject where that is a coin of several.</summary>
public sealed record ErrorDetail(string Subject, string Code, string Message, string? TokenId = null);
