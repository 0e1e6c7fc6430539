namespace Zeq.Protocol.Tests;

public class ChargeComputeTests
{
    [Fact]
    public async Task Paid_fuel_mints_to_the_user_free_fuel_to_the_Foundation_both_are_split_and_burn_mints_none()
    {
        await using World a = await World.StartAsync(freeCredits: 2);
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 4, "p"));
        ComputeResult split = await a.AcceptedAsync(Charge(alice, "split", 3));
        Assert.Equal(new Funding(2, 0, 1), split.Compute.Funding);
        Assert.Equal(("user", 2L, 0L, 2L, alice.Zid), Shape(split.Envelopes[0]));
        Assert.Equal(("foundation", 4L, 4L, 0L, Zid.Foundation), Shape(split.Envelopes[1]));
        Assert.All(split.Envelopes, coin => Assert.True(EnvelopeProof.Verify(EnvelopeClaim.Of(coin), coin.NodeSig, a.Context.Keys.NodePublicKey)));

        ComputeResult paid = await a.AcceptedAsync(Charge(alice, "paid", 3));
        Assert.Equal(("user", 6L, 0L, 6L, alice.Zid), Shape(Assert.Single(paid.Envelopes)));
        await a.AcceptedAsync(new PutPool(a.Pool(alice.Zid) with { Free = 2, Burn = 1, Paid = 5, Moves = a.Pool(alice.Zid).Moves + 1 }));
        ComputeResult burned = await a.AcceptedAsync(Charge(alice, "burned", 3));
        Assert.Empty(burned.Envelopes);
        Assert.Equal((0L, new Funding(2, 1, 0)), (burned.Compute.MintValue, burned.Compute.Funding));
        Supply supply = a.Store.Find(Supply.Table, Supply.Key)!;
        Assert.Equal((12L, 12L), (supply.Now.Minted, a.Store.All(Envelope.Table).Sum(e => e.ValueZqt)));
    }

    [Fact]
    public async Task Every_envelope_has_its_mint_move_and_the_compute_its_chain_row_and_proof()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 9, "p"));
        ComputeResult result = await a.AcceptedAsync(Charge(alice, "one", 3, 0.0005));
        Envelope coin = Assert.Single(result.Envelopes);
        Assert.Equal((5L, 0L, EnvelopeStatus.Active, TokenId.Of(alice.Zid.OwnMachine, a.Now, coin.TokenHash)), (coin.ValueZqt, coin.SpendSeq, coin.Status, coin.TokenId));
        Move mint = a.LastMove(coin.TokenId);
        ChainRow row = a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal((MoveKind.Mint, 0L, RowRef.Of(row), alice.Zid), (mint.Kind, mint.SpendSeq, mint.RowOut, mint.To));
        Assert.Equal(("compute", "s0", alice.Actor), (row.Type, row.Flags, row.Actor));
        ComputeRow compute = result.Compute;
        Assert.True(a.Context.Keys.Proof.VerifyHexUtf8($"KO42,NM19|{compute.RT}|{a.Now}|{alice.KeyPrefix}|{compute.ResultDigest}", compute.ZeqProof));
        Assert.Equal(Pulse.TextAt(ManualTime.StartUnixMs), compute.RT);
        Assert.Equal(compute.ComputeId, a.Store.Find(CreditMove.Table, alice.Zid.Text)!.Reference);
    }

    [Fact]
    public async Task The_same_compute_in_its_Zeqond_answers_the_first_and_charges_nothing()
    {
        await using World a = await World.StartAsync(freeCredits: 2);
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 20, "p"));
        ComputeResult first = await a.AcceptedAsync(Charge(alice, "same", 3));
        a.Time.Pass(776);
        ComputeResult again = await a.UnchangedAsync(Charge(alice, "same", 3));
        Assert.Equal(first.Compute, again.Compute);
        Assert.Equal(first.Envelopes, again.Envelopes);

        // Other inputs, another machine of the same owner, or the next Zeqond: another compute.
        await a.AcceptedAsync(new MakeMachine(Slug.Parse("lab"), alice.Zid));
        await a.AcceptedAsync(Charge(alice, "other", 3));
        await a.AcceptedAsync(Charge(alice, "same", 3) with { Machine = Slug.Parse("lab") });
        a.Time.Pass(1);
        await a.AcceptedAsync(Charge(alice, "same", 3));
        Assert.Equal(22 - 12, a.Pool(alice.Zid).Balance);
    }

    [Fact]
    public async Task Another_payer_on_the_same_machine_is_another_compute()
    {
        // Rule 21: the payer is in the id, so nobody is answered with another's coin.
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 3, "a"));
        await a.AcceptedAsync(new GrantFuel(bob.Zid, 3, "b"));
        await a.AcceptedAsync(new SetMember(alice, alice.Zid.OwnMachine, bob.Zid, MachineRole.Operator));
        Caller bobOnAlices = new(bob.Zid, "zsm_bobsbobs", false, false, alice.Zid.OwnMachine, MachineRole.Operator);
        Envelope hers = Assert.Single((await a.AcceptedAsync(Charge(alice, "x", 3))).Envelopes);
        Envelope his = Assert.Single((await a.AcceptedAsync(Charge(bobOnAlices, "x", 3) with { Machine = alice.Zid.OwnMachine })).Envelopes);
        Assert.NotEqual(hers.TokenId, his.TokenId);
        Assert.Equal((alice.Zid, bob.Zid), (hers.IssuedTo, his.IssuedTo));
    }

    [Fact]
    public async Task A_funding_limit_answers_402_rather_than_draw_another_pool()
    {
        await using World a = await World.StartAsync(freeCredits: 2);
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 10, "p"));
        Assert.Equal(RejectionCode.InsufficientBalance, await a.RefusedAsync(Charge(alice, "x", 3) with { Limit = FundingLimit.Free }));
        Assert.Equal(RejectionCode.InsufficientBalance, await a.RefusedAsync(Charge(alice, "x", 3) with { Limit = FundingLimit.Free | FundingLimit.Burn }));
        Assert.Equal(RejectionCode.InsufficientBalance, await a.RefusedAsync(Charge(alice, "x", 13)));
        Assert.Equal(new Funding(0, 0, 3), (await a.AcceptedAsync(Charge(alice, "x", 3) with { Limit = FundingLimit.Paid })).Compute.Funding);
    }

    [Fact]
    public async Task Computing_needs_operator_on_the_machine_that_is_stamped()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 10, "p"));
        Slug own = alice.Zid.OwnMachine;
        Caller KeyOf(MachineRole role) => new(alice.Zid, "zsm_k", false, false, own, role);
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(Charge(KeyOf(MachineRole.Viewer), "x", 3)));
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(Charge(bob, "x", 3) with { Machine = own }));
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(Charge(alice, "x", 3) with { Machine = Slug.Parse("none") }));
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(Charge(KeyOf(MachineRole.Admin), "x", 3) with { Machine = bob.Zid.OwnMachine }));
        await a.AcceptedAsync(Charge(KeyOf(MachineRole.Operator), "x", 3));
    }

    [Fact]
    public async Task Supply_is_shown_as_of_the_last_multiple_of_64_Zeqonds()
    {
        await using World a = await World.StartAsync();
        a.Time.PassZeqonds(64 - (a.Now.Value % 64));
        Caller alice = await a.RegisterAsync(1);
        await a.MintAsync(alice, "first");
        Assert.Equal(0, a.Store.Find(Supply.Table, Supply.Key)!.At(a.Now).Shown.Minted);
        a.Time.PassZeqonds(63);
        await a.MintAsync(alice, "second");
        Assert.Equal(0, a.Store.Find(Supply.Table, Supply.Key)!.At(a.Now).Shown.Minted);
        a.Time.PassZeqonds(1);
        Supply shown = a.Store.Find(Supply.Table, Supply.Key)!.At(a.Now);
        Assert.Equal((12L, 12L), (shown.Shown.Minted, shown.Now.InCirculation));
        a.Time.StepWall(-777 * 64);
        Assert.Equal(0, a.Store.Find(Supply.Table, Supply.Key)!.At(a.Now).Shown.Minted);
    }

    private static ChargeCompute Charge(Caller who, string seed, long cost, double precision = 0) =>
        new(who, who.Machine ?? who.Zid.OwnMachine, World.Work(seed, cost, precision), FundingLimit.All);

    private static (string Share, long Value, long Free, long Paid, Zid Holder) Shape(Envelope e) => (e.Share, e.ValueZqt, e.FreeFundedZqt, e.PaidFundedZqt, e.IssuedTo);
}
