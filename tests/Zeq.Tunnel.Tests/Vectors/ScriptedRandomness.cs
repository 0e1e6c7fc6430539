using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Tunnel.Tests;

/// <summary>Fresh values that are the same in every run: SHA-256 of a name and a count.</summary>
internal sealed class ScriptedRandomness(string name) : IHandshakeRandomness
{
    private int _count;

    public List<byte[]> Given { get; } = [];

    public void Fill(Span<byte> bytes)
    {
        byte[] value = SHA256.HashData(Encoding.UTF8.GetBytes($"{name} {_count++}"));
        Given.Add(value);
        value.AsSpan(0, bytes.Length).CopyTo(bytes);
    }

    public void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        Span<byte> message = stackalloc byte[32];
        Fill(message);
        MLKem768.EncapsulateInternal(encapsulationKey, message, cipherText, sharedSecret);
    }
}
