namespace Zeq.Protocol.Tests;

/// <summary>What an audit says of exported coins, of coins that left, and of coins that came (spec 10 §9, spec 05 rules 8 and 19).</summary>
public class MigrationAuditTests
{
    [Fact]
    public async Task A_sound_home_has_no_finding() => Assert.Empty((await DamageAsync((_, _) => { })).Findings);

    [Fact]
    public Task An_exported_coin_that_says_active_is_named() => FindsAsync("tally_tokens", s => s.Exported.Text, (store, s) =>
        store.Change(Envelope.Table, e => e.TokenId == s.Exported, e => e with { Status = EnvelopeStatus.Active }));

    [Fact]
    public Task A_coin_that_left_and_says_bearer_is_named() => FindsAsync("tally_tokens", s => s.Left.Text, (store, s) =>
        store.Change(Envelope.Table, e => e.TokenId == s.Left, e => e with { Status = EnvelopeStatus.Bearer }));

    [Fact]
    public Task A_coin_that_left_and_changed_its_holder_is_named() => FindsAsync("tally_tokens", s => s.Left.Text, (store, s) =>
        store.Change(Envelope.Table, e => e.TokenId == s.Left, e => e with { IssuedTo = s.Ben }));

    [Fact]
    public Task An_exported_coin_with_a_holder_elsewhere_is_named() => FindsAsync("tally_tokens", s => s.Exported.Text, (store, s) =>
        store.Change(Envelope.Table, e => e.TokenId == s.Exported, e => e with { HolderOrigin = TestHome.There }));

    public static TheoryData<string, long, Func<Move, Move>> DamagedMoves => new()
    {
        { "export that hands over", 1, m => m with { To = Zid.FromNumber(2) } },
        { "export by a ticket", 1, m => m with { Means = MoveMeans.Bearer } },
        { "no export", 1, m => m with { Kind = MoveKind.Transfer } },
        { "migration at home", 2, m => m with { ToOrigin = Origin.Parse("https://a.example") } },
        { "migration that is a redeem", 2, m => m with { Kind = MoveKind.Redeem } },
        { "migration without a ticket", 2, m => m with { ProofHash = null } },
        { "migration by an account", 2, m => m with { Means = MoveMeans.Account } },
        { "migration elsewhere", 2, m => m with { To = Zid.FromNumber(55) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedMoves))]
    public Task A_damaged_move_is_named(string what, long height, Func<Move, Move> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("moves", s => $"{s.Left.Text}|{height}", (store, s) => store.Change(Move.Table, m => m.TokenId == s.Left && m.SpendSeq == height, damage));
    }

    [Fact]
    public async Task A_coin_that_moved_while_it_was_exported_is_named()
    {
        AuditReport report = await DamageAsync((store, s) =>
            store.Change(Move.Table, m => m.TokenId == s.Redeemed && m.SpendSeq == 2, m => m with { Kind = MoveKind.Transfer, Means = MoveMeans.Account, ProofHash = null }));
        Assert.Contains(report.Findings, f => f.Table == "moves" && f.Reason == "The coin was not in the state that such a move starts from.");
    }

    [Fact]
    public async Task A_coin_that_was_redeemed_without_an_export_is_named()
    {
        AuditReport report = await DamageAsync((store, s) =>
            store.Change(Move.Table, m => m.TokenId == s.Left && m.SpendSeq == 1, m => m with { Kind = MoveKind.Reclaim }));
        Assert.Contains(report.Findings, f => f.Key == $"{report.Findings[0].Key}" && f.Reason == "The coin was not in the state that such a move starts from.");
    }

    public static TheoryData<string, Func<Envelope, Envelope>> DamagedCoins => new()
    {
        { "value", e => e with { ValueZqt = e.ValueZqt + 1 } },
        { "paid part", e => e with { PaidFundedZqt = e.ValueZqt } },
        { "share", e => e with { Share = EnvelopeClaim.UserShare } },
        { "source", e => e with { MigratedFrom = "ZT-far-5-0123456789abcdef@https://c.example" } },
        { "own source", e => e with { MigratedFrom = "ZT-far-5-0123456789abcdef@https://a.example" } },
        { "no source", e => e with { MigratedFrom = null } },
        { "operators", e => e with { Operators = "KO42" } },
        { "compute", e => e with { ComputeId = new string('0', 64) } },
        { "proof", e => e with { ZeqProof = new string('0', 128) } },
        { "digest", e => e with { ResultDigest = new string('0', 64) } },
        { "minted by", e => e with { MintedBy = Zid.FromNumber(1) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedCoins))]
    public Task A_damaged_coin_that_came_is_named(string what, Func<Envelope, Envelope> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("tally_tokens", s => s.Came.Text, (store, s) => store.Change(Envelope.Table, e => e.TokenId == s.Came, damage));
    }

    public static TheoryData<string, Func<MigratedIn, MigratedIn>> DamagedMigrations => new()
    {
        { "value", m => m with { ValueZqt = m.ValueZqt + 1 } },
        { "holder", m => m with { Holder = Zid.FromNumber(2) } },
        { "coin here", m => m with { LocalToken = TokenId.Parse("ZT-far-5-0123456789abcdef") } },
        { "coin there", m => m with { TokenId = TokenId.Parse("ZT-far-5-0123456789abcdef") } },
        { "home", m => m with { HomeOrigin = Origin.Parse("https://a.example") } },
        { "key", m => m with { IssuerKey = new string('1', 64) } },
        { "signature", m => m with { Migration = m.Migration.Replace("\"value_zqt\":6", "\"value_zqt\":7", StringComparison.Ordinal) } },
        { "no migration", m => m with { Migration = "{}" } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedMigrations))]
    public Task A_damaged_migration_is_named(string what, Func<MigratedIn, MigratedIn> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("migrations_in", _ => "", (store, s) => store.Change(MigratedIn.Table, m => m.LocalToken == s.Came, damage));
    }

    [Fact]
    public Task A_missing_migration_is_missed_by_its_coin() => FindsAsync("tally_tokens", s => s.Came.Text, (store, s) =>
        store.Remove(MigratedIn.Table, m => m.LocalToken == s.Came));

    [Fact]
    public Task A_missing_coin_is_missed_by_its_migration() => FindsAsync("migrations_in", _ => "", (store, s) =>
    {
        store.Remove(Envelope.Table, e => e.TokenId == s.Came);
        store.Remove(Move.Table, m => m.TokenId == s.Came);
    });

    [Fact]
    public Task A_counter_that_counts_wrong_is_named() => FindsAsync("issuer_tallies", _ => "https://c.example", (store, _) =>
        store.Change(IssuerTally.Table, _ => true, t => t with { TakenZqt = t.TakenZqt - 1 }));

    [Fact]
    public Task A_missing_counter_is_named() => FindsAsync("issuer_tallies", _ => "https://c.example", (store, _) => store.Remove(IssuerTally.Table, _ => true));

    [Fact]
    public Task A_redeem_that_was_done_without_a_coin_is_named() => FindsAsync("peer_steps", _ => "", (store, _) =>
        store.Change(PeerStep.Table, p => p is { Kind: PeerStepKind.Redeem, Status: PeerStepStatus.Open }, p => p with { Status = PeerStepStatus.Done }));

    [Fact]
    public Task A_redeem_that_is_open_beside_its_coin_is_named() => FindsAsync("peer_steps", _ => "", (store, _) =>
        store.Change(PeerStep.Table, p => p is { Kind: PeerStepKind.Redeem, Status: PeerStepStatus.Done }, p => p with { Status = PeerStepStatus.Open }));

    [Fact]
    public Task A_redeem_of_nothing_is_named() => FindsAsync("peer_steps", _ => "", (store, _) =>
        store.Change(PeerStep.Table, p => p is { Kind: PeerStepKind.Redeem, Status: PeerStepStatus.Done }, p => p with { Receipt = "{}" }));

    public static TheoryData<string, Func<SupplySums, SupplySums>> DamagedSums => new()
    {
        { "bearer", s => s with { Bearer = s.Bearer + 1 } },
        { "migrated out", s => s with { MigratedOut = s.MigratedOut - 1 } },
        { "migrated in", s => s with { MigratedIn = s.MigratedIn + 1 } },
        { "minted", s => s with { Minted = s.Minted + 1 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedSums))]
    public Task A_counter_of_the_supply_that_counts_wrong_is_named(string what, Func<SupplySums, SupplySums> damage)
    {
        Assert.NotEmpty(what);
        return FindsAsync("supply", _ => Supply.Key, (store, _) => store.Change(Supply.Table, _ => true, s => s with { Now = damage(s.Now) }));
    }

    /// <summary>Anna's coins: one exported, one that left, one that Ben redeemed; and one that came from elsewhere, with one more under way.</summary>
    private sealed record Files(Zid Anna, Zid Ben, TokenId Exported, TokenId Left, TokenId Redeemed, TokenId Came);

    private static async Task FindsAsync(string table, Func<Files, string> key, Action<DamagedStore, Files> damage)
    {
        Files? told = null;
        AuditReport report = await DamageAsync((store, files) =>
        {
            damage(store, files);
            told = files;
        });
        Assert.True(
            report.Findings.Any(f => f.Table == table && (key(told!).Length == 0 || f.Key == key(told!))), "Found instead: " + string.Join("; ", report.Findings));
    }

    private static async Task<AuditReport> DamageAsync(Action<DamagedStore, Files> damage)
    {
        using var issuer = new ForeignIssuer();
        await using TestHome home = await TestHome.NewAsync();
        (Zid anna, Zid ben) = (await home.RegisterAsync(1), await home.RegisterAsync(2));
        await home.RunAsync(new GrantFuel(anna, 100, "payment"));
        var tokens = new List<TokenId>();
        var files = new List<ExportResult>();
        for (int i = 0; i < 3; i++)
        {
            tokens.Add((await home.ComputeAsync(anna, 5)).Envelopes[0].TokenId);
            files.Add(await home.RunAsync(new ExportEnvelope(TestHome.CallerOf(anna), tokens[i], HeldOnArrival: true)));
        }

        await home.RunAsync(new MigrateOut(tokens[1], 1, files[1].Ticket, Zid.FromNumber(77), TestHome.There, anna));
        await home.RunAsync(new RedeemEnvelope(TestHome.CallerOf(ben), tokens[2], 1, files[2].Ticket, anna));
        PeerStep step = await home.RunAsync(issuer.Open(TestHome.CallerOf(anna), issuer.Claim(1), issuer.Trusted()));
        MigratedIn came = await home.RunAsync(new SettleRedeem(step.StepId, issuer.Migrate(issuer.Claim(1), anna, home.Context.Origin)));
        await home.RunAsync(issuer.Open(TestHome.CallerOf(anna), issuer.Claim(2), issuer.Trusted()));
        await home.RunAsync(new ExportEnvelope(TestHome.CallerOf(anna), came.LocalToken, HeldOnArrival: true));
        await home.RunAsync(new ReclaimEnvelope(TestHome.CallerOf(anna), came.LocalToken, HeldOnArrival: true));

        DamagedStore store = await DamagedStore.CopyAsync(home.Store);
        damage(store, new Files(anna, ben, tokens[0], tokens[1], tokens[2], came.LocalToken));
        return await Auditor.RunAsync(store);
    }
}
