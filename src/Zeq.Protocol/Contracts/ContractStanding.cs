namespace Zeq.Protocol;

/// <summary>What a caller is to a contract: its role on the machine, and whether the contract names it (spec 20 §3).</summary>
/// <param name="Role">The role on the machine; null: none.</param>
/// <param name="IsNamed">Whether a <c>by</c> of the contract names the caller's ZID, and the key may act for it.</param>
public readonly record struct ContractStanding(MachineRole? Role, bool IsNamed)
{
    /// <summary>Whether there is any.</summary>
    public bool Any => Role is not null || IsNamed;

    /// <summary>The standing of a caller, whose role on the machine is known.</summary>
    public static ContractStanding Of(Caller caller, MachineRole? role, ContractDefinition definition) =>
        new(role, caller.IsWallet && definition.Names(caller.Zid));
}
