using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Votes, in which coins are staked for options (spec 10 §8).</summary>
public sealed class VoteClient
{
    private const string Root = "api/tally/votes";
    private readonly ZeqTransport _transport;

    internal VoteClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>POST /api/tally/votes</c>: calls a vote.</summary>
    /// <param name="request">What it is about, 2 to 16 options, and the first Zeqond at which it is closed.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<VoteAnswer> CreateAsync(VoteRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Root, request, WireJson.Default.VoteRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.VoteAnswer, ct);

    /// <summary><c>GET /api/tally/votes</c>: a page of the home's votes, those that close last first. Needs no key.</summary>
    /// <param name="after">Where the page before ended, or null.</param>
    /// <param name="limit">1 to 200, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<VoteListAnswer> ListAsync(string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery(Root).Add("after", after).Add("limit", limit).ToString(), WireJson.Default.VoteListAnswer, ct);

    /// <summary><c>GET /api/tally/votes/:id</c>: a vote and its tally. Needs no key.</summary>
    public Task<VoteAnswer> GetAsync(VoteId id, CancellationToken ct = default) => _transport.GetAsync($"{Root}/{id.Text}", WireJson.Default.VoteAnswer, ct);

    /// <summary><c>POST /api/tally/votes/:id/ballots</c>: stakes coins for an option until the vote closes or they are taken back.</summary>
    /// <param name="id">The vote.</param>
    /// <param name="option">The option.</param>
    /// <param name="tokens">The coins, 1 to 1,000, each once.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<BallotAnswer> CastAsync(VoteId id, string option, IEnumerable<TokenId> tokens, string? idempotencyKey = null, CancellationToken ct = default) =>
        _transport.SendAsync(
            HttpMethod.Post, $"{Root}/{id.Text}/ballots", new BallotRequest(option, [.. tokens.Select(token => token.Text)]), WireJson.Default.BallotRequest, Repeat.WithKey,
            idempotencyKey, WireJson.Default.BallotAnswer, ct);

    /// <summary><c>DELETE /api/tally/votes/:id/ballots</c>: takes all of the caller's coins back, before the vote closes.</summary>
    /// <param name="id">The vote.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<BallotAnswer> WithdrawAsync(VoteId id, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Delete, $"{Root}/{id.Text}/ballots", null, Repeat.WithKey, idempotencyKey, WireJson.Default.BallotAnswer, ct);
}
