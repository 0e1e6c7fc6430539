using System.Globalization;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Machines and their chains (spec 20 §1 and §2).</summary>
public sealed partial class ChainClient
{
    private const string Machines = "api/chain/state-machines";
    private readonly ZeqTransport _transport;

    internal ChainClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/chain/:slug/state</c>: the newest row.</summary>
    public Task<ChainRowAnswer> GetStateAsync(Slug slug, CancellationToken ct = default) =>
        _transport.GetAsync($"api/chain/{slug.Text}/state", WireJson.Default.ChainRowAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/rows/:seq</c>: one row, 1 for the first.</summary>
    public Task<ChainRowAnswer> GetRowAsync(Slug slug, long seq, CancellationToken ct = default) =>
        _transport.GetAsync(string.Create(CultureInfo.InvariantCulture, $"api/chain/{slug.Text}/rows/{seq}"), WireJson.Default.ChainRowAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/explore</c>: a page of rows in order.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="from">The first Zeqond, or null.</param>
    /// <param name="to">The last Zeqond, or null.</param>
    /// <param name="type">Rows of this type alone, or null.</param>
    /// <param name="after">Rows after this seq, or null.</param>
    /// <param name="limit">1 to 500, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ExploreAnswer> ExploreAsync(
        Slug slug, long? from = null, long? to = null, string? type = null, long? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(
            new UrlQuery($"api/chain/{slug.Text}/explore").Add("from", from).Add("to", to).Add("type", type).Add("after", after).Add("limit", limit).ToString(),
            WireJson.Default.ExploreAnswer, ct);

    /// <summary>
    /// <c>GET /api/chain/:slug/pohc/validate</c>: whether the chain is consistent with itself and with a row that the caller remembers
    /// (spec 05 rule 20).
    /// </summary>
    /// <param name="slug">The machine.</param>
    /// <param name="from">The first seq, or null.</param>
    /// <param name="to">The last seq, or null.</param>
    /// <param name="expectSeq">A remembered row, with <paramref name="expectHash"/>.</param>
    /// <param name="expectHash">Its state hash, 64 lower-case hex.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ArgumentException">Only one of the two of a remembered row is there, or the hash has not its form.</exception>
    public Task<ValidateAnswer> ValidateAsync(
        Slug slug, long? from = null, long? to = null, long? expectSeq = null, string? expectHash = null, CancellationToken ct = default)
    {
        if (expectSeq.HasValue != (expectHash is not null) || (expectHash is not null && !Hex.IsLowerHex(expectHash, 64)))
        {
            throw new ArgumentException("A remembered row is a seq and a state hash of 64 lower-case hex.", nameof(expectHash));
        }

        return _transport.GetAsync(
            new UrlQuery($"api/chain/{slug.Text}/pohc/validate").Add("from", from).Add("to", to).Add("expect_seq", expectSeq).Add("expect_hash", expectHash).ToString(),
            WireJson.Default.ValidateAnswer, ct);
    }

    /// <summary><c>POST /api/chain/:slug/event</c>: writes a row.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="request">Type, and a payload or its hash.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<EventAnswer> WriteEventAsync(Slug slug, EventRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"api/chain/{slug.Text}/event", request, WireJson.Default.EventRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.EventAnswer, ct);

    /// <summary><c>GET /api/chain/state-machines/:slug</c>.</summary>
    public Task<MachineAnswer> GetMachineAsync(Slug slug, CancellationToken ct = default) =>
        _transport.GetAsync($"{Machines}/{slug.Text}", WireJson.Default.MachineAnswer, ct);

    /// <summary><c>PATCH /api/chain/state-machines/:slug</c>: publishes or names a machine.</summary>
    public Task<MachineAnswer> UpdateMachineAsync(Slug slug, MachineRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Patch, $"{Machines}/{slug.Text}", request, WireJson.Default.MachineRequest, Repeat.WithKey, null, WireJson.Default.MachineAnswer, ct);

    /// <summary><c>POST /api/chain/state-machines/:slug/keys</c>: a key of the machine, shown this once.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="request">Role (<c>viewer</c>, <c>operator</c>, <c>admin</c>) and label.</param>
    /// <param name="ct">Cancels.</param>
    public Task<NewKeyAnswer> AddMachineKeyAsync(Slug slug, NewKeyRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Machines}/{slug.Text}/keys", request, WireJson.Default.NewKeyRequest, Repeat.WithKey, null, WireJson.Default.NewKeyAnswer, ct);
}
