namespace Zeq.Protocol.Tests;

public class TransferEnvelopeTests
{
    private static readonly Origin B = Origin.Parse("https://b.example");

    [Fact]
    public async Task A_coin_changes_hands_at_home()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        MoveResult moved = await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true));
        Assert.Null(moved.ClaimTicket);
        Assert.True(moved.Receipt.Holds(a.Context.Keys.Receipt));
        Assert.Equal((1, bob.Zid, a.Origin, alice.Zid), (moved.Receipt.SpendSeq, moved.Receipt.To, moved.Receipt.ToOrigin, moved.Receipt.From));
        Envelope now = a.Coin(coin.TokenId);
        Assert.Equal((1, bob.Zid, a.Origin, EnvelopeStatus.Active), (now.SpendSeq, now.IssuedTo, now.HolderOrigin, now.Status));
        Assert.Equal(coin.NodeSig, now.NodeSig);
        Move move = a.LastMove(coin.TokenId);
        ChainRow rowOut = a.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!, rowIn = a.Store.Find(ChainRow.Table, bob.Zid.OwnMachine.Text)!;
        Assert.Equal(("transfer_out", "transfer_in", "s0", alice.Actor), (rowOut.Type, rowIn.Type, rowIn.Flags, rowIn.Actor));
        Assert.Equal((RowRef.Of(rowOut), RowRef.Of(rowIn)), (move.RowOut, move.RowIn!));
        Assert.Equal(move.ChainPayload(now), rowIn.Payload);
    }

    [Fact]
    public async Task Every_refusal_has_its_code_and_changes_nothing()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2), mallory = await a.RegisterAsync(3);
        Envelope coin = await a.MintAsync(alice);
        TokenId none = TokenId.Of(Slug.Parse("none"), new Zeqond(1), World.Hash("none"));
        Assert.Equal(RejectionCode.InvalidRecipient, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, Zid.Foundation, null, true)));
        Assert.Equal(RejectionCode.InvalidRecipient, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, Zid.System, B, true)));
        Assert.Equal(RejectionCode.SelfTransfer, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, alice.Zid, null, true)));
        Assert.Equal(RejectionCode.SelfTransfer, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, alice.Zid, a.Origin, true)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new TransferEnvelope(alice, none, bob.Zid, null, false)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new TransferEnvelope(mallory, coin.TokenId, bob.Zid, null, false)));
        Assert.Equal(RejectionCode.RecipientNotFound, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, Zid.FromNumber(99), null, true)));

        // Who held it when the request came in lost a race; who did not sees no coin.
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true));
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, mallory.Zid, null, true)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, mallory.Zid, null, false)));
    }

    [Theory]
    [InlineData(EnvelopeStatus.Bearer, null, RejectionCode.NotActive)]
    [InlineData(EnvelopeStatus.Burned, null, RejectionCode.NotActive)]
    [InlineData(EnvelopeStatus.Migrated, null, RejectionCode.NotActive)]
    [InlineData(EnvelopeStatus.Active, "vote", RejectionCode.Staked)]
    public async Task What_is_not_free_to_move_stays(EnvelopeStatus status, string? stakedIn, RejectionCode code)
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        await a.AcceptedAsync(new PutCoin(a.Coin(coin.TokenId) with { Status = status, StakedIn = stakedIn }));
        Assert.Equal(code, await a.RefusedAsync(new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, true)));
    }

    [Fact]
    public async Task A_retry_answers_the_same_receipt_and_ticket()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Envelope coin = await a.MintAsync(alice);
        var send = new TransferEnvelope(alice, coin.TokenId, Zid.FromNumber(2), B, true);
        MoveResult first = await a.AcceptedAsync(send);
        Assert.Equal(ClaimTicket.Of(a.Context.Keys.ClaimTicket, coin.TokenId, Zid.FromNumber(2), 1), first.ClaimTicket);
        a.Time.PassZeqonds(1000);
        MoveResult again = await a.UnchangedAsync(send with { HeldOnArrival = false });
        Assert.Equal((first.Receipt, first.ClaimTicket), (again.Receipt, again.ClaimTicket));

        // To anyone else, or to the same ZID elsewhere, it is another request.
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(send with { To = Zid.FromNumber(3) }));
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(send with { ToOrigin = Origin.Parse("https://c.example") }));
        Assert.DoesNotContain(first.ClaimTicket!, first.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_is_answered_only_while_the_coin_stands_at_that_height()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2), carol = await a.RegisterAsync(3);
        Envelope coin = await a.MintAsync(alice);
        var send = new TransferEnvelope(alice, coin.TokenId, bob.Zid, null, false);
        await a.AcceptedAsync(send);
        await a.AcceptedAsync(new TransferEnvelope(bob, coin.TokenId, carol.Zid, null, true));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(send));
    }

    [Fact]
    public async Task A_move_made_by_ticket_is_no_retry_of_an_account()
    {
        // Rule 11: a namesake of the remote holder asks for what the remote holder did, and may not be handed the next ticket.
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), namesake = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        MoveResult paid = await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, namesake.Zid, B, true));
        var onward = new TransferClaim(coin.TokenId, namesake.Zid, Zid.FromNumber(7), Origin.Parse("https://c.example"), paid.ClaimTicket!);
        await a.AcceptedAsync(onward);
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new TransferEnvelope(namesake, coin.TokenId, Zid.FromNumber(7), Origin.Parse("https://c.example"), false)));

        // And a payment by account is no retry of a ticket, even of the one that it handed out.
        Envelope second = await a.MintAsync(alice, "second");
        MoveResult sent = await a.AcceptedAsync(new TransferEnvelope(alice, second.TokenId, Zid.FromNumber(7), B, true));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(new TransferClaim(second.TokenId, alice.Zid, Zid.FromNumber(7), B, sent.ClaimTicket!)));
    }

    [Fact]
    public async Task A_local_namesake_of_a_remote_holder_owns_nothing()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), namesake = await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, namesake.Zid, B, true));
        Assert.False(a.Coin(coin.TokenId).IsHeldBy(namesake.Zid, a.Origin));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new TransferEnvelope(namesake, coin.TokenId, alice.Zid, null, false)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new RecallEnvelope(namesake, coin.TokenId, WasSender: false)));

        // One may pay one's own namesake elsewhere: that is another party.
        Envelope second = await a.MintAsync(alice, "second");
        Assert.NotNull((await a.AcceptedAsync(new TransferEnvelope(alice, second.TokenId, alice.Zid, B, true))).ClaimTicket);
    }
}

/// <summary>Sets a coin's state as later commands will (export, burn, votes).</summary>
internal sealed record PutCoin(Envelope Coin) : Command<Envelope>
{
    public override void Touch(KeySet keys, Moment now) => keys.Add(Envelope.Table, Coin.TokenId.Text);

    public override Decision<Envelope> Decide(Workspace home, Moment now) => Accept(home.Put(Envelope.Table, Coin));
}
