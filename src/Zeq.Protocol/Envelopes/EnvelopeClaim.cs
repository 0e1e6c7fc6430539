using System.Globalization;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// What the home says of a coin and signs once: the light proof that never moves (spec 10 §3, spec 05 rules 7 and 21). It shows no holder.
/// </summary>
public sealed record EnvelopeClaim(
    TokenId TokenId, string TokenHash, long ValueZqt, long FreeFundedZqt, long PaidFundedZqt, Zid MintedBy, Origin HomeOrigin,
    Slug Machine, Zeqond Minted, IReadOnlyList<string> Operators, string ResultDigest, string ZeqProof)
{
    /// <summary>The first member of the signed object.</summary>
    public const string Kind = "zeq-envelope/v1";

    /// <summary>The share of a user in a compute.</summary>
    public const string UserShare = "user";

    /// <summary>The share of the Foundation in a compute.</summary>
    public const string FoundationShare = "foundation";

    /// <summary>The claim of a stored coin.</summary>
    public static EnvelopeClaim Of(Envelope e) => new(
        e.TokenId, e.TokenHash, e.ValueZqt, e.FreeFundedZqt, e.PaidFundedZqt, e.MintedBy, e.HomeOrigin, e.Machine, e.Minted, e.OperatorList, e.ResultDigest, e.ZeqProof);

    /// <summary>The bytes that are signed: canonical JSON of the exact member set.</summary>
    public byte[] SignedBytes() => new Payload()
        .Add("kind", Kind)
        .Add("token_id", TokenId.Text)
        .Add("token_hash", TokenHash)
        .Add("value_zqt", ValueZqt)
        .Add("free_funded_zqt", FreeFundedZqt)
        .Add("paid_funded_zqt", PaidFundedZqt)
        .Add("minted_by", MintedBy.Text)
        .Add("home_origin", HomeOrigin.Text)
        .Add("machine", Machine.Text)
        .Add("minted_zeqond", Minted.Value)
        .Add("operators", Operators)
        .Add("result_digest", ResultDigest)
        .Add("zeq_proof", ZeqProof)
        .ToUtf8();

    /// <summary>
    /// The token hash: SHA-256 of <c>zeq/envelope/v1|home_origin|machine|zeqond|result_digest|op1,op2,…|share|payer_zid</c>, hex.
    /// </summary>
    public static string HashOf(Origin home, Slug machine, Zeqond zeqond, string resultDigest, string operators, string share, Zid payer) =>
        Sha256.HashHexUtf8(string.Create(
            CultureInfo.InvariantCulture, $"zeq/envelope/v1|{home.Text}|{machine.Text}|{zeqond.Value}|{resultDigest}|{operators}|{share}|{payer.Text}"));

    /// <summary>Whether the token hash and the token id are those of the claim's own fields.</summary>
    public bool HashHolds()
    {
        string operators = string.Join(',', Operators);
        foreach (string share in (string[])[UserShare, FoundationShare])
        {
            string hash = HashOf(HomeOrigin, Machine, Minted, ResultDigest, operators, share, MintedBy);
            if (hash == TokenHash)
            {
                return TokenId.Of(Machine, Minted, hash) == TokenId;
            }
        }

        return false;
    }
}

/// <summary>Checks a coin's light proof, offline, with nothing but this library and a pinned node key.</summary>
public static class EnvelopeProof
{
    /// <summary>Whether the signature of the pinned node key over the claim holds, and the claim's hash is its own.</summary>
    /// <param name="claim">The claim, rebuilt from typed fields.</param>
    /// <param name="nodeSigHex">The signature, 128 lower-case hex.</param>
    /// <param name="pinnedNodeKeyHex">The home's node key as the reader knows it, 64 lower-case hex; never one from the message itself.</param>
    public static bool Verify(EnvelopeClaim claim, string nodeSigHex, string pinnedNodeKeyHex) =>
        claim.ValueZqt is >= 1 and <= 40 && claim.HashHolds() && SignedStamp.Verify(claim.SignedBytes(), nodeSigHex, pinnedNodeKeyHex);
}
