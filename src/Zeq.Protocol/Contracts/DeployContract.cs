namespace Zeq.Protocol;

/// <summary>Puts a contract on a machine (spec 20 §3, spec 05 rule 24). Its <c>params</c> are in the definition already.</summary>
/// <param name="Caller">Who asks: admin or owner of the machine.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Definition">The definition, checked.</param>
/// <param name="TemplateId">The template that it was made of, if it was.</param>
public sealed record DeployContract(Caller Caller, Slug Machine, ContractDefinition Definition, string? TemplateId) : Command<Contract>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        string id = IdAt(now);
        keys.AddRole(Caller, Machine).AddChain(Machine).Add(Contract.Table, id).Add(ContractCount.Table, Machine.Text).AddTriggers(id, Definition);
    }

    /// <inheritdoc/>
    public override Decision<Contract> Decide(Workspace home, Moment now)
    {
        Machine? machine = home.Find(Protocol.Machine.Table, Machine.Text);
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        ContractCount count = home.Find(ContractCount.Table, Machine.Text) ?? new ContractCount(Machine, 0, 0);
        if (count.Active >= Contract.MaxActive)
        {
            return Reject(RejectionCode.TooManyContracts, $"A machine has at most {Contract.MaxActive} contracts that have not ended.");
        }

        string id = IdAt(now);
        var contract = new Contract(
            id, Machine, Caller.Zid, Definition.Name, Definition.Version, TemplateId, Definition.Text, Definition.ContextText, now.Zeqond, new RowRef("", 0, ""),
            Definition.Initial.Name, now.Zeqond, 0, 0, 0, 0, null, 0);
        ChainRow row = home.AppendRow(Machine, Contract.ChainRowType, contract.ChainPayload(Definition), Caller.Actor, now, Definition.IsPublicOn(machine!));
        contract = home.Put(Contract.Table, contract with { Row = RowRef.Of(row) });
        if (!Definition.Initial.IsTerminal)
        {
            home.Put(ContractCount.Table, count with { Active = count.Active + 1, Changes = count.Changes + 1 });
        }

        foreach (ContractTransitionRule rule in Definition.Triggers)
        {
            ContractTriggerRow trigger = ContractTriggerRow.New(id, rule.Index, Machine);
            home.Put(ContractTriggerRow.Table, rule.From == contract.State ? trigger.Arm(rule.Trigger!, now, row.Seq) : trigger);
        }

        return Accept(contract);
    }

    private string IdAt(Moment now) => ChainAppend.UuidV7(now, "contract/" + Machine.Text);
}
