namespace Zeq.Protocol;

/// <summary>An account that may act on a machine that is not its own (spec 20 §1). A member acts with its account key, or with keys of the machine that it issued.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Zid">The member.</param>
/// <param name="Role">What it may do: viewer, operator or admin; the owner is no member.</param>
/// <param name="Since">When it became one: keys that it had issued before are void.</param>
public sealed record MachineMember(Slug Machine, Zid Zid, MachineRole Role, Zeqond Since)
{
    /// <summary>The most members of a machine that one page lists.</summary>
    public const int MaxPage = 200;

    /// <summary>How stores hold it.</summary>
    public static Table<MachineMember> Table { get; } = Protocol.Table.Of<MachineMember>("machine_members")
        .Key("slug", m => m.Machine.Text)
        .Key("zid", m => m.Zid.Text)
        .ChangingInteger("role", m => (long)m.Role)
        .ChangingInteger("since_zeqond", m => m.Since.Value)
        .Disposable()
        .Build(c => new MachineMember(Slug.Parse(c.Text()), Zid.Parse(c.Text()), (MachineRole)c.Integer(), new Zeqond(c.Integer())));

    /// <summary>The key of a member's row.</summary>
    public static string KeyOf(Slug machine, Zid zid) => machine.Text + "|" + zid.Text;
}

/// <summary>What a caller may do on a machine, from the rows that say so.</summary>
public static class MachineRoles
{
    /// <summary>Names the rows that <see cref="RefusalOn"/> asks for.</summary>
    public static KeySet AddRole(this KeySet keys, Caller caller, Slug machine)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(caller);
        return keys.Add(Machine.Table, machine.Text).Add(MachineMember.Table, MachineMember.KeyOf(machine, caller.Zid));
    }

    /// <summary>Why the caller may not do on a machine what takes a role, or null where it may; the rows must have been named.</summary>
    public static Rejection? RefusalOn(this Workspace home, Caller caller, Slug machine, MachineRole needed)
    {
        ArgumentNullException.ThrowIfNull(home);
        ArgumentNullException.ThrowIfNull(caller);
        return caller.RefusalOn(home.Find(Machine.Table, machine.Text), needed, home.Find(MachineMember.Table, MachineMember.KeyOf(machine, caller.Zid)));
    }

    /// <summary>The caller's membership of a machine, read beside the writer.</summary>
    public static ValueTask<MachineMember?> FindMemberAsync(this IHomeReader reader, Slug machine, Zid zid, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.FindAsync(MachineMember.Table, MachineMember.KeyOf(machine, zid), cancellationToken);
    }
}
