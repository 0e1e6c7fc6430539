using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Accounts, their keys and their recovery (spec 00, "Who calls"; spec 05 rule 6).</summary>
public sealed class IdentityClient
{
    private const string StaleRequest = "STALE_REQUEST";

    private readonly ZeqTransport _transport;
    private readonly TimeClient _time;

    internal IdentityClient(ZeqTransport transport, TimeClient time)
    {
        _transport = transport;
        _time = time;
    }

    /// <summary><c>GET /api/identity</c>: the node card. Needs no key.</summary>
    public Task<NodeCard> GetNodeAsync(CancellationToken ct = default) => _transport.GetAsync("api/identity", WireJson.Default.NodeCard, ct);

    /// <summary><c>GET /api/identity/whoami</c>: what the caller's key is.</summary>
    public Task<WhoAmIAnswer> WhoAmIAsync(CancellationToken ct = default) => _transport.GetAsync("api/identity/whoami", WireJson.Default.WhoAmIAnswer, ct);

    /// <summary>
    /// <c>POST /api/identity/register</c> without recovery words: whoever loses every key loses the account. Sent once: a lost answer
    /// loses the account with it.
    /// </summary>
    /// <param name="displayName">A name for people, or null.</param>
    /// <param name="ct">Cancels.</param>
    public Task<RegisterAnswer> RegisterAsync(string? displayName = null, CancellationToken ct = default) =>
        PostAsync("api/identity/register", new RegisterRequest(displayName), WireJson.Default.RegisterRequest, Repeat.Never, WireJson.Default.RegisterAnswer, ct);

    /// <summary>
    /// <c>POST /api/identity/register</c> with the key of recovery words, signed for the dialled origin. Sent once; where the answer is
    /// lost, <see cref="RecoverAsync"/> with the same words gives a key of the account, if it was made.
    /// </summary>
    /// <param name="signer">The key of the words.</param>
    /// <param name="displayName">A name for people, or null.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RegisterAnswer> RegisterAsync(RecoverySigner signer, string? displayName = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(signer);
        RegisterAnswer answer = await StampedAsync(
            now =>
            {
                string signature = signer.SignHex(RegisterIdentity.SignedText(_transport.Origin, signer.PublicKeyHex, now));
                var body = new RegisterRequest(displayName, signer.PublicKeyHex, signature, now.Value);
                return PostAsync("api/identity/register", body, WireJson.Default.RegisterRequest, Repeat.Never, WireJson.Default.RegisterAnswer, ct);
            },
            ct).ConfigureAwait(false);
        return answer.Zid == signer.Zid.Text ? answer : throw ZeqTransport.Nonsense("The account that was made is not the one of these recovery words.");
    }

    /// <summary><c>POST /api/identity/recover</c>: a new account key; every older one is void. Signed for the dialled origin.</summary>
    /// <param name="zid">The account.</param>
    /// <param name="signer">The key of its words.</param>
    /// <param name="ct">Cancels.</param>
    public Task<RecoverAnswer> RecoverAsync(Zid zid, RecoverySigner signer, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return StampedAsync(
            now =>
            {
                var body = new RecoverRequest(zid.Text, now.Value, signer.SignHex(RecoverIdentity.SignedText(_transport.Origin, zid, now)));
                return PostAsync("api/identity/recover", body, WireJson.Default.RecoverRequest, Repeat.Never, WireJson.Default.RecoverAnswer, ct);
            },
            ct);
    }

    /// <summary>
    /// <c>POST /api/identity/public-key</c>: adds or replaces the recovery key; it takes effect a day later, until then any account key
    /// cancels it (spec 05 rule 6).
    /// </summary>
    /// <param name="zid">The caller's account.</param>
    /// <param name="signer">The key of the new words.</param>
    /// <param name="old">The key of the words in force; null where there are none.</param>
    /// <param name="ct">Cancels.</param>
    public Task<PublicKeyAnswer> SetRecoveryKeyAsync(Zid zid, RecoverySigner signer, RecoverySigner? old = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return StampedAsync(
            now =>
            {
                byte[] text = SetRecoveryKey.SignedText(_transport.Origin, zid, signer.PublicKeyHex, now);
                var body = new PublicKeyRequest(signer.PublicKeyHex, now.Value, signer.SignHex(text), old?.SignHex(text));
                return PostAsync("api/identity/public-key", body, WireJson.Default.PublicKeyRequest, Repeat.WithKey, WireJson.Default.PublicKeyAnswer, ct);
            },
            ct);
    }

    /// <summary><c>GET /api/identity/accounts/:zid</c>: the name that an account of this home goes by.</summary>
    public Task<AccountAnswer> GetAccountAsync(Zid zid, CancellationToken ct = default) =>
        _transport.GetAsync("api/identity/accounts/" + zid.Text, WireJson.Default.AccountAnswer, ct);

    /// <summary><c>DELETE /api/identity/public-key</c>: cancels a recovery key that has not taken effect yet.</summary>
    public Task<DoneAnswer> CancelRecoveryKeyAsync(CancellationToken ct = default) =>
        _transport.SendAsync(HttpMethod.Delete, "api/identity/public-key", null, Repeat.WithKey, null, WireJson.Default.DoneAnswer, ct);

    /// <summary><c>GET /api/identity/keys</c>: the caller's valid keys, by their prefixes.</summary>
    /// <param name="after">Where the page before ended, or null.</param>
    /// <param name="ct">Cancels.</param>
    public Task<KeyListAnswer> ListKeysAsync(string? after = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery("api/identity/keys").Add("after", after).ToString(), WireJson.Default.KeyListAnswer, ct);

    /// <summary><c>POST /api/identity/keys</c>: a further account key, shown this once.</summary>
    /// <param name="label">A name for people, or null.</param>
    /// <param name="ct">Cancels.</param>
    public Task<NewKeyAnswer> AddKeyAsync(string? label = null, CancellationToken ct = default) =>
        PostAsync("api/identity/keys", new NewKeyRequest(label), WireJson.Default.NewKeyRequest, Repeat.WithKey, WireJson.Default.NewKeyAnswer, ct);

    /// <summary><c>DELETE /api/identity/keys/:prefix</c>.</summary>
    /// <param name="prefix">The first 12 characters of the key. A whole key is refused here, since it would stand in a URL.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ArgumentException">The prefix has not the form of one.</exception>
    public Task<DoneAnswer> RevokeKeyAsync(string prefix, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length != ApiKeyRow.PrefixLength || prefix.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
        {
            throw new ArgumentException("A key is named by its first 12 characters.", nameof(prefix));
        }

        return _transport.SendAsync(HttpMethod.Delete, "api/identity/keys/" + prefix, null, Repeat.WithKey, null, WireJson.Default.DoneAnswer, ct);
    }

    /// <summary>Signs the present Zeqond of the own clock; where the home finds it stale, once more with the home's.</summary>
    private async Task<T> StampedAsync<T>(Func<Zeqond, Task<T>> send, CancellationToken ct)
    {
        try
        {
            return await send(Zeqond.FromUnixMs(_transport.Time.GetUtcNow().ToUnixTimeMilliseconds())).ConfigureAwait(false);
        }
        catch (ZeqApiException e) when (e.Code == StaleRequest)
        {
            PulseAnswer pulse = await _time.GetPulseAsync(ct).ConfigureAwait(false);
            return await send(new Zeqond(pulse.Zeqond)).ConfigureAwait(false);
        }
    }

    private Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path, TBody body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<TBody> bodyType, Repeat repeat,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<TAnswer> answer, CancellationToken ct) =>
        _transport.SendAsync(HttpMethod.Post, path, body, bodyType, repeat, null, answer, ct);
}
