using System.Buffers.Binary;

namespace Zeq.Crypto;

/// <summary>
/// Ed25519 signatures (RFC 8032 §5.1), strict: every provider accepts exactly the same signatures. Every member is thread-safe.
/// Verification is cofactorless ([S]B = R + [k]A, R compared as bytes) and refuses S of L or more, a non-canonical R and a non-canonical key.
/// </summary>
/// <remarks>
/// A signature under a key of small order says nothing about who signed: whoever takes a key from outside asks <see cref="IsAcceptablePublicKey"/> first (spec 00).
/// </remarks>
public static class Ed25519
{
    /// <summary>Size of a seed, the private key of RFC 8032: 32 bytes.</summary>
    public const int SeedSizeBytes = 32;

    /// <summary>Size of a public key: 32 bytes.</summary>
    public const int PublicKeySizeBytes = 32;

    /// <summary>Size of a signature: 64 bytes.</summary>
    public const int SignatureSizeBytes = 64;

    /// <summary>Computes the public key of <paramref name="seed"/>.</summary>
    /// <param name="seed">Exactly 32 secret bytes from a CSPRNG or a KDF.</param>
    /// <param name="publicKey">Exactly 32 bytes, outside <paramref name="seed"/>.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, or the public key overlaps the seed.</exception>
    public static void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey) => GetPublicKey(CryptoProvider.Ed25519, seed, publicKey);

    /// <summary>Signs <paramref name="message"/>; the same message and seed always give the same signature.</summary>
    /// <param name="message">Any number of bytes.</param>
    /// <param name="seed">Exactly 32 secret bytes.</param>
    /// <param name="signature">Exactly 64 bytes, outside <paramref name="message"/> and <paramref name="seed"/>.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, or the signature overlaps an input.</exception>
    public static void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature) => Sign(CryptoProvider.Ed25519, message, seed, signature);

    /// <summary>Whether <paramref name="signature"/> is a signature of <paramref name="message"/> by <paramref name="publicKey"/>.</summary>
    /// <param name="message">Any number of bytes.</param>
    /// <param name="signature">From outside; any length but 64 bytes is false.</param>
    /// <param name="publicKey">From outside; any length but 32 bytes, a non-canonical form and a key that is no point are false.</param>
    public static bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        Verify(CryptoProvider.Ed25519, message, signature, publicKey);

    /// <summary>
    /// Whether a key is unfit because its order is small: true for the points whose order divides 8, in every encoding of theirs, and for bytes that are no point at all.
    /// </summary>
    /// <param name="publicKey">From outside; any length but 32 bytes is true.</param>
    public static bool IsSmallOrder(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySizeBytes || !EdwardsPoint.TryDecode(publicKey, out var point))
        {
            return true;
        }

        return EdwardsPoint.Double(EdwardsPoint.Double(EdwardsPoint.Double(point))).IsIdentity();
    }

    /// <summary>Whether a key from outside may be used: 32 bytes, the canonical form of a point, and not of small order.</summary>
    /// <param name="publicKey">From outside, any length.</param>
    public static bool IsAcceptablePublicKey(ReadOnlySpan<byte> publicKey) => IsCanonical(publicKey) && !IsSmallOrder(publicKey);

    internal static void GetPublicKey(IEd25519Provider provider, ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Require.Length(seed.Length, SeedSizeBytes, nameof(seed));
        Require.Length(publicKey.Length, PublicKeySizeBytes, nameof(publicKey));
        Require.NoOverlap(seed, publicKey, nameof(publicKey));
        try
        {
            provider.GetPublicKey(seed, publicKey);
        }
        catch
        {
            publicKey.Clear();
            throw;
        }
    }

    internal static void Sign(IEd25519Provider provider, ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature)
    {
        Require.Length(seed.Length, SeedSizeBytes, nameof(seed));
        Require.Length(signature.Length, SignatureSizeBytes, nameof(signature));
        if (signature.Overlaps(message) || signature.Overlaps(seed))
        {
            throw new ArgumentException("The signature overlaps the message or the seed.", nameof(signature));
        }

        try
        {
            provider.Sign(message, seed, signature);
        }
        catch
        {
            signature.Clear();
            throw;
        }
    }

    internal static bool Verify(IEd25519Provider provider, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        signature.Length == SignatureSizeBytes
        && IsCanonical(publicKey)
        && IsBelowGroupOrder(signature[32..])
        && provider.Verify(message, signature, publicKey);

    /// <summary>y is below p, and where x is 0 (y is 1 or -1) its sign is not set. Providers differ here, so it is decided before they are asked.</summary>
    private static bool IsCanonical(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySizeBytes)
        {
            return false;
        }

        var y = ReadUInt256(publicKey);
        var isSigned = y.Limb3 >> 63 != 0;
        y.Limb3 &= long.MaxValue;
        var p = (Limb0: unchecked((ulong)-19), Limb1: ulong.MaxValue, Limb2: ulong.MaxValue, Limb3: (ulong)long.MaxValue);
        var minusOne = p with { Limb0 = p.Limb0 - 1 };
        return IsBelow(y, p) && !(isSigned && (y == (1, 0, 0, 0) || y == minusOne));
    }

    /// <summary>Without this check S + L would be a second signature of the same message.</summary>
    private static bool IsBelowGroupOrder(ReadOnlySpan<byte> s) =>
        IsBelow(ReadUInt256(s), (0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6, 0, 0x1000000000000000));

    private static (ulong Limb0, ulong Limb1, ulong Limb2, ulong Limb3) ReadUInt256(ReadOnlySpan<byte> bytes) => (
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    private static bool IsBelow((ulong Limb0, ulong Limb1, ulong Limb2, ulong Limb3) a, (ulong Limb0, ulong Limb1, ulong Limb2, ulong Limb3) b) =>
        (a.Limb3, a.Limb2, a.Limb1, a.Limb0).CompareTo((b.Limb3, b.Limb2, b.Limb1, b.Limb0)) < 0;
}
