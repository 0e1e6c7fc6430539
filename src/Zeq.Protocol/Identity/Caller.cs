namespace Zeq.Protocol;

/// <summary>Who asks, as far as its key proves: an account, the prefix of the key, and what the key may do.</summary>
/// <param name="Zid">The account.</param>
/// <param name="KeyPrefix">The first 12 characters of its key.</param>
/// <param name="IsAccountKey">Whether it is an account key.</param>
/// <param name="IsWallet">Whether it may move value.</param>
/// <param name="Machine">The machine of a machine key.</param>
/// <param name="Role">The role of a machine key.</param>
public sealed record Caller(Zid Zid, string KeyPrefix, bool IsAccountKey, bool IsWallet, Slug? Machine, MachineRole Role)
{
    /// <summary>
    /// The account's key generation when the caller's key was issued. A request that was let in just before a recovery still waits for
    /// the writer with its old generation, and may not leave a key behind (spec 05 rule 6).
    /// </summary>
    public long Generation { get; init; }

    /// <summary>When the caller's key was issued; null where that is not known.</summary>
    public Zeqond? Issued { get; init; }

    /// <summary>How rows name the caller.</summary>
    public Actor Actor => new(Zid.Text, KeyPrefix);

    /// <summary>The caller of a stored key.</summary>
    public static Caller Of(ApiKeyRow key) => new(key.Zid, key.Prefix, key.IsAccount, key.IsWallet, key.Machine, key.Role) { Generation = key.Generation, Issued = key.Created };

    /// <summary>Whether a recovery has voided the caller's key since it was let in, given its account as it stands.</summary>
    public bool IsVoidedIn(IdentityRow account) => Generation < account.KeyGeneration && (Machine is not { } machine || machine == Zid.OwnMachine);

    /// <summary>
    /// Why the caller may not do on a machine what takes a role, or null where it may. A private machine and one that does not exist look
    /// alike; a public one is there for all to see.
    /// </summary>
    public Rejection? RefusalOn(Machine? machine, MachineRole needed, MachineMember? member = null)
    {
        MachineRole? held = machine is null ? null : RoleOn(machine, member);
        return held >= needed ? null
            : machine is null || (held is null && !machine.IsPublic) ? new Rejection(RejectionCode.MachineNotFound, "This machine does not exist here.")
            : new Rejection(RejectionCode.Forbidden, "This key may not do this on this machine.");
    }

    /// <summary>
    /// What the caller may do on a machine: its owner's account key is the owner, a member's account key has the member's role. A machine
    /// key has its own role on its own machine, as far as the account that issued it still has one there: who is no member any more, or
    /// has become one again since, has left no key behind.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="member">The caller's membership of it, if it has one.</param>
    public MachineRole? RoleOn(Machine machine, MachineMember? member = null)
    {
        bool isMember = member is not null && member.Zid == Zid && member.Machine == machine.Slug;
        MachineRole? held = machine.Owner == Zid ? MachineRole.Owner : isMember ? member!.Role : null;
        if (IsAccountKey || held is null)
        {
            return held;
        }

        bool isVoid = Machine != machine.Slug || (held != MachineRole.Owner && Issued < member!.Since);
        return isVoid ? null : Role < held ? Role : held;
    }
}
