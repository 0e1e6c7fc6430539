namespace Zeq.Protocol;

/// <summary>Calls a vote (spec 10 §8).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Title">What it is about.</param>
/// <param name="Options">2 to 16 different options.</param>
/// <param name="Closes">The first Zeqond at which it is closed, 1 to 2^53 - 1; not in the past, nor more than 40,000,000 ahead.</param>
public sealed record CreateVote(Caller Caller, string Title, IReadOnlyList<string> Options, Zeqond Closes) : Command<Vote>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(Vote.Table, IdAt(now).Text).AddChain(Caller.Zid.OwnMachine);

    /// <inheritdoc/>
    public override Decision<Vote> Decide(Workspace home, Moment now)
    {
        if (!Vote.IsText(Title, Vote.MaxTitleLength))
        {
            return Reject(RejectionCode.InvalidRequest, $"A title has 1 to {Vote.MaxTitleLength} characters, none of them a control character.");
        }

        if (Options.Count is < Vote.MinOptions or > Vote.MaxOptions || !Options.All(option => Vote.IsText(option, Vote.MaxOptionLength))
            || Options.Distinct(StringComparer.Ordinal).Count() != Options.Count)
        {
            return Reject(
                RejectionCode.InvalidRequest,
                $"A vote has {Vote.MinOptions} to {Vote.MaxOptions} different options of 1 to {Vote.MaxOptionLength} characters, none of them a control character.");
        }

        if (Closes <= now.Zeqond || Closes.Value - now.Zeqond.Value > Vote.MaxZeqondsAhead)
        {
            return Reject(RejectionCode.InvalidRequest, $"A vote closes after now ({now.Zeqond}), and at most {Vote.MaxZeqondsAhead} Zeqonds later.");
        }

        var vote = new Vote(IdAt(now), Caller.Zid, Title, Vote.TextOf(Options), now.Zeqond, new RowRef("", 0, ""), Vote.TextOf(Options.Select(_ => 0L)), 0);
        ChainRow row = home.AppendRow(Caller.Zid.OwnMachine, Vote.ChainRowType, vote.ChainPayload(), Caller.Actor, now);
        return Accept(home.Put(Vote.Table, vote with { Row = RowRef.Of(row) }));
    }

    private VoteId IdAt(Moment now) => VoteId.Of(Closes, now.Draw("vote"));
}
