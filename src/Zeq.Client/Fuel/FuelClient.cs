using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Fuel (spec 10 §2).</summary>
public sealed class FuelClient
{
    private readonly ZeqTransport _transport;

    internal FuelClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/tally/credits/:zid</c>: the pools of the caller's own ZID; of any with the admin key.</summary>
    public Task<CreditsAnswer> GetCreditsAsync(Zid zid, CancellationToken ct = default) =>
        _transport.GetAsync($"api/tally/credits/{zid.Text}", WireJson.Default.CreditsAnswer, ct);

    /// <summary><c>POST /api/tally/credits/claim</c>: once per UTC day and only with at most 5 free, tops free up to 128.</summary>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<CreditsAnswer> ClaimAsync(string? idempotencyKey = null, CancellationToken ct = default) =>
        _transport.SendAsync(HttpMethod.Post, "api/tally/credits/claim", null, Repeat.WithKey, idempotencyKey, WireJson.Default.CreditsAnswer, ct);

    /// <summary><c>POST /api/tally/credits/grant</c> (admin key): paid credits, once per reference.</summary>
    /// <param name="request">Whom, how much, and the payment that it is for.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<CreditsAnswer> GrantAsync(GrantRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/tally/credits/grant", request, WireJson.Default.GrantRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.CreditsAnswer, ct);
}
