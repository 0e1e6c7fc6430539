using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Coins at their home (spec 10 §3, §4 and §9).</summary>
public sealed class EnvelopeClient
{
    private const string Root = "api/tally/envelopes";
    private readonly ZeqTransport _transport;

    internal EnvelopeClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>POST /api/tally/envelopes/transfer</c>: hands a coin over; with a ticket where the new holder is elsewhere.</summary>
    /// <param name="tokenId">The coin.</param>
    /// <param name="to">The new holder.</param>
    /// <param name="toOrigin">The new holder's home; null means this one.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<TransferAnswer> TransferAsync(TokenId tokenId, Zid to, Origin? toOrigin = null, string? idempotencyKey = null, CancellationToken ct = default) =>
        _transport.SendAsync(
            HttpMethod.Post, $"{Root}/transfer", new TransferRequest(tokenId.Text, to.Text, toOrigin?.Text), WireJson.Default.TransferRequest, Repeat.WithKey,
            idempotencyKey, WireJson.Default.TransferAnswer, ct);

    /// <summary><c>GET /api/tally/envelopes</c>: a page of the caller's coins.</summary>
    /// <param name="status"><c>active</c>, <c>bearer</c>, <c>migrated</c>, <c>burned</c>, or null for any.</param>
    /// <param name="after">Where the page before ended, or null.</param>
    /// <param name="limit">1 to 200, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<EnvelopeListAnswer> ListAsync(string? status = null, string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery(Root).Add("status", status).Add("after", after).Add("limit", limit).ToString(), WireJson.Default.EnvelopeListAnswer, ct);

    /// <summary><c>GET /api/tally/envelopes/:tokenId</c>: the full row, for its holder.</summary>
    public Task<EnvelopeAnswer> GetAsync(TokenId tokenId, CancellationToken ct = default) =>
        _transport.GetAsync($"{Root}/{tokenId.Text}", WireJson.Default.EnvelopeAnswer, ct);

    /// <summary>
    /// <c>GET /api/tally/envelopes/:tokenId/proof</c>: the light proof, read with the strict member set. It proves something only once
    /// <see cref="LightProof.Verify"/> has held it against a pinned node key. Needs no key.
    /// </summary>
    public async Task<LightProof> GetProofAsync(TokenId tokenId, CancellationToken ct = default)
    {
        byte[] bytes = await _transport.GetBytesAsync($"{Root}/{tokenId.Text}/proof", ct).ConfigureAwait(false);
        return LightProof.TryRead(bytes, out LightProof? proof) && proof.Claim.TokenId == tokenId
            ? proof
            : throw ZeqTransport.Nonsense("The answer is not the light proof of this coin.");
    }

    /// <summary><c>GET /api/tally/envelopes/:tokenId/authority</c>: height and status, never the holder. Needs no key.</summary>
    public Task<AuthorityAnswer> GetAuthorityAsync(TokenId tokenId, CancellationToken ct = default) =>
        _transport.GetAsync($"{Root}/{tokenId.Text}/authority", WireJson.Default.AuthorityAnswer, ct);

    /// <summary><c>POST /api/tally/envelopes/:tokenId/recall</c>: the sender takes back what was not accepted yet (spec 05 rule 10).</summary>
    public Task<RecallAnswer> RecallAsync(TokenId tokenId, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Root}/{tokenId.Text}/recall", null, Repeat.WithKey, idempotencyKey, WireJson.Default.RecallAnswer, ct);

    /// <summary><c>POST /api/tally/envelopes/transfer-claim</c>: moves a coin on with a raw ticket. Needs no key; repeated, it answers its first result.</summary>
    public Task<TransferAnswer> TransferClaimAsync(TransferClaimRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Root}/transfer-claim", request, WireJson.Default.TransferClaimRequest, Repeat.Safe, null, WireJson.Default.TransferAnswer, ct);

    /// <summary><c>POST /api/tally/receipt/verify</c>: what the coin's home says of a receipt. Ask the home, never the messenger. Needs no key.</summary>
    public Task<ReceiptVerifyAnswer> VerifyReceiptAsync(ReceiptVerifyRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/tally/receipt/verify", request, WireJson.Default.ReceiptVerifyRequest, Repeat.Safe, null, WireJson.Default.ReceiptVerifyAnswer, ct);

    /// <summary><c>GET /api/tally/supply</c>: sums over the home's coins. Needs no key.</summary>
    public Task<SupplyAnswer> GetSupplyAsync(CancellationToken ct = default) => _transport.GetAsync("api/tally/supply", WireJson.Default.SupplyAnswer, ct);

    /// <summary><c>GET /api/tally/history</c>: moves that the caller gave or received, newest first.</summary>
    /// <param name="before">The <c>next_after</c> of the page before, or null.</param>
    /// <param name="limit">How many at most, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<HistoryAnswer> GetHistoryAsync(string? before = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery("api/tally/history").Add("before", before).Add("limit", limit).ToString(), WireJson.Default.HistoryAnswer, ct);
}
