namespace Zeq.Protocol.Tests;

/// <summary>Several checks see most damage. Each is known here by the reason that it alone gives, so that none can be lost behind another.</summary>
public class AuditReasonTests
{
    private static readonly Origin Here = Origin.Parse("https://a.example");
    private static readonly string Zeros = new('0', 64);

    public static TheoryData<string, Func<Envelope, Envelope>> Coins => new()
    {
        { "The coin's value is not 1 to 40 ZEQ.", e => Signed(e with { ValueZqt = 41, PaidFundedZqt = 41 }) },
        { "The coin's value is not 1 to 40 ZEQ.", e => Signed(e with { ValueZqt = 0, PaidFundedZqt = 0 }) },
        { "The coin's free and paid parts are not those of its share.", e => Signed(e with { FreeFundedZqt = 1 }) },
        { "The coin's free and paid parts are not those of its share.", e => Signed(e with { PaidFundedZqt = e.PaidFundedZqt - 1 }) },
        { "The coin's home is another one.", e => Signed(e with { HomeOrigin = TestHome.There }) },
        { "The coin's token_hash is not that of its own fields.", e => Signed(e with { TokenHash = Zeros }) },
        { "The coin's token_id is not that of its own hash.", e => Signed(e with { TokenId = TokenId.Of(e.Machine, e.Minted, Zeros) }) },
        { "The coin names another node key than the home's.", e => e with { NodePubkey = Zeros } },
        { "The coin's node_sig is not the home's signature of its claim.", e => e with { NodeSig = Zeros + Zeros } },
        { "The coin's value is not its share of what the compute minted.", e => Signed(e with { ValueZqt = e.ValueZqt - 1, PaidFundedZqt = e.PaidFundedZqt - 1 }) },
        { "The coin's status is unknown.", e => e with { Status = (EnvelopeStatus)5 } },
        { "The coin is staked in a vote that does not exist.", e => e with { StakedIn = "vote-1" } },
        { "A bearer coin has a holder at another home.", e => e with { HolderOrigin = TestHome.There, Status = EnvelopeStatus.Bearer } },
        { "The coin's holder is no account of this home.", e => e with { IssuedTo = Zid.FromNumber(3) } },
        { "The coin's holder is a system ZID that holds nothing.", e => e with { IssuedTo = Zid.System } },
        { "The coin's height is not that of its last move.", e => e with { SpendSeq = e.SpendSeq + 1 } },
        { "The coin's holder is not the one that its last move went to.", e => e with { IssuedTo = Zid.FromNumber(2) } },
        { "The coin's holder is not the one that its last move went to.", e => e with { HolderOrigin = TestHome.There } },

        // A coin of no known status counts nowhere; the counters, which it does not touch, are silent about it.
        { "Active, bearer, burned and migrated values do not add up to what was minted.", e => e with { Status = (EnvelopeStatus)5 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Coins))]
    public Task A_damaged_coin_is_named_for_its_own_reason(string reason, Func<Envelope, Envelope> damage) =>
        FindsAsync(reason, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Local, damage));

    public static TheoryData<string, Func<Move, Move>> Moves => new()
    {
        { "The move's height does not follow the one before.", m => m with { SpendSeq = m.SpendSeq + Move.EpochStep } },
        { "The move does not start at the holder that the one before ended at.", m => m with { From = Zid.FromNumber(2) } },
        { "The move does not start at the holder that the one before ended at.", m => m with { FromOrigin = TestHome.There } },
        { "The move was not made by a right that its kind asks for.", m => m with { Means = MoveMeans.Ticket } },
        { "The move's chain row has another hash.", m => m with { RowOut = m.RowOut with { StateHash = Zeros } } },
        { "The move's chain row is earlier than the move.", m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "The move's chain row holds another payload.", m => m with { Zeqond = new Zeqond(m.Zeqond.Value - 1) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Moves))]
    public Task A_damaged_move_is_named_for_its_own_reason(string reason, Func<Move, Move> damage) =>
        FindsAsync(reason, (store, story) => store.Change(Move.Table, m => m.TokenId == story.Local && m.SpendSeq == 1, damage));

    public static TheoryData<string, Func<ComputeRow, ComputeRow>> Computes => new()
    {
        { "Free, burn and paid fuel do not add up to the compute's cost.", c => c with { Funding = new Funding(3, 0, 8) } },
        { "Free, burn and paid fuel do not add up to the compute's cost.", c => c with { Funding = new Funding(-1, 0, 11) } },
        { "The compute's mint is not what its cost and precision are worth.", c => c with { MintValue = c.MintValue + 1 } },
        { "The compute's chain row has another hash.", c => c with { Row = c.Row with { StateHash = Zeros } } },
        { "The compute's chain row holds another payload.", c => c with { Unit = "J" } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Computes))]
    public Task A_damaged_compute_is_named_for_its_own_reason(string reason, Func<ComputeRow, ComputeRow> damage) =>
        FindsAsync(reason, (store, story) => store.Change(ComputeRow.Table, c => c.ComputeId == story.Split.ComputeId, damage));

    [Theory]
    [InlineData("transfer_out", "The move's chain row is not the home's row of such a move.")]
    [InlineData("transfer_out", "A caller wrote a row that only the home writes; it is no system row.")]
    [InlineData("compute", "The compute's chain row is not the home's row of a compute.")]
    [InlineData("compute", "A caller wrote a row that only the home writes; it is no system row.")]
    public Task A_callers_row_stands_for_no_row_of_the_home(string type, string reason) => FindsAsync(
        reason, (store, story) => store.Change(ChainRow.Table, r => r.Slug == story.Anna.OwnMachine && r.Type == type, r => r with { Flags = "c0" }));

    [Fact]
    public Task A_charge_is_its_computes_funding() => FindsAsync("The charge is not the compute's funding.", (store, story) =>
        store.Change(CreditMove.Table, m => m.Reference == story.Split.ComputeId, m => m with { Paid = m.Paid + 1 }));

    [Fact]
    public Task Pools_are_the_sum_of_their_moves() => FindsAsync("The pools are not the sum of their moves.", (store, story) =>
        store.Change(FuelPool.Table, p => p.Zid == story.Anna, p => p with { Burn = p.Burn + 1 }));

    [Fact]
    public Task Paid_fuel_has_its_grant() => FindsAsync("The paid fuel has no grant.", (store, _) =>
        store.Remove(CreditGrant.Table, g => g.Reference == "payment-2"));

    [Fact]
    public Task Fuel_is_never_below_zero_in_between() => FindsAsync("The move of fuel takes more than the pool held.", (store, _) =>
        store.Change(CreditMove.Table, m => m.Reference == "payment-2", m => m with { Paid = -1 }));

    [Fact]
    public Task A_claim_is_on_another_homes_coin() => FindsAsync("The claim is on a coin of this home.", (store, story) =>
        store.Change(ClaimRow.Table, c => c.TokenId == story.Held, c => c with { HomeOrigin = Here }));

    [Fact]
    public Task A_step_asks_another_home() => FindsAsync("The step asks this home itself.", (store, story) =>
        store.Change(PeerStep.Table, p => p.TokenId == story.Held, p => p with { HomeOrigin = Here }));

    private static Envelope Signed(Envelope coin)
    {
        using var keys = new HomeKeys(new byte[32], Here);
        return coin with { NodeSig = keys.Sign(EnvelopeClaim.Of(coin).SignedBytes()) };
    }

    private static async Task FindsAsync(string reason, Action<DamagedStore, Story> damage)
    {
        AuditReport report = await AuditorTests.DamageAsync(damage);
        Assert.True(report.Findings.Any(f => f.Reason == reason), "Found instead: " + string.Join("; ", report.Findings));
    }
}
