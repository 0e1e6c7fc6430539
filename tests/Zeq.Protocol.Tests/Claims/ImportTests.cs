using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>The holder's home: its records of what it asked of the coin's home, in every order that a crash can leave.</summary>
public class ImportTests
{
    [Fact]
    public async Task An_import_is_recorded_then_settled_and_held()
    {
        await using var s = await Scene.StartAsync();
        PeerStep step = await s.B.AcceptedAsync(s.Open());
        Assert.Equal((PeerStepStatus.Open, PeerStepKind.Import, s.Receipt.SpendSeq, s.Holder.Zid), (step.Status, step.Kind, step.SpendSeq, step.Zid));
        ClaimRow claim = await s.B.AcceptedAsync(s.Settle());
        Assert.Equal((ClaimStatus.Held, 2L, 6L, false), (claim.Status, claim.SpendSeq, claim.ValueZqt, claim.IsTrusted));
        Assert.Equal(s.Receipt, ReceiptJson.Parse(claim.Payment));
        Assert.Equal(s.Acceptance, ReceiptJson.Parse(claim.Acceptance));
        PeerStep done = s.Step(s.ImportId);
        Assert.Equal((PeerStepStatus.Done, 0), (done.Status, done.Sealed.Length));
        Assert.Equal(2, s.Ticket()!.Version);
        ChainRow row = s.B.Store.Find(ChainRow.Table, s.Holder.Zid.OwnMachine.Text)!;
        Assert.Equal(("claim_imported", "s0"), (row.Type, row.Flags));
    }

    [Fact]
    public async Task A_repeated_import_keeps_the_acceptance_that_may_have_reached_the_home()
    {
        await using var s = await Scene.StartAsync();
        PeerStep first = await s.B.AcceptedAsync(s.Open("first"));
        Assert.Equal(first, await s.B.UnchangedAsync(s.Open("second")));
        Assert.Equal("first", Encoding.UTF8.GetString(s.Step(s.ImportId).Sealed));
        await s.B.AcceptedAsync(s.Settle());
        Assert.Equal(PeerStepStatus.Done, (await s.B.UnchangedAsync(s.Open("third"))).Status);
    }

    [Fact]
    public async Task An_import_settled_twice_is_one_claim_and_one_row()
    {
        await using var s = await Scene.StartAsync();
        await s.B.AcceptedAsync(s.Open());
        ClaimRow claim = await s.B.AcceptedAsync(s.Settle());
        s.B.Time.PassZeqonds(3);
        Assert.Equal(claim, await s.B.UnchangedAsync(s.Settle()));
        Assert.Equal(1, s.B.Store.Find(ChainHead.Table, s.Holder.Zid.OwnMachine.Text)!.Seq);
    }

    [Fact]
    public async Task A_refused_import_is_tried_again_with_its_first_acceptance()
    {
        await using var s = await Scene.StartAsync();
        await s.B.AcceptedAsync(s.Open("first"));
        PeerStep refused = await s.B.AcceptedAsync(s.Refuse(s.ImportId, RejectionCode.InvalidTicket));
        Assert.Equal((PeerStepStatus.Refused, "first"), (refused.Status, Encoding.UTF8.GetString(refused.Sealed)));
        Assert.StartsWith("InvalidTicket|", refused.Refusal, StringComparison.Ordinal);
        Assert.Equal(refused, await s.B.UnchangedAsync(s.Refuse(s.ImportId, RejectionCode.TicketSpent)));
        s.B.Time.PassZeqonds(5);
        PeerStep again = await s.B.AcceptedAsync(s.Open("second"));
        Assert.Equal((PeerStepStatus.Open, "first", refused.Created), (again.Status, Encoding.UTF8.GetString(again.Sealed), again.Created));
        Assert.Null(again.Refusal);
    }

    [Fact]
    public async Task A_late_refusal_does_not_undo_what_was_settled()
    {
        await using var s = await Scene.StartAsync();
        await s.B.AcceptedAsync(s.Open());
        await s.B.AcceptedAsync(s.Settle());
        Assert.Equal(PeerStepStatus.Done, (await s.B.UnchangedAsync(s.Refuse(s.ImportId, RejectionCode.TicketSpent))).Status);
        Assert.Equal(ClaimStatus.Held, s.Claim()!.Status);
    }

    [Fact]
    public async Task An_import_for_nobody_here_is_refused_and_unrecorded_steps_are_bugs()
    {
        await using var s = await Scene.StartAsync();
        Assert.Equal(RejectionCode.RecipientNotFound, await s.B.RefusedAsync(new OpenImport(s.Receipt with { To = Zid.FromNumber(99) }, [1])));
        await Assert.ThrowsAsync<CommandException>(() => s.B.Home.ExecuteAsync(s.Settle()));
        await Assert.ThrowsAsync<CommandException>(() => s.B.Home.ExecuteAsync(s.Refuse(s.ImportId, RejectionCode.TicketSpent)));
        await Assert.ThrowsAsync<CommandException>(() => s.B.Home.ExecuteAsync(new PostponeStep(s.ImportId)));
    }

    [Fact]
    public async Task An_older_import_that_settles_late_leaves_the_newer_claim_alone()
    {
        await using var s = await Scene.StartAsync();
        await s.B.AcceptedAsync(s.Open());
        await s.HeldAgainAsync(height: 6);
        ClaimRow newer = s.Claim()!;
        Assert.Equal(7, newer.SpendSeq);
        Assert.Equal(newer, await s.B.AcceptedAsync(s.Settle()));
        Assert.Equal(newer, s.Claim());
        Assert.Equal(7, s.Ticket()!.Version);
        Assert.Equal(PeerStepStatus.Done, s.Step(s.ImportId).Status);
    }

    [Fact]
    public async Task A_step_that_came_to_nothing_waits_longer_each_time_up_to_8_Zeqonds()
    {
        await using var s = await Scene.StartAsync();
        PeerStep step = await s.B.AcceptedAsync(s.Open());
        Assert.Equal(s.B.Now.Value + 10, step.NextTry.Value);
        foreach (long wait in (long[])[3, 6, 8, 8, 8, 8])
        {
            Assert.Equal(wait, (await s.B.AcceptedAsync(new PostponeStep(s.ImportId))).NextTry.Value - s.B.Now.Value);
        }

        Assert.Equal(6, s.Step(s.ImportId).Attempts);
        await s.B.AcceptedAsync(s.Settle());
        await s.B.UnchangedAsync(new PostponeStep(s.ImportId));
    }

    [Fact]
    public void A_step_is_one_per_kind_coin_height_and_holder_and_never_shows_its_secrets()
    {
        Origin a = Origin.Parse("https://a.example");
        TokenId token = ReceiptTests.Sample().TokenId;
        string id = PeerStep.IdOf(PeerStepKind.Import, a, token, 1, Zid.FromNumber(1));
        Assert.Equal(World.Hash($"zeq/step/v1|import|https://a.example|{token.Text}|1|ZEQ07000000001"), id);
        string[] others =
        [
            PeerStep.IdOf(PeerStepKind.Transfer, a, token, 1, Zid.FromNumber(1)), PeerStep.IdOf(PeerStepKind.Import, Origin.Parse("https://c.example"), token, 1, Zid.FromNumber(1)),
            PeerStep.IdOf(PeerStepKind.Import, a, token, 2, Zid.FromNumber(1)), PeerStep.IdOf(PeerStepKind.Import, a, token, 1, Zid.FromNumber(2)),
            PeerStep.IdOf(PeerStepKind.Import, a, TokenId.Of(Slug.Parse("x"), new Zeqond(1), World.Hash("x")), 1, Zid.FromNumber(1)),
        ];
        Assert.All(others, other => Assert.NotEqual(id, other));
        Assert.Equal("tally.claim." + World.Hash($"https://a.example|{token.Text}"), ClaimRow.TicketName(a, token));
    }
}
