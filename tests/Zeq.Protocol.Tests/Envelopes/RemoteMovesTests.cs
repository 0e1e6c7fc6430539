using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class RemoteMovesTests
{
    private static readonly Origin B = Origin.Parse("https://b.example");
    private static readonly Origin C = Origin.Parse("https://c.example");
    private static readonly Zid Holder = Zid.FromNumber(2);
    private static readonly string Acceptance = World.Hash("acceptance");

    [Fact]
    public async Task An_acceptance_kills_every_older_ticket_and_makes_the_payment_final()
    {
        await using var b = new World(B.Text);
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        var accept = new AcceptClaim(coin.TokenId, Holder, B, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, Acceptance, 1);
        MoveResult accepted = await a.AcceptedAsync(accept);
        Assert.Equal((Holder, Holder, B, 2L), (accepted.Receipt.From, accepted.Receipt.To, accepted.Receipt.ToOrigin, accepted.Receipt.SpendSeq));
        Assert.NotEqual(paid.ClaimTicket, accepted.ClaimTicket);
        Move move = a.LastMove(coin.TokenId);
        Assert.Equal((MoveKind.Accept, MoveMeans.Accept, b.Context.Keys.NodePublicKey, World.HashOfHex(Acceptance)), (move.Kind, move.Means, move.HolderKey!, move.ProofHash!));
        ChainRow row = a.Store.Find(ChainRow.Table, Slug.ZeqSys.Text)!;
        Assert.Equal(("claim_accepted", Actor.Peer(b.Context.Keys.NodePublicKey)), (row.Type, row.Actor));

        // The sender has seen the first ticket: it moves nothing back any more, nor does a recall, nor a retry.
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new TransferClaim(coin.TokenId, Holder, alice.Zid, null, paid.ClaimTicket!)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, WasSender: true)));
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, Holder, B, true)));

        // The same acceptance again answers the first result; any other is too late, with the old ticket and with the fresh one.
        a.Time.PassZeqonds(500);
        MoveResult again = await a.UnchangedAsync(accept);
        Assert.Equal((accepted.Receipt, accepted.ClaimTicket), (again.Receipt, again.ClaimTicket));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(accept with { Acceptance = World.Hash("other") }));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(accept with { Acceptance = World.Hash("other"), Ticket = accepted.ClaimTicket!, SpendSeq = 2 }));
        Assert.DoesNotContain(paid.ClaimTicket!, accept.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Acceptance, accept.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_acceptance_needs_the_right_ticket_holder_home_and_height()
    {
        await using var b = new World(B.Text);
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        var accept = new AcceptClaim(coin.TokenId, Holder, B, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, Acceptance, 1);
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(accept with { Token = TokenId.Of(Slug.Parse("no"), new Zeqond(1), World.Hash("no")) }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(accept with { Ticket = World.Hash("guess") }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(accept with { Ticket = "" }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(accept with { Holder = alice.Zid }));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(accept with { HolderOrigin = C }));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(accept with { SpendSeq = 2 }));
        await a.AcceptedAsync(new PutCoin(a.Coin(coin.TokenId) with { Status = EnvelopeStatus.Burned }));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(accept));
    }

    [Fact]
    public async Task A_local_holders_coin_takes_no_ticket()
    {
        // Rule 12: whoever derives a ticket for a local holder's height still moves nothing.
        await using var b = new World(B.Text);
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true));
        string ticket = ClaimTicket.Of(a.Context.Keys.ClaimTicket, coin.TokenId, bob.Zid, 1);
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(new TransferClaim(coin.TokenId, bob.Zid, alice.Zid, null, ticket)));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(new AcceptClaim(coin.TokenId, bob.Zid, a.Origin, b.Context.Keys.NodePublicKey, ticket, Acceptance, 1)));
    }

    [Fact]
    public async Task A_ticket_moves_the_coin_once_and_its_repetition_answers_the_first_result()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), carol = await a.RegisterAsync(3);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        var onward = new TransferClaim(coin.TokenId, Holder, carol.Zid, C, paid.ClaimTicket!);
        MoveResult moved = await a.AcceptedAsync(onward);
        Assert.Equal((2L, carol.Zid, C), (moved.Receipt.SpendSeq, moved.Receipt.To, moved.Receipt.ToOrigin));
        Assert.Equal("move", a.Store.Find(ChainRow.Table, Slug.ZeqSys.Text)!.Type);
        MoveResult again = await a.UnchangedAsync(onward);
        Assert.Equal((moved.Receipt, moved.ClaimTicket), (again.Receipt, again.ClaimTicket));

        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(onward with { To = alice.Zid, ToOrigin = null }));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(onward with { ToOrigin = B }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(onward with { Ticket = World.Hash("wrong") }));
        Assert.DoesNotContain(paid.ClaimTicket!, onward.ToString(), StringComparison.Ordinal);

        // Back home: the local holder has it by account from then on, without a ticket.
        MoveResult back = await a.AcceptedAsync(new TransferClaim(coin.TokenId, carol.Zid, alice.Zid, null, moved.ClaimTicket!));
        Assert.Null(back.ClaimTicket);
        Assert.Equal("transfer_in", a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!.Type);
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(onward));
    }

    [Fact]
    public async Task A_move_onward_has_the_refusals_of_a_transfer()
    {
        await using World a = await World.StartAsync();
        (Envelope coin, MoveResult paid) = await PayAsync(a, await a.RegisterAsync(1));
        var onward = new TransferClaim(coin.TokenId, Holder, Zid.FromNumber(3), C, paid.ClaimTicket!);
        Assert.Equal(RejectionCode.InvalidRecipient, await a.RefusedAsync(onward with { To = Zid.Foundation }));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(onward with { Token = TokenId.Of(Slug.Parse("no"), new Zeqond(1), World.Hash("no")) }));
        Assert.Equal(RejectionCode.SelfTransfer, await a.RefusedAsync(onward with { To = Holder, ToOrigin = B }));
        Assert.Equal(RejectionCode.RecipientNotFound, await a.RefusedAsync(onward with { ToOrigin = null }));
        Assert.Equal(RejectionCode.RecipientNotFound, await a.RefusedAsync(onward with { ToOrigin = a.Origin }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(onward with { Holder = Zid.FromNumber(1) }));
        await a.AcceptedAsync(new PutCoin(a.Coin(coin.TokenId) with { Status = EnvelopeStatus.Bearer }));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(onward));
    }

    [Fact]
    public async Task A_mistyped_payment_is_taken_back_until_it_is_accepted()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), mallory = await a.RegisterAsync(3);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new RecallEnvelope(mallory, coin.TokenId, WasSender: false)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(mallory, coin.TokenId, WasSender: true)));
        MoveResult back = await a.AcceptedAsync(new RecallEnvelope(alice, coin.TokenId, WasSender: true));
        Assert.Equal((2L, alice.Zid, a.Origin), (back.Receipt.SpendSeq, back.Receipt.To, back.Receipt.ToOrigin));
        Assert.Equal("transfer_recalled", a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!.Type);
        await a.UnchangedAsync(new RecallEnvelope(alice, coin.TokenId, WasSender: true));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(new AcceptClaim(coin.TokenId, Holder, B, World.Hash("key"), World.Hash("x"), Acceptance, 1)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new AcceptClaim(coin.TokenId, Holder, B, World.Hash("key"), paid.ClaimTicket!, Acceptance, 1)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new TransferClaim(coin.TokenId, Holder, Zid.FromNumber(9), B, paid.ClaimTicket!)));

        // A payment at home is final at once.
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, mallory.Zid, null, true));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, WasSender: true)));
    }

    [Fact]
    public async Task The_home_that_accepted_gets_a_lost_ticket_again_and_nobody_else_does()
    {
        await using var b = new World(B.Text);
        await using var c = new World(C.Text);
        await using World a = await World.StartAsync();
        (Envelope minted, MoveResult paid) = await PayAsync(a, await a.RegisterAsync(1));
        TokenId token = minted.TokenId;
        string Signed(World by, long height, Zeqond stamp, Zid? holder = null, Origin? origin = null) =>
            by.Context.Keys.Sign(RemoteHolder.ReissueText(a.Origin, token, holder ?? Holder, origin ?? B, height, stamp));
        (string? Ticket, Rejection? Why) Ask(string signature, long height, Zeqond stamp, Zid? holder = null) =>
            RemoteHolder.Reissue(a.Coin(token), a.LastMove(token), holder ?? Holder, height, stamp, signature, a.Now, a.Context);

        // Before the acceptance no home's key is known.
        Assert.Equal(RejectionCode.InvalidAcceptance, Ask(Signed(b, 1, a.Now), 1, a.Now).Why!.Code);
        MoveResult accepted = await a.AcceptedAsync(new AcceptClaim(token, Holder, B, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, Acceptance, 1));
        Assert.Equal(accepted.ClaimTicket, Ask(Signed(b, 2, a.Now), 2, a.Now).Ticket);
        Zeqond old = new(a.Now.Value - 128), ahead = new(a.Now.Value + 2);
        Assert.NotNull(Ask(Signed(b, 2, old), 2, old).Ticket);
        Assert.NotNull(Ask(Signed(b, 2, ahead), 2, ahead).Ticket);
        Zeqond tooOld = new(old.Value - 1), tooNew = new(ahead.Value + 1);
        Assert.Equal(RejectionCode.StaleRequest, Ask(Signed(b, 2, tooOld), 2, tooOld).Why!.Code);
        Assert.Equal(RejectionCode.StaleRequest, Ask(Signed(b, 2, tooNew), 2, tooNew).Why!.Code);
        Assert.Equal(RejectionCode.InvalidAcceptance, Ask(Signed(c, 2, a.Now), 2, a.Now).Why!.Code);
        Assert.Equal(RejectionCode.InvalidAcceptance, Ask(Signed(b, 2, a.Now, origin: C), 2, a.Now).Why!.Code);
        Assert.Equal(RejectionCode.InvalidAcceptance, Ask(Signed(b, 2, a.Now, Zid.FromNumber(5)), 2, a.Now, Zid.FromNumber(5)).Why!.Code);
        Assert.Equal(RejectionCode.InvalidAcceptance, Ask(Signed(b, 3, a.Now), 2, a.Now).Why!.Code);
        Assert.Equal(RejectionCode.TicketSpent, Ask(Signed(b, 1, a.Now), 1, a.Now).Why!.Code);
        await a.AcceptedAsync(new TransferClaim(token, Holder, Zid.FromNumber(1), null, accepted.ClaimTicket!));
        Assert.Null(Ask(Signed(b, 2, a.Now), 2, a.Now).Ticket);
        Assert.Null(Ask(Signed(b, 3, a.Now), 3, a.Now).Ticket);
    }

    [Fact]
    public async Task After_an_epoch_old_tickets_and_heights_are_worthless_and_the_accepting_home_gets_a_fresh_one()
    {
        await using var b = new World(B.Text);
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        MoveResult accepted = await a.AcceptedAsync(new AcceptClaim(coin.TokenId, Holder, B, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, Acceptance, 1));
        Envelope atHome = await a.MintAsync(alice, "home");
        string restore = World.Hash("restore 1");
        var raise = new RaiseEpoch([coin.TokenId, atHome.TokenId], [alice.Zid], restore);
        Assert.Equal(2, await a.AcceptedAsync(raise));
        Assert.Equal(0, await a.UnchangedAsync(raise));
        Assert.Equal((2 + Move.EpochStep, Holder, B), (a.Coin(coin.TokenId).SpendSeq, a.Coin(coin.TokenId).IssuedTo, a.Coin(coin.TokenId).HolderOrigin));
        Assert.Equal((Move.EpochStep, alice.Zid), (a.Coin(atHome.TokenId).SpendSeq, a.Coin(atHome.TokenId).IssuedTo));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(new TransferClaim(coin.TokenId, Holder, alice.Zid, null, accepted.ClaimTicket!)));

        long height = a.Coin(coin.TokenId).SpendSeq;
        string signature = b.Context.Keys.Sign(RemoteHolder.ReissueText(a.Origin, coin.TokenId, Holder, B, height, a.Now));
        string? fresh = RemoteHolder.Reissue(a.Coin(coin.TokenId), a.LastMove(coin.TokenId), Holder, height, a.Now, signature, a.Now, a.Context).Ticket;
        Assert.NotNull(fresh);
        await a.AcceptedAsync(new TransferClaim(coin.TokenId, Holder, alice.Zid, null, fresh));
        await a.AcceptedAsync(new TransferEnvelope(alice, atHome.TokenId, Zid.FromNumber(5), B, true));
    }

    [Fact]
    public async Task After_epochs_the_same_acceptance_is_still_the_first_result_and_no_other_is()
    {
        await using var b = new World(B.Text);
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        (Envelope coin, MoveResult paid) = await PayAsync(a, alice);
        (Envelope other, MoveResult otherPaid) = await PayAsync(a, alice, "other");
        var accept = new AcceptClaim(coin.TokenId, Holder, B, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, Acceptance, 1);
        MoveResult accepted = await a.AcceptedAsync(accept);
        Move made = a.LastMove(coin.TokenId), otherMade = (await a.AcceptedAsync(accept with { Token = other.TokenId, Ticket = otherPaid.ClaimTicket! })).Move;
        foreach (string restore in (string[])["restore 1", "restore 2"])
        {
            await a.AcceptedAsync(new RaiseEpoch([coin.TokenId], [], World.Hash(restore)));
        }

        MoveResult again = await a.UnchangedAsync(accept with { BeforeEpoch = made });
        Assert.Equal((accepted.Receipt, accepted.ClaimTicket), (again.Receipt, again.ClaimTicket));
        foreach (AcceptClaim wrong in (AcceptClaim[])
            [
                accept, accept with { BeforeEpoch = made, Acceptance = World.Hash("another") }, accept with { BeforeEpoch = otherMade }, accept with { BeforeEpoch = made with { SpendSeq = 1 } },
                accept with { BeforeEpoch = made, Holder = Zid.FromNumber(77) }, accept with { BeforeEpoch = made, SpendSeq = 2 },
            ])
        {
            await a.RefusedAsync(wrong);
        }
    }

    [Fact]
    public async Task An_unaccepted_payment_can_be_recalled_after_one_epoch_and_after_several()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        (Envelope coin, _) = await PayAsync(a, alice);
        Move payment = a.LastMove(coin.TokenId);
        foreach (string restore in (string[])["1", "2", "3"])
        {
            Assert.Equal(1, await a.AcceptedAsync(new RaiseEpoch([coin.TokenId], [], World.Hash(restore))));
        }

        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, true)));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, true, payment with { SpendSeq = 2 })));
        Assert.Equal(RejectionCode.TicketSpent, await a.RefusedAsync(new RecallEnvelope(alice, coin.TokenId, true, payment with { TokenId = TokenId.Of(Slug.Parse("x"), a.Now, World.Hash("x")) })));
        MoveResult back = await a.AcceptedAsync(new RecallEnvelope(alice, coin.TokenId, true, payment));
        Assert.Equal((alice.Zid, 2 + (3 * Move.EpochStep)), (back.Coin.IssuedTo, back.Coin.SpendSeq));
    }

    [Fact]
    public async Task An_epoch_raises_what_is_alive_and_skips_local_holders_that_were_not_named()
    {
        await using World a = await World.StartAsync(freeCredits: 100);
        Caller alice = await a.RegisterAsync(1);
        Envelope held = Assert.Single((await a.AcceptedAsync(new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work("free"), FundingLimit.All))).Envelopes);
        Assert.Equal(Zid.Foundation, held.IssuedTo);
        Envelope burned = await a.MintAsync(await a.RegisterAsync(2), "burned");
        await a.AcceptedAsync(new PutCoin(burned with { Status = EnvelopeStatus.Burned }));
        await a.AcceptedAsync(new GrantFuel(alice.Zid, 3, "paid"));
        Envelope unnamed = Assert.Single((await a.AcceptedAsync(new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work("paid"), FundingLimit.Paid))).Envelopes);
        Assert.Equal(1, await a.AcceptedAsync(new RaiseEpoch([held.TokenId, burned.TokenId, unnamed.TokenId], [], World.Hash("r"))));
        Assert.Equal((Move.EpochStep, 0L, 0L), (a.Coin(held.TokenId).SpendSeq, a.Coin(burned.TokenId).SpendSeq, a.Coin(unnamed.TokenId).SpendSeq));
        Assert.Equal(1, await a.AcceptedAsync(new RaiseEpoch([held.TokenId, unnamed.TokenId], [alice.Zid], World.Hash("r"))));
        Assert.True(await a.AcceptedAsync(new NoteRestore(World.Hash("r"))));
        Assert.False(await a.AcceptedAsync(new NoteRestore(World.Hash("r"))));
        ChainRow note = (await a.Store.FindAsync(ChainRow.Table, "zeq-sys"))!;
        Assert.Equal(("restored", Actor.Home, "zeq-sys"), (note.Type, note.Actor, note.Slug.Text));
    }

    [Fact]
    public void What_homes_sign_is_spelled_as_the_rules_say()
    {
        TokenId token = ReceiptTests.Sample().TokenId;
        Assert.Equal(
            $"zeq-accept/v1|https://a.example|{token.Text}|ZEQ07000000002|https://b.example|1|{World.HashOfHex(Acceptance)}",
            Encoding.UTF8.GetString(AcceptClaim.SignedText(Origin.Parse("https://a.example"), token, Holder, B, 1, Acceptance)));
        Assert.Equal(
            $"zeq-reissue/v1|https://a.example|{token.Text}|ZEQ07000000002|https://b.example|2|77",
            Encoding.UTF8.GetString(RemoteHolder.ReissueText(Origin.Parse("https://a.example"), token, Holder, B, 2, new Zeqond(77))));
    }

    private static async Task<(Envelope Coin, MoveResult Paid)> PayAsync(World a, Caller alice, string seed = "coin")
    {
        Envelope coin = await a.MintAsync(alice, seed);
        return (coin, await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, Holder, B, true)));
    }
}
