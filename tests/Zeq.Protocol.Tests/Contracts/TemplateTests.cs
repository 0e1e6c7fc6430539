using System.Text.Json;

namespace Zeq.Protocol.Tests;

/// <summary>Every template that ships, to each of its ends.</summary>
public class TemplateTests
{
    internal static string ParamsOf(string id) => id switch
    {
        "escrow" => """{"buyer":"ZEQ07000000002","seller":"ZEQ07000000003","arbiter":"ZEQ07000000004","funding_zeqonds":10,"delivery_zeqonds":20,"review_zeqonds":5,"dispute_zeqonds":7}""",
        "subscription" => """{"subscriber":"ZEQ07000000002","provider":"ZEQ07000000003","offer_zeqonds":4,"period_zeqonds":6}""",
        "heartbeat_monitor" => """{"window_zeqonds":5,"grace_zeqonds":9}""",
        _ => "{}",
    };

    [Fact]
    public void All_five_are_there_and_name_who_is_missing()
    {
        Assert.Equal(["escrow", "force_threshold_alarm", "heartbeat_monitor", "m2m_handshake", "subscription"], ContractTemplate.All.Select(template => template.Id));
        ContractCheck check = ContractDefinition.Check(ContractTemplate.Find("escrow")!.Definition, null, OperatorName.IsValid);
        Assert.Contains(check.Faults, fault => fault.Message == "context.buyer has to hold a ZID: give it in params.");
        Assert.Null(ContractTemplate.Find("nothing"));
    }

    [Fact]
    public async Task The_handshake_goes_its_four_steps_in_public()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await DeployAsync(scene, alice, "m2m_handshake");
        await scene.GoAsync(alice, contract, "accepted_pending", """{"peer_slug":"bob","session_nonce":"00"}""");
        ChainRow row = scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal("s1", row.Flags);
        await scene.GoAsync(alice, contract, "keyed");
        Assert.Equal("active", (await scene.GoAsync(alice, contract, "active")).Contract.State);
        await scene.RefusedAsync(RejectionCode.NoTransition, alice, contract, "proposed");
        await scene.SoundAsync(contract);
    }

    [Fact]
    public async Task The_alarm_rings_for_the_force_that_is_too_large()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await DeployAsync(scene, alice, "force_threshold_alarm");
        await scene.EventAsync(alice, "force", """{"mass_kg":2,"acceleration_ms2":5}""");
        Assert.Equal(0, await scene.TickAsync(3));

        // The one among many, and none that only looks like it.
        await scene.EventAsync(alice, "force", """{"mass_kg":1,"acceleration_ms2":1}""");
        await scene.EventAsync(alice, "other", """{"mass_kg":100,"acceleration_ms2":5}""");
        await scene.EventAsync(alice, "force", """{"mass_kg":2,"acceleration_ms2":6}""");
        await scene.EventAsync(alice, "force", """{"mass_kg":1,"acceleration_ms2":1}""");
        Assert.Equal(1, await scene.TickAsync());
        Contract rings = scene.Stored(contract);
        ContractTransition made = scene.World.Store.All(ContractTransition.Table).Single();
        Assert.Equal(("alarm", "alarm", $"{alice.Zid.Text}|zeq-sys-auto"), (rings.State, made.To, made.Actor.ToString()));
        Assert.Equal("12", scene.World.Store.All(ComputeRow.Table).Single().Value);
        Assert.NotNull(made.ProofDigest);
        await scene.RefusedAsync(RejectionCode.ConditionFailed, alice, contract, "armed", """{"acknowledged":false}""");
        await scene.GoAsync(alice, contract, "armed", """{"acknowledged":true}""");

        // What happened before it was armed again does not ring again.
        Assert.Equal(0, await scene.TickAsync(3));
        await scene.GoAsync(alice, contract, "retired");
        await scene.SoundAsync(contract);
    }

    [Fact]
    public async Task The_monitor_knows_alive_late_and_lost()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await DeployAsync(scene, alice, "heartbeat_monitor");
        Assert.Equal(0, await scene.TickAsync(20));
        await scene.EventAsync(alice, "heartbeat");
        Assert.Equal(1, await scene.TickAsync());
        Assert.Equal("alive", scene.Stored(contract).State);
        Assert.Equal(0, await scene.TickAsync(3));
        await scene.EventAsync(alice, "heartbeat");
        Assert.Equal(0, await scene.TickAsync(4));
        Assert.Equal(1, await scene.TickAsync(1));
        Assert.Equal("late", scene.Stored(contract).State);
        Assert.Equal(0, await scene.TickAsync(4));
        await scene.EventAsync(alice, "heartbeat");
        Assert.Equal(1, await scene.TickAsync());
        Assert.Equal("alive", scene.Stored(contract).State);
        Assert.Equal(1, await scene.TickAsync(5));
        Assert.Equal(0, await scene.TickAsync(7));
        Assert.Equal(1, await scene.TickAsync(1));
        Assert.Equal("lost", scene.Stored(contract).State);
        await scene.RefusedAsync(RejectionCode.NoTransition, alice, contract, "alive");
        await scene.SoundAsync(contract);
    }

    [Fact]
    public async Task Escrow_is_moved_by_its_three_and_by_nobody_else()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller owner = await scene.PersonAsync(1), buyer = await scene.PersonAsync(2), seller = await scene.PersonAsync(3), arbiter = await scene.PersonAsync(4), stranger = await scene.PersonAsync(5);
        Contract contract = await DeployAsync(scene, owner, "escrow");
        foreach (Caller other in new[] { owner, seller, arbiter, stranger })
        {
            await scene.RefusedAsync(RejectionCode.NotYourMove, other, contract, "funded");
        }

        await scene.GoAsync(buyer, contract, "funded");
        await scene.RefusedAsync(RejectionCode.NotYourMove, buyer, contract, "delivered");
        await scene.RefusedAsync(RejectionCode.NotYourMove, buyer, contract, "refunded");
        await scene.RefusedAsync(RejectionCode.NoTransition, buyer, contract, "released");
        await scene.GoAsync(seller, contract, "delivered");
        await scene.RefusedAsync(RejectionCode.NotYourMove, seller, contract, "released");
        await scene.RefusedAsync(RejectionCode.NotYourMove, owner, contract, "released");
        Assert.Equal("released", (await scene.GoAsync(buyer, contract, "released")).Contract.State);
        await scene.SoundAsync(contract);

        // Disputed, the arbiter decides; or the two agree without it.
        foreach (string end in new[] { "released", "refunded" })
        {
            Contract disputed = await DisputeAsync(scene, owner, buyer, seller);
            await scene.RefusedAsync(RejectionCode.NotYourMove, owner, disputed, end);
            await scene.GoAsync(arbiter, disputed, end);
            Contract agreed = await DisputeAsync(scene, owner, buyer, seller);
            (TransitionResult? one, _) = await scene.AskAsync(seller, agreed, end);
            Assert.Null(one!.Transition);
            Assert.Equal(end, (await scene.GoAsync(buyer, agreed, end)).Contract.State);
            await scene.SoundAsync(agreed);
        }
    }

    [Fact]
    public async Task Escrow_times_out_of_every_state()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller owner = await scene.PersonAsync(1), buyer = await scene.PersonAsync(2), seller = await scene.PersonAsync(3);
        await scene.PersonAsync(4);
        Contract unfunded = await DeployAsync(scene, owner, "escrow");
        Assert.Equal(0, await scene.TickAsync(9));
        Assert.Equal(1, await scene.TickAsync());
        Assert.Equal("cancelled", scene.Stored(unfunded).State);

        Contract undelivered = await DeployAsync(scene, owner, "escrow");
        await scene.TickAsync(9);
        await scene.GoAsync(buyer, undelivered, "funded");
        Assert.Equal(0, await scene.TickAsync(19));
        Assert.Equal(1, await scene.TickAsync());
        Assert.Equal("refunded", scene.Stored(undelivered).State);

        Contract unreviewed = await DeployAsync(scene, owner, "escrow");
        await scene.GoAsync(buyer, unreviewed, "funded");
        await scene.GoAsync(seller, unreviewed, "delivered");
        Assert.Equal(1, await scene.TickAsync(5));
        Assert.Equal("released", scene.Stored(unreviewed).State);

        Contract undecided = await DisputeAsync(scene, owner, buyer, seller);
        Assert.Equal(1, await scene.TickAsync(7));
        Assert.Equal("refunded", scene.Stored(undecided).State);
        await scene.SoundAsync(undecided);
        Assert.Equal(0, await scene.TickAsync(30));
    }

    [Fact]
    public async Task A_subscription_renews_itself_on_its_beat()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller owner = await scene.PersonAsync(1), subscriber = await scene.PersonAsync(2), provider = await scene.PersonAsync(3);
        Contract expired = await DeployAsync(scene, owner, "subscription");
        Assert.Equal(1, await scene.TickAsync(4));
        Assert.Equal("expired", scene.Stored(expired).State);

        Contract contract = await DeployAsync(scene, owner, "subscription");
        await scene.RefusedAsync(RejectionCode.NotYourMove, provider, contract, "active");
        await scene.GoAsync(subscriber, contract, "active");
        Assert.Equal(3, await scene.TickAsync(18));

        // Down for four periods and a half: one renewal, and the beat goes on.
        scene.World.Time.PassZeqonds(26);
        Assert.Equal(1, await scene.TickAsync());
        Assert.Equal(0, await scene.TickAsync(2));
        Assert.Equal(1, await scene.TickAsync(1));
        await scene.RefusedAsync(RejectionCode.NotYourMove, owner, contract, "cancelled");
        await scene.GoAsync(provider, contract, "cancelled");
        Assert.Equal(0, await scene.TickAsync(20));
        await scene.SoundAsync(contract);
    }

    private static async Task<Contract> DeployAsync(ContractScene scene, Caller owner, string id)
    {
        ContractCheck check = ContractDefinition.Check(ContractTemplate.Find(id)!.Definition, JsonDocument.Parse(ParamsOf(id)).RootElement, scene.Desk.HasOperator);
        Assert.Empty(check.Faults);
        return await scene.World.AcceptedAsync(new DeployContract(owner, owner.Zid.OwnMachine, check.Definition!, id));
    }

    private static async Task<Contract> DisputeAsync(ContractScene scene, Caller owner, Caller buyer, Caller seller)
    {
        Contract contract = await DeployAsync(scene, owner, "escrow");
        await scene.GoAsync(buyer, contract, "funded");
        await scene.GoAsync(seller, contract, "disputed");
        return contract;
    }
}
