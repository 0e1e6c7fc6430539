using System.Text;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Tunnel;

/// <summary>B_i: what the requester signs with its machine's key and sends through the broker, once per tunnel (spec 51 §2).</summary>
public sealed record TunnelOffer
{
    /// <summary>The broker's public origin.</summary>
    public required Origin Origin { get; init; }

    /// <summary>The requester's machine.</summary>
    public required Slug Requester { get; init; }

    /// <summary>The accepter's machine.</summary>
    public required Slug Target { get; init; }

    /// <summary>The requester's Ed25519 public key, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>The suites it takes, in its order, 1 or 2 of them.</summary>
    public required IReadOnlyList<TunnelSuite> Suites { get; init; }

    /// <summary>Its ML-KEM-768 encapsulation key for this tunnel alone, or empty where it offers suite 1 alone.</summary>
    public required ReadOnlyMemory<byte> KemPublicKey { get; init; }

    /// <summary>When it was signed.</summary>
    public required Zeqond Zeqond { get; init; }

    /// <summary>32 random bytes.</summary>
    public required ReadOnlyMemory<byte> Random { get; init; }

    /// <summary>The text that is signed and hashed.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(
        $"zeq/tunnel/bundle-i/v1|{Origin}|{Requester}|{Target}|{Hex.Encode(PublicKey.Span)}|{string.Join(',', Suites.Select(suite => (int)suite))}|{KemText(KemPublicKey)}|{Zeqond}|{Hex.Encode(Random.Span)}");

    /// <summary>Checks what a broker says a requester offered.</summary>
    /// <param name="signature">The requester's signature, or empty where there is none.</param>
    /// <param name="pinnedKey">The requester's public key as this side pinned it.</param>
    /// <param name="origin">The broker that this side speaks with.</param>
    /// <param name="self">This side's machine.</param>
    /// <param name="policy">What this side allows.</param>
    /// <param name="now">This side's clock.</param>
    /// <param name="suite">The suite to answer with: 2 where it is offered.</param>
    public AgreementVerdict Check(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> pinnedKey, Origin origin, Slug self, SuitePolicy policy, Zeqond now, out TunnelSuite suite)
    {
        suite = Suites.Contains(TunnelSuite.Hybrid) ? TunnelSuite.Hybrid : TunnelSuite.Classic;
        if (!PublicKey.Span.SequenceEqual(pinnedKey) || !Ed25519.Verify(ToBytes(), signature, pinnedKey)
            || !Suites.Contains(suite) || (suite == TunnelSuite.Classic && policy != SuitePolicy.Any))
        {
            return AgreementVerdict.SuiteDowngraded;
        }

        if (Origin != origin || Target != self)
        {
            return AgreementVerdict.OtherTunnel;
        }

        if (Math.Abs(now.Value - Zeqond.Value) > TunnelTiming.MaxStampZeqonds)
        {
            return AgreementVerdict.Stale;
        }

        return HasRightKem(suite, KemPublicKey) ? AgreementVerdict.Agreed : AgreementVerdict.BadKemKey;
    }

    internal static string KemText(ReadOnlyMemory<byte> key) => key.IsEmpty ? "-" : Base64UrlText.Encode(key.Span);

    internal static bool HasRightKem(TunnelSuite suite, ReadOnlyMemory<byte> key) =>
        suite == TunnelSuite.Hybrid ? MLKem768.IsValidEncapsulationKey(key.Span) : key.IsEmpty;
}
