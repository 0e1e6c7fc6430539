namespace Zeq.Crypto.Tests;

/// <summary>What an application registers: providers that stand on the public surface alone, each with one fault that can be turned on.</summary>
internal sealed class ForeignEd25519(IEd25519Provider inner, Fault fault = Fault.None) : IEd25519Provider
{
    public string Name => "foreign 1.0";

    public void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        inner.GetPublicKey(seed, publicKey);
        fault.Strike(Fault.FirstOutput, publicKey);
    }

    public void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature)
    {
        inner.Sign(message, seed, signature);
        fault.Strike(Fault.SecondOutput, signature);
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey) =>
        fault.Answer(inner.Verify(message, signature, publicKey));
}

internal sealed class ForeignX25519(IX25519Provider inner, Fault fault = Fault.None) : IX25519Provider
{
    public string Name => "foreign 1.0";

    public void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        inner.GetPublicKey(privateKey, publicKey);
        fault.Strike(Fault.FirstOutput, publicKey);
    }

    public bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        var answer = inner.Agree(privateKey, peerPublicKey, sharedSecret);
        fault.Strike(Fault.SecondOutput, sharedSecret);
        return fault.Answer(answer);
    }
}

internal sealed class ForeignMLKem768(IMLKem768Provider inner, Fault fault = Fault.None) : IMLKem768Provider
{
    public string Name => "foreign 1.0";

    public void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey)
    {
        inner.GenerateKey(seed64, encapsulationKey, decapsulationKey);
        fault.Strike(Fault.FirstOutput, decapsulationKey);
    }

    public void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        inner.Encapsulate(encapsulationKey, cipherText, sharedSecret);
        fault.Strike(Fault.SecondOutput, sharedSecret);
    }

    public void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret)
    {
        inner.Decapsulate(decapsulationKey, cipherText, sharedSecret);
        fault.Strike(Fault.AlwaysYes, sharedSecret);
    }
}

internal sealed class ForeignArgon2id(IArgon2idProvider inner, Fault fault = Fault.None) : IArgon2idProvider
{
    public string Name => "foreign 1.0";

    public void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key, CancellationToken cancellationToken)
    {
        inner.DeriveKey(password, salt, memoryKib, passes, lanes, key, cancellationToken);
        fault.Strike(lanes == 1 ? Fault.FirstOutput : Fault.SecondOutput, key);
        fault.Strike(Fault.AlwaysYes, key);
    }
}

internal sealed class ForeignAes256Gcm(IAes256GcmProvider inner, Fault fault = Fault.None) : IAes256GcmProvider
{
    public string Name => "foreign 1.0";

    public IAes256GcmKey CreateKey(ReadOnlySpan<byte> key) => new Key(inner.CreateKey(key), fault);

    private sealed class Key(IAes256GcmKey inner, Fault fault) : IAes256GcmKey
    {
        public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
        {
            inner.Seal(nonce, plaintext, ciphertextAndTag, aad);
            fault.Strike(Fault.FirstOutput, ciphertextAndTag);
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
        {
            var answer = inner.TryOpen(nonce, ciphertextAndTag, plaintext, aad);
            fault.Strike(Fault.SecondOutput, plaintext);
            return fault.Answer(answer);
        }

        public void Dispose() => inner.Dispose();
    }
}

public enum Fault
{
    None,
    FirstOutput,
    SecondOutput,
    AlwaysYes,
    Throws,
}

internal static class FaultExtensions
{
    internal static void Strike(this Fault fault, Fault where, Span<byte> output)
    {
        if (fault == Fault.Throws)
        {
            throw new NotSupportedException("broken");
        }

        if (fault == where && !output.IsEmpty)
        {
            output[0] ^= 1;
        }
    }

    internal static bool Answer(this Fault fault, bool answer) => fault == Fault.AlwaysYes || answer;
}
