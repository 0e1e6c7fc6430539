using System.Numerics;

namespace Zeq.Crypto.Tests;

/// <summary>The numbers of Ed25519 as big integers, the plain reference for the limb arithmetic.</summary>
internal static class Numbers
{
    internal static BigInteger P { get; } = (BigInteger.One << 255) - 19;

    internal static BigInteger L { get; } = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    internal static BigInteger Read(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    internal static void Write(BigInteger value, Span<byte> littleEndian)
    {
        littleEndian.Clear();
        Assert.True(value.TryWriteBytes(littleEndian, out _, isUnsigned: true));
    }

    internal static byte[] ToBytes(BigInteger value, int count = 32)
    {
        var bytes = new byte[count];
        Write(value, bytes);
        return bytes;
    }

    internal static BigInteger Mod(BigInteger value, BigInteger modulus) => ((value % modulus) + modulus) % modulus;
}
