namespace Zeq.Protocol.Tests;

public class VoteTests
{
    private static readonly Origin B = Origin.Parse("https://b.example");

    internal static Task<Vote> OpenAsync(World a, Caller who, long ahead = 100) => a.AcceptedAsync(new CreateVote(who, "title", ["a", "b"], new Zeqond(a.Now.Value + ahead)));

    internal static CastBallot Cast(Caller who, VoteId vote, string option, params TokenId[] coins) => new(who, vote, option, coins, coins.ToHashSet(), 0);

    [Fact]
    public async Task A_vote_is_called_with_its_chain_row_and_a_name_of_its_close()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Vote vote = await a.AcceptedAsync(new CreateVote(alice, "Größe?", ["|", "\"b\"", "ç"], new Zeqond(a.Now.Value + Vote.MaxZeqondsAhead)));
        Assert.Equal(vote, a.Store.Find(Vote.Table, vote.Id.Text));
        Assert.Equal(["|", "\"b\"", "ç"], vote.OptionList);
        Assert.Equal([0, 0, 0], vote.WeightList);
        Assert.Equal((a.Now.Value + Vote.MaxZeqondsAhead, alice.Zid, 0L), (vote.Id.Closes.Value, vote.Creator, vote.Changes));
        ChainRow row = a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal(("vote_create", "s0", RowRef.Of(row)), (row.Type, row.Flags, vote.Row));
        Assert.NotEqual(vote.Id, (await a.AcceptedAsync(new CreateVote(alice, "Größe?", ["|", "\"b\"", "ç"], vote.Id.Closes))).Id);
    }

    [Fact]
    public async Task What_is_no_vote_is_refused()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        var vote = new CreateVote(alice, "t", ["a", "b"], new Zeqond(a.Now.Value + 1));
        CreateVote[] wrong =
        [
            vote with { Closes = a.Now }, vote with { Closes = new Zeqond(1) }, vote with { Closes = new Zeqond(a.Now.Value + Vote.MaxZeqondsAhead + 1) },
            vote with { Options = ["a"] }, vote with { Options = ["a", "a"] }, vote with { Options = ["a", ""] }, vote with { Options = ["a", "\n"] },
            vote with { Options = ["a", new string('b', Vote.MaxOptionLength + 1)] }, vote with { Options = [.. Enumerable.Range(0, 17).Select(n => $"{n}")] },
            vote with { Title = "" }, vote with { Title = new string('t', Vote.MaxTitleLength + 1) }, vote with { Title = "a\0" },
        ];
        foreach (CreateVote command in wrong)
        {
            Assert.Equal(RejectionCode.InvalidRequest, await a.RefusedAsync(command));
        }

        await a.AcceptedAsync(vote);
    }

    [Fact]
    public async Task A_staked_coin_stays_where_it_is_until_the_vote_closes()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        Vote vote = await OpenAsync(a, alice, 10), other = await OpenAsync(a, bob, 20);
        BallotResult cast = await a.AcceptedAsync(Cast(alice, vote.Id, "b", coin.TokenId));
        Assert.Equal((6L, "0,6", 1L), (cast.Weight, cast.Vote.Weights, cast.Vote.Changes));
        Assert.Equal(vote.Id.Text, a.Coin(coin.TokenId).StakedIn);
        VoteStake stake = Assert.Single(a.Store.All(VoteStake.Table));
        ChainRow row = a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal(new VoteStake(vote.Id, coin.TokenId, alice.Zid, 1, 6, a.Now, RowRef.Of(row)), stake);
        Assert.Equal(("vote_ballot", "s0"), (row.Type, row.Flags));
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(RejectionCode.Staked, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true)));
            Assert.Equal(RejectionCode.Staked, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, B, true)));
            Assert.Equal(RejectionCode.Staked, await FaultAsync(a, BurnEnvelopesTests.Burn(alice, coin.TokenId)));
            Assert.Equal(RejectionCode.Staked, await FaultAsync(a, Cast(alice, vote.Id, "a", coin.TokenId)));
            Assert.Equal(RejectionCode.Staked, await FaultAsync(a, Cast(alice, other.Id, "a", coin.TokenId)));
            a.Time.PassZeqonds(1);
        }

        // The close is the Zeqond itself, and nobody has to do anything for it.
        Assert.Equal(vote.Id.Closes, a.Now);
        await a.AcceptedAsync(Cast(alice, other.Id, "a", coin.TokenId));
        Assert.Equal(other.Id.Text, a.Coin(coin.TokenId).StakedIn);
        a.Time.PassZeqonds(10);
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true));
        Assert.Null(a.Coin(coin.TokenId).StakedIn);
        Assert.Equal("0,6", a.Store.Find(Vote.Table, vote.Id.Text)!.Weights);
        Script.CheckInvariants(a);
    }

    [Fact]
    public async Task Late_ballots_are_refused_and_late_withdrawals_too()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Envelope one = await a.MintAsync(alice, "one"), two = await a.MintAsync(alice, "two");
        Vote vote = await OpenAsync(a, alice, 10);
        a.Time.PassZeqonds(9);
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", one.TokenId));
        a.Time.Pass(KernelConstants.ZeqondMs - 1 - (a.Time.GetUtcNow().ToUnixTimeMilliseconds() % KernelConstants.ZeqondMs));
        Assert.Equal(vote.Id.Closes.Value - 1, a.Now.Value);
        await a.AcceptedAsync(new WithdrawBallots(alice, vote.Id, [one.TokenId]));
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", one.TokenId));
        a.Time.Pass(1);
        Assert.Equal(RejectionCode.VoteClosed, await a.RefusedAsync(Cast(alice, vote.Id, "a", two.TokenId)));
        Assert.Equal(RejectionCode.VoteClosed, await a.RefusedAsync(new WithdrawBallots(alice, vote.Id, [one.TokenId])));
        Assert.Equal("6,0", a.Store.Find(Vote.Table, vote.Id.Text)!.Weights);
    }

    [Fact]
    public async Task A_withdrawal_frees_the_callers_coins_and_no_others()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope one = await a.MintAsync(alice, "one"), two = await a.MintAsync(alice, "two", 5), bobs = await a.MintAsync(bob, "bobs", 7);
        Vote vote = await OpenAsync(a, alice);
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", one.TokenId));
        await a.AcceptedAsync(Cast(alice, vote.Id, "b", two.TokenId));
        await a.AcceptedAsync(Cast(bob, vote.Id, "b", bobs.TokenId));
        Assert.Equal("6,24", a.Store.Find(Vote.Table, vote.Id.Text)!.Weights);
        BallotResult freed = await a.AcceptedAsync(new WithdrawBallots(alice, vote.Id, [one.TokenId, two.TokenId, bobs.TokenId, TokenId.Parse("ZT-x-1-0123456789abcdef")]));
        Assert.Equal((16L, "0,14"), (freed.Weight, freed.Vote.Weights));
        Assert.Equal(new[] { one.TokenId, two.TokenId }.OrderBy(t => t.Text, StringComparer.Ordinal), freed.Tokens);
        Assert.Equal((null, null, vote.Id.Text), (a.Coin(one.TokenId).StakedIn, a.Coin(two.TokenId).StakedIn, a.Coin(bobs.TokenId).StakedIn));
        Assert.Equal(0, (await a.UnchangedAsync(new WithdrawBallots(alice, vote.Id, [one.TokenId]))).Weight);
        await a.AcceptedAsync(new TransferEnvelope(alice, one.TokenId, bob.Zid, null, true));
        await a.AcceptedAsync(Cast(bob, vote.Id, "a", one.TokenId));
        Assert.Equal("6,14", a.Store.Find(Vote.Table, vote.Id.Text)!.Weights);
    }

    [Fact]
    public async Task A_ballot_is_of_the_voters_own_active_coins_or_of_none()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope good = await a.MintAsync(alice, "good"), burned = await a.MintAsync(alice, "burned"), bobs = await a.MintAsync(bob, "bobs"), away = await a.MintAsync(alice, "away");
        await a.AcceptedAsync(BurnEnvelopesTests.Burn(alice, burned.TokenId));
        await a.AcceptedAsync(new TransferEnvelope(alice, away.TokenId, alice.Zid, B, true));
        Vote vote = await OpenAsync(a, alice);
        Assert.Equal(RejectionCode.NotActive, await FaultAsync(a, Cast(alice, vote.Id, "a", good.TokenId, burned.TokenId)));
        Assert.Equal(RejectionCode.TokenNotFound, await FaultAsync(a, Cast(alice, vote.Id, "a", good.TokenId, bobs.TokenId) with { HeldOnArrival = new HashSet<TokenId>() }));
        Assert.Equal(RejectionCode.NotOwner, await FaultAsync(a, Cast(alice, vote.Id, "a", good.TokenId, away.TokenId)));
        Assert.Equal(RejectionCode.InvalidRequest, await a.RefusedAsync(Cast(alice, vote.Id, "c", good.TokenId)));
        Assert.Equal(RejectionCode.VoteNotFound, await a.RefusedAsync(Cast(alice, VoteId.Of(new Zeqond(a.Now.Value + 5), new byte[8]), "a", good.TokenId)));
        Assert.Equal(RejectionCode.VoteNotFound, await a.RefusedAsync(new WithdrawBallots(alice, VoteId.Of(new Zeqond(5), new byte[8]), [])));
        Assert.Equal(RejectionCode.Conflict, await a.RefusedAsync(Cast(alice, vote.Id, "a", good.TokenId) with { StakedOnArrival = Vote.MaxStakes }));
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", good.TokenId) with { StakedOnArrival = Vote.MaxStakes - 1 });
    }

    [Fact]
    public async Task A_clock_that_steps_back_over_the_close_lets_no_coin_vote_twice()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        Vote vote = await OpenAsync(a, alice, 5);
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", coin.TokenId));
        a.Time.PassZeqonds(5);
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true));
        a.Time.StepWall(-3 * KernelConstants.ZeqondMs);
        Assert.Equal(RejectionCode.Staked, await FaultAsync(a, Cast(bob, vote.Id, "a", coin.TokenId)));

        // Alice can still take it back, and then it may vote again, once.
        await a.AcceptedAsync(new WithdrawBallots(alice, vote.Id, [coin.TokenId]));
        Assert.Equal("0,6", (await a.AcceptedAsync(Cast(bob, vote.Id, "b", coin.TokenId))).Vote.Weights);
    }

    [Fact]
    public async Task A_restore_raises_the_height_of_a_staked_coin_and_leaves_its_stake()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Envelope coin = await a.MintAsync(alice);
        Vote vote = await OpenAsync(a, alice);
        await a.AcceptedAsync(Cast(alice, vote.Id, "a", coin.TokenId));
        await a.AcceptedAsync(new NoteRestore(World.Hash("restore")));
        await a.AcceptedAsync(new RaiseEpoch([coin.TokenId], [alice.Zid], World.Hash("restore")));
        Assert.Equal((Move.EpochStep, vote.Id.Text), (a.Coin(coin.TokenId).SpendSeq, a.Coin(coin.TokenId).StakedIn));
        Assert.Equal(RejectionCode.Staked, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, Zid.FromNumber(1), B, true)));
    }

    [Fact]
    public void What_is_no_vote_id_holds_a_coin_rather_than_let_it_go()
    {
        Envelope coin = (Envelope)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(Envelope));
        Assert.False(coin.IsStakedAt(new Zeqond(5)));
        Assert.True((coin with { StakedIn = "nothing" }).IsStakedAt(new Zeqond(5)));
        Assert.True((coin with { StakedIn = "VT-6-0123456789abcdef" }).IsStakedAt(new Zeqond(5)));
        Assert.False((coin with { StakedIn = "VT-5-0123456789abcdef" }).IsStakedAt(new Zeqond(5)));
    }

    /// <summary>The one fault that a refusal names; it changed nothing.</summary>
    private static async Task<RejectionCode> FaultAsync<T>(World a, Command<T> command)
    {
        string before = a.Store.Dump();
        Rejection why = Assert.IsType<Rejected<T>>((await a.Home.ExecuteAsync(command)).Decision).Why;
        Assert.Equal(before, a.Store.Dump());
        Assert.Equal(RejectionCode.NotEligible, why.Code);
        return Assert.Single(why.Details).Code;
    }
}
