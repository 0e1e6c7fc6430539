using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class RandomHomeTests
{
    /// <summary>One thing that somebody asks of a home; most of them are refused, which must leave no trace either.</summary>
    private sealed record Ask(int What, int Who, int Whom, int Coin, int Amount, int LaterMs);

    [Fact]
    public void Whatever_is_asked_of_a_home_its_audit_holds() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(
        Gen.ListOf(Asks(), 60).ToArbitrary(), asks => RunAsync([.. asks]).GetAwaiter().GetResult()));

    private static Gen<Ask> Asks() =>
        from what in Gen.Choose(0, 11)
        from who in Gen.Choose(1, 4)
        from whom in Gen.Choose(1, 5)
        from coin in Gen.Choose(0, 30)
        from amount in Gen.Choose(2, 20)
        from later in Gen.Elements(0, 1, 300, 777, 5_000, 90_000_000, -400)
        select new Ask(what, who, whom, coin, amount, later);

    private static async Task<bool> RunAsync(IReadOnlyList<Ask> asks)
    {
        await using TestHome home = await TestHome.NewAsync();
        var coins = new List<TokenId>();
        var tickets = new Dictionary<TokenId, (string Ticket, long SpendSeq)>();
        foreach (Ask ask in asks)
        {
            Zid who = Zid.FromNumber(ask.Who);
            Zid whom = Zid.FromNumber(ask.Whom);
            TokenId? coin = coins.Count > 0 ? coins[ask.Coin % coins.Count] : null;
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
                    Note(tickets, await home.TryAsync(
                        new TransferEnvelope(TestHome.CallerOf(who), token, whom, ask.Amount % 2 == 0 ? TestHome.There : null, HeldOnArrival: true), ask.LaterMs));
                    break;
                case 8 when coin is { } token && tickets.TryGetValue(token, out var held):
                    Note(tickets, await home.TryAsync(
                        new AcceptClaim(token, whom, TestHome.There, TestHome.ThereKey, held.Ticket, TestHome.Name($"a{ask.Amount}"), held.SpendSeq), ask.LaterMs));
                    break;
                case 9 when coin is { } token && tickets.TryGetValue(token, out var ticket):
                    Note(tickets, await home.TryAsync(
                        new TransferClaim(token, whom, who, ask.Amount % 2 == 0 ? TestHome.There : null, ticket.Ticket), ask.LaterMs));
                    break;
                case 10 when coin is { } token:
                    Note(tickets, await home.TryAsync(new RecallEnvelope(TestHome.CallerOf(who), token, WasSender: true), ask.LaterMs));
                    break;
                case 11:
                    await home.TryAsync(new RaiseEpoch(
                        [.. coins.Take(ask.Coin)], [.. Enumerable.Range(1, 4).Select(n => Zid.FromNumber(n))], TestHome.Name($"r{ask.Amount % 3}")), ask.LaterMs);
                    await home.TryAsync(new WriteEvent(TestHome.CallerOf(who), who.OwnMachine, "note", "[1]", null, IsPublicPayload: false), ask.LaterMs);
                    break;
            }
        }

        AuditReport report = await home.AuditAsync();
        Assert.Empty(report.Findings);
        return report.Ok;
    }

    private static KeyDigest Digest(string kind, Zid zid) => new(TestHome.Name(kind + zid.Text), "zeq_ak_" + zid.Text[^5..]);

    private static void Note(Dictionary<TokenId, (string Ticket, long SpendSeq)> tickets, Executed<MoveResult> moved)
    {
        if (moved.Decision is Accepted<MoveResult> { Result: { ClaimTicket: { } ticket } result })
        {
            tickets[result.Coin.TokenId] = (ticket, result.Move.SpendSeq);
        }
    }
}
