namespace Zeq.Protocol;

/// <summary>A completed burn, as it was answered; append-only (spec 10 §7).</summary>
/// <param name="BurnTx">Its name, see <see cref="BurnTransaction.Id"/>.</param>
/// <param name="Zid">Who burned.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Tokens">The coins' names in ordinal order, joined by commas.</param>
/// <param name="SumValueZqt">What they were worth, in ZEQ.</param>
/// <param name="RateBps">The rate of burn credits, in ten-thousandths.</param>
/// <param name="Credited">The burn credits that were given, in ZEQ.</param>
/// <param name="Row">Its chain row on the holder's own machine.</param>
public sealed record BurnRow(string BurnTx, Zid Zid, Zeqond Zeqond, string Tokens, long SumValueZqt, long RateBps, long Credited, RowRef Row)
{
    /// <summary>The type of its chain row.</summary>
    public const string ChainRowType = "envelope_burn";

    /// <summary>How stores hold it.</summary>
    public static Table<BurnRow> Table { get; } = Protocol.Table.Of<BurnRow>("burns")
        .Key("burn_tx", b => b.BurnTx)
        .Text("zid", b => b.Zid.Text)
        .Integer("zeqond", b => b.Zeqond.Value)
        .Text("token_ids", b => b.Tokens)
        .Integer("sum_value_zqt", b => b.SumValueZqt)
        .Integer("rate_bps", b => b.RateBps)
        .Integer("credited", b => b.Credited)
        .Text("row_slug", b => b.Row.Slug)
        .Integer("row_seq", b => b.Row.Seq)
        .Text("row_hash", b => b.Row.StateHash)
        .Build(c => new BurnRow(
            c.Text(), Zid.Parse(c.Text()), new Zeqond(c.Integer()), c.Text(), c.Integer(), c.Integer(), c.Integer(), new RowRef(c.Text(), c.Integer(), c.Text())));

    /// <summary>What no pool got, in ZEQ.</summary>
    public long Destroyed => checked(SumValueZqt - Credited);

    /// <summary>The coins' names in ordinal order.</summary>
    public IReadOnlyList<string> TokenList => Tokens.Split(',');

    /// <summary>
    /// The canonical payload of the burn's chain row: a function of the burn and its coins as they stand since, so that an auditor can
    /// compare them (spec 05 rule 19).
    /// </summary>
    /// <param name="coins">The burned coins in the order of <see cref="TokenList"/>.</param>
    public string ChainPayload(IEnumerable<Envelope> coins) => new Payload()
        .Add("burn_tx", BurnTx)
        .Add("credited", Credited)
        .Add("destroyed", Destroyed)
        .Add("envelopes", coins.Select(coin => new Payload().Add("spend_seq", coin.SpendSeq).Add("token_id", coin.TokenId.Text).Add("value_zqt", coin.ValueZqt)))
        .Add("rate_bps", RateBps)
        .Add("sum_value_zqt", SumValueZqt)
        .Add("zeqond", Zeqond.Value)
        .Add("zid", Zid.Text)
        .ToCanonicalText();
}
