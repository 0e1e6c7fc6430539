using System.Globalization;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The hashes of a chain (spec 20 §2, spec 05 rule 16). Pure.</summary>
public static class ChainHash
{
    /// <summary>Bytes of the salt of a row.</summary>
    public const int SaltSizeBytes = 32;

    /// <summary>What the first row follows: SHA-256 of <c>zeq/genesis/v1|origin_id|ZEQ_ORIGIN|node_public_key|genesis_zeqond</c>, hex.</summary>
    public static string Genesis(string originId, Origin origin, string nodePublicKey, Zeqond genesis) =>
        Sha256.HashHexUtf8(string.Create(CultureInfo.InvariantCulture, $"zeq/genesis/v1|{originId}|{origin.Text}|{nodePublicKey}|{genesis.Value}"));

    /// <summary>SHA-256 of salt and canonical payload, hex. The salt keeps the few possible recipients from being tried.</summary>
    public static string Payload(ReadOnlySpan<byte> salt, ReadOnlySpan<char> canonicalPayload) => Salted(salt, canonicalPayload);

    /// <summary>SHA-256 of salt and <c>actor_zid|key_prefix</c>, hex.</summary>
    public static string ActorOf(ReadOnlySpan<byte> salt, Actor actor) => Salted(salt, actor.ToString());

    /// <summary>
    /// SHA-256 of <c>zeq/chain/v1|origin_id|seq|prev_hash|zeqond|type|transition_id|payload_hash|actor_hash|flags</c>, hex.
    /// </summary>
    public static string State(
        string originId, long seq, string prevHash, Zeqond zeqond, string type, string transitionId, string payloadHash, string actorHash, string flags) =>
        Sha256.HashHexUtf8(string.Create(
            CultureInfo.InvariantCulture,
            $"zeq/chain/v1|{originId}|{seq}|{prevHash}|{zeqond.Value}|{type}|{transitionId}|{payloadHash}|{actorHash}|{flags}"));

    private static string Salted(ReadOnlySpan<byte> salt, ReadOnlySpan<char> text)
    {
        int size = salt.Length + Encoding.UTF8.GetByteCount(text);
        Span<byte> input = size <= 1024 ? stackalloc byte[size] : new byte[size];
        salt.CopyTo(input);
        Encoding.UTF8.GetBytes(text, input[salt.Length..]);
        return Sha256.HashHex(input);
    }
}
