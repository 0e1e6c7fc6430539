using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>Whatever people of two homes do with files, in whatever order and however often: no value is made, and none is lost.</summary>
public class TwoHomesValueTests
{
    private sealed record Ask(int What, int Home, int Who, int Coin);

    private sealed record File(World Home, BearerCoin Coin);

    [Fact]
    public void Value_is_conserved_over_both_homes() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Gen.ListOf(Asks(), 120).ToArbitrary(), asks => RunAsync([.. asks]).GetAwaiter().GetResult()));

    private static Gen<Ask> Asks() =>
        from what in Gen.Frequency((1, Gen.Constant(0)), (12, Gen.Choose(1, 7)))
        from home in Gen.Choose(0, 1)
        from who in Gen.Choose(1, 3)
        from coin in Gen.Choose(0, 40)
        select new Ask(what, home, who, coin);

    private static async Task<bool> RunAsync(IReadOnlyList<Ask> asks)
    {
        await using World a = await World.StartAsync(), b = await World.StartAsync("https://b.example");
        World[] homes = [a, b];
        var keys = new Dictionary<World, TrustedIssuer> { [a] = new(a.Context.Keys.NodePublicKey), [b] = new(b.Context.Keys.NodePublicKey) };
        foreach (World home in homes)
        {
            foreach (int number in (int[])[1, 2, 3])
            {
                await home.RegisterAsync(number);
            }
        }

        long minted = 0;
        int seed = 0;
        var coins = new List<(World Home, TokenId Token)>();
        var files = new List<File>();
        foreach (Ask ask in asks)
        {
            World home = homes[ask.Home], other = homes[1 - ask.Home];
            Caller who = World.CallerOf(ask.Who);
            TokenId? token = coins.Where(coin => coin.Home == home).Select(coin => (TokenId?)coin.Token).ElementAtOrDefault(ask.Coin % Math.Max(1, coins.Count));
            File? file = files.Count > 0 ? files[ask.Coin % files.Count] : null;
            switch (ask.What)
            {
                case 0:
                    Envelope coin = await home.MintAsync(who, $"coin {seed++}");
                    coins.Add((home, coin.TokenId));
                    minted += coin.ValueZqt;
                    break;
                case 1 when token is { } t:
                    if (await TwiceAsync(home, new ExportEnvelope(who, t, true), r => r.Ticket) is { } exported)
                    {
                        files.Add(new File(home, exported.ToBearerCoin()));
                    }

                    break;
                case 2 when token is { } t:
                    await TwiceAsync(home, new ReclaimEnvelope(who, t, true), r => r.Receipt);
                    break;
                case 3 when token is { } t:
                    await TwiceAsync(home, new TransferEnvelope(who, t, Zid.FromNumber(1 + (ask.Coin % 3)), null, true), r => r.Receipt);
                    break;
                case 4 when file is not null:
                    await TwiceAsync(
                        file.Home,
                        new RedeemEnvelope(who, file.Coin.Claim.TokenId, file.Coin.SpendSeq, Convert.ToHexStringLower(file.Coin.Ticket), file.Home.Coin(file.Coin.Claim.TokenId).IssuedTo),
                        r => r.Receipt);
                    break;
                case >= 5 when file is not null:
                    // 5 stops before the issuer is asked, 6 before its answer is settled: a crash, after which somebody may or may not ask again.
                    World at = file.Home == home ? other : home;
                    await RedeemAsync(file, at, who, keys[file.Home], ask.What - 5, coins);
                    break;
            }

            foreach (World world in homes)
            {
                SupplySums sums = world.Sums(orNone: true);
                Assert.True(sums.Active >= 0 && sums.Bearer >= 0);
            }
        }

        // Whatever is open is asked again until it is known.
        foreach (World home in homes)
        {
            World issuer = home == a ? b : a;
            foreach (PeerStep step in await OpenAsync(home))
            {
                await AnswerAsync(step, home, issuer, coins);
            }
        }

        Assert.Equal(minted, homes.Sum(home => home.Sums(orNone: true).InCirculation));
        long live = 0;
        foreach (World home in homes)
        {
            await foreach (Envelope coin in home.Store.QueryAsync(new Query<Envelope>(Envelope.Table)))
            {
                live += coin.Status is EnvelopeStatus.Active or EnvelopeStatus.Bearer ? coin.ValueZqt : 0;
            }
        }

        Assert.Equal(minted, live);
        return true;
    }

    private static async Task<List<PeerStep>> OpenAsync(World home)
    {
        var open = new List<PeerStep>();
        await foreach (PeerStep step in home.Store.QueryAsync(new Query<PeerStep>(PeerStep.Table)))
        {
            if (step.Status == PeerStepStatus.Open)
            {
                open.Add(step);
            }
        }

        return open;
    }

    private static async Task RedeemAsync(File file, World at, Caller who, TrustedIssuer issuer, int until, List<(World Home, TokenId Token)> coins)
    {
        BearerCoin coin = file.Coin;
        var open = new OpenRedeem(who, coin.Claim, coin.NodeSig, coin.NodePubkey, coin.SpendSeq, issuer, 0, coin.Ticket.ToArray());
        PeerStep? step = await TwiceAsync(at, open, s => s.StepId);
        if (step is { Status: PeerStepStatus.Open } && until > 0)
        {
            await AnswerAsync(step, at, file.Home, coins, isSettled: until > 1);
        }
    }

    private static async Task AnswerAsync(PeerStep step, World at, World issuer, List<(World Home, TokenId Token)> coins, bool isSettled = true)
    {
        var migrate = new MigrateOut(step.TokenId, step.SpendSeq, Convert.ToHexStringLower(step.Sealed), step.Zid, at.Origin, issuer.Coin(step.TokenId).IssuedTo);
        Migration? migration = await TwiceAsync(issuer, migrate, m => m);
        if (!isSettled)
        {
            return;
        }

        if (migration is null)
        {
            await at.AcceptedAsync(new RefuseRedeem(step.StepId, issuer.Origin, new Rejection(RejectionCode.Superseded, "No.")));
        }
        else if (await TwiceAsync(at, new SettleRedeem(step.StepId, migration), m => m) is { } minted)
        {
            coins.Add((at, minted.LocalToken));
        }
    }

    /// <summary>The result of a command that was accepted; asked again it says the same.</summary>
    private static async Task<T?> TwiceAsync<T>(World home, Command<T> command, Func<T, object> what)
        where T : class
    {
        home.Time.PassZeqonds(1);
        if ((await home.Home.ExecuteAsync(command)).Decision is not Accepted<T> { Result: var first })
        {
            return null;
        }

        T second = await home.UnchangedAsync(command);
        Assert.Equal(what(first), what(second));
        return first;
    }
}
