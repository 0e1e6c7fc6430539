using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Bearer coins: value in a file (spec 10 §6).</summary>
public sealed class BearerClient
{
    private readonly ZeqTransport _transport;

    internal BearerClient(ZeqTransport transport) => _transport = transport;

    /// <summary>
    /// <c>POST /api/tally/envelopes/:tokenId/export</c>: whoever has the answer can redeem the coin, and only the caller can take it back.
    /// Asked again, it is the same coin.
    /// </summary>
    /// <param name="tokenId">The coin, held by the caller.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ExportAnswer> ExportAsync(TokenId tokenId, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"api/tally/envelopes/{tokenId.Text}/export", null, Repeat.WithKey, idempotencyKey, WireJson.Default.ExportAnswer, ct);

    /// <summary><c>POST /api/tally/envelopes/:tokenId/reclaim</c>: takes an exported coin back; every copy of its file is superseded.</summary>
    /// <param name="tokenId">The coin, exported by the caller.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ReclaimAnswer> ReclaimAsync(TokenId tokenId, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"api/tally/envelopes/{tokenId.Text}/reclaim", null, Repeat.WithKey, idempotencyKey, WireJson.Default.ReclaimAnswer, ct);

    /// <summary>
    /// <c>POST /api/tally/coins/redeem</c>: the caller holds the coin from then on; at another home than the coin's, one of the same value that
    /// was minted for it. A 502 means that the outcome is not known: the home goes on asking, and the same call tells.
    /// </summary>
    /// <param name="coin">The coin of a file.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<RedeemAnswer> RedeemAsync(BearerCoin coin, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/tally/coins/redeem", new RedeemRequest(CoinBody.Of(coin)), WireJson.Default.RedeemRequest, Repeat.WithKey, idempotencyKey,
        WireJson.Default.RedeemAnswer, ct);
}
