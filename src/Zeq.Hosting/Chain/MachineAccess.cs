using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Who reads a machine: its viewers and above, and where it is public anybody; the home's own chain only the admin. A private machine and one
/// that does not exist take the same reads and the same answer (spec 20 §1).
/// </summary>
internal static class MachineAccess
{
    public static Field<string> SlugMember { get; } = Fields.Line("slug", 1, Slug.MaxLength);

    /// <summary>What a reader may see of a machine.</summary>
    /// <param name="Machine">The machine; null where it does not exist, or not for this reader.</param>
    /// <param name="Role">What the reader may do on it; null where it has no role.</param>
    /// <param name="Reads">Whether the reader sees its rows whole.</param>
    public readonly record struct View(Machine? Machine, MachineRole? Role, bool Reads);

    /// <summary>Calls a handler with the path's slug.</summary>
    public static Task<Reply> WithSlugAsync(ApiCall call, Func<Slug, Task<Reply>> handle) => Slug.TryParse(call.Get(SlugMember), out Slug slug)
        ? handle(slug)
        : Task.FromResult(call.Refuse(RejectionCode.InvalidSlug, "This is no slug."));

    /// <summary>Calls a handler with a machine that the caller may read, and whether it sees the rows whole.</summary>
    public static Task<Reply> WithMachineAsync(ApiCall call, Func<Machine, bool, Task<Reply>> handle) => WithSlugAsync(call, async slug =>
    {
        View view = await LookAsync(call, slug, call.MaybeCaller, call.IsAdmin).ConfigureAwait(false);
        return view.Machine is { } machine ? await handle(machine, view.Reads).ConfigureAwait(false) : Missing(call);
    });

    /// <summary>Calls a handler with a machine on which the caller has a role.</summary>
    public static Task<Reply> WithRoleAsync(ApiCall call, MachineRole needed, Func<Machine, Task<Reply>> handle) => WithSlugAsync(call, async slug =>
    {
        View view = await LookAsync(call, slug, call.MaybeCaller, call.IsAdmin).ConfigureAwait(false);
        return view.Machine is not { } machine ? Missing(call)
            : view.Role >= needed ? await handle(machine).ConfigureAwait(false)
            : call.Refuse(RejectionCode.Forbidden, "This key may not do this on this machine.");
    });

    /// <summary>The answer where a machine does not exist, or not for this caller.</summary>
    public static Reply Missing(ApiCall call) => call.Refuse(RejectionCode.MachineNotFound, "This machine does not exist here.");

    /// <summary>What a caller may see of a machine.</summary>
    public static async ValueTask<View> LookAsync(ApiCall call, Slug slug, Caller? caller, bool isAdmin)
    {
        Machine? machine = await call.Reader.FindAsync(Machine.Table, slug.Text, call.Aborted).ConfigureAwait(false);
        MachineMember? member = caller is null ? null : await call.Reader.FindMemberAsync(slug, caller.Zid, call.Aborted).ConfigureAwait(false);
        if (machine is null)
        {
            return default;
        }

        MachineRole? role = caller?.RoleOn(machine, member);
        bool reads = machine.Slug == Slug.ZeqSys ? isAdmin : role is not null;
        return reads || (machine.IsPublic && machine.Slug != Slug.ZeqSys) ? new View(machine, role, reads) : default;
    }
}
