using System.Text.Json.Serialization;

namespace Zeq.Hosting;

/// <summary>Plain values that the host writes as JSON.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(StepSecrets))]
[JsonSerializable(typeof(Zeq.Client.TransferAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class HostJson : JsonSerializerContext;

/// <summary>What a step keeps sealed: the acceptance and the ticket of an import, or the ticket that a finished move handed out.</summary>
internal sealed record StepSecrets(string? Acceptance, string? ClaimTicket);
