using System.Text;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Tunnel;

/// <summary>B_r: what the accepter signs with its machine's key in answer to an offer (spec 51 §2).</summary>
public sealed record TunnelAcceptance
{
    /// <summary>The broker's public origin.</summary>
    public required Origin Origin { get; init; }

    /// <summary>The tunnel's id.</summary>
    public required Guid TunnelId { get; init; }

    /// <summary>The broker's nonce of this tunnel: 64 lower-case hex characters.</summary>
    public required string Nonce { get; init; }

    /// <summary>The accepter's machine.</summary>
    public required Slug Accepter { get; init; }

    /// <summary>The accepter's Ed25519 public key, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>The suite it chose.</summary>
    public required TunnelSuite Suite { get; init; }

    /// <summary>Its ML-KEM-768 encapsulation key for this tunnel alone; empty in suite 1.</summary>
    public required ReadOnlyMemory<byte> KemPublicKey { get; init; }

    /// <summary>SHA-256 of the offer that it answers, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> OfferHash { get; init; }

    /// <summary>The text that is signed and hashed.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(
        $"zeq/tunnel/bundle-r/v1|{Origin}|{TunnelId:D}|{Nonce}|{Accepter}|{Hex.Encode(PublicKey.Span)}|{(int)Suite}|{TunnelOffer.KemText(KemPublicKey)}|{Hex.Encode(OfferHash.Span)}");

    /// <summary>Checks what a broker says an accepter answered.</summary>
    /// <param name="signature">The accepter's signature, or empty where there is none.</param>
    /// <param name="pinnedKey">The accepter's public key as this side pinned it.</param>
    /// <param name="offer">This side's own offer.</param>
    /// <param name="tunnelId">The tunnel as the broker named it at the request.</param>
    /// <param name="nonce">The nonce as the broker gave it at the request.</param>
    /// <param name="policy">What this side allows.</param>
    public AgreementVerdict Check(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> pinnedKey, TunnelOffer offer, Guid tunnelId, string nonce, SuitePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (!PublicKey.Span.SequenceEqual(pinnedKey) || !Ed25519.Verify(ToBytes(), signature, pinnedKey)
            || !offer.Suites.Contains(Suite) || (Suite != TunnelSuite.Hybrid && policy != SuitePolicy.Any))
        {
            return AgreementVerdict.SuiteDowngraded;
        }

        if (Origin != offer.Origin || TunnelId != tunnelId || Nonce != nonce || Accepter != offer.Target || !OfferHash.Span.SequenceEqual(Sha256.Hash(offer.ToBytes())))
        {
            return AgreementVerdict.OtherTunnel;
        }

        return TunnelOffer.HasRightKem(Suite, KemPublicKey) ? AgreementVerdict.Agreed : AgreementVerdict.BadKemKey;
    }
}
