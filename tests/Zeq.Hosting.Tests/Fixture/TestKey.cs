using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Hosting.Tests;

/// <summary>An Ed25519 key of a person or of a home that is not what it says.</summary>
internal sealed class TestKey
{
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);

    public TestKey()
    {
        byte[] publicKey = new byte[32];
        Ed25519.GetPublicKey(_seed, publicKey);
        PublicKey = Convert.ToHexStringLower(publicKey);
    }

    public string PublicKey { get; }

    public string Sign(string text) => Sign(Encoding.UTF8.GetBytes(text));

    public string Sign(byte[] message)
    {
        byte[] signature = new byte[64];
        Ed25519.Sign(message, _seed, signature);
        return Convert.ToHexStringLower(signature);
    }

    /// <summary>A registration's body, signed with this key.</summary>
    public object Registration(TestHome home, long zeqond) =>
        new { public_key = PublicKey, zeqond, signature = Sign($"zeq-register|{home.Origin}|{PublicKey}|{zeqond}") };
}
