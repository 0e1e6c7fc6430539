using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The instant of a decision, and the randomness it may use: both are given, so that the same decision can be run again with the same
/// answer.
/// </summary>
/// <param name="UnixMs">Milliseconds since the Unix epoch, by the wall clock; it may step back, chains latch.</param>
/// <param name="Seed">32 fresh secret bytes of this one command.</param>
public readonly record struct Moment(long UnixMs, ReadOnlyMemory<byte> Seed)
{
    /// <summary>The Zeqond of the instant.</summary>
    public Zeqond Zeqond => Zeqond.FromUnixMs(UnixMs);

    /// <summary>
    /// 32 bytes that nobody can guess, the same for the same label: SHA-256 of seed and label. A command uses each label once.
    /// </summary>
    public byte[] Draw(string label)
    {
        int count = Encoding.UTF8.GetByteCount(label);
        Span<byte> input = stackalloc byte[256];
        if (Seed.Length != 32 || count > input.Length - 32)
        {
            throw new ArgumentException("A draw needs a seed of 32 bytes and a label of at most 224.", nameof(label));
        }

        Seed.Span.CopyTo(input);
        Encoding.UTF8.GetBytes(label, input[32..]);
        byte[] drawn = Sha256.Hash(input[..(32 + count)]);
        CryptographicOperations.ZeroMemory(input);
        return drawn;
    }
}
