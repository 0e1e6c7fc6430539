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

    /// <summary>The most operators of a claim that is read.</summary>
    public const int MaxOperators = 64;

    /// <summary>The share of a user in a compute.</summary>
    public const string UserShare = "user";

    /// <summary>The share of the Foundation in a compute.</summary>
    public const string FoundationShare = "foundation";

    /// <summary>The share of a coin that was minted for one of another home (spec 10 §10).</summary>
    public const string MigratedShare = "migrated";

    /// <summary>The coin of another home that this one was minted for, <c>token_id@home_origin</c>; null where a compute minted it.</summary>
    public string? MigratedFrom { get; init; }

    /// <summary>The claim of a stored coin.</summary>
    public static EnvelopeClaim Of(Envelope e) => new(
        e.TokenId, e.TokenHash, e.ValueZqt, e.FreeFundedZqt, e.PaidFundedZqt, e.MintedBy, e.HomeOrigin, e.Machine, e.Minted, e.OperatorList, e.ResultDigest, e.ZeqProof)
    {
        MigratedFrom = e.MigratedFrom,
    };

    /// <summary>The bytes that are signed: canonical JSON of the exact member set.</summary>
    public byte[] SignedBytes() => ToPayload().ToUtf8();

    /// <summary>The exact member set.</summary>
    public Payload ToPayload() => new Payload()
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
        .Add("migrated_from", MigratedFrom);

    /// <summary>
    /// Whether the members have their forms: hex of its lengths, integers from 0 to 2^53 - 1, operators that are names; a coin that was minted
    /// for one of another home says which, has that home's signature as its proof, and neither operators nor funding (spec 10 §10).
    /// </summary>
    public bool HasForm()
    {
        bool isHex = Hex.IsLowerHex(TokenHash, 64) && Hex.IsLowerHex(ResultDigest, 64) && Hex.IsLowerHex(ZeqProof, MigratedFrom is null ? 64 : 128);
        return isHex && IsExact(ValueZqt) && IsExact(FreeFundedZqt) && IsExact(PaidFundedZqt) && IsExact(Minted.Value)
            && Operators.Count <= MaxOperators && Operators.All(OperatorName.IsValid)
            && (MigratedFrom is null || (Migration.TryParseSource(MigratedFrom, out _, out Origin source) && source != HomeOrigin
                && Operators.Count == 0 && FreeFundedZqt == 0 && PaidFundedZqt == 0 && MintedBy == Zid.System));
    }

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
        foreach (string share in MigratedFrom is null ? (string[])[UserShare, FoundationShare] : [MigratedShare])
        {
            string hash = HashOf(HomeOrigin, Machine, Minted, ResultDigest, operators, share, MintedBy);
            if (hash == TokenHash)
            {
                return TokenId.Of(Machine, Minted, hash) == TokenId;
            }
        }

        return false;
    }

    private static bool IsExact(long number) => number is >= 0 and < 1L << 53;
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
