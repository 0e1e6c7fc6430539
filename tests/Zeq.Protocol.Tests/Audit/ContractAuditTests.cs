using System.Text.Json;

namespace Zeq.Protocol.Tests;

/// <summary>A home with contracts that have moved is sound, and each thing that somebody changes in it is named.</summary>
public class ContractAuditTests
{
    private const string Door = """
        {"name":"door","version":"1","states":{"shut":{"initial":true},"open":{},"gone":{"terminal":true}},
         "transitions":[{"from":"shut","to":"open","operator":"NM19","condition":"code == 7","proof_required":true},{"from":"open","to":"gone","operator":"KO42","by":["ZEQ07000000002"]}]}
        """;

    private static readonly string Zeros = new('0', 64);

    [Fact]
    public async Task A_home_with_contracts_is_sound()
    {
        (DamagedStore store, _) = await StoryAsync();
        AuditReport report = await Auditor.RunAsync(store);
        Assert.True(report.Ok, string.Join("\n", report.Findings));
    }

    public static TheoryData<string, Action<DamagedStore>> Damages => new()
    {
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { State = "shut" }) },
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { Visits = 1 }) },
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { Definition = c.Definition.Replace("code == 7", "code == 8", StringComparison.Ordinal) }) },
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { Definition = "{}" }) },
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { Name = "other" }) },
        { "contracts", store => store.Change(Contract.Table, _ => true, c => c with { Row = c.Row with { StateHash = Zeros } }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { To = "gone" }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { Rule = 1 }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { Operator = "KO42" }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { ComputeId = Zeros }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { ProofDigest = Zeros }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { TokenId = null }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 1, t => t with { TransitionId = "019ab2c4-0000-7000-8000-000000000000" }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 2, t => t with { Actor = t.Actor with { Zid = "ZEQ07000000001" } }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 2, t => t with { Row = t.Row with { Seq = t.Row.Seq - 1 } }) },
        { "contract_transitions", store => store.Change(ContractTransition.Table, t => t.Visit == 2, t => t with { ContractId = "zzz" }) },
        { "contract_transitions", store => store.Remove(ContractTransition.Table, t => t.Visit == 1) },
        { "contract_counts", store => store.Change(ContractCount.Table, _ => true, c => c with { Active = 1 }) },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Damages))]
    public async Task What_was_changed_is_named(string table, Action<DamagedStore> damage)
    {
        (DamagedStore store, _) = await StoryAsync();
        damage(store);
        AuditReport report = await Auditor.RunAsync(store);
        Assert.Contains(report.Findings, finding => finding.Table == table);
    }

    [Fact]
    public async Task A_row_of_a_transition_that_never_was_is_named()
    {
        (DamagedStore store, Contract contract) = await StoryAsync();
        store.Remove(ContractTransition.Table, t => t.Visit == 2);
        store.Change(Contract.Table, _ => true, c => c with { State = "open", Visits = 1, Entered = store.All(ContractTransition.Table).Single().Zeqond });
        store.Change(ContractCount.Table, _ => true, c => c with { Active = 1 });
        AuditReport report = await Auditor.RunAsync(store);
        AuditFinding finding = Assert.Single(report.Findings);
        Assert.Equal(("chain_rows", "The home's row is of a transition that does not exist."), (finding.Table, finding.Reason));
        Assert.StartsWith(contract.Machine.Text, finding.Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callers_row_that_looks_like_the_homes_counts_for_nothing()
    {
        (DamagedStore store, _) = await StoryAsync();
        store.Change(ChainRow.Table, row => row.Type == Contract.TransitionRowType, row => row with { Flags = "c0" });
        Assert.Contains((await Auditor.RunAsync(store)).Findings, finding => finding.Table == "chain_rows");
    }

    private static async Task<(DamagedStore Store, Contract Contract)> StoryAsync()
    {
        await using TestHome home = await TestHome.NewAsync();
        Zid anna = await home.RegisterAsync(1), ben = await home.RegisterAsync(2);
        await home.RunAsync(new GrantFuel(anna, 50, "a"));
        await home.RunAsync(new GrantFuel(ben, 50, "b"));
        var desk = new ContractDesk(home.Home, new KernelCatalog(new ReferenceKernel()));
        ContractDefinition definition = ContractDefinitionTests.Read(Door);
        Contract contract = await home.RunAsync(new DeployContract(TestHome.CallerOf(anna), anna.OwnMachine, definition, null));
        await MoveAsync(TestHome.CallerOf(anna), MachineRole.Owner, "open", """{"code":7,"mass_kg":2,"acceleration_ms2":3}""");
        await home.RunAsync(new PauseContract(TestHome.CallerOf(anna), anna.OwnMachine, contract.Id, definition, true));
        await home.RunAsync(new PauseContract(TestHome.CallerOf(anna), anna.OwnMachine, contract.Id, definition, false));
        await MoveAsync(TestHome.CallerOf(ben), null, "gone", "{}");
        return (await DamagedStore.CopyAsync(home.Store), contract);

        async Task MoveAsync(Caller caller, MachineRole? role, string to, string input)
        {
            Contract stored = (await home.Store.FindAsync(Contract.Table, contract.Id))!;
            PreparedTransition prepared = await desk.PrepareAsync(caller, role, stored, to, ContractInput.Of(JsonDocument.Parse(input).RootElement));
            await home.RunAsync(prepared.Command!);
        }
    }
}
