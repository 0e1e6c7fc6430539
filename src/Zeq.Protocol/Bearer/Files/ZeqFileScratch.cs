using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The secrets of one sealing or opening: pinned, so that the collector leaves no second copy behind, and zeroed at the end.</summary>
internal sealed class ZeqFileScratch : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(BearerPin.MaxSizeBytes + AeadCipher.KeySizeBytes + CoinCbor.MaxSizeBytes, pinned: true);

    public Span<byte> Pin => _bytes.AsSpan(0, BearerPin.MaxSizeBytes);

    public Span<byte> Key => _bytes.AsSpan(BearerPin.MaxSizeBytes, AeadCipher.KeySizeBytes);

    public Span<byte> Coin => _bytes.AsSpan(BearerPin.MaxSizeBytes + AeadCipher.KeySizeBytes);

    public bool HoldsOnlyZeroes => !_bytes.AsSpan().ContainsAnyExcept((byte)0);

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
