using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// X25519 of this library, where the operating system offers none. Constant time in the private key: the Montgomery ladder does the same field operations
/// for each of its 255 bits and swaps by a mask; public keys come from <see cref="BasePointTable"/>, which reads whole rows of its table. The clamped key
/// and the ladder's state are zeroed after use; what the run-time keeps in registers and spills cannot be.
/// </summary>
internal sealed class ManagedX25519 : IX25519Provider
{
    /// <summary>(A - 2) / 4 of curve25519, A = 486662.</summary>
    private const ulong A24 = 121665;

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
        var ladder = new Ladder(FieldElement.FromBytes(peerPublicKey));
        ladder.Run(scalar);
        ladder.Result().ToBytes(sharedSecret);
        CryptographicOperations.ZeroMemory(scalar);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Ladder>(ref ladder)));
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

    /// <summary>The ladder of RFC 7748 §5: two points whose difference is the peer's, as (X : Z).</summary>
    private struct Ladder(FieldElement u)
    {
        private readonly FieldElement _u = u;
        private FieldElement _x2 = FieldElement.One;
        private FieldElement _z2 = FieldElement.Zero;
        private FieldElement _x3 = u;
        private FieldElement _z3 = FieldElement.One;

        internal void Run(ReadOnlySpan<byte> scalar)
        {
            ulong swap = 0;
            for (var i = 254; i >= 0; i--)
            {
                var bit = (ulong)(scalar[i / 8] >> (i % 8)) & 1;
                Swap(0 - (swap ^ bit));
                swap = bit;
                Step();
            }

            Swap(0 - swap);
        }

        /// <summary>X2 / Z2; 0 where Z2 is 0.</summary>
        internal readonly FieldElement Result() => FieldElement.Mul(_x2, FieldElement.Invert(_z2));

        private void Step()
        {
            var a = FieldElement.Add(_x2, _z2);
            var b = FieldElement.Sub(_x2, _z2);
            var da = FieldElement.Mul(FieldElement.Sub(_x3, _z3), a);
            var cb = FieldElement.Mul(FieldElement.Add(_x3, _z3), b);
            var aa = FieldElement.Square(a);
            var bb = FieldElement.Square(b);
            var e = FieldElement.Sub(aa, bb);
            _x3 = FieldElement.Square(FieldElement.Add(da, cb));
            _z3 = FieldElement.Mul(_u, FieldElement.Square(FieldElement.Sub(da, cb)));
            _x2 = FieldElement.Mul(aa, bb);
            _z2 = FieldElement.Mul(e, FieldElement.Add(aa, FieldElement.MulSmall(e, A24)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Swap(ulong mask)
        {
            FieldElement.Swap(ref _x2, ref _x3, mask);
            FieldElement.Swap(ref _z2, ref _z3, mask);
        }
    }
}
