using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Ed25519 of this library, where the operating system offers none. Constant time in every secret: the seed, the scalar and the nonce pass through
/// SHA-512, <see cref="Scalar"/> and <see cref="BasePointTable"/> only, none of which branches or indexes by them. Their buffers are zeroed after use.
/// Verification is variable-time, since its inputs are public.
/// </summary>
internal sealed class ManagedEd25519 : IEd25519Provider
{
    public string Name => CryptoProvider.ManagedName;

    public void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Span<byte> digest = stackalloc byte[Sha512Parts.DigestSizeBytes];
        ExpandSeed(seed, digest);
        BasePointTable.Multiply(digest[..Scalar.SizeBytes]).Encode(publicKey);
        CryptographicOperations.ZeroMemory(digest);
    }

    public void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature)
    {
        Span<byte> expanded = stackalloc byte[Sha512Parts.DigestSizeBytes];
        Span<byte> digest = stackalloc byte[Sha512Parts.DigestSizeBytes];
        Span<byte> nonce = stackalloc byte[Scalar.SizeBytes];
        Span<byte> challenge = stackalloc byte[Scalar.SizeBytes];
        Span<byte> publicKey = stackalloc byte[Zeq.Crypto.Ed25519.PublicKeySizeBytes];
        ExpandSeed(seed, expanded);
        var scalar = expanded[..Scalar.SizeBytes];
        Sha512Parts.Hash(expanded[Scalar.SizeBytes..], message, [], digest);
        Scalar.Reduce(digest, nonce);

        // The nonce does not need the public key, so both points are there before either is encoded: one inversion serves both.
        var r = signature[..Scalar.SizeBytes];
        EdwardsPoint.EncodeTwo(BasePointTable.Multiply(scalar), publicKey, BasePointTable.Multiply(nonce), r);
        Challenge(r, publicKey, message, challenge);
        Scalar.MultiplyAdd(challenge, scalar, nonce, signature[Scalar.SizeBytes..]);

        CryptographicOperations.ZeroMemory(expanded);
        CryptographicOperations.ZeroMemory(digest);
        CryptographicOperations.ZeroMemory(nonce);
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        if (!EdwardsPoint.TryDecode(publicKey, out var point))
        {
            return false;
        }

        var r = signature[..Scalar.SizeBytes];
        Span<byte> challenge = stackalloc byte[Scalar.SizeBytes];
        Challenge(r, publicKey, message, challenge);

        // R = [S]B - [k]A, compared as bytes: a non-canonical R is no encoding of anything.
        Span<byte> expected = stackalloc byte[Scalar.SizeBytes];
        DoubleScalar.Multiply(challenge, point.Negate(), signature[Scalar.SizeBytes..]).Encode(expected);
        return ConstantTime.AreEqual(expected, r);
    }

    /// <summary>The clamped secret scalar, then the prefix of the nonce's hash (RFC 8032 §5.1.5).</summary>
    private static void ExpandSeed(ReadOnlySpan<byte> seed, Span<byte> expanded)
    {
        SHA512.HashData(seed, expanded);
        expanded[0] &= 0xF8;
        expanded[31] &= 0x7F;
        expanded[31] |= 0x40;
    }

    private static void Challenge(ReadOnlySpan<byte> r, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, Span<byte> challenge)
    {
        Span<byte> digest = stackalloc byte[Sha512Parts.DigestSizeBytes];
        Sha512Parts.Hash(r, publicKey, message, digest);
        Scalar.Reduce(digest, challenge);
    }
}
