using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>Where a handshake's fresh values come from: the operating system, except in known answers.</summary>
internal interface IHandshakeRandomness
{
    void Fill(Span<byte> bytes);

    void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret);
}

/// <summary>The operating system's generator.</summary>
internal sealed class SystemRandomness : IHandshakeRandomness
{
    public static SystemRandomness Instance { get; } = new();

    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret) =>
        MLKem768.Encapsulate(encapsulationKey, cipherText, sharedSecret);
}
