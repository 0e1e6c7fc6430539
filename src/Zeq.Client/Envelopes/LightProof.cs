using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// A coin's light proof as it came: the claim rebuilt from typed fields, and the signature (spec 10 §3, spec 05 rule 7). Reading one
/// proves nothing yet; <see cref="Verify"/> does, offline.
/// </summary>
public sealed class LightProof
{
    /// <summary>The one signature algorithm.</summary>
    public const string Algorithm = "ed25519";

    /// <summary>The longest proof that is read, in bytes.</summary>
    public const int MaxSizeBytes = 64 << 10;

    private static readonly string[] ClaimMembers =
    [
        "kind", "token_id", "token_hash", "value_zqt", "free_funded_zqt", "paid_funded_zqt", "minted_by", "home_origin", "machine", "minted_zeqond", "operators",
        "result_digest", "zeq_proof",
    ];

    private LightProof(ProofAnswer body, EnvelopeClaim claim)
    {
        Body = body;
        Claim = claim;
    }

    /// <summary>The proof as it travels; write this to a file to keep it.</summary>
    public ProofAnswer Body { get; }

    /// <summary>What the home says of the coin.</summary>
    public EnvelopeClaim Claim { get; }

    /// <summary>
    /// Reads the JSON of <c>…/proof</c>. False where it is not JSON, a member of the claim is missing, extra, doubled or not in its form,
    /// or an integer reaches 2^53. Members beside the claim and the three of the signature are <c>ok</c>, <c>zeqond</c> and <c>phase</c>.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> utf8Json, [NotNullWhen(true)] out LightProof? proof)
    {
        proof = null;
        if (utf8Json.Length > MaxSizeBytes)
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || root.EnumerateObject().Any(m => m.Name is not ("ok" or "claim" or "node_sig" or "node_pubkey" or "node_sig_alg" or "zeqond" or "phase"))
                || !root.TryGetProperty("claim", out JsonElement claim) || claim.ValueKind != JsonValueKind.Object
                || claim.GetPropertyCount() != ClaimMembers.Length + (claim.TryGetProperty("migrated_from", out _) ? 1 : 0) || !ClaimMembers.All(name => claim.TryGetProperty(name, out _)))
            {
                return false;
            }

            return root.Deserialize(WireJson.Default.ProofAnswer) is { } body && TryOf(body, out proof);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Rebuilds the claim of an answer; false where a field has not its form.</summary>
    public static bool TryOf(ProofAnswer body, [NotNullWhen(true)] out LightProof? proof)
    {
        ArgumentNullException.ThrowIfNull(body);
        proof = null;
        if (body.Claim is not { Kind: EnvelopeClaim.Kind } claim
            || body.NodeSigAlg != Algorithm
            || !Hex.IsLowerHex(body.NodeSig, 128) || !Hex.IsLowerHex(body.NodePubkey, 64)
            || !TokenId.TryParse(claim.TokenId, out TokenId tokenId)
            || !Zid.TryParse(claim.MintedBy, out Zid mintedBy)
            || !Origin.TryParse(claim.HomeOrigin, out Origin home)
            || !Slug.TryParse(claim.Machine, out Slug machine) || machine.Text != claim.Machine
            || claim.Operators is null)
        {
            return false;
        }

        var read = new EnvelopeClaim(
            tokenId, claim.TokenHash, claim.ValueZqt, claim.FreeFundedZqt, claim.PaidFundedZqt, mintedBy, home, machine, new Zeqond(claim.MintedZeqond),
            claim.Operators, claim.ResultDigest, claim.ZeqProof) { MigratedFrom = claim.MigratedFrom };
        if (!read.HasForm())
        {
            return false;
        }

        proof = new LightProof(body, read);
        return true;
    }

    /// <summary>The body of a claim, as it travels.</summary>
    public static EnvelopeClaimBody BodyOf(EnvelopeClaim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return new EnvelopeClaimBody(
            EnvelopeClaim.Kind, claim.TokenId.Text, claim.TokenHash, claim.ValueZqt, claim.FreeFundedZqt, claim.PaidFundedZqt, claim.MintedBy.Text,
            claim.HomeOrigin.Text, claim.Machine.Text, claim.Minted.Value, claim.Operators, claim.ResultDigest, claim.ZeqProof, claim.MigratedFrom);
    }

    /// <summary>Whether the home of this node key signed the claim, and the claim's hash and name are its own. Needs no network.</summary>
    /// <param name="pinnedNodeKeyHex">The home's node key as the reader knows it, 64 lower-case hex; never the one in the proof.</param>
    public bool Verify(string pinnedNodeKeyHex) =>
        Body.NodePubkey == pinnedNodeKeyHex && EnvelopeProof.Verify(Claim, Body.NodeSig, pinnedNodeKeyHex);
}
