using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Coins of other homes that the caller holds (spec 10 §5, spec 05 rules 9 to 13).</summary>
public sealed class ClaimClient
{
    private const string Root = "api/tally/claims";
    private readonly ZeqTransport _transport;

    internal ClaimClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/tally/claims/:zid</c>: a page of the caller's claims, and that page's sums per trusted home.</summary>
    /// <param name="zid">The caller's own ZID.</param>
    /// <param name="after">Where the page before ended, or null.</param>
    /// <param name="limit">1 to 200; null means 200.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ClaimListAnswer> ListAsync(Zid zid, string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery($"{Root}/{zid.Text}").Add("after", after).Add("limit", limit).ToString(), WireJson.Default.ClaimListAnswer, ct);

    /// <summary><c>POST /api/tally/claims/import</c>: takes a receipt and ticket in; the payment is final once the claim is <c>held</c>.</summary>
    public Task<ClaimAnswer> ImportAsync(ImportRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Root}/import", request, WireJson.Default.ImportRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.ClaimAnswer, ct);

    /// <summary><c>POST /api/tally/claims/transfer</c>: moves a claim on through the own home.</summary>
    /// <param name="tokenId">The coin.</param>
    /// <param name="to">The new holder.</param>
    /// <param name="toOrigin">The new holder's home; null means the coin's home.</param>
    /// <param name="homeOrigin">The coin's home; needed where two homes issued coins of this name.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ClaimTransferAnswer> TransferAsync(
        TokenId tokenId, Zid to, Origin? toOrigin = null, Origin? homeOrigin = null, string? idempotencyKey = null, CancellationToken ct = default) =>
        _transport.SendAsync(
            HttpMethod.Post, $"{Root}/transfer", new ClaimTransferRequest(tokenId.Text, to.Text, toOrigin?.Text, homeOrigin?.Text),
            WireJson.Default.ClaimTransferRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.ClaimTransferAnswer, ct);

    /// <summary><c>POST /api/tally/claims/publish</c>: shows the claim on the caller's chain, without the ticket.</summary>
    /// <param name="tokenId">The coin.</param>
    /// <param name="includeSender">Whether the sender's receipt is shown too (spec 05 rule 28).</param>
    /// <param name="homeOrigin">The coin's home; needed where two homes issued coins of this name.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<PublishAnswer> PublishAsync(
        TokenId tokenId, bool includeSender = false, Origin? homeOrigin = null, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
            HttpMethod.Post, $"{Root}/publish", new PublishRequest(tokenId.Text, homeOrigin?.Text, includeSender), WireJson.Default.PublishRequest, Repeat.WithKey,
            idempotencyKey, WireJson.Default.PublishAnswer, ct);

    /// <summary><c>POST /api/tally/claims/:tokenId/refresh</c>: asks the coin's home how the claim stands.</summary>
    public Task<ClaimAnswer> RefreshAsync(TokenId tokenId, Origin? homeOrigin = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Root}/{tokenId.Text}/refresh", new RefreshRequest(homeOrigin?.Text), WireJson.Default.RefreshRequest, Repeat.WithKey, null,
        WireJson.Default.ClaimAnswer, ct);
}
