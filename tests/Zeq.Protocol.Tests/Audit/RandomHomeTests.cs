using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class RandomHomeTests
{
    /// <summary>One thing that somebody asks of a home; most of them are refused, which must leave no trace either.</summary>
    private sealed record Ask(int What, int Who, int Whom, int Coin, int Amount, int LaterMs);

    [Fact]
    public void Whatever_is_asked_of_a_home_its_audit_holds()
    {
        var seen = new HashSet<MoveKind>();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(
            Gen.ListOf(Asks(), 150).ToArbitrary(), asks => RunAsync([.. asks], seen).GetAwaiter().GetResult()));
        Assert.Equal(Enum.GetValues<MoveKind>().Length, seen.Count);
    }

    private static Gen<Ask> Asks() =>
        from what in Gen.Frequency((1, Gen.Choose(0, 5)), (4, Gen.Choose(6, 10)), (1, Gen.Constant(11)), (3, Gen.Choose(12, 16)), (2, Gen.Choose(17, 20)))
        from who in Gen.Choose(1, 3)
        from whom in Gen.Choose(1, 3)
        from coin in Gen.Choose(0, 30)
        from amount in Gen.Choose(2, 20)
        from later in Gen.Elements(0, 1, 300, 777, 5_000, 90_000_000, -400)
        select new Ask(what, who, whom, coin, amount, later);

    private static async Task<bool> RunAsync(IReadOnlyList<Ask> asks, HashSet<MoveKind> seen)
    {
        await using TestHome home = await TestHome.NewAsync();
        var coins = new List<TokenId>();
        var sent = new List<MoveResult>();
        var files = new List<ExportResult>();
        using var issuer = new ForeignIssuer();
        VoteId? vote = null;
        foreach (int number in (int[])[1, 2])
        {
            // Something to spend, or most asks would be refused for want of it.
            Zid rich = await home.RegisterAsync(number);
            await home.RunAsync(new GrantFuel(rich, 400, $"gift {number}"));
            coins.Add((await home.ComputeAsync(rich, 20)).Envelopes[0].TokenId);
        }

        foreach (Ask ask in asks)
        {
            Zid who = Zid.FromNumber(ask.Who);
            Zid whom = Zid.FromNumber(ask.Whom);
            TokenId? coin = coins.Count > 0 ? coins[^(1 + (ask.Coin % Math.Min(4, coins.Count)))] : null;
            MoveResult? payment = sent.Count > 0 ? sent[^(1 + (ask.Coin % Math.Min(4, sent.Count)))] : null;
            ExportResult? file = files.Count > 0 ? files[^(1 + (ask.Coin % Math.Min(3, files.Count)))] : null;
            bool isHonest = ask.Coin % 3 > 0;
            switch (ask.What)
            {
                case 0:
                    await home.TryAsync(
                        new RegisterIdentity(who, null, null, Digest("a", who), Digest("m", who)), ask.LaterMs);
                    break;
                case 1:
                    await home.TryAsync(new GrantFuel(who, ask.Amount * 3, $"payment {ask.Coin}"), ask.LaterMs);
                    break;
                case 2:
                    await home.TryAsync(new ClaimDailyFuel(who), ask.LaterMs);
                    break;
                case 3 or 4 or 5:
                    Executed<ComputeResult> computed = await home.TryAsync(home.Work(who, ask.Amount, ask.Coin / 30_000.0), ask.LaterMs);
                    coins.AddRange(computed.Decision is Accepted<ComputeResult> { Result: var result } ? result.Envelopes.Select(e => e.TokenId) : []);
                    break;
                case 6 or 7 when coin is { } token:
                    Note(sent, await home.TryAsync(
                        new TransferEnvelope(TestHome.CallerOf(who), token, whom, ask.Amount % 2 == 0 ? TestHome.There : null, HeldOnArrival: true), ask.LaterMs));
                    break;
                case 8 when payment is not null:
                    Note(sent, await home.TryAsync(
                        new AcceptClaim(
                            payment.Coin.TokenId, isHonest ? payment.Move.To : whom, TestHome.There, TestHome.ThereKey, payment.ClaimTicket!,
                            TestHome.Name($"a{ask.Amount}"), payment.Move.SpendSeq),
                        ask.LaterMs));
                    break;
                case 9 when payment is not null:
                    Note(sent, await home.TryAsync(
                        new TransferClaim(
                            payment.Coin.TokenId, isHonest ? payment.Move.To : whom, who, ask.Amount % 2 == 0 ? TestHome.There : null, payment.ClaimTicket!),
                        ask.LaterMs));
                    break;
                case 10 when payment is not null:
                    Note(sent, await home.TryAsync(
                        new RecallEnvelope(TestHome.CallerOf(isHonest ? payment.Move.From : who), payment.Coin.TokenId, WasSender: true), ask.LaterMs));
                    break;
                case 11:
                    await home.TryAsync(new RaiseEpoch(
                        [.. coins.TakeLast(ask.Coin % 8)], [.. Enumerable.Range(1, 3).Select(n => Zid.FromNumber(n))], TestHome.Name($"r{ask.Amount % 3}")), ask.LaterMs);
                    await home.TryAsync(new WriteEvent(TestHome.CallerOf(who), who.OwnMachine, "note", "[1]", null, IsPublicPayload: false), ask.LaterMs);
                    break;
                case 12 when coin is { } token:
                    Executed<ExportResult> exported = await home.TryAsync(new ExportEnvelope(TestHome.CallerOf(who), token, HeldOnArrival: true), ask.LaterMs);
                    files.AddRange(exported.Decision is Accepted<ExportResult> { Result: var one } ? [one] : []);
                    break;
                case 13 when coin is { } token:
                    await home.TryAsync(new ReclaimEnvelope(TestHome.CallerOf(who), token, HeldOnArrival: true), ask.LaterMs);
                    break;
                case 14 when file is not null:
                    await home.TryAsync(new RedeemEnvelope(TestHome.CallerOf(who), file.Coin.TokenId, file.Coin.SpendSeq, file.Ticket, file.Coin.IssuedTo), ask.LaterMs);
                    break;
                case 15 when file is not null:
                    await home.TryAsync(new MigrateOut(file.Coin.TokenId, file.Coin.SpendSeq, file.Ticket, whom, TestHome.There, file.Coin.IssuedTo), ask.LaterMs);
                    break;
                case 16:
                    await RedeemForeignAsync(home, issuer, ask, isHonest);
                    break;
                case 17 when coin is { } token:
                    await home.TryAsync(new BurnEnvelopes(TestHome.CallerOf(who), [.. coins.TakeLast(ask.Coin % 3).Append(token).Distinct()], new HashSet<TokenId>()), ask.LaterMs);
                    break;
                case 18 when ask.Who < 3:
                    long now = DateTimeOffset.UnixEpoch.AddDays(20_000).ToUnixTimeMilliseconds() / KernelConstants.ZeqondMs;
                    Executed<Vote> called = await home.TryAsync(
                        new CreateVote(TestHome.CallerOf(who), "?", ["a", "b"], new Zeqond(now + (ask.Amount * ask.Amount * 100))), ask.LaterMs);
                    vote = called.Decision is Accepted<Vote> { Result: var made } ? made.Id : vote;
                    break;
                case 19 when coin is { } token && vote is { } open:
                    await home.TryAsync(
                        new CastBallot(TestHome.CallerOf(who), open, isHonest ? "a" : "b", [.. coins.TakeLast(ask.Coin % 3).Append(token).Distinct()], new HashSet<TokenId>(), 0), ask.LaterMs);
                    break;
                case 20 when vote is { } open:
                    await home.TryAsync(new WithdrawBallots(TestHome.CallerOf(who), open, coins), ask.LaterMs);
                    break;
            }
        }

        await foreach (Move move in home.Store.QueryAsync(new Query<Move>(Move.Table)))
        {
            seen.Add(move.Kind);
        }

        AuditReport report = await home.AuditAsync();
        Assert.Empty(report.Findings);
        return report.Ok;
    }

    /// <summary>A coin of another home: opened, and then minted, refused, or left open.</summary>
    private static async Task RedeemForeignAsync(TestHome home, ForeignIssuer issuer, Ask ask, bool isHonest)
    {
        EnvelopeClaim claim = issuer.Claim(ask.Coin % 5, 1 + ask.Amount);
        Caller who = TestHome.CallerOf(Zid.FromNumber(ask.Who));
        Executed<PeerStep> opened = await home.TryAsync(issuer.Open(who, claim, issuer.Trusted(60)), ask.LaterMs);
        if (opened.Decision is Accepted<PeerStep> { Result: { Status: PeerStepStatus.Open } step } && ask.Amount % 4 > 0)
        {
            await (isHonest
                ? home.TryAsync(new SettleRedeem(step.StepId, issuer.Migrate(claim, who.Zid, home.Context.Origin)), ask.LaterMs)
                : (Task)home.TryAsync(new RefuseRedeem(step.StepId, issuer.Origin, new Rejection(RejectionCode.Superseded, "No.")), ask.LaterMs));
        }
    }

    private static KeyDigest Digest(string kind, Zid zid) => new(TestHome.Name(kind + zid.Text), "zeq_ak_" + zid.Text[^5..]);

    private static void Note(List<MoveResult> sent, Executed<MoveResult> moved)
    {
        if (moved.Decision is Accepted<MoveResult> { Result: { ClaimTicket: not null } result })
        {
            sent.Add(result);
        }
    }
}
