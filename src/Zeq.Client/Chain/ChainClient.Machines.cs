using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <content>Machines, their keys, their members and their public keys (spec 20 §1, spec 06 rule 1).</content>
public sealed partial class ChainClient
{
    /// <summary><c>POST /api/chain/state-machines</c>: makes a machine; its first key, an admin's, is shown this once.</summary>
    /// <param name="request">Name, visibility and words for people.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<NewMachineAnswer> CreateMachineAsync(NewMachineRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Machines, request, WireJson.Default.NewMachineRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.NewMachineAnswer, ct);

    /// <summary><c>GET /api/chain/state-machines</c>: the caller's machines and the public ones, by name.</summary>
    /// <param name="after">The last name of the page before, or null.</param>
    /// <param name="limit">1 to 200, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<MachineListAnswer> ListMachinesAsync(string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery(Machines).Add("after", after).Add("limit", limit).ToString(), WireJson.Default.MachineListAnswer, ct);

    /// <summary><c>GET /api/chain/state-machines/:slug/keys</c>: the keys that open a machine, for its admins.</summary>
    public Task<MachineKeyListAnswer> ListMachineKeysAsync(Slug slug, string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery($"{Machines}/{slug.Text}/keys").Add("after", after).Add("limit", limit).ToString(), WireJson.Default.MachineKeyListAnswer, ct);

    /// <summary><c>DELETE /api/chain/state-machines/:slug/keys/:prefix</c>: revokes a key by its first 12 characters.</summary>
    public Task<DoneAnswer> RevokeMachineKeyAsync(Slug slug, string prefix, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return _transport.SendAsync(
            HttpMethod.Delete, $"{Machines}/{slug.Text}/keys/{Uri.EscapeDataString(prefix)}", null, Repeat.WithKey, null, WireJson.Default.DoneAnswer, ct);
    }

    /// <summary><c>POST /api/chain/state-machines/:slug/members</c>: gives an account a role, or another one.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="zid">The account.</param>
    /// <param name="role"><c>viewer</c>, <c>operator</c> or <c>admin</c>.</param>
    /// <param name="ct">Cancels.</param>
    public Task<MemberAnswer> SetMemberAsync(Slug slug, Zid zid, string role, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"{Machines}/{slug.Text}/members", new MemberRequest(zid.Text, role), WireJson.Default.MemberRequest, Repeat.WithKey, null, WireJson.Default.MemberAnswer, ct);

    /// <summary><c>GET /api/chain/state-machines/:slug/members</c>: who has a role on a machine, for its admins.</summary>
    public Task<MemberListAnswer> ListMembersAsync(Slug slug, string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery($"{Machines}/{slug.Text}/members").Add("after", after).Add("limit", limit).ToString(), WireJson.Default.MemberListAnswer, ct);

    /// <summary><c>DELETE /api/chain/state-machines/:slug/members/:zid</c>: takes a role away, and the keys that the member issued.</summary>
    public Task<DoneAnswer> RemoveMemberAsync(Slug slug, Zid zid, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Delete, $"{Machines}/{slug.Text}/members/{zid.Text}", null, Repeat.WithKey, null, WireJson.Default.DoneAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/public-key</c>: the key that a machine goes by.</summary>
    /// <exception cref="ZeqUnreachableException">The home's answer is not signed by the key that it names.</exception>
    public async Task<MachinePublicKeyAnswer> GetPublicKeyAsync(Slug slug, CancellationToken ct = default)
    {
        MachinePublicKeyAnswer answer = await _transport.GetAsync($"api/chain/{slug.Text}/public-key", WireJson.Default.MachinePublicKeyAnswer, ct).ConfigureAwait(false);
        var key = new MachinePublicKey(slug, answer.PublicKey, answer.Prev, answer.SigSelf, answer.SigPrev, answer.Seq, answer.StateHash);
        return key.IsSigned(_transport.Origin) ? answer : throw ZeqTransport.Nonsense("The home names a machine key that did not sign itself.");
    }

    /// <summary>
    /// <c>POST /api/chain/:slug/public-key</c>: says by which key a machine goes from now on. Both signatures are made here, over the origin
    /// that this client dials; no private key leaves the caller.
    /// </summary>
    /// <param name="slug">The machine.</param>
    /// <param name="seed">The new key's Ed25519 seed, 32 bytes.</param>
    /// <param name="previousSeed">The seed of the key that the machine has; empty where it has none.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ArgumentException">A seed has not 32 bytes.</exception>
    public Task<EventAnswer> SetPublicKeyAsync(Slug slug, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> previousSeed = default, CancellationToken ct = default)
    {
        if (seed.Length != Ed25519.SeedSizeBytes || previousSeed.Length is not (0 or Ed25519.SeedSizeBytes))
        {
            throw new ArgumentException("A seed has 32 bytes.", nameof(seed));
        }

        string publicKey = PublicKeyOf(seed);
        string? previous = previousSeed.Length == 0 ? null : PublicKeyOf(previousSeed);
        byte[] text = MachinePublicKey.SignedText(_transport.Origin, slug, publicKey, previous);
        var request = new MachinePublicKeyRequest(publicKey, Sign(text, seed), previous, previous is null ? null : Sign(text, previousSeed));
        return _transport.SendAsync(
            HttpMethod.Post, $"api/chain/{slug.Text}/public-key", request, WireJson.Default.MachinePublicKeyRequest, Repeat.WithKey, null, WireJson.Default.EventAnswer, ct);
    }

    private static string PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeySizeBytes];
        Ed25519.GetPublicKey(seed, publicKey);
        return Hex.Encode(publicKey);
    }

    private static string Sign(ReadOnlySpan<byte> text, ReadOnlySpan<byte> seed)
    {
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSizeBytes];
        Ed25519.Sign(text, seed, signature);
        return Hex.Encode(signature);
    }
}
