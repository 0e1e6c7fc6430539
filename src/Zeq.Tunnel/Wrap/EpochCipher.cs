using System.Runtime.CompilerServices;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>Key and static IV of one epoch of one direction.</summary>
internal sealed class EpochCipher : IDisposable
{
    public EpochCipher(int epoch, uint receiver, ReadOnlySpan<byte> key32, ReadOnlySpan<byte> iv12)
    {
        Epoch = epoch;
        Head = DataHeader.Head(epoch, receiver);
        Aead = new AeadCipher(key32);
        IvHead = Unsafe.ReadUnaligned<uint>(in iv12[0]);
        IvTail = Unsafe.ReadUnaligned<ulong>(in iv12[4]);
    }

    public int Epoch { get; }

    /// <summary>The first eight bytes of a packet's header.</summary>
    public ulong Head { get; }

    public AeadCipher Aead { get; }

    /// <summary>The IV's first four and last eight bytes, in the order of memory.</summary>
    public uint IvHead { get; }

    public ulong IvTail { get; }

    public void Dispose() => Aead.Dispose();
}
