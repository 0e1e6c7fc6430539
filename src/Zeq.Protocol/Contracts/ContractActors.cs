namespace Zeq.Protocol;

/// <summary>Who may ask for a transition: the <c>by</c> of a definition, its names of the context already looked up (spec 20 §3).</summary>
/// <param name="Zids">The ZIDs that may, each once.</param>
/// <param name="Role">The least role that may; null where no role is named.</param>
/// <param name="Needed">How many different ZIDs have to ask for the same; 1 where any one is enough.</param>
public sealed record ContractActors(IReadOnlyList<Zid> Zids, MachineRole? Role, int Needed)
{
    /// <summary>The most entries of a <c>by</c>.</summary>
    public const int MaxEntries = 64;

    /// <summary>Where a definition says nothing: operators and above.</summary>
    public static ContractActors Operators { get; } = new([], MachineRole.Operator, 1);

    /// <summary>Whether a caller may ask: its role is enough, or its ZID is named and its key may act for the ZID (spec 05 rule 3).</summary>
    public bool Admits(Caller caller, MachineRole? role) => (Role is { } least && role >= least) || (caller.IsWallet && Zids.Contains(caller.Zid));
}
