namespace Zeq.Protocol;

/// <summary>
/// A coin that is staked in a vote (spec 10 §8). One per vote and coin: a coin that has voted does not vote again in other hands. It
/// stays when the vote is closed, and goes when it is taken back before.
/// </summary>
/// <param name="VoteId">The vote.</param>
/// <param name="TokenId">The coin.</param>
/// <param name="Zid">Who staked it.</param>
/// <param name="Choice">Which option, counted from 0.</param>
/// <param name="ValueZqt">Its weight: the coin's value, in ZEQ.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Row">The ballot's chain row on the voter's own machine.</param>
public sealed record VoteStake(VoteId VoteId, TokenId TokenId, Zid Zid, long Choice, long ValueZqt, Zeqond Zeqond, RowRef Row)
{
    /// <summary>The type of a ballot's chain row.</summary>
    public const string ChainRowType = "vote_ballot";

    /// <summary>The type of the chain row of a withdrawal.</summary>
    public const string WithdrawRowType = "vote_withdraw";

    /// <summary>How stores hold it.</summary>
    public static Table<VoteStake> Table { get; } = Protocol.Table.Of<VoteStake>("vote_stakes")
        .Key("vote_id", s => s.VoteId.Text)
        .Key("token_id", s => s.TokenId.Text)
        .Text("zid", s => s.Zid.Text)
        .Integer("choice", s => s.Choice)
        .Integer("value_zqt", s => s.ValueZqt)
        .Integer("zeqond", s => s.Zeqond.Value)
        .Text("row_slug", s => s.Row.Slug)
        .Integer("row_seq", s => s.Row.Seq)
        .Text("row_hash", s => s.Row.StateHash)
        .Disposable()
        .Build(c => new VoteStake(
            VoteId.Parse(c.Text()), TokenId.Parse(c.Text()), Zid.Parse(c.Text()), c.Integer(), c.Integer(), new Zeqond(c.Integer()),
            new RowRef(c.Text(), c.Integer(), c.Text())));

    /// <summary>The key of a coin's stake in a vote.</summary>
    public static string KeyOf(VoteId vote, TokenId token) => vote.Text + "|" + token.Text;
}
