using System.Globalization;

namespace Zeq.Protocol.Tests;

public class TriggerTests
{
    [Fact]
    public async Task A_due_trigger_fires_once_however_many_nodes_look()
    {
        var store = new MemoryHomeStore();
        var time = new ManualTime();
        await using var first = new World(time: time, store: store);
        await using var second = new World(time: time, store: store);
        await first.PinAsync();
        Caller alice = await first.RegisterAsync(1);
        await first.AcceptedAsync(new GrantFuel(alice.Zid, 1_000, "fuel"));
        Contract contract = await first.AcceptedAsync(new DeployContract(alice, alice.Zid.OwnMachine, Beats("""{"kind":"recurring","every_zeqonds":2}"""), null));
        var clocks = new[] { first, second, first, second }.Select(world => new ContractClock(new ContractDesk(world.Home, new KernelCatalog(new ReferenceKernel())))).ToArray();
        int fired = 0;
        for (int i = 0; i < 20; i++)
        {
            time.PassZeqonds(1);
            fired += (await Task.WhenAll(clocks.Select(clock => Task.Run(() => clock.TickAsync(fault => throw fault))))).Sum();
        }

        Contract after = (await store.FindAsync(Contract.Table, contract.Id))!;
        Assert.Equal((10, 10L, 0L), (fired, after.Visits, after.Failures));
        Assert.Equal(980, (await store.FindAsync(FuelPool.Table, alice.Zid.Text))!.Balance);
        Assert.Equal(10, (await store.FindAsync(ContractTriggerRow.Table, ContractTriggerRow.KeyOf(contract.Id, 0)))!.Fires);
        Assert.Null(await ContractReplay.RunAsync(store, after));
    }

    [Fact]
    public async Task A_look_that_another_node_has_overtaken_does_nothing()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"recurring","every_zeqonds":1}"""));
        scene.World.Time.PassZeqonds(1);
        PreparedTransition late = await scene.Desk.PrepareAsync(
            alice.Zid, scene.Stored(contract), Beats("""{"kind":"recurring","every_zeqonds":1}""").Transitions[0], ContractInput.Empty,
            new TriggerLook(scene.Trigger(contract, 0).Changes, 0), default);
        Assert.Equal(1, await scene.Clock.TickAsync());
        Assert.Equal(RejectionCode.Conflict, await scene.World.RefusedAsync(late.Command!));
    }

    [Fact]
    public async Task A_one_shot_is_used_up_whether_its_condition_held_or_not()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        long at = (scene.World.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000) + 10;
        string trigger = string.Create(CultureInfo.InvariantCulture, $"{{\"kind\":\"one_shot\",\"at_unix\":{at}}}");
        Contract fires = await scene.DeployAsync(alice, Beats(trigger)), fails = await scene.DeployAsync(alice, Beats(trigger, "1 > 2")), errs = await scene.DeployAsync(alice, Beats(trigger, "missing"));
        Assert.Equal(0, await scene.TickAsync(11));
        Assert.Equal(1, await scene.TickAsync(30));
        Assert.All(new[] { fires, fails, errs }, contract => Assert.Equal(TriggerStatus.Used, scene.Trigger(contract, 0).Status));
        Assert.Equal((1L, 0L), (scene.Stored(fires).Visits, scene.Stored(fires).Failures));
        Assert.Equal((0L, 1L), (scene.Stored(fails).Visits, scene.Stored(fails).Failures));
        Assert.Equal(["ConditionError", "ConditionFailed"], scene.World.Store.All(ContractFailure.Table).Select(failure => failure.Code).Order());
    }

    [Fact]
    public async Task Cron_fires_at_its_minute_and_once_for_what_it_missed()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"recurring","cron":"*/5 * * * *"}"""));
        long before = scene.Trigger(contract, 0).Due.StartUnixMs;
        Assert.True(before % 300_000 < KernelConstants.ZeqondMs);
        scene.World.Time.Pass(before - scene.World.Time.GetUtcNow().ToUnixTimeMilliseconds() - KernelConstants.ZeqondMs - 1);
        Assert.Equal(0, await scene.Clock.TickAsync());
        Assert.Equal(1, await scene.TickAsync(2));
        Assert.Equal(0, await scene.TickAsync(10));
        scene.World.Time.Pass(3_600_000);
        Assert.Equal(1, await scene.Clock.TickAsync());
        Assert.Equal(0, await scene.TickAsync(10));
        Assert.True(scene.Trigger(contract, 0).Due > scene.World.Now);
    }

    [Fact]
    public async Task Events_are_counted_together_and_each_counts_once()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"on_events","events":["a","b"],"count":3}"""));
        await scene.EventAsync(alice, "a");
        await scene.EventAsync(alice, "b");
        await scene.EventAsync(alice, "c");
        Assert.Equal(0, await scene.TickAsync(2));
        Assert.Equal(2, scene.Trigger(contract, 0).Count);
        await scene.EventAsync(alice, "a");
        await scene.EventAsync(alice, "a");
        Assert.Equal(1, await scene.TickAsync(3));
        Assert.Equal((1L, 1L), (scene.Trigger(contract, 0).Count, scene.Stored(contract).Visits));
        await scene.EventAsync(alice, "b");
        await scene.EventAsync(alice, "b");
        Assert.Equal(1, await scene.TickAsync(3));
        Assert.Equal((0L, 2L), (scene.Trigger(contract, 0).Count, scene.Stored(contract).Visits));
    }

    [Fact]
    public async Task Every_event_fires_even_where_many_came_between_two_looks()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"on_event","event":"beat"}""", "input.n > 1"));
        for (int n = 0; n < 5; n++)
        {
            await scene.EventAsync(alice, "beat", string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{n}}}"));
        }

        Assert.Equal(3, await scene.TickAsync(10));
        Assert.Equal([2, 3, 4], scene.World.Store.All(ChainRow.Table).Where(row => row.Type == Contract.TransitionRowType)
            .Select(row => System.Text.Json.JsonDocument.Parse(row.Payload!).RootElement.GetProperty("input").GetProperty("n").GetInt32()));
        await scene.SoundAsync(contract);
    }

    [Fact]
    public async Task An_event_that_was_passed_over_does_not_come_back()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"on_event","event":"beat"}""", "zeqond - entered_zeqond > 5"));
        await scene.EventAsync(alice, "beat");
        Assert.Equal(0, await scene.TickAsync(10));
        await scene.EventAsync(alice, "beat");
        Assert.Equal(1, await scene.TickAsync(3));
        Assert.Equal(1, scene.Stored(contract).Visits);
    }

    [Fact]
    public async Task A_callers_row_is_no_row_of_the_home_and_the_contracts_own_rows_are_no_events()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        foreach (string type in new[] { Contract.TransitionRowType, ComputeRow.ChainRowType, Contract.ChainRowType })
        {
            Contract contract = await scene.DeployAsync(alice, $$"""
                {"name":"n","version":"1","states":{"s":{"initial":true} },"transitions":[
                 {"from":"s","to":"s","operator":"KO42","trigger":{"kind":"on_event","event":"{{type}}"} },{"from":"s","to":"s","operator":"KO42","condition":"input.by_hand"}]}
                """);
            Assert.Equal(1, (await scene.GoAsync(alice, contract, "s", """{"by_hand":true}""")).Contract.Visits);
            Assert.Equal(0, await scene.TickAsync(5));
            Assert.Equal(1, scene.Stored(contract).Visits);
            await scene.World.AcceptedAsync(new PauseContract(alice, alice.Zid.OwnMachine, contract.Id, ContractDefinition.Restore(contract.Definition, contract.Context), true));
        }

        // What somebody else does on the machine is an event: a compute of the owner's, another contract's transition.
        Contract watches = await scene.DeployAsync(alice, Beats("""{"kind":"on_events","events":["compute","contract_transition"],"count":1}"""));
        await scene.World.AcceptedAsync(new ChargeCompute(alice, alice.Zid.OwnMachine, World.Work("x"), FundingLimit.All));
        Assert.Equal(1, await scene.TickAsync(5));
        Contract other = await scene.DeployAsync(alice, Beats("""{"kind":"after","zeqonds":1}"""));
        Assert.True(await scene.TickAsync(1) >= 1);
        Assert.True(scene.Stored(other).Visits == 1 && scene.Stored(watches).Visits >= 1);
    }

    [Theory]
    [InlineData("avg", ">", 4, false)]
    [InlineData("avg", ">=", 4, true)]
    [InlineData("sum", "==", 12, true)]
    [InlineData("min", "<", 3, true)]
    [InlineData("max", ">", 6, false)]
    [InlineData("count", "!=", 3, false)]
    [InlineData("count", "==", 3, true)]
    public async Task Aggregates_look_at_what_is_in_their_window(string function, string op, int value, bool fires)
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        await scene.EventAsync(alice, "t", """{"v":{"x":100}}""");
        scene.World.Time.PassZeqonds(10);
        foreach (string payload in new[] { """{"v":{"x":2}}""", """{"v":{"x":4}}""", """{"v":{"x":6}}""", """{"v":{"x":"7"}}""", """{"v":7}""", "[]" })
        {
            await scene.EventAsync(alice, "t", payload, isPublic: false);
        }

        await scene.EventAsync(alice, "u", """{"v":{"x":1000}}""");
        Contract contract = await scene.DeployAsync(alice, $$"""
            {"name":"n","version":"1","states":{"a":{"initial":true},"b":{"terminal":true} },"transitions":[{"from":"a","to":"b","operator":"KO42",
             "trigger":{"kind":"on_aggregate","event":"t","field":"v.x","fn":"{{function}}","over_zeqonds":10,"op":"{{op}}","value":{{value}}} }]}
            """);
        Assert.Equal(fires ? 1 : 0, await scene.TickAsync(2));

        // An average of nothing passes no bound; a sum and a count of nothing are 0.
        Assert.Equal(fires || function is "avg" or "min" or "max" || (function, op) is ("sum", "==") or ("count", "==") ? 0 : 1, await scene.TickAsync(20));
        Assert.Null(await ContractReplay.RunAsync(scene.World.Store, scene.Stored(contract)));
    }

    [Fact]
    public async Task An_auto_transition_without_a_trigger_waits_for_its_condition()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, """
            {"name":"n","version":"1","zeqond_tick_rate":3,"states":{"a":{"initial":true},"b":{"terminal":true}},
             "transitions":[{"from":"a","to":"b","operator":"KO42","auto":true,"condition":"zeqond - entered_zeqond >= 7"}]}
            """);
        Assert.Equal(0, await scene.TickAsync(8));
        Assert.Equal(1, await scene.TickAsync(1));
        Assert.Equal((0L, "b"), (scene.Stored(contract).Failures, scene.Stored(contract).State));
    }

    [Fact]
    public async Task After_eight_failures_in_a_row_it_pauses_and_after_a_resumption_it_goes_on()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1, fuel: 2);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"recurring","every_zeqonds":1}"""));
        Assert.Equal(1, await scene.TickAsync(8));
        Assert.Equal((7L, false), (scene.Stored(contract).AutoFailures, scene.Stored(contract).IsPaused));
        await scene.TickAsync(1);
        Contract paused = scene.Stored(contract);
        Assert.Equal((8L, true), (paused.AutoFailures, paused.IsPaused));
        ChainRow row = scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal((Contract.PausedRowType, $"{alice.Zid.Text}|zeq-sys-auto"), (row.Type, row.Actor.ToString()));
        Assert.Equal(TriggerStatus.Held, scene.Trigger(contract, 0).Status);
        await scene.TickAsync(20);
        Assert.Equal(8, scene.Stored(contract).Failures);

        await scene.World.AcceptedAsync(new GrantFuel(alice.Zid, 100, "more"));
        await scene.World.AcceptedAsync(new PauseContract(alice, alice.Zid.OwnMachine, contract.Id, ContractDefinition.Restore(contract.Definition, contract.Context), false));
        Assert.Equal(5, await scene.TickAsync(5));
        Assert.Equal(0, scene.Stored(contract).AutoFailures);
        await scene.SoundAsync(contract);
    }

    [Fact]
    public async Task A_timer_that_fails_for_want_of_fuel_is_tried_again_later_each_time()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1, fuel: 0);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"after","zeqonds":3}"""));
        await scene.TickAsync(3);
        Assert.Equal(1, scene.Stored(contract).Failures);
        await scene.TickAsync(7);
        Assert.Equal(4, scene.Stored(contract).Failures);
        await scene.World.AcceptedAsync(new GrantFuel(alice.Zid, 100, "more"));
        Assert.Equal(0, await scene.TickAsync(7));
        Assert.Equal(1, await scene.TickAsync(1));
    }

    [Fact]
    public async Task An_event_that_always_fails_is_passed_over_and_does_not_stop_the_next()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract contract = await scene.DeployAsync(alice, Beats("""{"kind":"on_event","event":"beat"}""", "input.n == 1"));
        await scene.EventAsync(alice, "beat");
        await scene.EventAsync(alice, "beat", "[1]");
        await scene.EventAsync(alice, "beat", """{"n":1}""");
        Assert.Equal(1, await scene.TickAsync(3));
        Assert.Equal((2L, 0L), (scene.Stored(contract).Failures, scene.Stored(contract).AutoFailures));
    }

    [Fact]
    public async Task Owners_take_turns()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        string loop = """{"from":"s","to":"s","operator":"KO42","trigger":{"kind":"recurring","every_zeqonds":1}}""";
        ContractDefinition beats = ContractDefinitionTests.Read(
            """{"name":"n","version":"1","states":{"s":{"initial":true}},"transitions":[LIST]}""".Replace("LIST", string.Join(',', Enumerable.Repeat(loop, 16)), StringComparison.Ordinal));
        for (int number = 1; number <= 8; number++)
        {
            Caller greedy = await scene.PersonAsync(number);
            await scene.DeployAsync(greedy, beats);
            await scene.DeployAsync(greedy, beats);
        }

        scene.World.Time.PassZeqonds(1);
        Contract small = await scene.DeployAsync(await scene.PersonAsync(9), Beats("""{"kind":"recurring","every_zeqonds":1}"""));

        // Every commit takes so long that a tick has time for a few, and hundreds are due before the small one.
        scene.World.Store.OnCommit = _ =>
        {
            scene.World.Time.Pass(KernelConstants.ZeqondMs / 4);
            return default;
        };
        for (int i = 0; i < 6; i++)
        {
            scene.World.Time.PassZeqonds(1);
            await scene.Clock.TickAsync();
        }

        Assert.InRange(scene.Stored(small).Visits, 2, 6);
    }

    internal static ContractDefinition Beats(string trigger, string condition = "true") => ContractDefinitionTests.Read(
        """{"name":"n","version":"1","states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42","condition":"IF","trigger":WHEN}]}"""
            .Replace("IF", condition, StringComparison.Ordinal).Replace("WHEN", trigger, StringComparison.Ordinal));
}
