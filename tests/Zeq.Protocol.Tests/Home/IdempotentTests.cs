using System.Text;

namespace Zeq.Protocol.Tests;

public class IdempotentTests
{
    private static readonly string Scope = World.Hash("scope"), Request = World.Hash("request");

    [Fact]
    public async Task The_same_key_and_body_answer_the_first_result_and_do_nothing_twice()
    {
        using var seal = new FieldSeal(new byte[32]);
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        Idempotent<FuelPool> once = Grant(seal, "order 1");
        IdempotentResult first = await a.AcceptedAsync(once);
        a.Time.PassZeqonds(111_196);
        IdempotentResult again = await a.UnchangedAsync(Grant(seal, "order 2"));
        Assert.Equal((false, true, 201, 201), (first.IsRepeated, again.IsRepeated, first.Status, again.Status));
        Assert.Equal(first.Body, again.Body);
        Assert.Equal(RejectionCode.IdempotencyMismatch, await a.RefusedAsync(once with { RequestHash = World.Hash("another body") }));
        await a.AcceptedAsync(once with { Scope = World.Hash("another caller"), Inner = new GrantFuel(Zid.FromNumber(1), 5, "order 3") });
        Assert.Equal(10, a.Pool(Zid.FromNumber(1)).Paid);

        // After 24 hours it is a new request.
        a.Time.PassZeqonds(1);
        Assert.False((await a.AcceptedAsync(Grant(seal, "order 4"))).IsRepeated);
        Assert.Equal(15, a.Pool(Zid.FromNumber(1)).Paid);
    }

    [Fact]
    public async Task A_kept_answer_is_sealed_for_its_scope()
    {
        using var seal = new FieldSeal(new byte[32]);
        using var other = new FieldSeal(Enumerable.Repeat((byte)1, 32).ToArray());
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        await a.AcceptedAsync(Grant(seal, "order 1"));
        KeptAnswer kept = a.Store.Find(KeptAnswer.Table, Scope)!;
        Assert.DoesNotContain("paid=5", Encoding.Latin1.GetString(kept.Sealed), StringComparison.Ordinal);
        Assert.Equal("paid=5", Encoding.UTF8.GetString(Idempotent<FuelPool>.Open(kept, seal)!));
        Assert.Null(Idempotent<FuelPool>.Open(kept, other));
        Assert.Null(Idempotent<FuelPool>.Open(kept with { Scope = World.Hash("x") }, seal));
        await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(Grant(other, "order 1")));
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        using var seal = new FieldSeal(new byte[32]);
        await using World a = await World.StartAsync();
        Assert.Equal(RejectionCode.ZidNotFound, await a.RefusedAsync(Grant(seal, "order 1")));
        await a.RegisterAsync(1);
        Assert.False((await a.AcceptedAsync(Grant(seal, "order 1"))).IsRepeated);
    }

    [Fact]
    public async Task Answers_are_forgotten_when_their_time_is_over_and_not_before()
    {
        using var seal = new FieldSeal(new byte[32]);
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        await a.AcceptedAsync(Grant(seal, "order 1"));
        Assert.Equal(0, await a.UnchangedAsync(new ForgetAnswers([Scope, World.Hash("none")])));
        a.Time.PassZeqonds(KeptAnswer.LifespanZeqonds);
        Assert.Equal(1, await a.AcceptedAsync(new ForgetAnswers([Scope])));
        Assert.Null(a.Store.Find(KeptAnswer.Table, Scope));
    }

    private static Idempotent<FuelPool> Grant(FieldSeal seal, string reference) => new(
        new GrantFuel(Zid.FromNumber(1), 5, reference), Scope, Request, 201, (pool, _) => Encoding.UTF8.GetBytes($"paid={pool.Paid}"), seal);
}
