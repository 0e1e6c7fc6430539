using System.Text.Json;

namespace Zeq.Protocol.Tests;

/// <summary>A home with contracts: a desk, a clock, and what a node does with them.</summary>
internal sealed class ContractScene : IAsyncDisposable
{
    private ContractScene(World world)
    {
        World = world;
        Desk = new ContractDesk(world.Home, new KernelCatalog(new ReferenceKernel()));
        Clock = new ContractClock(Desk);
    }

    public World World { get; }

    public ContractDesk Desk { get; }

    public ContractClock Clock { get; }

    public static async Task<ContractScene> StartAsync() => new(await World.StartAsync(freeCredits: 0));

    /// <summary>An account with paid fuel.</summary>
    public async Task<Caller> PersonAsync(int number, long fuel = 1_000)
    {
        Caller caller = await World.RegisterAsync(number);
        if (fuel > 0)
        {
            await World.AcceptedAsync(new GrantFuel(caller.Zid, fuel, "fuel of " + caller.Zid.Text));
        }

        return caller;
    }

    public Task<Contract> DeployAsync(Caller owner, ContractDefinition definition) => World.AcceptedAsync(new DeployContract(owner, owner.Zid.OwnMachine, definition, null));

    public Task<Contract> DeployAsync(Caller owner, string definition, string? parameters = null) => DeployAsync(owner, ContractDefinitionTests.Read(definition, parameters));

    public Contract Stored(Contract contract) => World.Store.Find(Contract.Table, contract.Id)!;

    public ContractTriggerRow Trigger(Contract contract, int rule) => World.Store.Find(ContractTriggerRow.Table, ContractTriggerRow.KeyOf(contract.Id, rule))!;

    /// <summary>Asks for a transition as a node does: prepared outside of the writer, then decided in it, a failure kept.</summary>
    public async Task<(TransitionResult? Done, RejectionCode? Code)> AskAsync(Caller caller, Contract contract, string to, string input = "{}")
    {
        Contract stored = Stored(contract);
        MachineRole? role = caller.RoleOn(World.Store.Find(Machine.Table, stored.Machine.Text)!, World.Store.Find(MachineMember.Table, MachineMember.KeyOf(stored.Machine, caller.Zid)));
        PreparedTransition prepared = await Desk.PrepareAsync(caller, role, stored, to, Input(input));
        Rejection? why = prepared.Why;
        if (prepared.Command is { } command)
        {
            Decision<TransitionResult> decision = (await World.Home.ExecuteAsync(command)).Decision;
            if (decision is Accepted<TransitionResult> accepted)
            {
                return (accepted.Result, null);
            }

            why = ((Rejected<TransitionResult>)decision).Why;
        }

        await Desk.NoteAsync(stored, new FailedTry(to, caller.Actor, why!.Code, why.Message));
        return (null, why.Code);
    }

    public async Task<TransitionResult> GoAsync(Caller caller, Contract contract, string to, string input = "{}")
    {
        (TransitionResult? done, RejectionCode? code) = await AskAsync(caller, contract, to, input);
        Assert.Null(code);
        Assert.NotNull(done!.Transition);
        return done;
    }

    public async Task RefusedAsync(RejectionCode code, Caller caller, Contract contract, string to, string input = "{}")
    {
        Contract before = Stored(contract);
        (TransitionResult? done, RejectionCode? found) = await AskAsync(caller, contract, to, input);
        Assert.Null(done);
        Assert.Equal(code, found);
        Contract after = Stored(contract);
        Assert.Equal((before.State, before.Visits), (after.State, after.Visits));
    }

    /// <summary>Lets Zeqonds pass, with a tick in each; how many transitions fired.</summary>
    public async Task<int> TickAsync(int zeqonds = 1)
    {
        int fired = 0;
        for (int i = 0; i < zeqonds; i++)
        {
            World.Time.PassZeqonds(1);
            fired += await Clock.TickAsync(fault => throw new InvalidOperationException("A look failed.", fault));
        }

        return fired;
    }

    public Task EventAsync(Caller owner, string type, string payload = "{}", bool isPublic = true) =>
        World.AcceptedAsync(new WriteEvent(owner, owner.Zid.OwnMachine, type, payload, null, isPublic));

    public async Task SoundAsync(Contract contract)
    {
        Assert.Null(await ContractReplay.RunAsync(World.Store, Stored(contract)));
        Script.CheckInvariants(World);
    }

    public static ContractInput Input(string json) => ContractInput.Of(JsonDocument.Parse(json).RootElement);

    public ValueTask DisposeAsync() => World.DisposeAsync();
}
