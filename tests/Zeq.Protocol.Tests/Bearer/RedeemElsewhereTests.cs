namespace Zeq.Protocol.Tests;

/// <summary>A coin of another home, redeemed here: what may be minted, and how often (spec 05 rule 8).</summary>
public class RedeemElsewhereTests
{
    [Fact]
    public async Task One_coin_of_the_same_value_is_minted_once()
    {
        using var c = new ForeignIssuer();
        await using World b = await World.StartAsync("https://b.example");
        Caller bob = await b.RegisterAsync(1);
        EnvelopeClaim claim = c.Claim(1);
        PeerStep step = await b.AcceptedAsync(c.Open(bob, claim, c.Trusted()));
        Assert.Equal(step, await b.UnchangedAsync(c.Open(bob, claim, c.Trusted())));
        Assert.Equal(step, await b.UnchangedAsync(c.Open(bob, claim, null)));
        Migration left = c.Migrate(claim, bob.Zid, b.Origin);
        MigratedIn minted = await b.AcceptedAsync(new SettleRedeem(step.StepId, left));
        Envelope coin = b.Coin(minted.LocalToken);
        Assert.Equal((6, 0, 0, "migrated", Zid.System, bob.Zid, 0), (coin.ValueZqt, coin.FreeFundedZqt, coin.PaidFundedZqt, coin.Share, coin.MintedBy, coin.IssuedTo, coin.SpendSeq));
        Assert.Equal((left.Source, left.Digest, left.Signature, ""), (coin.MigratedFrom, coin.ResultDigest, coin.ZeqProof, coin.Operators));
        Assert.True(EnvelopeProof.Verify(EnvelopeClaim.Of(coin), coin.NodeSig, b.Context.Keys.NodePublicKey));
        EnvelopeClaim signed = EnvelopeClaim.Of(coin);
        Assert.True(signed.HasForm());
        Assert.All(
            (EnvelopeClaim[])
            [
                signed with { MintedBy = bob.Zid }, signed with { Operators = ["KO42"] }, signed with { FreeFundedZqt = 1 }, signed with { PaidFundedZqt = 6 },
                signed with { MigratedFrom = $"{claim.TokenId}@{b.Origin}" }, signed with { MigratedFrom = "x" }, signed with { ZeqProof = World.Hash("proof") }, signed with { MigratedFrom = null },
            ],
            other => Assert.False(other.HasForm()));
        Assert.Equal(("mint", "s0"), (b.Row(bob).Type, b.Row(bob).Flags));
        Assert.Equal((6, 6, 6), (b.Sums().Minted, b.Sums().MigratedIn, b.Sums().Active));

        b.Time.PassZeqonds(3);
        Assert.Equal(minted, await b.UnchangedAsync(new SettleRedeem(step.StepId, left)));
        Assert.Equal(PeerStepStatus.Done, (await b.UnchangedAsync(c.Open(bob, claim, c.Trusted()))).Status);

        // Neither another copy nor another caller gets it a second time, not even with a second migration of a home that signs two.
        Caller dora = await b.RegisterAsync(2);
        Assert.Equal(RejectionCode.AlreadyMigrated, await b.RefusedAsync(c.Open(dora, claim, c.Trusted())));
        Assert.Equal(RejectionCode.AlreadyMigrated, await b.RefusedAsync(c.Open(bob, claim, c.Trusted(), height: 3)));
    }

    [Fact]
    public async Task A_home_that_signs_two_migrations_of_one_coin_gets_one_minted()
    {
        using var c = new ForeignIssuer();
        await using World b = await World.StartAsync("https://b.example");
        (Caller bob, Caller dora) = (await b.RegisterAsync(1), await b.RegisterAsync(2));
        EnvelopeClaim claim = c.Claim(1);
        PeerStep first = await b.AcceptedAsync(c.Open(bob, claim, c.Trusted()));
        PeerStep second = await b.AcceptedAsync(c.Open(dora, claim, c.Trusted()));
        await b.AcceptedAsync(new SettleRedeem(first.StepId, c.Migrate(claim, bob.Zid, b.Origin)));
        Assert.Equal(RejectionCode.AlreadyMigrated, await b.RefusedAsync(new SettleRedeem(second.StepId, c.Migrate(claim, dora.Zid, b.Origin))));
        Assert.Equal(12, Taken(b, c));
        await b.AcceptedAsync(new RefuseRedeem(second.StepId, c.Origin, new Rejection(RejectionCode.AlreadyMigrated, "No.")));
        Assert.Equal(6, Taken(b, c));
        await b.UnchangedAsync(new RefuseRedeem(second.StepId, c.Origin, new Rejection(RejectionCode.AlreadyMigrated, "No.")));
        await b.UnchangedAsync(new RefuseRedeem(first.StepId, c.Origin, new Rejection(RejectionCode.AlreadyMigrated, "No.")));
    }

    [Fact]
    public async Task Only_a_trusted_issuers_key_vouches()
    {
        using var c = new ForeignIssuer();
        using var liar = new ForeignIssuer("https://liar.example");
        await using World b = await World.StartAsync("https://b.example");
        Caller bob = await b.RegisterAsync(1);
        EnvelopeClaim claim = c.Claim(1);
        Assert.Equal(RejectionCode.IssuerNotTrusted, await b.RefusedAsync(c.Open(bob, claim, null)));
        Assert.Equal(RejectionCode.InvalidCoin, await b.RefusedAsync(c.Open(bob, claim, liar.Trusted())));
        Assert.Equal(RejectionCode.InvalidCoin, await b.RefusedAsync(c.Open(bob, claim, c.Trusted()) with { Claim = claim with { ValueZqt = 40, PaidFundedZqt = 40 } }));
        Assert.Equal(RejectionCode.InvalidCoin, await b.RefusedAsync(c.Open(bob, c.Claim(1, 41), c.Trusted())));

        // The admin's word stands above the configuration, both ways.
        Assert.Equal(RejectionCode.IssuerNotFound, await b.RefusedAsync(new DistrustIssuer(c.Origin, null)));
        await b.AcceptedAsync(new DistrustIssuer(c.Origin, c.Trusted()));
        Assert.Equal(RejectionCode.IssuerNotTrusted, await b.RefusedAsync(c.Open(bob, claim, c.Trusted())));
        await b.AcceptedAsync(new TrustIssuer(c.Origin, liar.Trusted()));
        Assert.Equal(RejectionCode.InvalidCoin, await b.RefusedAsync(c.Open(bob, claim, c.Trusted())));
        await b.AcceptedAsync(new TrustIssuer(c.Origin, c.Trusted()));
        PeerStep step = await b.AcceptedAsync(c.Open(bob, claim, null));

        // What was begun is finished under the key that it began with.
        await b.AcceptedAsync(new DistrustIssuer(c.Origin, null));
        await b.AcceptedAsync(new SettleRedeem(step.StepId, c.Migrate(claim, bob.Zid, b.Origin)));
        Assert.Equal(RejectionCode.InvalidOrigin, await b.RefusedAsync(new TrustIssuer(b.Origin, c.Trusted())));
        Assert.Equal(RejectionCode.InvalidRequest, await b.RefusedAsync(new TrustIssuer(c.Origin, new TrustedIssuer("00"))));
        Assert.Equal(RejectionCode.InvalidRequest, await b.RefusedAsync(new TrustIssuer(c.Origin, c.Trusted(0))));
    }

    public static TheoryData<string, Func<Migration, Migration>> OtherMigrations => new()
    {
        { "coin", m => m with { TokenId = TokenId.Parse("ZT-far-5-0123456789abcdef") } },
        { "holder", m => m with { ToZid = Zid.FromNumber(2) } },
        { "home", m => m with { ToOrigin = Origin.Parse("https://d.example") } },
        { "more", m => m with { ValueZqt = 7 } },
        { "less", m => m with { ValueZqt = 5 } },
        { "height", m => m with { OriginSpendSeq = 2 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(OtherMigrations))]
    public async Task A_migration_of_anything_else_mints_nothing(string what, Func<Migration, Migration> change)
    {
        using var c = new ForeignIssuer();
        using var liar = new ForeignIssuer("https://liar.example");
        await using World b = await World.StartAsync("https://b.example");
        Caller bob = await b.RegisterAsync(1);
        EnvelopeClaim claim = c.Claim(1);
        PeerStep step = await b.AcceptedAsync(c.Open(bob, claim, c.Trusted()));
        Assert.True(RejectionCode.InvalidProof == await b.RefusedAsync(new SettleRedeem(step.StepId, c.Migrate(claim, bob.Zid, b.Origin, change: change))), what);
        Assert.Equal(RejectionCode.InvalidProof, await b.RefusedAsync(new SettleRedeem(step.StepId, change(c.Migrate(claim, bob.Zid, b.Origin)))));
        Assert.Equal(RejectionCode.InvalidProof, await b.RefusedAsync(new SettleRedeem(step.StepId, liar.Migrate(claim, bob.Zid, b.Origin, change: m => m with { HomeOrigin = c.Origin }))));
        await b.AcceptedAsync(new SettleRedeem(step.StepId, c.Migrate(claim, bob.Zid, b.Origin)));
    }

    [Fact]
    public async Task The_limit_counts_what_lives_here_and_what_is_under_way()
    {
        using var c = new ForeignIssuer();
        await using World b = await World.StartAsync("https://b.example");
        Caller bob = await b.RegisterAsync(1);
        PeerStep first = await b.AcceptedAsync(c.Open(bob, c.Claim(1), c.Trusted(13)));
        await b.AcceptedAsync(c.Open(bob, c.Claim(2), c.Trusted(13)));
        Assert.Equal(RejectionCode.IssuerLimit, await b.RefusedAsync(c.Open(bob, c.Claim(3), c.Trusted(13))));
        await b.AcceptedAsync(c.Open(bob, c.Claim(4, 1), c.Trusted(13)));
        await b.AcceptedAsync(new RefuseRedeem(first.StepId, c.Origin, new Rejection(RejectionCode.Superseded, "No.")));
        PeerStep third = await b.AcceptedAsync(c.Open(bob, c.Claim(3), c.Trusted(13)));
        await b.AcceptedAsync(new SettleRedeem(third.StepId, c.Migrate(c.Claim(3), bob.Zid, b.Origin)));
        Assert.Equal(RejectionCode.IssuerLimit, await b.RefusedAsync(c.Open(bob, c.Claim(5), c.Trusted(13))));
        Assert.Equal(RejectionCode.IssuerLimit, await b.RefusedAsync(c.Open(bob, c.Claim(5), c.Trusted(13), ended: 5)));
        await b.AcceptedAsync(c.Open(bob, c.Claim(5), c.Trusted(13), ended: 6));
        Assert.Equal(19, Taken(b, c));
    }

    [Fact]
    public async Task A_migration_that_comes_after_a_refusal_still_counts()
    {
        using var c = new ForeignIssuer();
        await using World b = await World.StartAsync("https://b.example");
        Caller bob = await b.RegisterAsync(1);
        PeerStep step = await b.AcceptedAsync(c.Open(bob, c.Claim(1), c.Trusted()));
        await b.AcceptedAsync(new RefuseRedeem(step.StepId, c.Origin, new Rejection(RejectionCode.Superseded, "No.")));
        Assert.Equal(0, Taken(b, c));
        await b.AcceptedAsync(new SettleRedeem(step.StepId, c.Migrate(c.Claim(1), bob.Zid, b.Origin)));
        Assert.Equal((6, 6), (Taken(b, c), b.Sums().MigratedIn));
    }

    [Fact]
    public void A_stored_migration_reads_back_and_nothing_else_does()
    {
        using var c = new ForeignIssuer();
        Migration migration = c.Migrate(c.Claim(1), Zid.FromNumber(1), Origin.Parse("https://b.example"));
        string json = migration.ToJson();
        Assert.True(Migration.TryRead(json, out Migration? read));
        Assert.Equal(migration, read);
        Assert.False(Migration.TryRead(json.Replace("\"kind\"", "\"extra\":1,\"kind\"", StringComparison.Ordinal), out _));
        Assert.False(Migration.TryRead(json.Replace("zeq-migration/v1", "zeq-migration/v2", StringComparison.Ordinal), out _));
        Assert.False(Migration.TryRead(json[..^1], out _));
        Assert.True(Migration.TryParseSource(migration.Source, out TokenId token, out Origin home) && token == migration.TokenId && home == c.Origin);
        Assert.False(Migration.TryParseSource("@" + c.Origin.Text, out _, out _));
        Assert.False(Migration.TryParseSource(migration.TokenId.Text, out _, out _));
    }

    private static long Taken(World world, ForeignIssuer issuer) => world.Store.Find(IssuerTally.Table, issuer.Origin.Text)!.TakenZqt;
}
