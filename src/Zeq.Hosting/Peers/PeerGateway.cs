using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What another home answered to a call.</summary>
/// <param name="Answer">Its answer; null where there is none.</param>
/// <param name="Why">What it refused, or why it could not be asked.</param>
/// <param name="IsUnknown">Whether the call may have reached it although no answer that counts came back.</param>
internal sealed record PeerReply<T>(T? Answer, Rejection? Why, bool IsUnknown)
    where T : class;

/// <summary>
/// Asks other homes. Every answer that decides anything must carry the signature of that home's pinned node key (spec 05 rule 14).
/// </summary>
internal sealed class PeerGateway(HomeServices services)
{
    /// <summary>Asks a home for its node key, and pins the first one; the pinned one ever after.</summary>
    public async Task<(string? Key, Rejection? Why)> NodeKeyAsync(Origin peer, string? caller, CancellationToken cancellationToken)
    {
        if (await services.Issuers.FindAsync(peer, cancellationToken).ConfigureAwait(false) is { } trusted)
        {
            return (trusted.PublicKey, null);
        }

        if (await services.Home.Reader.FindAsync(PeerKey.Table, peer.Text, cancellationToken).ConfigureAwait(false) is { } pinned)
        {
            return (pinned.PublicKey, null);
        }

        PeerResult result = await services.PeerHttp.SendAsync(
            new PeerRequest { Origin = peer.Text, Method = "GET", Path = "/api/identity", Key = caller, IsIdempotent = true }, cancellationToken).ConfigureAwait(false);
        if (result is not PeerAnswer { IsSuccess: true } answer || Read(answer.Body, WireJson.Default.NodeCard) is not { } card)
        {
            return (null, Unreachable(peer, result));
        }

        Span<byte> key = stackalloc byte[Ed25519.PublicKeySizeBytes];
        if (card.Origin != peer.Text || !Hex.TryDecode(card.PublicKey, key) || !Ed25519.IsAcceptablePublicKey(key))
        {
            return (null, new Rejection(RejectionCode.PeerUnreachable, "The other home's identity does not name it, or shows no key."));
        }

        Executed<PeerKey> executed = await services.Home.ExecuteAsync(new PinPeer(peer, card.PublicKey, ByAdmin: false), cancellationToken).ConfigureAwait(false);
        return executed.Decision is Rejected<PeerKey> rejected ? (null, rejected.Why) : (card.PublicKey, null);
    }

    /// <summary>Asks a signed route of another home.</summary>
    public async Task<PeerReply<T>> AskAsync<TBody, T>(
        Origin peer, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> answerType, string? caller, CancellationToken cancellationToken)
        where T : class
    {
        (string? key, Rejection? why) = await NodeKeyAsync(peer, caller, cancellationToken).ConfigureAwait(false);
        if (key is null)
        {
            return new PeerReply<T>(null, why, IsUnknown: false);
        }

        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        PeerResult result = await services.PeerHttp.SendAsync(
            new PeerRequest { Origin = peer.Text, Method = "POST", Path = path, Body = bytes, Key = caller, IsIdempotent = true }, cancellationToken).ConfigureAwait(false);
        if (result is not PeerAnswer answer)
        {
            return new PeerReply<T>(null, Unreachable(peer, result), result.MayHaveArrived);
        }

        if (answer.Status == 429)
        {
            return new PeerReply<T>(null, new Rejection(RejectionCode.PeerUnreachable, "The other home takes no more calls for now."), IsUnknown: false);
        }

        if (Zeqonds(answer.Body) is not { } zeqond || answer.AnswerSignature is not { } signature
            || !SignedStamp.Verify(AnswerSignature.SignedBytes("POST " + path, bytes, answer.Body, zeqond), signature, key))
        {
            return new PeerReply<T>(null, await UnsignedAsync(peer, key, caller, cancellationToken).ConfigureAwait(false), IsUnknown: true);
        }

        if (answer.IsSuccess)
        {
            return Read(answer.Body, answerType) is { } typed
                ? new PeerReply<T>(typed, null, IsUnknown: false)
                : new PeerReply<T>(null, new Rejection(RejectionCode.PeerUnreachable, "The other home's answer makes no sense."), IsUnknown: true);
        }

        ErrorAnswer? refusal = Read(answer.Body, WireJson.Default.ErrorAnswer);

        // A refusal never names a failure of this home: whatever code the other one wrote, it stays a no.
        RejectionCode code = ErrorTable.Parse(refusal?.Code ?? "") is { } named && ErrorTable.Status(named) < 500 ? named : RejectionCode.Conflict;
        return new PeerReply<T>(null, new Rejection(code, "The coin's home says: " + Short(refusal?.Error ?? "no")), IsUnknown: false);
    }

    /// <summary>An answer that the pinned key did not sign: another key by now, or somebody in between.</summary>
    private async Task<Rejection> UnsignedAsync(Origin peer, string pinned, string? caller, CancellationToken cancellationToken)
    {
        PeerResult result = await services.PeerHttp.SendAsync(
            new PeerRequest { Origin = peer.Text, Method = "GET", Path = "/api/identity", Key = caller, IsIdempotent = true }, cancellationToken).ConfigureAwait(false);
        bool changed = result is PeerAnswer { IsSuccess: true } answer && Read(answer.Body, WireJson.Default.NodeCard) is { } card && card.PublicKey != pinned;
        return changed
            ? new Rejection(RejectionCode.PeerKeyChanged, "The other home shows another node key than the one that was pinned; the admin can confirm it.")
            : new Rejection(RejectionCode.PeerUnreachable, "The other home's answer is not signed by its node key.");
    }

    private static Rejection Unreachable(Origin peer, PeerResult result) => new(RejectionCode.PeerUnreachable, result switch
    {
        PeerRefusedLocally { Reason: PeerRefusal.OriginNotAllowed } => $"This home does not talk to {peer.Text}.",
        PeerRefusedLocally { Reason: PeerRefusal.AddressNotPublic } => $"{peer.Text} has no public address.",
        PeerRefusedLocally { Reason: PeerRefusal.BreakerOpen } => $"{peer.Text} has failed often; it is left alone for a while.",
        PeerRefusedLocally => "Too many calls to other homes are under way; try again shortly.",
        PeerUnreachable failure => $"{peer.Text} could not be asked: {failure.Reason}.",
        _ => $"{peer.Text} gave no answer that makes sense.",
    });

    private static Zeqond? Zeqonds(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("zeqond", out JsonElement zeqond)
                && zeqond.ValueKind == JsonValueKind.Number && zeqond.TryGetInt64(out long value) && value is >= 0 and < 1L << 53 ? new Zeqond(value) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads an answer; null where it does not fit its type.</summary>
    internal static T? Read<T>(byte[] body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Short(string text) => text.Length <= 200 ? text : text[..200];
}
