using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// X25519 of this library, where the operating system offers none. Constant time in the private key: the ladder (<see cref="QuadLadder"/>
/// or <see cref="Ladder"/>) does the same field operations for each bit; public keys come from <see cref="BasePointTable"/>, which reads whole rows of its
/// table. The clamped key and the ladder's state are zeroed after use; what the run-time keeps in registers and spills cannot be.
/// </summary>
internal sealed class ManagedX25519 : IX25519Provider
{
    public string Name => "managed";

    public void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Span<byte> scalar = stackalloc byte[X25519.PrivateKeySizeBytes];
        Clamp(privateKey, scalar);

        // u = (1 + y) / (1 - y) (RFC 7748 §4.1). y = 1 only for the neutral element, which no clamped multiple of the base point is.
        var point = BasePointTable.Multiply(scalar);
        var inverse = FieldElement.Invert(FieldElement.Sub(point.Z, point.Y));
        FieldElement.Mul(FieldElement.Add(point.Z, point.Y), inverse).ToBytes(publicKey);
        CryptographicOperations.ZeroMemory(scalar);
    }

    public bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        Span<byte> scalar = stackalloc byte[X25519.PrivateKeySizeBytes];
        Clamp(privateKey, scalar);
        FieldElement x, z;
        if (FieldQuad.IsSupported)
        {
            QuadLadder.Run(scalar, FieldElement.FromBytes(peerPublicKey), out x, out z);
        }
        else
        {
            Ladder.Run(scalar, FieldElement.FromBytes(peerPublicKey), out x, out z);
        }

        FieldElement.Mul(x, FieldElement.Invert(z)).ToBytes(sharedSecret);
        CryptographicOperations.ZeroMemory(scalar);
        return !X25519.IsAllZero(sharedSecret);
    }

    /// <summary>RFC 7748 §5: a multiple of 8 between 2^254 and 2^255.</summary>
    private static void Clamp(ReadOnlySpan<byte> privateKey, Span<byte> scalar)
    {
        privateKey.CopyTo(scalar);
        scalar[0] &= 0xF8;
        scalar[31] &= 0x7F;
        scalar[31] |= 0x40;
    }
}
