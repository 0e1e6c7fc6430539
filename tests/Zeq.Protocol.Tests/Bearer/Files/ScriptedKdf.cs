using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Zeq.Protocol.Tests;

/// <summary>A key derivation that costs nothing, counts its runs, and may be told to do something while it runs.</summary>
internal sealed class ScriptedKdf(Action? during = null) : PinKdf
{
    private int _runs;

    public int Runs => _runs;

    protected override void Run(ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt, Span<byte> key32, CancellationToken ct)
    {
        Interlocked.Increment(ref _runs);
        Span<byte> numbers = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(numbers, (int)kdf);
        BinaryPrimitives.WriteInt32BigEndian(numbers[4..], cost);
        SHA256.HashData([.. numbers, .. salt, .. pin], key32);
        during?.Invoke();
    }
}
