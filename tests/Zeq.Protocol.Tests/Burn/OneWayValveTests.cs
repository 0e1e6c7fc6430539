using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>
/// No path turns burn credits back into value (spec 10 §7), whatever is asked in whatever order. The most that anybody could ever hold is
/// twice the free and paid fuel plus the coins in circulation: only gifts of fuel raise it, by twice their amount, and a burn lowers it by
/// what it takes. Burn credits count nothing in it, so they never come back.
/// </summary>
public class OneWayValveTests
{
    private const int People = 3;
    private static readonly Origin B = Origin.Parse("https://b.example");

    private sealed record Step(int Kind, int Who, int To, int Pick, int Amount);

    [Fact]
    public void Burn_credits_never_become_value_again()
    {
        (int burns, int spent, int ballots) = (0, 0, 0);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(80), Prop.ForAll(Gen.ListOf(Steps(), 80).ToArbitrary(), steps =>
        {
            (int b, int s, int v) = RunAsync([.. steps]).GetAwaiter().GetResult();
            (burns, spent, ballots) = (burns + b, spent + s, ballots + v);
            return true;
        }));
        Assert.True(burns > 50 && spent > 50 && ballots > 50, $"{burns} burns, {spent} computes with burn credits and {ballots} ballots are too few to say something");
    }

    private static Gen<Step> Steps() =>
        from kind in Gen.Frequency((2, Gen.Choose(0, 4)), (3, Gen.Choose(5, 8)), (1, Gen.Choose(9, 12)))
        from who in Gen.Choose(1, People)
        from to in Gen.Choose(1, People)
        from pick in Gen.Choose(0, 255)
        from amount in Gen.Choose(2, 20)
        select new Step(kind, who, to, pick, amount);

    private static async Task<(int Burns, int Spent, int Ballots)> RunAsync(IReadOnlyList<Step> steps)
    {
        await using World a = await World.StartAsync(freeCredits: 7);
        for (int i = 1; i <= People; i++)
        {
            await a.RegisterAsync(i);
            await a.AcceptedAsync(new GrantFuel(Zid.FromNumber(i), 40, $"start {i}"));
            await a.AcceptedAsync(new ChargeCompute(World.CallerOf(i), Zid.FromNumber(i).OwnMachine, World.Work($"coin {i}", 8), FundingLimit.Paid));
        }

        Vote vote = await VoteTests.OpenAsync(a, World.CallerOf(1), 150);
        int n = 0;
        foreach (Step step in steps)
        {
            (Int128 most, long given, long burned) = (Most(a), Given(a), Burned(a));
            await TryAsync(a, vote.Id, step, n++);
            Assert.True(Most(a) <= most + (2 * (Given(a) - given)) - (Burned(a) - burned), $"{step} made value");
            Assert.Equal(a.Store.All(BurnRow.Table).Sum(b => b.Credited), a.Store.All(CreditMove.Table).Where(m => m.Burn > 0).Sum(m => m.Burn));
            Assert.Equal(Burned(a), a.Store.All(BurnRow.Table).Sum(b => b.SumValueZqt));
        }

        Script.CheckInvariants(a);
        var spent = a.Store.All(ComputeRow.Table).Where(c => c.Funding.Burn > 0).ToList();
        Assert.All(spent, c => Assert.DoesNotContain(a.Store.All(Envelope.Table), e => e.ComputeId == c.ComputeId));
        Assert.Equal(
            a.Store.All(VoteStake.Table).Sum(s => s.ValueZqt), a.Store.All(Vote.Table).Sum(v => v.WeightList.Sum()));
        return (a.Store.All(BurnRow.Table).Count, spent.Count, a.Store.All(ChainRow.Table).Count(r => r.Type == VoteStake.ChainRowType));
    }

    private static Task TryAsync(World a, VoteId vote, Step s, int n)
    {
        Caller who = World.CallerOf(s.Who);
        Zid to = Zid.FromNumber(s.To);
        IReadOnlyList<Envelope> all = a.Store.All(Envelope.Table);
        TokenId any = all[s.Pick % all.Count].TokenId;
        TokenId[] mine = [.. all.Where((e, i) => e.IssuedTo == who.Zid && ((s.Pick >> (i % 8)) & 1) == 1).Select(e => e.TokenId).DefaultIfEmpty(any)];
        string ticket = ClaimTicket.Of(a.Context.Keys.ClaimTicket, any, a.Coin(any).IssuedTo, a.Coin(any).SpendSeq);
        return s.Kind switch
        {
            0 => a.Home.ExecuteAsync(new GrantFuel(to, s.Amount, $"grant {s.Pick}")),
            1 => a.Home.ExecuteAsync(new ClaimDailyFuel(who.Zid)),
            2 => a.Home.ExecuteAsync(new TransferEnvelope(who, any, to, null, true)),
            3 => a.Home.ExecuteAsync(new TransferEnvelope(who, any, to, B, true)),
            4 => a.Home.ExecuteAsync(new TransferClaim(any, a.Coin(any).IssuedTo, to, null, ticket)),
            5 => a.Home.ExecuteAsync(Compute(who, s, n, FundingLimit.All)),
            6 => a.Home.ExecuteAsync(Compute(who, s, n, (FundingLimit)(1 + (s.Pick % 7)))),
            7 => a.Home.ExecuteAsync(BurnEnvelopesTests.Burn(who, mine)),
            8 => a.Home.ExecuteAsync(BurnEnvelopesTests.Burn(who, [any])),
            9 => a.Home.ExecuteAsync(VoteTests.Cast(who, vote, s.Pick % 2 == 0 ? "a" : "b", mine)),
            10 => a.Home.ExecuteAsync(new WithdrawBallots(who, vote, [.. all.Select(e => e.TokenId)])),
            11 => a.Home.ExecuteAsync(new RecallEnvelope(who, any, true)),
            _ => Task.Run(() => a.Time.PassZeqonds(s.Amount)),
        };
    }

    private static ChargeCompute Compute(Caller who, Step s, int n, FundingLimit limit) =>
        new(who, who.Zid.OwnMachine, World.Work($"work {n}", s.Amount, s.Pick % 2 * 0.00025), limit);

    private static Int128 Most(World a) => (2 * (Int128)a.Store.All(FuelPool.Table).Sum(p => p.Free + p.Paid))
        + a.Store.All(Envelope.Table).Where(e => e.Status is EnvelopeStatus.Active or EnvelopeStatus.Bearer).Sum(e => e.ValueZqt);

    private static long Given(World a) =>
        a.Store.All(CreditMove.Table).Where(m => m.Reason is CreditReason.Register or CreditReason.Claim or CreditReason.Grant).Sum(m => m.Free + m.Paid);

    private static long Burned(World a) => a.Store.All(Envelope.Table).Where(e => e.Status == EnvelopeStatus.Burned).Sum(e => e.ValueZqt);
}
