using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The rules of a signature that carries its own Zeqond: fresh, not from the future, by this key.</summary>
public static class SignedStamp
{
    /// <summary>How old a stamp may be, in Zeqonds.</summary>
    public const long MaxAgeZeqonds = 128;

    /// <summary>How far ahead a stamp may be, in Zeqonds.</summary>
    public const long MaxAheadZeqonds = 2;

    /// <summary>Whether text is an Ed25519 public key that may be taken from outside: 64 lower-case hex of a point that is not of small order.</summary>
    public static bool IsAcceptableKey(string publicKeyHex)
    {
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeySizeBytes];
        return Hex.TryDecode(publicKeyHex, publicKey) && Ed25519.IsAcceptablePublicKey(publicKey);
    }

    /// <summary>Whether a stamp is neither too old nor from the future.</summary>
    public static bool IsFresh(Zeqond stamp, Zeqond now) => stamp.Value >= now.Value - MaxAgeZeqonds && stamp.Value <= now.Value + MaxAheadZeqonds;

    /// <summary>
    /// Whether a hex signature of a hex key over a message holds. Malformed hex is false, and so is a key of small order, under which a
    /// signature says nothing of who signed (spec 00, "Settled points").
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> message, string signatureHex, string publicKeyHex)
    {
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSizeBytes];
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeySizeBytes];
        return Hex.TryDecode(signatureHex, signature) && Hex.TryDecode(publicKeyHex, publicKey)
            && Ed25519.IsAcceptablePublicKey(publicKey) && Ed25519.Verify(message, signature, publicKey);
    }
}
