using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>A charged compute, as it was answered; append-only (spec 10 §1, spec 05 rule 19).</summary>
/// <param name="ComputeId">SHA-256 of what makes it the same compute, 64 hex.</param>
/// <param name="Machine">The machine that computed.</param>
/// <param name="Payer">Who paid.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Operators">The operators, joined by commas.</param>
/// <param name="ResultDigest">SHA-256 of inputs, operators, unit and value, 64 hex.</param>
/// <param name="Value">The value, as the shortest text that reads back to the same double.</param>
/// <param name="Unit">The value's unit.</param>
/// <param name="PrecisionActual">The relative error against the reference, as text.</param>
/// <param name="Cost">What it cost, in ZEQ.</param>
/// <param name="Funding">Which pools paid.</param>
/// <param name="MintValue">What it minted in all, in ZEQ; 0 where burn credits paid.</param>
/// <param name="RT">R(t) as it was hashed.</param>
/// <param name="KeyPrefix">The first 12 characters of the caller's key.</param>
/// <param name="ZeqProof">The proof, 64 hex.</param>
/// <param name="Row">Its chain row.</param>
public sealed record ComputeRow(
    string ComputeId, Slug Machine, Zid Payer, Zeqond Zeqond, string Operators, string ResultDigest, string Value, string Unit,
    string PrecisionActual, long Cost, Funding Funding, long MintValue, string RT, string KeyPrefix, string ZeqProof, RowRef Row)
{
    /// <summary>The type of its chain row.</summary>
    public const string ChainRowType = "compute";

    /// <summary>How stores hold it.</summary>
    public static Table<ComputeRow> Table { get; } = Protocol.Table.Of<ComputeRow>("computes")
        .Key("compute_id", c => c.ComputeId)
        .Text("machine", c => c.Machine.Text)
        .Text("payer_zid", c => c.Payer.Text)
        .Integer("zeqond", c => c.Zeqond.Value)
        .Text("operators", c => c.Operators)
        .Text("result_digest", c => c.ResultDigest)
        .Text("value", c => c.Value)
        .Text("unit", c => c.Unit)
        .Text("precision_actual", c => c.PrecisionActual)
        .Integer("cost", c => c.Cost)
        .Integer("free", c => c.Funding.Free)
        .Integer("burn", c => c.Funding.Burn)
        .Integer("paid", c => c.Funding.Paid)
        .Integer("mint_value", c => c.MintValue)
        .Text("r_t", c => c.RT)
        .Text("key_prefix", c => c.KeyPrefix)
        .Text("zeq_proof", c => c.ZeqProof)
        .Text("row_slug", c => c.Row.Slug)
        .Integer("row_seq", c => c.Row.Seq)
        .Text("row_hash", c => c.Row.StateHash)
        .Build(c => new ComputeRow(
            c.Text(), Slug.Parse(c.Text()), Zid.Parse(c.Text()), new Zeqond(c.Integer()), c.Text(), c.Text(), c.Text(), c.Text(),
            c.Text(), c.Integer(), new Funding(c.Integer(), c.Integer(), c.Integer()), c.Integer(), c.Text(), c.Text(), c.Text(),
            new RowRef(c.Text(), c.Integer(), c.Text())));

    /// <summary>
    /// The same compute is the same payer, machine, Zeqond, digest and operators: SHA-256 of
    /// <c>zeq/compute/v1|home_origin|machine|zeqond|result_digest|op1,op2,…|payer_zid</c>, hex.
    /// </summary>
    public static string IdOf(Origin home, Slug machine, Zeqond zeqond, string resultDigest, string operators, Zid payer) =>
        Sha256.HashHexUtf8(string.Create(
            CultureInfo.InvariantCulture, $"zeq/compute/v1|{home.Text}|{machine.Text}|{zeqond.Value}|{resultDigest}|{operators}|{payer.Text}"));

    /// <summary>The text that the proof authenticates: <c>operators|R_t|zeqond|key_prefix|result_digest</c> (spec 05 rule 21).</summary>
    public static string ProofText(string operators, string rT, Zeqond zeqond, string keyPrefix, string resultDigest) =>
        string.Create(CultureInfo.InvariantCulture, $"{operators}|{rT}|{zeqond.Value}|{keyPrefix}|{resultDigest}");

    /// <summary>The envelope that a share of this compute is: its hash and its name.</summary>
    public (string TokenHash, TokenId TokenId) TokenOf(MintShare share, Origin home)
    {
        string hash = EnvelopeClaim.HashOf(home, Machine, Zeqond, ResultDigest, Operators, share.Share, Payer);
        return (hash, TokenId.Of(Machine, Zeqond, hash));
    }

    /// <summary>
    /// The canonical payload of the compute's chain row: a function of the compute and its home alone, so that an auditor can compare
    /// them (spec 05 rule 19).
    /// </summary>
    /// <exception cref="FormatException">The stored value or precision is no number.</exception>
    public string ChainPayload(Origin home) => new Payload()
        .Add("cost", Cost)
        .Add("envelopes", MintShare.Of(MintValue, Funding).Select(share => new Payload()
            .Add("issued_to", share.HolderOf(Payer).Text).Add("share", share.Share).Add("token_id", TokenOf(share, home).TokenId.Text).Add("value_zqt", share.ValueZqt)))
        .Add("funding", new Payload().Add("burn", Funding.Burn).Add("free", Funding.Free).Add("paid", Funding.Paid))
        .Add("operators", Operators.Split(','))
        .Add("precision_actual", double.Parse(PrecisionActual, NumberStyles.Float, CultureInfo.InvariantCulture))
        .Add("result_digest", ResultDigest)
        .Add("unit", Unit)
        .Add("value", double.Parse(Value, NumberStyles.Float, CultureInfo.InvariantCulture))
        .Add("zeq_proof", ZeqProof)
        .ToCanonicalText();
}

/// <summary>One envelope of a compute, as a share of its value.</summary>
/// <param name="Share"><c>user</c> or <c>foundation</c>.</param>
/// <param name="ValueZqt">Its value, in ZEQ, at least 1.</param>
public readonly record struct MintShare(string Share, long ValueZqt)
{
    /// <summary>Who gets it at the mint: the payer or the Foundation.</summary>
    public Zid HolderOf(Zid payer) => Share == EnvelopeClaim.UserShare ? payer : Zid.Foundation;

    /// <summary>
    /// Who gets what of a value (spec 10 §3): any burn credit mints nothing; paid fuel mints to the user, free fuel to the Foundation,
    /// both are split by what was paid, floored, the rest to the Foundation. A share of 0 is no envelope.
    /// </summary>
    public static IReadOnlyList<MintShare> Of(long value, Funding funding)
    {
        if (funding.Burn > 0)
        {
            return [];
        }

        long user = checked(value * funding.Paid) / funding.Total;
        var shares = new List<MintShare>(2);
        if (user > 0)
        {
            shares.Add(new MintShare(EnvelopeClaim.UserShare, user));
        }

        if (value > user)
        {
            shares.Add(new MintShare(EnvelopeClaim.FoundationShare, value - user));
        }

        return shares;
    }
}
