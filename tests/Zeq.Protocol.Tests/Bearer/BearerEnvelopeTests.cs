using System.Text;
using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

/// <summary>A coin at its home, out into a file and back (spec 10 §6).</summary>
public class BearerEnvelopeTests
{
    private static readonly Origin Elsewhere = Origin.Parse("https://b.example");

    [Fact]
    public async Task An_exported_coin_is_locked_and_its_export_repeats_itself()
    {
        await using World a = await World.StartAsync();
        (Caller alice, Caller bob) = (await a.RegisterAsync(1), await a.RegisterAsync(2));
        TokenId token = (await a.MintAsync(alice)).TokenId;
        ExportResult exported = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        Assert.Equal((EnvelopeStatus.Bearer, 1, alice.Zid), (exported.Coin.Status, exported.Coin.SpendSeq, exported.Coin.IssuedTo));
        Assert.Equal((6, 6, 0), (a.Sums().InCirculation, a.Sums().Bearer, a.Sums().Active));
        a.Time.PassZeqonds(3);
        ExportResult again = await a.UnchangedAsync(new ExportEnvelope(alice, token, true));
        Assert.Equal((exported.Ticket, exported.Move.Zeqond), (again.Ticket, again.Move.Zeqond));

        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new TransferEnvelope(alice, token, bob.Zid, null, true)));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new TransferEnvelope(alice, token, bob.Zid, Elsewhere, true)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new ExportEnvelope(bob, token, false)));
        Assert.Equal(RejectionCode.NotOwner, await a.RefusedAsync(new ExportEnvelope(bob, token, true)));
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new ReclaimEnvelope(bob, token, false)));
    }

    [Fact]
    public async Task A_coin_held_elsewhere_or_not_exported_is_neither_exported_nor_reclaimed()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        TokenId token = (await a.MintAsync(alice)).TokenId;
        Assert.Equal(RejectionCode.NotBearer, await a.RefusedAsync(new ReclaimEnvelope(alice, token, true)));
        await a.AcceptedAsync(new TransferEnvelope(alice, token, alice.Zid, Elsewhere, true));

        // A namesake of the holder elsewhere owns nothing here.
        Assert.Equal(RejectionCode.TokenNotFound, await a.RefusedAsync(new ExportEnvelope(alice, token, false)));
    }

    [Fact]
    public async Task Whoever_redeems_first_holds_it_and_every_other_copy_is_superseded()
    {
        await using World a = await World.StartAsync();
        (Caller alice, Caller bob, Caller carol) = (await a.RegisterAsync(1), await a.RegisterAsync(2), await a.RegisterAsync(3));
        TokenId token = (await a.MintAsync(alice)).TokenId;
        ExportResult file = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        var redeem = new RedeemEnvelope(bob, token, 1, file.Ticket, alice.Zid);
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(redeem with { Ticket = World.Hash("guess") }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(redeem with { SpendSeq = 2 }));
        MoveResult moved = await a.AcceptedAsync(redeem);
        Assert.Equal((bob.Zid, 2, EnvelopeStatus.Active, 0), (moved.Coin.IssuedTo, moved.Coin.SpendSeq, moved.Coin.Status, a.Sums().Bearer));
        Assert.Equal(("transfer_out", "transfer_in"), (a.Row(alice).Type, a.Row(bob).Type));
        a.Time.PassZeqonds(3);
        Assert.Equal(moved.Receipt, (await a.UnchangedAsync(redeem)).Receipt);
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(redeem with { Caller = carol }));
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(redeem with { Caller = alice }));
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(new MigrateOut(token, 1, file.Ticket, carol.Zid, Elsewhere, bob.Zid)));
        await a.AcceptedAsync(new TransferEnvelope(bob, token, carol.Zid, null, true));
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(redeem));
    }

    [Fact]
    public async Task A_reclaimed_coin_is_active_and_its_copies_are_dead()
    {
        await using World a = await World.StartAsync();
        (Caller alice, Caller bob) = (await a.RegisterAsync(1), await a.RegisterAsync(2));
        TokenId token = (await a.MintAsync(alice)).TokenId;
        ExportResult file = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        MoveResult back = await a.AcceptedAsync(new ReclaimEnvelope(alice, token, true));
        Assert.Equal((2, EnvelopeStatus.Active, 0), (back.Coin.SpendSeq, back.Coin.Status, a.Sums().Bearer));
        Assert.Equal(back.Receipt, (await a.UnchangedAsync(new ReclaimEnvelope(alice, token, true))).Receipt);
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(new RedeemEnvelope(bob, token, 1, file.Ticket, alice.Zid)));
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(new MigrateOut(token, 1, file.Ticket, bob.Zid, Elsewhere, alice.Zid)));

        // Exported anew it is another file, and the old one stays dead.
        ExportResult second = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        Assert.NotEqual(file.Ticket, second.Ticket);
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(new RedeemEnvelope(bob, token, 1, file.Ticket, alice.Zid)));
        await a.AcceptedAsync(new RedeemEnvelope(bob, token, 3, second.Ticket, alice.Zid));
    }

    [Fact]
    public async Task A_migrated_coin_has_left_for_one_place_for_ever()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        TokenId token = (await a.MintAsync(alice)).TokenId;
        ExportResult file = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        var migrate = new MigrateOut(token, 1, file.Ticket, Zid.FromNumber(7), Elsewhere, alice.Zid);
        Assert.Equal(RejectionCode.InvalidOrigin, await a.RefusedAsync(migrate with { ToOrigin = a.Origin }));
        Assert.Equal(RejectionCode.InvalidRecipient, await a.RefusedAsync(migrate with { ToZid = Zid.System }));
        Assert.Equal(RejectionCode.InvalidTicket, await a.RefusedAsync(migrate with { Ticket = World.Hash("guess") }));
        Migration left = await a.AcceptedAsync(migrate);
        Assert.True(left.IsSignedBy(a.Context.Keys.NodePublicKey));
        Assert.Equal((1, 6, Zid.FromNumber(7), Elsewhere), (left.OriginSpendSeq, left.ValueZqt, left.ToZid, left.ToOrigin));
        Assert.Equal((0, 0, 6), (a.Sums().InCirculation, a.Sums().Bearer, a.Sums().MigratedOut));
        a.Time.PassZeqonds(3);
        Assert.Equal(left, await a.UnchangedAsync(migrate));
        Assert.Equal(RejectionCode.AlreadyMigrated, await a.RefusedAsync(migrate with { ToZid = Zid.FromNumber(8) }));
        Assert.Equal(RejectionCode.AlreadyMigrated, await a.RefusedAsync(migrate with { ToOrigin = Origin.Parse("https://c.example") }));
        Assert.Equal(RejectionCode.AlreadyMigrated, await a.RefusedAsync(new RedeemEnvelope(alice, token, 1, file.Ticket, alice.Zid)));
        Assert.Equal(RejectionCode.AlreadyMigrated, await a.RefusedAsync(new ReclaimEnvelope(alice, token, true)));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new ExportEnvelope(alice, token, true)));
        Assert.Equal(RejectionCode.NotActive, await a.RefusedAsync(new TransferEnvelope(alice, token, Zid.FromNumber(7), Elsewhere, true)));
        Assert.Equal(0, await a.AcceptedAsync(new RaiseEpoch([token], [alice.Zid], World.Hash("restore"))));
    }

    [Fact]
    public async Task A_restore_voids_the_ticket_and_the_exporter_gets_another()
    {
        await using World a = await World.StartAsync();
        (Caller alice, Caller bob) = (await a.RegisterAsync(1), await a.RegisterAsync(2));
        TokenId token = (await a.MintAsync(alice)).TokenId;
        ExportResult file = await a.AcceptedAsync(new ExportEnvelope(alice, token, true));
        Assert.Equal(1, await a.AcceptedAsync(new RaiseEpoch([token], [alice.Zid], World.Hash("restore"))));
        Assert.Equal(RejectionCode.Superseded, await a.RefusedAsync(new RedeemEnvelope(bob, token, 1, file.Ticket, alice.Zid)));
        ExportResult fresh = await a.UnchangedAsync(new ExportEnvelope(alice, token, true));
        await a.AcceptedAsync(new RedeemEnvelope(bob, token, 1 + Move.EpochStep, fresh.Ticket, alice.Zid));
    }

    // Seen red with an export that asks whether the coin names a vote at all: one that ever voted was never exported again.
    [Fact]
    public async Task A_staked_coin_is_exported_once_its_vote_has_closed()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        TokenId token = (await a.MintAsync(alice)).TokenId;
        Vote vote = await a.AcceptedAsync(new CreateVote(alice, "title", ["a", "b"], new Zeqond(a.Now.Value + 100)));
        await a.AcceptedAsync(new CastBallot(alice, vote.Id, "a", [token], new HashSet<TokenId> { token }, 0));
        Assert.Equal(RejectionCode.Staked, await a.RefusedAsync(new ExportEnvelope(alice, token, true)));
        a.Time.PassZeqonds(100);
        Assert.Equal(EnvelopeStatus.Bearer, (await a.AcceptedAsync(new ExportEnvelope(alice, token, true))).Coin.Status);
    }

    [Fact]
    public async Task A_coin_reads_back_and_nothing_else_does()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        TokenId token = (await a.MintAsync(alice)).TokenId;
        using BearerCoin coin = (await a.AcceptedAsync(new ExportEnvelope(alice, token, true))).ToBearerCoin();
        byte[] json = coin.ToPayload().ToUtf8();
        Assert.True(BearerCoinJson.TryRead(json, out BearerCoin? read));
        Assert.Equal(json, read.ToPayload().ToUtf8());
        Assert.True(read.ProofHolds(a.Context.Keys.NodePublicKey));

        // Beside the signed claim itself, the file says nothing of who exported it.
        JsonObject members = JsonNode.Parse(json)!.AsObject();
        Assert.DoesNotContain(members, member => member.Key is "exported_by" or "issued_to" or "holder");
        foreach (string member in members.Select(m => m.Key).ToList())
        {
            JsonObject spoiled = JsonNode.Parse(json)!.AsObject();
            spoiled.Remove(member);
            Assert.False(BearerCoinJson.TryRead(Encoding.UTF8.GetBytes(spoiled.ToJsonString()), out _), member);
            spoiled[member] = "\ud800";
            Assert.False(BearerCoinJson.TryRead(Encoding.UTF8.GetBytes(spoiled.ToJsonString()), out _), member);
        }

        foreach (string member in members["claim"]!.AsObject().Select(m => m.Key).ToList())
        {
            JsonObject spoiled = JsonNode.Parse(json)!.AsObject();
            spoiled["claim"]!.AsObject().Remove(member);
            Assert.False(BearerCoinJson.TryRead(Encoding.UTF8.GetBytes(spoiled.ToJsonString()), out _), member);
        }

        for (int cut = 0; cut < json.Length; cut++)
        {
            Assert.False(BearerCoinJson.TryRead(json.AsMemory(0, cut), out _));
        }
    }
}

/// <summary>Short looks into a world.</summary>
internal static class BearerWorld
{
    public static SupplySums Sums(this World world, bool orNone = false) =>
        (world.Store.Find(Supply.Table, Supply.Key) ?? (orNone ? Supply.None : throw new InvalidOperationException("No supply."))).Now;

    /// <summary>The newest row of an account's chain.</summary>
    public static ChainRow Row(this World world, Caller of) => world.Store.Find(ChainRow.Table, of.Zid.OwnMachine.Text)!;
}
