using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>The one-way valve: coins become burn credits, which compute and mint nothing (spec 10 §7).</summary>
public sealed class BurnClient
{
    private readonly ZeqTransport _transport;

    internal BurnClient(ZeqTransport transport) => _transport = transport;

    /// <summary>
    /// <c>POST /api/tally/envelopes/burn</c>: all of the coins or none; a refusal names each that cannot be burned. The same coins again
    /// answer the first burn.
    /// </summary>
    /// <param name="ids">The coins, 1 to 1,000, each once.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<BurnAnswer> BurnAsync(IEnumerable<TokenId> ids, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/tally/envelopes/burn", new BurnRequest([.. ids.Select(id => id.Text)]), WireJson.Default.BurnRequest, Repeat.WithKey, idempotencyKey,
        WireJson.Default.BurnAnswer, ct);
}
