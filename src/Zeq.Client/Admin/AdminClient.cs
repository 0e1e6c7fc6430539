using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>What only the admin of a home asks; the client's key is the admin key (spec 05 rules 14, 25 and 26).</summary>
public sealed class AdminClient
{
    private readonly ZeqTransport _transport;

    internal AdminClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>POST /api/admin/peers</c>: confirms the node key of another home.</summary>
    /// <param name="peer">The other home.</param>
    /// <param name="publicKeyHex">Its node key as the admin learned it from its owner, 64 lower-case hex.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ArgumentException">The key is not 64 lower-case hex.</exception>
    public Task<PeerKeyAnswer> ConfirmPeerAsync(Origin peer, string publicKeyHex, CancellationToken ct = default)
    {
        if (!Hex.IsLowerHex(publicKeyHex, 64))
        {
            throw new ArgumentException("A node key is 64 lower-case hex.", nameof(publicKeyHex));
        }

        return _transport.SendAsync(
            HttpMethod.Post, "api/admin/peers", new PeerKeyRequest(peer.Text, publicKeyHex), WireJson.Default.PeerKeyRequest, Repeat.WithKey, null,
            WireJson.Default.PeerKeyAnswer, ct);
    }

    /// <summary><c>POST /api/admin/machines</c>: how many machines a ZID may have, its own one included; 16 by itself (spec 05 rule 24).</summary>
    public Task<MachineQuotaAnswer> AllowMachinesAsync(Zid zid, long most, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/admin/machines", new MachineQuotaRequest(zid.Text, most), WireJson.Default.MachineQuotaRequest, Repeat.WithKey, null, WireJson.Default.MachineQuotaAnswer, ct);

    /// <summary><c>POST /api/admin/issuers</c>: bearer coins of this home are redeemed from now on (spec 05 rule 8).</summary>
    /// <param name="issuer">The other home.</param>
    /// <param name="publicKeyHex">Its node key as the admin learned it from its owner, 64 lower-case hex.</param>
    /// <param name="maxOutstandingZqt">The most of its coins that may live here at once, in ZEQ, at least 1; null: any.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ArgumentException">The key is not 64 lower-case hex.</exception>
    public Task<IssuerAnswer> TrustIssuerAsync(Origin issuer, string publicKeyHex, long? maxOutstandingZqt = null, CancellationToken ct = default)
    {
        if (!Hex.IsLowerHex(publicKeyHex, 64))
        {
            throw new ArgumentException("A node key is 64 lower-case hex.", nameof(publicKeyHex));
        }

        return _transport.SendAsync(
            HttpMethod.Post, "api/admin/issuers", new IssuerRequest(issuer.Text, publicKeyHex, maxOutstandingZqt), WireJson.Default.IssuerRequest, Repeat.WithKey, null,
            WireJson.Default.IssuerAnswer, ct);
    }

    /// <summary><c>DELETE /api/admin/issuers</c>: bearer coins of this home are redeemed no longer, wherever it was named; those that live here stay.</summary>
    public Task<IssuerAnswer> DistrustIssuerAsync(Origin issuer, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Delete, "api/admin/issuers", new IssuerRemovalRequest(issuer.Text), WireJson.Default.IssuerRemovalRequest, Repeat.WithKey, null,
        WireJson.Default.IssuerAnswer, ct);

    /// <summary><c>GET /api/admin/issuers</c>: which homes' bearer coins are redeemed here.</summary>
    public Task<IssuerListAnswer> ListIssuersAsync(CancellationToken ct = default) => _transport.GetAsync("api/admin/issuers", WireJson.Default.IssuerListAnswer, ct);

    /// <summary><c>POST /api/admin/home/restored</c>: after any restore of a backup, lifts every live coin's height (spec 05 rule 26).</summary>
    /// <param name="restoreId">Goes on with a restore that was begun; null begins one, under an id drawn here, so that a lost answer begins no second one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<RestoredAnswer> HomeRestoredAsync(string? restoreId = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/admin/home/restored", new RestoredRequest(restoreId ?? Hex.Encode(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))),
        WireJson.Default.RestoredRequest, Repeat.WithKey, null, WireJson.Default.RestoredAnswer, ct);

    /// <summary><c>POST /api/admin/clock/confirm</c>: the clock, which looked suspect, is right (spec 05 rule 25).</summary>
    public Task<DoneAnswer> ConfirmClockAsync(CancellationToken ct = default) =>
        _transport.SendAsync(HttpMethod.Post, "api/admin/clock/confirm", null, Repeat.WithKey, null, WireJson.Default.DoneAnswer, ct);
}
