using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class TransitionTests
{
    private const string Door = """
        {"name":"door","version":"1","context":{"code":7},
         "states":{"shut":{"initial":true},"open":{},"gone":{"terminal":true}},
         "transitions":[
          {"from":"shut","to":"open","operator":"NM19","condition":"code == context.code","proof_required":true},
          {"from":"open","to":"shut","operator":"KO42"},
          {"from":"shut","to":"gone","operator":"KO42","by":["ZEQ07000000002"]},
          {"from":"open","to":"gone","operator":"KO42","by":{"any":2,"of":["ZEQ07000000001","ZEQ07000000002","ZEQ07000000003"]}}]}
        """;

    private const string Key = """{"code":7,"mass_kg":2,"acceleration_ms2":3}""";

    [Fact]
    public async Task One_step_charges_mints_writes_and_moves()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract door = await scene.DeployAsync(alice, Door);
        Assert.Equal(("shut", 0L, "contract"), (door.State, door.Visits, scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!.Type));
        scene.World.Time.PassZeqonds(3);
        TransitionResult done = await scene.GoAsync(alice, door, "open", Key);
        ContractTransition made = done.Transition!;
        ComputeRow compute = done.Compute!.Compute;
        Assert.Equal(("shut", "open", scene.World.Now), (done.From, done.Contract.State, done.Contract.Entered));
        Assert.Equal(("KO42,NM19", 3L, alice.Zid, alice.Zid.OwnMachine), (compute.Operators, compute.Cost, compute.Payer, compute.Machine));
        Assert.Equal(997, scene.World.Pool(alice.Zid).Balance);
        Assert.Equal(6, scene.World.Coin(TokenId.Parse(made.TokenId!)).ValueZqt);
        Assert.Equal(World.Hash(compute.ZeqProof), made.ProofDigest);

        ChainRow row = scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal((Contract.TransitionRowType, "s0", made.TransitionId, made.Row), (row.Type, row.Flags, row.TransitionId, RowRef.Of(row)));
        Assert.Equal($$"""{"contract_id":"{{door.Id}}","from":"shut","input":{"acceleration_ms2":3,"code":7,"mass_kg":2},"name":"door","operator":"NM19","to":"open"}""", row.Payload);

        // Rule 21: whoever reads the two rows recomputes the digest, and thereby the coin's hash.
        using JsonDocument inputs = JsonDocument.Parse($$"""{"contract_id":"{{door.Id}}","transition_id":"{{row.TransitionId}}","input":{{Key}}}""");
        Assert.Equal(compute.ResultDigest, ComputeDigest.Of(inputs.RootElement, ["KO42", "NM19"], "N", 6));
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task Each_refusal_has_its_code_and_is_kept()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), poor = await scene.PersonAsync(2, fuel: 0);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.RefusedAsync(RejectionCode.UnknownState, alice, door, "ajar");
        await scene.RefusedAsync(RejectionCode.NoTransition, alice, door, "shut");
        await scene.RefusedAsync(RejectionCode.ConditionFailed, alice, door, "open", """{"code":8}""");
        await scene.RefusedAsync(RejectionCode.ConditionError, alice, door, "open");
        await scene.RefusedAsync(RejectionCode.ConditionError, alice, door, "open", """{"code":"7"}""");
        await scene.RefusedAsync(RejectionCode.InvalidInputs, alice, door, "open", """{"code":7}""");
        await scene.RefusedAsync(RejectionCode.NotYourMove, alice, door, "gone");
        await scene.RefusedAsync(RejectionCode.NotYourMove, poor, door, "open", Key);
        await scene.RefusedAsync(RejectionCode.InsufficientBalance, poor, door, "gone");
        Contract tried = scene.Stored(door);
        Assert.Equal((9L, 9L, 0L, 0L), (tried.Tries, tried.Failures, tried.AutoFailures, tried.Visits));
        ContractFailure third = scene.World.Store.Find(ContractFailure.Table, door.Id + "|02")!;
        Assert.Equal((3L, "shut", "open", "ConditionFailed", alice.Actor), (third.Try, third.From, third.To, third.Code, third.Actor));

        // The state itself, and not the failures, is what the chain tells of.
        Assert.Equal("contract", scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!.Type);
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task The_newest_hundred_failed_tries_are_kept()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract door = await scene.DeployAsync(alice, Door);
        for (int i = 0; i < 103; i++)
        {
            await scene.RefusedAsync(RejectionCode.ConditionError, alice, door, "open");
        }

        Assert.Equal(Enumerable.Range(4, 100).Select(i => (long)i), scene.World.Store.All(ContractFailure.Table).Select(failure => failure.Try).Order());
        await scene.GoAsync(alice, door, "open", Key);
        Assert.Equal(104, scene.World.Store.All(ContractTransition.Table).Single().Try);
    }

    [Fact]
    public async Task Of_two_who_ask_at_once_one_wins()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract loop = await scene.DeployAsync(alice, """{"name":"n","version":"1","states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42"}]}""");
        PreparedTransition first = await scene.Desk.PrepareAsync(alice, MachineRole.Owner, loop, "s", ContractScene.Input("""{"n":1}"""));
        PreparedTransition second = await scene.Desk.PrepareAsync(alice, MachineRole.Owner, loop, "s", ContractScene.Input("""{"n":2}"""));
        Task<Executed<TransitionResult>>[] both = [scene.World.Home.ExecuteAsync(first.Command!), scene.World.Home.ExecuteAsync(second.Command!)];
        Executed<TransitionResult>[] done = await Task.WhenAll(both);
        Assert.Single(done, executed => executed.Decision is Accepted<TransitionResult>);
        Assert.Equal(RejectionCode.NoTransition, done.Select(executed => executed.Decision).OfType<Rejected<TransitionResult>>().Single().Why.Code);
        Assert.Equal((1L, 998L), (scene.Stored(loop).Visits, scene.World.Pool(alice.Zid).Balance));
        await scene.SoundAsync(loop);
    }

    [Fact]
    public async Task A_member_without_a_role_pays_itself_and_stamps_its_own_machine()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2);
        Contract door = await scene.DeployAsync(alice, Door);
        TransitionResult done = await scene.GoAsync(bob, door, "gone");
        Assert.Equal((bob.Zid, bob.Zid.OwnMachine), (done.Compute!.Compute.Payer, done.Compute.Compute.Machine));
        Assert.Equal((1000L, 998L), (scene.World.Pool(alice.Zid).Balance, scene.World.Pool(bob.Zid).Balance));
        Assert.Equal(alice.Zid.OwnMachine.Text, done.Transition!.Row.Slug);

        // A key that may not move bob's value may not act as bob (rule 3).
        Contract other = await scene.DeployAsync(alice, Door);
        await scene.RefusedAsync(RejectionCode.NotYourMove, bob with { IsWallet = false, IsAccountKey = false, Machine = bob.Zid.OwnMachine, Role = MachineRole.Operator }, other, "gone");
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task Several_approvals_are_for_one_thing_and_by_different_people()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2), carol = await scene.PersonAsync(3), dave = await scene.PersonAsync(4);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.GoAsync(alice, door, "open", Key);
        await scene.RefusedAsync(RejectionCode.NotYourMove, dave, door, "gone", """{"why":1}""");

        (TransitionResult? one, _) = await scene.AskAsync(alice, door, "gone", """{"why":1}""");
        Assert.Equal((null, 1, 2, "open"), (one!.Transition, one.Approvals, one.Needed, one.Contract.State));
        ChainRow row = scene.World.Store.Find(ChainRow.Table, alice.Zid.OwnMachine.Text)!;
        Assert.Equal((Contract.ApprovalRowType, one.Row), (row.Type, RowRef.Of(row)));

        // The same person again adds nothing, not even a row; another input is another thing.
        (TransitionResult? again, _) = await scene.AskAsync(alice, door, "gone", """{"why":1}""");
        Assert.Equal((1, one.Row), (again!.Approvals, again.Row));
        (TransitionResult? different, _) = await scene.AskAsync(bob, door, "gone", """{"why":2}""");
        Assert.Equal((null, 1), (different!.Transition, different.Approvals));
        Assert.Equal(997, scene.World.Pool(alice.Zid).Balance);

        // A transition in between voids what was asked before it.
        await scene.GoAsync(alice, door, "shut");
        await scene.GoAsync(alice, door, "open", Key);
        (TransitionResult? late, _) = await scene.AskAsync(bob, door, "gone", """{"why":1}""");
        Assert.Equal((null, 1), (late!.Transition, late.Approvals));
        TransitionResult done = await scene.GoAsync(carol, door, "gone", """{"why":1}""");
        Assert.Equal(("gone", carol.Zid, 2), (done.Contract.State, done.Compute!.Compute.Payer, done.Approvals));
        Assert.Equal(0, scene.World.Store.Find(ContractCount.Table, alice.Zid.OwnMachine.Text)!.Active);
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task A_recovery_voids_what_was_approved_with_the_lost_key()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2), carol = await scene.PersonAsync(3);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.GoAsync(alice, door, "open", Key);
        await scene.AskAsync(bob, door, "gone");
        IdentityRow account = scene.World.Store.Find(IdentityRow.Table, bob.Zid.Text)!;
        await scene.World.AcceptedAsync(new Put<IdentityRow>(IdentityRow.Table, bob.Zid.Text, account with { KeyGeneration = account.KeyGeneration + 1 }));
        (TransitionResult? done, _) = await scene.AskAsync(carol, door, "gone");
        Assert.Equal((null, 1), (done!.Transition, done.Approvals));
        TransitionResult gone = await scene.GoAsync(bob with { Generation = account.KeyGeneration + 1 }, door, "gone");
        Assert.Equal("gone", gone.Contract.State);
    }

    [Fact]
    public async Task A_replay_finds_where_the_contract_is_not_where_its_transitions_lead()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.GoAsync(alice, door, "open", Key);
        Contract open = scene.Stored(door);
        foreach (Contract wrong in new[] { open with { State = "shut" }, open with { Visits = 2 }, open with { Entered = new Zeqond(1) }, open with { Context = """{"code":8}""" } })
        {
            Assert.NotNull(await ContractReplay.RunAsync(scene.World.Store, wrong));
        }

        Assert.Null(await ContractReplay.RunAsync(scene.World.Store, open));
    }

    [Fact]
    public async Task Nobody_fills_a_chain_with_asks()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.GoAsync(alice, door, "open", Key);
        for (int i = 0; i < 16; i++)
        {
            Assert.Null((await scene.AskAsync(bob, door, "gone", $"[{i}]".Replace("[", "{\"n\":", StringComparison.Ordinal).Replace("]", "}", StringComparison.Ordinal))).Code);
        }

        await scene.RefusedAsync(RejectionCode.Conflict, bob, door, "gone", """{"n":16}""");
        Assert.Null((await scene.AskAsync(bob, door, "gone", """{"n":3}""")).Code);
        await scene.GoAsync(alice, door, "gone", """{"n":3}""");
    }

    [Fact]
    public async Task The_last_two_who_approve_at_once_fire_it_once()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2);
        Contract door = await scene.DeployAsync(alice, Door);
        await scene.GoAsync(alice, door, "open", Key);
        Contract stored = scene.Stored(door);
        PreparedTransition a = await scene.Desk.PrepareAsync(alice, MachineRole.Owner, stored, "gone", ContractInput.Empty);
        PreparedTransition b = await scene.Desk.PrepareAsync(bob, null, stored, "gone", ContractInput.Empty);
        Assert.IsType<Accepted<TransitionResult>>((await scene.World.Home.ExecuteAsync(a.Command!)).Decision);

        // Bob was prepared as the first of two, without the kernel: he asks again.
        Assert.Equal(RejectionCode.Conflict, Assert.IsType<Rejected<TransitionResult>>((await scene.World.Home.ExecuteAsync(b.Command!)).Decision).Why.Code);
        await scene.GoAsync(bob, door, "gone");
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task Only_admins_deploy_and_pause_and_a_paused_contract_stands_still()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1), bob = await scene.PersonAsync(2);
        ContractDefinition definition = ContractDefinitionTests.Read(Door);
        Slug machine = alice.Zid.OwnMachine;
        Caller operates = alice with { IsAccountKey = false, IsWallet = false, Machine = machine, Role = MachineRole.Operator };
        Assert.Equal(RejectionCode.Forbidden, await scene.World.RefusedAsync(new DeployContract(operates, machine, definition, null)));
        Assert.Equal(RejectionCode.MachineNotFound, await scene.World.RefusedAsync(new DeployContract(bob, machine, definition, null)));
        Contract door = await scene.World.AcceptedAsync(new DeployContract(operates with { Role = MachineRole.Admin }, machine, definition, null));
        Assert.Equal(RejectionCode.Forbidden, await scene.World.RefusedAsync(new PauseContract(operates, machine, door.Id, definition, true)));
        await scene.World.AcceptedAsync(new PauseContract(alice, machine, door.Id, definition, true));
        Assert.Equal(Contract.PausedRowType, scene.World.Store.Find(ChainRow.Table, machine.Text)!.Type);
        await scene.World.UnchangedAsync(new PauseContract(alice, machine, door.Id, definition, true));
        await scene.RefusedAsync(RejectionCode.Paused, alice, door, "open", Key);
        await scene.World.AcceptedAsync(new PauseContract(alice, machine, door.Id, definition, false));
        await scene.GoAsync(operates, door, "open", Key);
        await scene.SoundAsync(door);
    }

    [Fact]
    public async Task A_machine_has_64_contracts_that_have_not_ended()
    {
        await using ContractScene scene = await ContractScene.StartAsync();
        Caller alice = await scene.PersonAsync(1);
        ContractDefinition definition = ContractDefinitionTests.Read("""{"name":"n","version":"1","states":{"a":{"initial":true},"b":{"terminal":true}},"transitions":[{"from":"a","to":"b","operator":"KO42"}]}""");
        Contract first = await scene.DeployAsync(alice, definition);
        for (int i = 1; i < Contract.MaxActive; i++)
        {
            await scene.DeployAsync(alice, definition);
        }

        Assert.Equal(RejectionCode.TooManyContracts, await scene.World.RefusedAsync(new DeployContract(alice, alice.Zid.OwnMachine, definition, null)));
        await scene.GoAsync(alice, first, "b");
        await scene.DeployAsync(alice, definition);
        Assert.Equal(RejectionCode.TooManyContracts, await scene.World.RefusedAsync(new DeployContract(alice, alice.Zid.OwnMachine, definition, null)));
    }

    /// <summary>Puts a row as it is.</summary>
    internal sealed record Put<TRow>(Table<TRow> Table, string Key, TRow Row) : Command<bool>
        where TRow : class
    {
        public override void Touch(KeySet keys, Moment now) => keys.Add(Table, Key);

        public override Decision<bool> Decide(Workspace home, Moment now)
        {
            home.Put(Table, Row);
            return Accept(true);
        }
    }
}
