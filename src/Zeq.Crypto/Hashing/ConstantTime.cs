using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>Comparison of secrets.</summary>
public static class ConstantTime
{
    /// <summary>Whether two byte strings are equal, in a time that depends on their lengths alone. Different lengths are false at once: a length is public.</summary>
    /// <param name="left">Any number of bytes.</param>
    /// <param name="right">Any number of bytes.</param>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);
}
