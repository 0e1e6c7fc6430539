namespace Zeq.Protocol.Tests;

/// <summary>A home in which coins were burned and staked: what the audit of burns and votes has to tell from damage.</summary>
/// <param name="Anna">Who burned, staked, and computed with burn credits.</param>
/// <param name="Ben">The other voter.</param>
/// <param name="Burned">A coin of the burn, the first by name.</param>
/// <param name="Burn">The burn of two coins.</param>
/// <param name="Work">The compute that burn credits paid for.</param>
/// <param name="Open">A vote that is open, with a stake of each.</param>
/// <param name="Staked">Anna's coin in it.</param>
/// <param name="Closed">A vote that is closed, whose coin went to Ben since and votes again.</param>
/// <param name="Moved">That coin.</param>
public sealed record ValveStory(Zid Anna, Zid Ben, TokenId Burned, BurnRow Burn, ComputeRow Work, Vote Open, TokenId Staked, Vote Closed, TokenId Moved)
{
    public static async Task<(TestHome Home, ValveStory Story)> TellAsync()
    {
        TestHome home = await TestHome.NewAsync();
        Zid anna = await home.RegisterAsync(1);
        Zid ben = await home.RegisterAsync(2);
        await home.RunAsync(new GrantFuel(anna, 200, "payment-1"));
        await home.ComputeAsync(anna, 3);
        var coins = new List<TokenId>();
        for (int i = 0; i < 5; i++)
        {
            coins.Add(Assert.Single((await home.ComputeAsync(anna, 5 + i)).Envelopes).TokenId);
        }

        BurnResult burn = await home.RunAsync(new BurnEnvelopes(TestHome.CallerOf(anna), [coins[0], coins[1]], new HashSet<TokenId>()));
        ComputeResult work = await home.ComputeAsync(anna, 4);
        Assert.Equal(4, work.Compute.Funding.Burn);
        long now = work.Compute.Zeqond.Value;
        Vote closed = await home.RunAsync(new CreateVote(TestHome.CallerOf(anna), "Closed?", ["yes", "no"], new Zeqond(now + 20)));
        Vote open = await home.RunAsync(new CreateVote(TestHome.CallerOf(ben), "Open?", ["a", "b", "c"], new Zeqond(now + 1_000_000)));
        await CastAsync(anna, closed, "no", coins[2]);
        await home.TryAsync(new ClaimDailyFuel(anna), laterMs: 30_000);
        await home.SendAsync(anna, coins[2], ben, null);
        await CastAsync(anna, open, "c", coins[3], coins[4]);
        await home.RunAsync(new WithdrawBallots(TestHome.CallerOf(anna), open.Id, [coins[3], coins[4]]));
        await CastAsync(anna, open, "b", coins[3]);
        await CastAsync(ben, open, "a", coins[2]);
        return (home, new ValveStory(anna, ben, burn.Coins[0].TokenId, burn.Burn, work.Compute, open, coins[3], closed, coins[2]));

        Task CastAsync(Zid who, Vote vote, string option, params TokenId[] tokens) =>
            home.RunAsync(new CastBallot(TestHome.CallerOf(who), vote.Id, option, tokens, tokens.ToHashSet(), 0));
    }

    /// <summary>The audit of a copy that a test has damaged: its first finding is the damaged row.</summary>
    internal static async Task FindsFirstAsync(string table, Func<ValveStory, string> key, Action<DamagedStore, ValveStory> damage)
    {
        (TestHome home, ValveStory story) = await TellAsync();
        await using (home)
        {
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            damage(store, story);
            AuditReport report = await Auditor.RunAsync(store);
            Assert.False(report.Ok);
            Assert.True((report.Findings[0].Table, report.Findings[0].Key) == (table, key(story)), "Found instead: " + string.Join("; ", report.Findings));
        }
    }

    /// <summary>The audit of a damaged copy names a row for a reason.</summary>
    internal static async Task FindsAsync(string reason, Action<DamagedStore, ValveStory> damage)
    {
        (TestHome home, ValveStory story) = await TellAsync();
        await using (home)
        {
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            damage(store, story);
            AuditReport report = await Auditor.RunAsync(store);
            Assert.True(report.Findings.Any(f => f.Reason == reason), "Found instead: " + string.Join("; ", report.Findings));
        }
    }
}
