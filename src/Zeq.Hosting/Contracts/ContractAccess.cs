using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Who sees a contract: who has a role on its machine, whom its definition names, and anybody where the machine is public. Whoever the
/// definition names sees it on a private machine too (spec 20 §3).
/// </summary>
internal static class ContractAccess
{
    public static Field<string> Id { get; } = Fields.Line("id", 1, 64);

    /// <summary>A contract as a caller may see it.</summary>
    /// <param name="Machine">Its machine.</param>
    /// <param name="Contract">The contract.</param>
    /// <param name="Definition">Its definition.</param>
    /// <param name="Standing">What the caller is to it.</param>
    public sealed record View(Machine Machine, Contract Contract, ContractDefinition Definition, ContractStanding Standing)
    {
        /// <summary>Whether a row of the machine's chain is the reader's to see.</summary>
        public bool Shows(RowRef row) => Standing.Any || row.Seq >= Machine.PublicSince;
    }

    /// <summary>Calls a handler with a contract that the caller may see.</summary>
    public static Task<Reply> WithContractAsync(ApiCall call, Func<View, Task<Reply>> handle) => MachineAccess.WithSlugAsync(call, async slug =>
    {
        MachineAccess.View machine = await MachineAccess.LookAsync(call, slug, call.MaybeCaller, isAdmin: false).ConfigureAwait(false);
        Contract? contract = await call.Reader.FindAsync(Contract.Table, call.Get(Id), call.Aborted).ConfigureAwait(false);
        if (contract is not null && contract.Machine == slug)
        {
            ContractDefinition definition = call.Services.Contracts.DefinitionOf(contract);
            ContractStanding standing = call.MaybeCaller is { } caller ? ContractStanding.Of(caller, machine.Role, definition) : default;
            Machine? found = machine.Machine;
            if (found is null && standing.Any)
            {
                found = await call.Reader.FindAsync(Machine.Table, slug.Text, call.Aborted).ConfigureAwait(false);
            }

            if (found is not null && new View(found, contract, definition, standing) is var view && view.Shows(contract.Row))
            {
                return await handle(view).ConfigureAwait(false);
            }
        }

        return machine.Machine is null ? MachineAccess.Missing(call) : call.Refuse(RejectionCode.ContractNotFound, "There is no such contract on this machine.");
    });
}
