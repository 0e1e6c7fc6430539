namespace Zeq.Protocol;

/// <summary>
/// Stakes coins for an option (spec 10 §8): all of them or none. Until the vote closes or the ballot is taken back, they do not move and
/// are neither exported nor burned.
/// </summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="VoteId">The vote.</param>
/// <param name="Option">The option.</param>
/// <param name="Tokens">The coins, 1 to 1,000, each once.</param>
/// <param name="HeldOnArrival">Which of them the caller held when the request came in, see <see cref="BurnEnvelopes"/>.</param>
/// <param name="StakedOnArrival">How many coins the caller had in this vote then: a bound, not a rule of the tally.</param>
public sealed record CastBallot(
    Caller Caller, VoteId VoteId, string Option, IReadOnlyList<TokenId> Tokens, IReadOnlySet<TokenId> HeldOnArrival, int StakedOnArrival) : Command<BallotResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(Vote.Table, VoteId.Text).AddChain(Caller.Zid.OwnMachine);
        foreach (TokenId token in Tokens)
        {
            keys.Add(Envelope.Table, token.Text).Add(VoteStake.Table, VoteStake.KeyOf(VoteId, token));
        }
    }

    /// <inheritdoc/>
    public override Decision<BallotResult> Decide(Workspace home, Moment now)
    {
        IReadOnlyList<TokenId> tokens = BurnTransaction.InOrder(Tokens);
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Count, nameof(Tokens));
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Distinct().Count(), tokens.Count, nameof(Tokens));
        if (home.Find(Vote.Table, VoteId.Text) is not { } vote)
        {
            return Reject(RejectionCode.VoteNotFound, "This vote does not exist here.");
        }

        int choice = vote.OptionList.TakeWhile(option => option != Option).Count();
        if (choice == vote.OptionList.Count)
        {
            return Reject(RejectionCode.InvalidRequest, "This is no option of the vote.");
        }

        if (vote.IsClosedAt(now.Zeqond))
        {
            return Reject(RejectionCode.VoteClosed, "The vote is closed.");
        }

        if (tokens.Count > Vote.MaxBallotTokens || StakedOnArrival + tokens.Count > Vote.MaxStakes)
        {
            return Reject(RejectionCode.Conflict, $"A voter stakes at most {Vote.MaxStakes} coins in one vote.");
        }

        var faults = new List<RejectionDetail>();
        var coins = new List<Envelope>(tokens.Count);
        foreach (TokenId token in tokens)
        {
            Envelope? coin = home.Find(Envelope.Table, token.Text);
            Rejection? why = Eligibility.Refusal(coin, Caller.Zid, HeldOnArrival.Contains(token), home.Context.Origin, now.Zeqond);
            if (why is null && home.Find(VoteStake.Table, VoteStake.KeyOf(VoteId, token)) is not null)
            {
                // Only a clock that stepped back over the close leads here: the coin was free again, and would vote twice.
                why = new Rejection(RejectionCode.Staked, "The coin has voted in this vote.");
            }

            if (why is null)
            {
                coins.Add(coin!);
            }
            else
            {
                faults.Add(new RejectionDetail(token.Text, why.Code, why.Message));
            }
        }

        return faults.Count > 0
            ? new Rejected<BallotResult>(new Rejection(RejectionCode.NotEligible, "Nothing was staked: some of these coins cannot be.") { Details = faults })
            : Accept(Stake(home, vote, choice, coins, now));
    }

    private BallotResult Stake(Workspace home, Vote vote, int choice, List<Envelope> coins, Moment now)
    {
        long weight = coins.Sum(coin => coin.ValueZqt);
        string payload = BallotPayload.Of(vote.Id, Option, coins.Select(coin => coin.TokenId.Text), weight, now.Zeqond);
        var row = RowRef.Of(home.AppendRow(Caller.Zid.OwnMachine, VoteStake.ChainRowType, payload, Caller.Actor, now));
        foreach (Envelope coin in coins)
        {
            home.Put(VoteStake.Table, new VoteStake(vote.Id, coin.TokenId, Caller.Zid, choice, coin.ValueZqt, now.Zeqond, row));
            home.Put(Envelope.Table, coin with { StakedIn = vote.Id.Text });
        }

        long[] weights = [.. vote.WeightList];
        weights[choice] = checked(weights[choice] + weight);
        vote = home.Put(Vote.Table, vote with { Weights = Vote.TextOf(weights), Changes = vote.Changes + 1 });
        return new BallotResult(vote, [.. coins.Select(coin => coin.TokenId)], weight);
    }
}

/// <summary>Takes back all of the caller's stakes in a vote, before it closes (spec 10 §8 and §10). Nothing to take back is no fault.</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="VoteId">The vote.</param>
/// <param name="Tokens">The coins that the caller had staked when the request came in; those that are not its stakes any more are passed over.</param>
public sealed record WithdrawBallots(Caller Caller, VoteId VoteId, IReadOnlyList<TokenId> Tokens) : Command<BallotResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(Vote.Table, VoteId.Text).AddChain(Caller.Zid.OwnMachine);
        foreach (TokenId token in Tokens)
        {
            keys.Add(Envelope.Table, token.Text).Add(VoteStake.Table, VoteStake.KeyOf(VoteId, token));
        }
    }

    /// <inheritdoc/>
    public override Decision<BallotResult> Decide(Workspace home, Moment now)
    {
        if (home.Find(Vote.Table, VoteId.Text) is not { } vote)
        {
            return Reject(RejectionCode.VoteNotFound, "This vote does not exist here.");
        }

        if (vote.IsClosedAt(now.Zeqond))
        {
            return Reject(RejectionCode.VoteClosed, "The vote is closed.");
        }

        long[] weights = [.. vote.WeightList];
        var freed = new List<TokenId>();
        long weight = 0;
        foreach (TokenId token in BurnTransaction.InOrder(Tokens.Distinct()))
        {
            if (home.Find(VoteStake.Table, VoteStake.KeyOf(VoteId, token)) is not { } stake || stake.Zid != Caller.Zid)
            {
                continue;
            }

            home.Delete(VoteStake.Table, VoteStake.KeyOf(VoteId, token));
            Envelope coin = home.Find(Envelope.Table, token.Text) ?? throw new InvalidOperationException("A stake without its coin.");
            if (coin.StakedIn == VoteId.Text)
            {
                home.Put(Envelope.Table, coin with { StakedIn = null });
            }

            weights[stake.Choice] = checked(weights[stake.Choice] - stake.ValueZqt);
            weight += stake.ValueZqt;
            freed.Add(token);
        }

        if (freed.Count == 0)
        {
            return Accept(new BallotResult(vote, [], 0));
        }

        home.AppendRow(
            Caller.Zid.OwnMachine, VoteStake.WithdrawRowType, BallotPayload.Of(VoteId, null, freed.Select(token => token.Text), weight, now.Zeqond), Caller.Actor, now);
        vote = home.Put(Vote.Table, vote with { Weights = Vote.TextOf(weights), Changes = vote.Changes + 1 });
        return Accept(new BallotResult(vote, freed, weight));
    }
}

/// <summary>What a ballot or its withdrawal did.</summary>
/// <param name="Vote">The vote as it stands since.</param>
/// <param name="Tokens">The coins that were staked or freed, in ordinal order of their names.</param>
/// <param name="Weight">Their weight, in ZEQ.</param>
public sealed record BallotResult(Vote Vote, IReadOnlyList<TokenId> Tokens, long Weight);

/// <summary>The payload of the chain rows of ballots.</summary>
internal static class BallotPayload
{
    /// <summary>The canonical payload of a ballot's row, or without an option of its withdrawal's.</summary>
    public static string Of(VoteId vote, string? option, IEnumerable<string> tokens, long weight, Zeqond zeqond) => new Payload()
        .Add("option", option)
        .Add("token_ids", tokens)
        .Add("vote_id", vote.Text)
        .Add("weight", weight)
        .Add("zeqond", zeqond.Value)
        .ToCanonicalText();
}
