namespace Zeq.Protocol.Tests;

public class ClaimAuditTests
{
    private static string Held(Story s) => ClaimRow.KeyOf(TestHome.There, s.Held, s.Anna);

    public static TheoryData<string, Func<ClaimRow, ClaimRow>> DamagedClaims => new()
    {
        { "value", c => c with { ValueZqt = 0 } },
        { "height", c => c with { SpendSeq = c.SpendSeq + 1 } },
        { "height below its acceptance", c => c with { SpendSeq = 1 } },
        { "status", c => c with { Status = (ClaimStatus)9 } },
        { "in flight without a step", c => c with { Status = ClaimStatus.InFlight } },
        { "spent without a step", c => c with { Status = ClaimStatus.Spent } },
        { "acceptance", c => c with { Acceptance = "{}" } },
        { "no acceptance", c => c with { Acceptance = "nothing" } },
        { "another's acceptance", c => c with { Acceptance = c.Payment } },
        { "payment", c => c with { Payment = c.Acceptance } },
        { "half a publication", c => c with { PublishedSeq = null } },
        { "publication", c => c with { PublishedSeq = 1 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedClaims))]
    public Task A_damaged_claim_is_named(string what, Func<ClaimRow, ClaimRow> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("claims", Held, (store, story) => store.Change(ClaimRow.Table, c => c.TokenId == story.Held, damage));
    }

    [Fact]
    public async Task A_claim_of_nobody_is_named()
    {
        await AuditorTests.FindsAsync("claims", s => ClaimRow.KeyOf(TestHome.There, s.Held, Zid.FromNumber(3)), (store, story) =>
            store.Change(ClaimRow.Table, c => c.TokenId == story.Held, c => c with
            {
                Holder = Zid.FromNumber(3),
                Acceptance = c.Acceptance.Replace(story.Anna.Text, "ZEQ07000000003", StringComparison.Ordinal),
                Payment = c.Payment.Replace(story.Anna.Text, "ZEQ07000000003", StringComparison.Ordinal),
            }));
    }

    [Fact]
    public Task A_missing_ticket_is_missed() => AuditorTests.FindsAsync("claims", Held, (store, story) =>
        store.Remove(SealedSecret.Table, s => s.Name == ClaimRow.TicketName(TestHome.There, story.Held)));

    [Fact]
    public Task A_ticket_of_another_height_is_missed() => AuditorTests.FindsAsync("claims", Held, (store, story) =>
        store.Change(SealedSecret.Table, s => s.Name == ClaimRow.TicketName(TestHome.There, story.Held), s => s with { Version = 1 }));

    [Fact]
    public Task An_empty_ticket_is_missed() => AuditorTests.FindsAsync("claims", Held, (store, story) =>
        store.Change(SealedSecret.Table, s => s.Name == ClaimRow.TicketName(TestHome.There, story.Held), s => s with { Sealed = [] }));

    [Fact]
    public Task A_claim_in_flight_has_an_open_step() => AuditorTests.FindsAsync(
        "claims", s => ClaimRow.KeyOf(TestHome.There, s.Flying, s.Anna), (store, story) => store.Remove(PeerStep.Table, p => p.TokenId == story.Flying && p.Kind == PeerStepKind.Transfer));

    [Fact]
    public Task An_open_step_has_its_claim_in_flight() => AuditorTests.FindsAsync("peer_steps", Flying, (store, story) =>
        store.Change(ClaimRow.Table, c => c.TokenId == story.Flying, c => c with { Status = ClaimStatus.Held }));

    [Fact]
    public Task A_done_import_has_its_claim() => AuditorTests.FindsAsync(
        "peer_steps", s => PeerStep.IdOf(PeerStepKind.Import, TestHome.There, s.Held, 1, s.Anna), (store, story) => store.Remove(ClaimRow.Table, c => c.TokenId == story.Held));

    public static TheoryData<string, Func<PeerStep, PeerStep>> DamagedSteps => new()
    {
        { "height", p => p with { SpendSeq = 9 } },
        { "status", p => p with { Status = (PeerStepStatus)9 } },
        { "kind", p => p with { Kind = (PeerStepKind)9 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedSteps))]
    public Task A_damaged_step_is_named(string what, Func<PeerStep, PeerStep> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("peer_steps", Flying, (store, story) => store.Change(PeerStep.Table, p => p.StepId == Flying(story), damage));
    }

    private static string Flying(Story s) => PeerStep.IdOf(PeerStepKind.Transfer, TestHome.There, s.Flying, 2, s.Anna);
}
