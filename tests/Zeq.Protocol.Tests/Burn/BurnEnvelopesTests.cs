namespace Zeq.Protocol.Tests;

public class BurnEnvelopesTests
{
    internal static BurnEnvelopes Burn(Caller who, params TokenId[] coins) => new(who, coins, new HashSet<TokenId>());

    [Fact]
    public async Task A_burn_ends_the_coins_and_gives_their_value_as_burn_credits()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Envelope one = await a.MintAsync(alice, "one"), two = await a.MintAsync(alice, "two", 5), kept = await a.MintAsync(alice, "kept");
        FuelPool before = a.Pool(alice.Zid);
        BurnResult done = await a.AcceptedAsync(Burn(alice, two.TokenId, one.TokenId));
        BurnRow burn = done.Burn;
        Assert.Equal(BurnTransaction.Id(alice.Zid, [one.TokenId, two.TokenId]), burn.BurnTx);
        Assert.Equal((16L, 10_000L, 16L, 0L), (burn.SumValueZqt, burn.RateBps, burn.Credited, burn.Destroyed));
        Assert.Equal(new[] { one.TokenId.Text, two.TokenId.Text }.Order(StringComparer.Ordinal), burn.TokenList);
        Assert.Equal(before with { Burn = 16, Moves = before.Moves + 1 }, a.Pool(alice.Zid));
        CreditMove credit = a.Store.Find(CreditMove.Table, alice.Zid.Text)!;
        Assert.Equal((CreditReason.Burn, burn.BurnTx, 0L, 16L, 0L), (credit.Reason, credit.Reference!, credit.Free, credit.Burn, credit.Paid));
        ChainRow row = a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal(("envelope_burn", "s0", alice.Actor, RowRef.Of(row)), (row.Type, row.Flags, row.Actor, burn.Row));
        foreach (Envelope coin in (Envelope[])[one, two])
        {
            Assert.Equal(coin with { Status = EnvelopeStatus.Burned, SpendSeq = 1 }, a.Coin(coin.TokenId));
            Move last = a.LastMove(coin.TokenId);
            Assert.Equal((MoveKind.Burn, 1L, alice.Zid, alice.Zid, burn.BurnTx, burn.Row), (last.Kind, last.SpendSeq, last.From, last.To, last.ProofHash!, last.RowOut));
        }

        Assert.Equal(kept, a.Coin(kept.TokenId));
        SupplySums supply = a.Store.Find(Supply.Table, Supply.Key)!.Now;
        Assert.Equal((22L, 16L, 6L), (supply.Minted, supply.Burned, supply.InCirculation));
        Script.CheckInvariants(a);
    }

    [Fact]
    public async Task A_completed_burn_answers_its_first_result_whenever_and_in_whatever_order()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Envelope one = await a.MintAsync(alice, "one"), two = await a.MintAsync(alice, "two"), three = await a.MintAsync(alice, "three");
        BurnResult first = await a.AcceptedAsync(Burn(alice, one.TokenId, two.TokenId));
        a.Time.PassZeqonds(1000);
        BurnResult again = await a.UnchangedAsync(Burn(alice, two.TokenId, one.TokenId));
        Assert.Equal(first.Burn, again.Burn);
        Assert.Equal(first.Coins, again.Coins);
        Assert.Equal(RejectionCode.NotEligible, await a.RefusedAsync(Burn(alice, one.TokenId)));
        Assert.Equal(RejectionCode.NotEligible, await a.RefusedAsync(Burn(alice, one.TokenId, two.TokenId, three.TokenId)));
    }

    [Fact]
    public async Task One_coin_at_fault_burns_none_and_each_is_named()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope good = await a.MintAsync(alice, "good"), burned = await a.MintAsync(alice, "burned"), staked = await a.MintAsync(alice, "staked");
        Envelope raced = await a.MintAsync(alice, "raced"), sold = await a.MintAsync(alice, "sold"), away = await a.MintAsync(alice, "away"), bobs = await a.MintAsync(bob, "bobs");
        await a.AcceptedAsync(Burn(alice, burned.TokenId));
        Vote vote = await VoteTests.OpenAsync(a, alice);
        await a.AcceptedAsync(VoteTests.Cast(alice, vote.Id, "a", staked.TokenId));
        await a.AcceptedAsync(new TransferEnvelope(alice, raced.TokenId, bob.Zid, null, true));
        await a.AcceptedAsync(new TransferEnvelope(alice, sold.TokenId, bob.Zid, null, true));

        // A namesake at another home is another holder: nobody here burns its coin.
        await a.AcceptedAsync(new TransferEnvelope(alice, away.TokenId, alice.Zid, Origin.Parse("https://b.example"), true));
        TokenId none = TokenId.Parse("ZT-none-1-0123456789abcdef");
        TokenId[] all = [good.TokenId, burned.TokenId, staked.TokenId, raced.TokenId, sold.TokenId, away.TokenId, bobs.TokenId, none];
        string before = a.Store.Dump();
        var command = new BurnEnvelopes(alice, all, new HashSet<TokenId> { good.TokenId, burned.TokenId, staked.TokenId, raced.TokenId, none });
        Rejection why = Assert.IsType<Rejected<BurnResult>>((await a.Home.ExecuteAsync(command)).Decision).Why;
        Assert.Equal(before, a.Store.Dump());
        Assert.Equal(RejectionCode.NotEligible, why.Code);
        var expected = new Dictionary<string, RejectionCode>
        {
            [burned.TokenId.Text] = RejectionCode.NotActive, [staked.TokenId.Text] = RejectionCode.Staked, [raced.TokenId.Text] = RejectionCode.NotOwner,
            [sold.TokenId.Text] = RejectionCode.TokenNotFound, [away.TokenId.Text] = RejectionCode.TokenNotFound, [bobs.TokenId.Text] = RejectionCode.TokenNotFound,
            [none.Text] = RejectionCode.TokenNotFound,
        };
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), why.Details.Select(d => KeyValuePair.Create(d.Subject, d.Code)).OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_burned_coin_goes_nowhere()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        Vote vote = await VoteTests.OpenAsync(a, alice);
        await a.AcceptedAsync(Burn(alice, coin.TokenId));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true)));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, Origin.Parse("https://b.example"), true)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, true)));
        Assert.Equal(RejectionCode.NotEligible, await a.RefusedAsync(VoteTests.Cast(alice, vote.Id, "a", coin.TokenId)));

        // Also not by the retry of a transfer that brought it here, nor by a restore, which raises the heights of what lives.
        Envelope gift = await a.MintAsync(bob, "gift");
        var send = new TransferEnvelope(bob, gift.TokenId, alice.Zid, null, true);
        await a.AcceptedAsync(send);
        await a.AcceptedAsync(Burn(alice, gift.TokenId));
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(send));
        await a.AcceptedAsync(new NoteRestore(World.Hash("restore")));
        await a.AcceptedAsync(new RaiseEpoch([coin.TokenId, gift.TokenId], [alice.Zid], World.Hash("restore")));
        Assert.Equal((1L, 2L), (a.Coin(coin.TokenId).SpendSeq, a.Coin(gift.TokenId).SpendSeq));
    }

    [Fact]
    public async Task Any_burn_credit_in_a_compute_mints_nothing()
    {
        await using World a = await World.StartAsync(freeCredits: 2);
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 30, "paid"));
        var paid = new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work("coin", 3), FundingLimit.Paid);
        Envelope coin = Assert.Single((await a.AcceptedAsync(paid)).Envelopes);
        await a.AcceptedAsync(Burn(alice, coin.TokenId));
        SupplySums minted = a.Store.Find(Supply.Table, Supply.Key)!.Now;

        // 2 free, 6 burn, then paid: the first draws free and burn, the second burn and paid, and neither mints.
        foreach ((string seed, Funding funding) in ((string, Funding)[])[("one", new(2, 3, 0)), ("two", new(0, 3, 5))])
        {
            ComputeResult done = await a.AcceptedAsync(new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work(seed, funding.Total), FundingLimit.All));
            Assert.Equal(funding, done.Compute.Funding);
            Assert.Equal(0, done.Compute.MintValue);
            Assert.Empty(done.Envelopes);
        }

        Assert.Equal(minted, a.Store.Find(Supply.Table, Supply.Key)!.Now);
        Assert.Single((await a.AcceptedAsync(new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work("three", 3), FundingLimit.All))).Envelopes);
        Script.CheckInvariants(a);
    }
}
