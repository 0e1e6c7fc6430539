using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>First contact with a machine (ZeqKeyEx; spec 30 §1, spec 06 rule 3).</summary>
internal static class KeyExchangeEndpoints
{
    private static readonly Field<byte[]> CipherText = new(
        "cipher_text", true, RejectionCode.InvalidCipherText,
        new JsonObject { ["type"] = "string", ["minLength"] = 1_451, ["maxLength"] = 2 * MLKem768.CipherTextSizeBytes, ["description"] = "1,088 bytes as base64url without padding, or as lower-case hex" },
        ReadCipherText);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("GET", "/api/keyex/{slug}/pubkey", "A machine's public key of ML-KEM-768, made when it is asked for first, and the row of its chain that carries the fingerprint.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.KeyExchange,
            Path = [MachineAccess.SlugMember],
            Answer = WireJson.Default.KeyExchangeKeyAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => WithMachineAsync(call, async machine =>
            {
                (ExchangeKeys.Opened? key, Reply? refusal) = await call.Services.ExchangeKeys.GetAsync(call, machine).ConfigureAwait(false);
                return refusal ?? call.Ok(ToAnswer(machine, key!.Pair.PublicKey, key.Row));
            }),
        };
        yield return new ApiRoute("POST", "/api/keyex/{slug}/handshake", "Takes a ciphertext, and answers with a confirmation that opens for whoever made it.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.KeyExchange,
            Path = [MachineAccess.SlugMember],
            Body = [CipherText],
            Answer = WireJson.Default.KeyExchangeHandshakeAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.InvalidCipherText, RejectionCode.MachineNotFound, RejectionCode.KeyNotFound, RejectionCode.Busy],
            Handle = call => WithMachineAsync(call, machine => HandshakeAsync(call, machine)),
        };
        yield return new ApiRoute("POST", "/api/keyex/{slug}/rotate", "Replaces a machine's pair of ML-KEM-768; the old one is erased, its sessions run out.")
        {
            Auth = RouteAuth.Account,
            RateLimit = RateLimits.KeyExchange,
            Path = [MachineAccess.SlugMember],
            Answer = WireJson.Default.KeyExchangeKeyAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden, RejectionCode.Conflict],
            IsIdempotent = true,
            Handle = call => WithMachineAsync(call, machine => call.Services.ExchangeKeys.RotateAsync(call, machine, (publicKey, row, _) => ToAnswer(machine, publicKey, row))),
        };
    }

    /// <summary>Nobody exchanges keys with the home's own chain.</summary>
    private static Task<Reply> WithMachineAsync(ApiCall call, Func<Machine, Task<Reply>> handle) => MachineAccess.WithMachineAsync(
        call, (machine, _) => machine.Slug == Slug.ZeqSys ? Task.FromResult(MachineAccess.Missing(call)) : handle(machine));

    private static async Task<Reply> HandshakeAsync(ApiCall call, Machine machine)
    {
        long nowMs = call.NowMs;
        Zeqond now = Zeqond.FromUnixMs(nowMs);
        if (await call.Services.ExchangeKeys.AnswerAsync(machine, call.Get(CipherText), now, call.Aborted).ConfigureAwait(false) is not { } answered)
        {
            return call.Refuse(RejectionCode.KeyNotFound, "This machine has no key pair yet: ask for its public key first.");
        }

        if (answered.Answer is not { } answer)
        {
            return call.Refuse(RejectionCode.InvalidCipherText, "A ciphertext has 1,088 bytes.");
        }

        KeyExchangeSession session = answer.Session;
        return call.Services.KeyExchanges.TryAdd(session)
            ? call.Ok(
                new KeyExchangeHandshakeAnswer(
                    true, session.SessionId, Hex.Encode(answer.ResponderSalt.Span), Base64UrlText.Encode(answer.Confirmation.Span), now.Value + call.Services.Options.SessionZeqonds, now.Value),
                nowMs)
            : call.Refuse(RejectionCode.Busy, "This machine has as many sessions as it may have.");
    }

    private static KeyExchangeKeyAnswer ToAnswer(Machine machine, ReadOnlyMemory<byte> publicKey, ChainRow row) => new(
        true, Base64UrlText.Encode(publicKey.Span), KeyExchange.Fingerprint(publicKey.Span), KeyExchange.Algorithm, machine.Slug.Text, new AnchorBody(row.Seq, row.StateHash));

    private static bool ReadCipherText(JsonElement json, out byte[] value)
    {
        value = new byte[MLKem768.CipherTextSizeBytes];
        return json.ValueKind == JsonValueKind.String && json.GetString() is { } text
            && (text.Length == 2 * value.Length ? Hex.TryDecode(text, value) : Base64UrlText.TryDecode(text, value, out int written) && written == value.Length);
    }
}
