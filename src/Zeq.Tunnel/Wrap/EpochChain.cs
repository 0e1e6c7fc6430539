using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>
/// The chain of epochs of one direction (spec 51 §5): each link gives a key, an IV and the next link, and is erased by the step to it. So whoever
/// takes the memory of a process learns nothing of epochs that are past.
/// </summary>
internal sealed class EpochChain : IDisposable
{
    private const int ChainSizeBytes = 32;

    private readonly byte[] _chain = GC.AllocateUninitializedArray<byte>(ChainSizeBytes, pinned: true);

    public EpochChain(ReadOnlySpan<byte> chain32, int epoch = 0)
    {
        chain32.CopyTo(_chain);
        Epoch = epoch;
    }

    /// <summary>The epoch whose key the next call of <see cref="Take"/> gives.</summary>
    public int Epoch { get; private set; }

    /// <summary>The key of this link; the chain stands at the next one afterwards.</summary>
    /// <param name="receiver">Whose packets a sender puts the key's header before.</param>
    public EpochCipher Take(uint receiver = 0)
    {
        Span<byte> key = stackalloc byte[32];
        Span<byte> iv = stackalloc byte[12];
        Hkdf.Expand(_chain, TunnelLabels.Key, key);
        Hkdf.Expand(_chain, TunnelLabels.Iv, iv);
        var cipher = new EpochCipher(Epoch, receiver, key, iv);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(iv);
        Step();
        return cipher;
    }

    /// <summary>The key of an epoch at or after this link; the chain itself does not move.</summary>
    public EpochCipher Peek(int epoch)
    {
        using var ahead = new EpochChain(_chain, Epoch);
        ahead.SkipTo(epoch);
        return ahead.Take();
    }

    public void SkipTo(int epoch)
    {
        while (Epoch < epoch)
        {
            Step();
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_chain);

    private void Step()
    {
        Span<byte> next = stackalloc byte[ChainSizeBytes];
        Hkdf.Expand(_chain, TunnelLabels.Next, next);
        next.CopyTo(_chain);
        CryptographicOperations.ZeroMemory(next);
        Epoch++;
    }
}
