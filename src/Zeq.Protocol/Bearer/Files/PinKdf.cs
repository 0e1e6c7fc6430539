using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Makes the key of a file from its PIN, at most two at a time in one process: that bounds what many files at once can cost (2 × 256 MiB).</summary>
internal abstract class PinKdf
{
    private static readonly SemaphoreSlim Places = new(ZeqFile.MaxConcurrentKdfs, ZeqFile.MaxConcurrentKdfs);

    /// <summary>The KDFs of the protocol.</summary>
    public static PinKdf Real { get; } = new Passwords();

    /// <summary>How many more could be derived now.</summary>
    internal static int FreePlaces => Places.CurrentCount;

    /// <summary>Waits for a place and derives the key.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void DeriveKey(ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt, Span<byte> key32, CancellationToken ct)
    {
        Places.Wait(ct);
        try
        {
            Run(kdf, cost, pin, salt, key32, ct);
        }
        finally
        {
            Places.Release();
        }
    }

    /// <summary>Derives the key; the cost is checked.</summary>
    protected abstract void Run(ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt, Span<byte> key32, CancellationToken ct);

    private sealed class Passwords : PinKdf
    {
        protected override void Run(ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt, Span<byte> key32, CancellationToken ct)
        {
            if (kdf == ZeqFileKdf.Pbkdf2)
            {
                PasswordKdf.Pbkdf2(pin, salt, cost, key32);
            }
            else
            {
                PasswordKdf.Argon2id(pin, salt, cost, ZeqFileCost.Passes, ZeqFileCost.Lanes, key32, ct);
            }
        }
    }
}
