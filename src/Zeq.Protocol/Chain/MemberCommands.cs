namespace Zeq.Protocol;

/// <summary>
/// Gives an account a role on a machine, or another one (spec 20 §1). Nobody gives a role above their own, nor changes one that is; on a ZID's
/// own machine only the owner's account key does (spec 05 rule 3).
/// </summary>
/// <param name="Caller">Who asks: admin or owner.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Zid">The member.</param>
/// <param name="Role">Viewer, operator or admin.</param>
public sealed record SetMember(Caller Caller, Slug Machine, Zid Zid, MachineRole Role) : Command<MachineMember>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.AddRole(Caller, Machine).Add(MachineMember.Table, MachineMember.KeyOf(Machine, Zid)).Add(IdentityRow.Table, Zid.Text).Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<MachineMember> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        Machine machine = home.Find(Protocol.Machine.Table, Machine.Text)!;
        if (Zid.IsSystem || home.Find(IdentityRow.Table, Zid.Text) is null)
        {
            return Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.");
        }

        MachineMember? before = home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Zid));
        MachineRole own = Caller.RoleOn(machine, home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Caller.Zid)))!.Value;
        if (Role >= MachineRole.Owner || Role > own || before?.Role > own || (machine.IsOwn && own != MachineRole.Owner))
        {
            return Reject(RejectionCode.Forbidden, "This key may not give that role here.");
        }

        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is { } account && Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        return machine.Owner == Zid
            ? Reject(RejectionCode.Conflict, "The owner is no member.")
            : Accept(home.Put(MachineMember.Table, new MachineMember(Machine, Zid, Role, before?.Since ?? now.Zeqond)));
    }
}

/// <summary>
/// Takes a member's role away, and with it every key of the machine that it issued. An admin or the owner does; a member may leave by itself.
/// </summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Zid">The member.</param>
public sealed record RemoveMember(Caller Caller, Slug Machine, Zid Zid) : Command<MachineMember>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.AddRole(Caller, Machine).Add(MachineMember.Table, MachineMember.KeyOf(Machine, Zid)).Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<MachineMember> Decide(Workspace home, Moment now)
    {
        bool leaves = Caller.IsAccountKey && Caller.Zid == Zid;
        if (home.RefusalOn(Caller, Machine, leaves ? MachineRole.Viewer : MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        Machine machine = home.Find(Protocol.Machine.Table, Machine.Text)!;
        if (home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Zid)) is not { } member)
        {
            return Reject(RejectionCode.MemberNotFound, "This ZID is no member of the machine.");
        }

        MachineRole own = Caller.RoleOn(machine, home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Caller.Zid)))!.Value;
        if (!leaves && (member.Role > own || (machine.IsOwn && own != MachineRole.Owner)))
        {
            return Reject(RejectionCode.Forbidden, "This key may not take that role away.");
        }

        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is { } account && Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        home.Delete(MachineMember.Table, MachineMember.KeyOf(Machine, Zid));
        return Accept(member);
    }
}

/// <summary>Revokes a key of a machine. The caller found its digest by its prefix, and neither ever changes.</summary>
/// <param name="Caller">Who asks: admin or owner; on a ZID's own machine the owner's account key.</param>
/// <param name="Machine">The machine.</param>
/// <param name="KeyHash">SHA-256 of the key, 64 hex; empty where none of that prefix was found.</param>
public sealed record RevokeMachineKey(Caller Caller, Slug Machine, string KeyHash) : Command<ApiKeyRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).Add(ApiKeyRow.Table, KeyHash).Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<ApiKeyRow> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        if (home.Find(ApiKeyRow.Table, KeyHash) is not { } key || key.Machine != Machine)
        {
            return Reject(RejectionCode.KeyNotFound, "There is no such key.");
        }

        Machine machine = home.Find(Protocol.Machine.Table, Machine.Text)!;
        MachineRole own = Caller.RoleOn(machine, home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Caller.Zid)))!.Value;
        if (key.Role > own || (machine.IsOwn && own != MachineRole.Owner))
        {
            return Reject(RejectionCode.Forbidden, "This key may not revoke that key.");
        }

        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is { } account && Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        return Accept(key.Revoked is null ? home.Put(ApiKeyRow.Table, key with { Revoked = now.Zeqond }) : key);
    }
}
