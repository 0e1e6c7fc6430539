using System.Text;

namespace Zeq.Protocol.Tests;

public class ClaimTransferTests
{
    [Fact]
    public async Task A_move_onward_is_recorded_then_settled_and_the_claim_is_spent()
    {
        await using var s = await Scene.StartAsync(held: true);
        PeerStep step = await s.B.AcceptedAsync(s.Onward());
        Assert.Equal((PeerStepStatus.Open, ClaimStatus.InFlight), (step.Status, s.Claim()!.Status));
        Assert.Equal(step, await s.B.UnchangedAsync(s.Onward()));
        PeerStep done = await s.B.AcceptedAsync(s.SettleOnward());
        Assert.Equal((PeerStepStatus.Done, "answer", ClaimStatus.Spent), (done.Status, Encoding.UTF8.GetString(done.Sealed), s.Claim()!.Status));
        Assert.Equal("claim_spent", s.B.Store.Find(ChainRow.Table, s.Holder.Zid.OwnMachine.Text)!.Type);
        Assert.NotNull(s.Ticket());

        // Settled again by the worker, or asked again by the caller: the first result, nothing new.
        Assert.Equal(done.StepId, (await s.B.UnchangedAsync(s.SettleOnward())).StepId);
        Assert.Equal(done.Receipt, (await s.B.UnchangedAsync(s.Onward())).Receipt);
        Assert.Equal(RejectionCode.Superseded, await s.B.RefusedAsync(s.Onward(Zid.FromNumber(51))));
        Assert.Equal(RejectionCode.Superseded, await s.B.RefusedAsync(s.Onward(toOrigin: "https://d.example")));
    }

    [Fact]
    public async Task While_a_move_is_under_way_another_destination_is_refused()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward());
        Assert.Equal(RejectionCode.InFlight, await s.B.RefusedAsync(s.Onward(Zid.FromNumber(51))));
        Assert.Equal(RejectionCode.InFlight, await s.B.RefusedAsync(s.Onward(toOrigin: "https://d.example")));
        Assert.Equal(RejectionCode.InFlight, await s.B.RefusedAsync(s.Onward(toOrigin: null)));
    }

    [Fact]
    public async Task Who_may_receive_is_checked_before_any_call()
    {
        await using var s = await Scene.StartAsync(held: true);
        Assert.Equal(RejectionCode.ClaimNotFound, await s.B.RefusedAsync(s.Onward() with { Caller = s.Friend }));
        Assert.Equal(RejectionCode.ClaimNotFound, await s.B.RefusedAsync(s.Onward() with { Home = Origin.Parse("https://x.example") }));
        Assert.Equal(RejectionCode.Superseded, await s.B.RefusedAsync(s.Onward(height: 1)));
        Assert.Equal(RejectionCode.InvalidRecipient, await s.B.RefusedAsync(s.Onward(Zid.Foundation)));
        Assert.Equal(RejectionCode.SelfTransfer, await s.B.RefusedAsync(s.Onward(s.Holder.Zid, "https://b.example")));
        Assert.Equal(RejectionCode.RecipientNotFound, await s.B.RefusedAsync(s.Onward(Zid.FromNumber(99), "https://b.example")));

        // Rule 13: without an origin the coin's home is meant, unless the ZID exists here too.
        Assert.Equal(RejectionCode.AmbiguousRecipient, await s.B.RefusedAsync(s.Onward(s.Friend.Zid, null)));
        Assert.Equal(RejectionCode.AmbiguousRecipient, await s.B.RefusedAsync(s.Onward(s.Holder.Zid, null)));
        await s.B.AcceptedAsync(s.Onward(s.Friend.Zid, s.A.Origin.Text));
    }

    [Theory]
    [InlineData(RejectionCode.RecipientNotFound, ClaimStatus.Held)]
    [InlineData(RejectionCode.InvalidTicket, ClaimStatus.Held)]
    [InlineData(RejectionCode.NotActive, ClaimStatus.Held)]
    [InlineData(RejectionCode.TicketSpent, ClaimStatus.Superseded)]
    [InlineData(RejectionCode.Superseded, ClaimStatus.Superseded)]
    public async Task A_refusal_puts_the_claim_back_unless_the_coin_is_gone(RejectionCode code, ClaimStatus status)
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward());
        await s.B.AcceptedAsync(s.Refuse(s.TransferId, code));
        Assert.Equal((PeerStepStatus.Refused, status), (s.Step(s.TransferId).Status, s.Claim()!.Status));
        if (status == ClaimStatus.Held)
        {
            PeerStep again = await s.B.AcceptedAsync(s.Onward(Zid.FromNumber(51), null));
            Assert.Equal((PeerStepStatus.Open, Zid.FromNumber(51), 0L), (again.Status, again.To, again.Attempts));
            Assert.Null(again.ToOrigin);
        }
        else
        {
            Assert.Equal(RejectionCode.Superseded, await s.B.RefusedAsync(s.Onward()));
        }
    }

    [Fact]
    public async Task Where_the_new_holder_is_here_the_import_is_recorded_in_the_same_step()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward(s.Friend.Zid, "https://b.example"));
        Receipt moved = s.Moved(s.Friend.Zid, "https://b.example");
        await s.B.AcceptedAsync(s.SettleOnward("secrets"u8.ToArray(), moved));
        string import = PeerStep.IdOf(PeerStepKind.Import, s.A.Origin, s.Token, 3, s.Friend.Zid);
        PeerStep step = s.Step(import);
        Assert.Equal((PeerStepStatus.Open, s.Friend.Zid, "secrets"), (step.Status, step.Zid, Encoding.UTF8.GetString(step.Sealed)));

        // A crash after the commit: settling again, even with other secrets, keeps the acceptance that may be on its way.
        await s.B.UnchangedAsync(s.SettleOnward("other secrets"u8.ToArray(), moved));
        Receipt accepted = (moved with { From = s.Friend.Zid, SpendSeq = 4 }).Sealed(s.A.Context.Keys.Receipt);
        ClaimRow claim = await s.B.AcceptedAsync(new SettleImport(import, s.Friend.Zid, accepted, 6, IsTrusted: true, "t"u8.ToArray()));
        Assert.Equal((s.Friend.Zid, ClaimStatus.Held, 4L, true), (claim.Holder, claim.Status, claim.SpendSeq, claim.IsTrusted));
        Assert.Equal(ClaimStatus.Spent, s.Claim()!.Status);
    }

    [Fact]
    public async Task A_move_that_settles_late_does_not_spend_a_claim_that_came_back_meanwhile()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward());
        await s.HeldAgainAsync(height: 5);
        await s.B.AcceptedAsync(s.SettleOnward());
        Assert.Equal((ClaimStatus.Held, 6L), (s.Claim()!.Status, s.Claim()!.SpendSeq));
        Assert.Equal(PeerStepStatus.Done, s.Step(s.TransferId).Status);
    }

    [Fact]
    public async Task A_refusal_that_comes_late_does_not_release_a_newer_move()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward());
        await s.HeldAgainAsync(height: 5);
        await s.B.AcceptedAsync(s.Onward(height: 6));
        await s.B.AcceptedAsync(s.Refuse(s.TransferId, RejectionCode.TicketSpent));
        Assert.Equal((ClaimStatus.InFlight, 6L), (s.Claim()!.Status, s.Claim()!.SpendSeq));
    }

    [Fact]
    public async Task A_refresh_marks_restores_and_goes_back_only_with_a_ticket()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.UnchangedAsync(s.Refresh(2));
        await s.B.UnchangedAsync(s.Refresh(1));
        Assert.Equal(ClaimStatus.Superseded, (await s.B.AcceptedAsync(s.Refresh(3))).Status);
        Assert.Equal((2L, 2L), (s.Claim()!.SpendSeq, s.Ticket()!.Version));
        Assert.Equal(ClaimStatus.Held, (await s.B.AcceptedAsync(s.Refresh(2))).Status);

        // After a restore at the coin's home: the fresh ticket of the raised height.
        ClaimRow raised = await s.B.AcceptedAsync(s.Refresh(1_000_002, "fresh"));
        Assert.Equal((ClaimStatus.Held, 1_000_002L), (raised.Status, raised.SpendSeq));
        Assert.Equal((1_000_002L, "fresh"), (s.Ticket()!.Version, Encoding.UTF8.GetString(s.Ticket()!.Sealed)));
        Assert.Equal(RejectionCode.ClaimNotFound, await s.B.RefusedAsync(s.Refresh(2) with { Holder = s.Friend.Zid }));

        // An answer of before the claim changed says nothing of it, whatever it is; the home's present word and ticket do.
        await s.B.UnchangedAsync(s.Refresh(2, "late", seen: 2));
        await s.B.UnchangedAsync(s.Refresh(1_000_003, "late", seen: 2));
        await s.B.UnchangedAsync(s.Refresh(2));
        ClaimRow lowered = await s.B.AcceptedAsync(s.Refresh(2, "again"));
        Assert.Equal((ClaimStatus.Held, 2L, "again"), (lowered.Status, lowered.SpendSeq, Encoding.UTF8.GetString(s.Ticket()!.Sealed)));
    }

    [Fact]
    public async Task A_refresh_leaves_what_is_under_way_or_spent_alone()
    {
        await using var s = await Scene.StartAsync(held: true);
        await s.B.AcceptedAsync(s.Onward());
        Assert.Equal(ClaimStatus.InFlight, (await s.B.UnchangedAsync(s.Refresh(9))).Status);
        await s.B.AcceptedAsync(s.SettleOnward());
        Assert.Equal(ClaimStatus.Spent, (await s.B.UnchangedAsync(s.Refresh(2, "x"))).Status);
    }

    [Fact]
    public async Task A_published_claim_shows_the_acceptance_and_the_sender_only_where_asked()
    {
        await using var s = await Scene.StartAsync(held: true);
        var publish = new PublishClaim(s.Holder, s.A.Origin, s.Token, IncludeSender: false);
        Assert.Equal(RejectionCode.ClaimNotFound, await s.B.RefusedAsync(publish with { Caller = s.Friend }));
        ClaimRow published = await s.B.AcceptedAsync(publish);
        ChainRow row = s.B.Store.Find(ChainRow.Table, s.Holder.Zid.OwnMachine.Text)!;
        Assert.Equal(("claim_published", "s1", published.PublishedSeq), (row.Type, row.Flags, (long?)row.Seq));
        Assert.Contains($"\"authority\":\"https://a.example/api/tally/envelopes/{s.Token.Text}/authority\"", row.Payload, StringComparison.Ordinal);
        Assert.DoesNotContain(Zid.FromNumber(1).Text, row.Payload, StringComparison.Ordinal);
        Assert.DoesNotContain("ticket", row.Payload, StringComparison.Ordinal);
        await s.B.UnchangedAsync(publish);
        await s.B.AcceptedAsync(publish with { IncludeSender = true });
        Assert.Contains(Zid.FromNumber(1).Text, s.B.Store.Find(ChainRow.Table, s.Holder.Zid.OwnMachine.Text)!.Payload, StringComparison.Ordinal);
        await s.B.AcceptedAsync(s.Onward());
        Assert.Equal(RejectionCode.Superseded, await s.B.RefusedAsync(publish));
    }
}
