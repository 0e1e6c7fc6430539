namespace Zeq.Protocol.Tests;

public class AuditorTests
{
    private const long MoveHeight = Move.EpochStep + 3;

    [Fact]
    public async Task A_sound_home_has_no_finding()
    {
        (TestHome home, _) = await TestHome.WithStoryAsync();
        await using (home)
        {
            AuditReport report = await home.AuditAsync();
            Assert.Empty(report.Findings);
            Assert.True(report.Ok);
            Assert.Equal(6, report.Counts.Envelopes);
            Assert.Equal(5, report.Counts.Computes);
            Assert.Equal(2, report.Counts.Accounts);
            Assert.Equal(3, report.Counts.Chains);
            Assert.Equal(18, report.Counts.Moves);
        }
    }

    [Fact]
    public async Task A_copy_is_as_sound_as_its_store()
    {
        (TestHome home, _) = await TestHome.WithStoryAsync();
        await using (home)
        {
            Assert.Empty((await Auditor.RunAsync(await DamagedStore.CopyAsync(home.Store))).Findings);
        }
    }

    [Fact]
    public Task The_store_says_whose_it_is() => FindsAsync("home_meta", "origin", (s, _) => s.Remove(HomeMeta.Table, m => m.Name == "origin"));

    [Fact]
    public async Task Another_key_than_the_expected_one_is_found()
    {
        await using TestHome home = await TestHome.NewAsync();
        AuditReport report = await Auditor.RunAsync(home.Store, new AuditOptions { ExpectedNodePublicKey = new string('c', 64) });
        Assert.Equal("node_public_key", report.Findings[0].Key);
    }

    public static TheoryData<string, Func<Envelope, Envelope>> DamagedCoins => new()
    {
        { "value", e => e with { ValueZqt = e.ValueZqt + 1 } },
        { "value and its part", e => e with { ValueZqt = e.ValueZqt + 1, PaidFundedZqt = e.PaidFundedZqt + 1 } },
        { "value range", e => e with { ValueZqt = 41, PaidFundedZqt = 41 } },
        { "no value", e => e with { ValueZqt = 0, PaidFundedZqt = 0 } },
        { "free part", e => e with { FreeFundedZqt = 1 } },
        { "paid part", e => e with { PaidFundedZqt = 1 } },
        { "hash", e => e with { TokenHash = new string('0', 64) } },
        { "share", e => e with { Share = "migrated" } },
        { "other share", e => e with { Share = EnvelopeClaim.FoundationShare } },
        { "home", e => e with { HomeOrigin = TestHome.There } },
        { "machine", e => e with { Machine = Slug.ZeqSys } },
        { "operators", e => e with { Operators = "KO42,NM20" } },
        { "digest", e => e with { ResultDigest = new string('0', 64) } },
        { "minted by", e => e with { MintedBy = Zid.FromNumber(2) } },
        { "minted at", e => e with { Minted = new Zeqond(e.Minted.Value + 1) } },
        { "proof", e => e with { ZeqProof = new string('0', 64) } },
        { "signature", e => e with { NodeSig = new string('0', 128) } },
        { "key", e => e with { NodePubkey = new string('0', 64) } },
        { "compute", e => e with { ComputeId = new string('0', 64) } },
        { "holder", e => e with { IssuedTo = Zid.FromNumber(2) } },
        { "no such holder", e => e with { IssuedTo = Zid.FromNumber(3) } },
        { "system holder", e => e with { IssuedTo = Zid.System } },
        { "holder's home", e => e with { HolderOrigin = TestHome.There } },
        { "height", e => e with { SpendSeq = e.SpendSeq + 1 } },
        { "status", e => e with { Status = (EnvelopeStatus)5 } },
        { "stake", e => e with { StakedIn = "vote-1" } },
        { "bearer elsewhere", e => e with { HolderOrigin = TestHome.There, Status = EnvelopeStatus.Bearer } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedCoins))]
    public Task A_damaged_coin_is_named(string what, Func<Envelope, Envelope> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("tally_tokens", s => s.Local.Text, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Local, damage));
    }

    [Fact]
    public Task A_missing_coin_leaves_moves() => FindsAsync(
        "moves", s => $"{s.Local.Text}|0", (store, story) => store.Remove(Envelope.Table, e => e.TokenId == story.Local));

    [Fact]
    public Task A_missing_coin_is_missed_by_its_compute() => FindsAsync(
        "computes", s => s.Split.ComputeId, (store, story) => store.Remove(Envelope.Table, e => e.TokenId == story.Foundation));

    public static TheoryData<string, long, Func<Move, Move>> DamagedMoves => new()
    {
        { "mint's kind", 0, m => m with { Kind = MoveKind.Transfer } },
        { "mint's giver", 0, m => m with { From = Zid.FromNumber(2) } },
        { "mint's holder", 0, m => m with { To = Zid.FromNumber(2) } },
        { "mint's time", 0, m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "mint's row", 0, m => m with { RowOut = m.RowOut with { Seq = m.RowOut.Seq + 1 } } },
        { "mint's hash", 0, m => m with { RowOut = m.RowOut with { StateHash = new string('0', 64) } } },
        { "mint's means", 0, m => m with { Means = MoveMeans.Account } },
        { "second mint", 1, m => m with { Kind = MoveKind.Mint } },
        { "unknown kind", 1, m => m with { Kind = (MoveKind)99 } },
        { "kind", 1, m => m with { Kind = MoveKind.Recall } },
        { "means", 1, m => m with { Means = MoveMeans.Ticket } },
        { "giver", 1, m => m with { From = Zid.FromNumber(2) } },
        { "giver's home", 1, m => m with { FromOrigin = TestHome.There } },
        { "taker", 1, m => m with { To = Zid.FromNumber(3) } },
        { "taker's home", 1, m => m with { ToOrigin = TestHome.There } },
        { "time", 1, m => m with { Zeqond = new Zeqond(m.Zeqond.Value - 1) } },
        { "later than its row", 1, m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "proof", 1, m => m with { ProofHash = new string('0', 64) } },
        { "holder's key", 1, m => m with { HolderKey = new string('0', 64) } },
        { "row", 1, m => m with { RowOut = m.RowOut with { Seq = m.RowOut.Seq + 1 } } },
        { "row of nobody", 1, m => m with { RowOut = m.RowOut with { Seq = 999 } } },
        { "row's machine", 1, m => m with { RowOut = m.RowOut with { Slug = "zeq-sys" } } },
        { "row's hash", 1, m => m with { RowOut = m.RowOut with { StateHash = new string('0', 64) } } },
        { "second row", 1, m => m with { RowIn = null } },
        { "second row's hash", 1, m => m with { RowIn = m.RowIn! with { StateHash = new string('0', 64) } } },
        { "epoch's kind", MoveHeight - 1, m => m with { Kind = MoveKind.Transfer } },
        { "epoch's name", MoveHeight - 1, m => m with { ProofHash = null } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedMoves))]
    public Task A_damaged_move_is_named(string what, long height, Func<Move, Move> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("moves", s => $"{s.Local.Text}|{height}", (store, story) => store.Change(Move.Table, m => m.TokenId == story.Local && m.SpendSeq == height, damage));
    }

    public static TheoryData<string, long, Func<Move, Move>> DamagedRemoteMoves => new()
    {
        { "acceptance's key", 2, m => m with { HolderKey = null } },
        { "acceptance's proof", 2, m => m with { ProofHash = null } },
        { "acceptance's means", 2, m => m with { Means = MoveMeans.Ticket } },
        { "ticket's proof", 3, m => m with { ProofHash = null } },
        { "ticket's means", 3, m => m with { Means = MoveMeans.Account } },
        { "row on the home's chain", 3, m => m with { RowOut = m.RowOut with { Slug = "zeq07000000001" } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedRemoteMoves))]
    public Task A_damaged_move_of_a_remote_holder_is_named(string what, long height, Func<Move, Move> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("moves", s => $"{s.Remote.Text}|{height}", (store, story) => store.Change(Move.Table, m => m.TokenId == story.Remote && m.SpendSeq == height, damage));
    }

    [Fact]
    public Task A_gap_in_the_heights_is_found() => FindsAsync(
        "moves", s => $"{s.Local.Text}|2", (store, story) => store.Remove(Move.Table, m => m.TokenId == story.Local && m.SpendSeq == 1));

    [Fact]
    public Task A_missing_mint_is_found() => FindsAsync(
        "moves", s => $"{s.Local.Text}|1", (store, story) => store.Remove(Move.Table, m => m.TokenId == story.Local && m.SpendSeq == 0));

    [Fact]
    public Task A_cut_last_move_is_found() => FindsAsync(
        "tally_tokens", s => s.Local.Text, (store, story) => store.Remove(Move.Table, m => m.TokenId == story.Local && m.SpendSeq > 2));

    [Fact]
    public Task A_coin_without_any_move_is_found() => FindsAsync(
        "tally_tokens", s => s.Foundation.Text, (store, story) => store.Remove(Move.Table, m => m.TokenId == story.Foundation));

    [Fact]
    public Task A_coin_rolled_back_with_its_move_leaves_a_row() => FindsAsync("chain_rows", s => $"{s.Raised.Text[3..17]}|", (store, story) =>
    {
        Move last = store.All(Move.Table).Last(m => m.TokenId == story.Local);
        store.Remove(Move.Table, m => m.TokenId == story.Local && m.SpendSeq == last.SpendSeq);
        store.Change(Envelope.Table, e => e.TokenId == story.Local, e => e with { SpendSeq = 2 });
    });

    public static TheoryData<string, Func<ComputeRow, ComputeRow>> DamagedComputes => new()
    {
        { "id", c => c with { ComputeId = new string('0', 64) } },
        { "machine", c => c with { Machine = Slug.ZeqSys } },
        { "payer", c => c with { Payer = Zid.FromNumber(2) } },
        { "time", c => c with { Zeqond = new Zeqond(c.Zeqond.Value + 1) } },
        { "operators", c => c with { Operators = "KO42" } },
        { "operators' form", c => c with { Operators = "KO42,nm19" } },
        { "digest", c => c with { ResultDigest = new string('0', 64) } },
        { "value", c => c with { Value = "6.25" } },
        { "no value", c => c with { Value = "six" } },
        { "unit", c => c with { Unit = "J" } },
        { "precision", c => c with { PrecisionActual = "0.0002" } },
        { "precision that changes no value", c => c with { PrecisionActual = "0.00025000001" } },
        { "no precision", c => c with { PrecisionActual = "NaN" } },
        { "cost", c => c with { Cost = c.Cost + 1 } },
        { "cost beyond its range", c => c with { Cost = 21, Funding = new Funding(3, 0, 18) } },
        { "funding", c => c with { Funding = new Funding(4, 0, 6) } },
        { "funding beyond all", c => c with { Funding = new Funding(long.MaxValue, 1, long.MaxValue) } },
        { "burn", c => c with { Funding = new Funding(3, 1, 6) } },
        { "mint", c => c with { MintValue = c.MintValue + 1 } },
        { "key", c => c with { KeyPrefix = "zeq_ak_other" } },
        { "proof", c => c with { ZeqProof = new string('0', 64) } },
        { "row", c => c with { Row = c.Row with { Seq = c.Row.Seq + 1 } } },
        { "row's machine", c => c with { Row = c.Row with { Slug = "zeq-sys" } } },
        { "row's hash", c => c with { Row = c.Row with { StateHash = new string('0', 64) } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedComputes))]
    public async Task A_damaged_compute_is_named(string what, Func<ComputeRow, ComputeRow> damage)
    {
        Assert.NotEmpty(what);
        ComputeRow? changed = null;
        await FindsAsync("computes", _ => changed!.ComputeId, (store, story) => changed = store.Change(ComputeRow.Table, c => c.ComputeId == story.Split.ComputeId, damage));
    }

    [Fact]
    public async Task A_missing_compute_is_missed_by_coins_fuel_and_chain()
    {
        AuditReport report = await DamageAsync((store, story) => store.Remove(ComputeRow.Table, c => c.ComputeId == story.Split.ComputeId));
        Assert.Contains(report.Findings, f => f.Table == "tally_tokens");
        Assert.Contains(report.Findings, f => f.Table == "credit_moves");
        Assert.Contains(report.Findings, f => f is { Table: "chain_rows", Reason: "The home's row is of a compute that does not exist." });
        Assert.Contains(report.Findings, f => f.Table == "supply");
    }

    [Fact]
    public async Task A_report_is_bounded()
    {
        (TestHome home, _) = await TestHome.WithStoryAsync();
        await using (home)
        {
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            store.Remove(ComputeRow.Table, _ => true);
            AuditReport report = await Auditor.RunAsync(store, new AuditOptions { MaxFindings = 3 });
            Assert.Equal(3, report.Findings.Count);
            Assert.True(report.FindingCount > 3);
        }
    }

    [Fact]
    public async Task A_row_that_does_not_read_back_is_reported_and_the_rest_is_audited()
    {
        AuditReport report = await DamageAsync((store, story) =>
        {
            store.Spoil(Envelope.Table, e => e.TokenId == story.Local, "issued_to", Cell.Of("nobody"));
            store.Change(FuelPool.Table, p => p.Zid == story.Ben, p => p with { Paid = p.Paid + 1 });
        });
        Assert.Contains(report.Findings, f => f.Table == "tally_tokens" && f.Reason.Contains("does not read back", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Table == "fuel_pools");
    }

    internal static Task FindsAsync(string table, string key, Action<DamagedStore, Story> damage) => FindsAsync(table, _ => key, damage);

    internal static async Task FindsAsync(string table, Func<Story, string> key, Action<DamagedStore, Story> damage)
    {
        Story? told = null;
        AuditReport report = await DamageAsync((store, story) =>
        {
            damage(store, story);
            told = story;
        });
        Assert.False(report.Ok);
        Assert.True(
            report.Findings.Any(f => f.Table == table && (f.Key == key(told!) || (key(told!).EndsWith('|') && f.Key.StartsWith(key(told!), StringComparison.Ordinal)))),
            "Found instead: " + string.Join("; ", report.Findings));
    }

    internal static async Task<AuditReport> DamageAsync(Action<DamagedStore, Story> damage)
    {
        (TestHome home, Story story) = await TestHome.WithStoryAsync();
        await using (home)
        {
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            damage(store, story);
            return await Auditor.RunAsync(store);
        }
    }
}
