using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// What an initiator asks of a responder's public key before it trusts it (spec 30 §1). There is no default: whoever begins a key exchange says which one. One of
/// <see cref="PinnedFingerprint"/>, <see cref="AnchoredFingerprint"/>, <see cref="UnauthenticatedFirstContact"/>.
/// </summary>
public abstract record PinPolicy
{
    private protected PinPolicy()
    {
    }

    /// <summary>Whether a session under this policy is with the responder that was meant. False on a first contact that nothing authenticates.</summary>
    public abstract bool Authenticates { get; }

    internal abstract KeyExchangeStatus Check(string fingerprint);
}

/// <summary>The fingerprint is known from outside: told, printed, or seen before.</summary>
public sealed record PinnedFingerprint : PinPolicy
{
    /// <summary>Pins a key.</summary>
    /// <param name="fingerprint">SHA-256 of the public key, 64 lower-case hex.</param>
    /// <exception cref="ArgumentException">It has not that form.</exception>
    public PinnedFingerprint(string fingerprint)
    {
        if (!Hex.IsLowerHex(fingerprint, KeyExchange.FingerprintLength))
        {
            throw new ArgumentException("A fingerprint is 64 lower-case hex characters.", nameof(fingerprint));
        }

        Fingerprint = fingerprint;
    }

    /// <summary>The pinned one.</summary>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public override bool Authenticates => true;

    internal override KeyExchangeStatus Check(string fingerprint) =>
        string.Equals(fingerprint, Fingerprint, StringComparison.Ordinal) ? KeyExchangeStatus.Ok : KeyExchangeStatus.PinMismatch;
}

/// <summary>
/// The machine's chain row <c>keyex_key</c> under a witnessed checkpoint is the pin. It fails closed (spec 06 rule 1): no home has witnessed checkpoints yet, so every key is refused with
/// <see cref="KeyExchangeStatus.NotWitnessed"/>. A row alone proves nothing against the home that wrote it.
/// </summary>
public sealed record AnchoredFingerprint : PinPolicy
{
    /// <inheritdoc/>
    public override bool Authenticates => true;

    internal override KeyExchangeStatus Check(string fingerprint) => KeyExchangeStatus.NotWitnessed;
}

/// <summary>The caller's word that any key will do: it keeps out whoever only listens, and nobody who stands in the middle. Show the fingerprint to someone who can compare it.</summary>
public sealed record UnauthenticatedFirstContact : PinPolicy
{
    /// <inheritdoc/>
    public override bool Authenticates => false;

    internal override KeyExchangeStatus Check(string fingerprint) => KeyExchangeStatus.Ok;
}
