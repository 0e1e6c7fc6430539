using System.Globalization;

namespace Zeq.Protocol;

/// <summary>A machine and its first key.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Key">Its key, which is an admin's.</param>
public sealed record CreatedMachine(Machine Machine, ApiKeyRow Key);

/// <summary>
/// Makes a further machine of the caller's ZID, and its first key (spec 20 §1). The chain has no row yet: seq 1 is the first event. Reserved
/// names are refused (spec 05 rule 4), and so is the 17th machine of a ZID (rule 24).
/// </summary>
/// <param name="Caller">Who asks: an account key, or an admin key of a machine, since the new machine's first key is an admin's.</param>
/// <param name="Machine">Its name; null: the ZID in lower case with <c>-2</c>, <c>-3</c> … appended.</param>
/// <param name="IsPublic">Whether anyone may read its chain.</param>
/// <param name="DisplayName">A name for people.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Key">The first key's digest and prefix.</param>
public sealed record CreateMachine(Caller Caller, Slug? Machine, bool IsPublic, string? DisplayName, string? Purpose, KeyDigest Key) : Command<CreatedMachine>
{
    /// <summary>How many names are tried where none is given; the usual limit of machines is below it.</summary>
    private const int NamesTried = 24;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(IdentityRow.Table, Caller.Zid.Text).Add(MachineQuota.Table, Caller.Zid.Text).Add(ApiKeyRow.Table, Key.Hash);
        foreach (Slug slug in Names())
        {
            keys.Add(Protocol.Machine.Table, slug.Text).AddChain(slug);
        }
    }

    /// <inheritdoc/>
    public override Decision<CreatedMachine> Decide(Workspace home, Moment now)
    {
        if (Machine is { } named && (named.IsReservedFor(Caller.Zid) || named == Caller.Zid.OwnMachine))
        {
            return Reject(RejectionCode.InvalidSlug, "This name is reserved.");
        }

        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is not { } account)
        {
            return Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.");
        }

        if (Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        if (!Caller.IsAccountKey && Caller.Role < MachineRole.Admin)
        {
            return Reject(RejectionCode.Forbidden, "A machine is made with an account key or an admin key of a machine.");
        }

        Slug? free = Names().Where(slug => home.Find(Protocol.Machine.Table, slug.Text) is null).Cast<Slug?>().FirstOrDefault();
        if (free is not { } name)
        {
            return Reject(RejectionCode.SlugTaken, Machine is null ? "The usual names are taken; give one." : "There is a machine of this name.");
        }

        MachineQuota quota = home.Find(MachineQuota.Table, Caller.Zid.Text) ?? MachineQuota.Of(Caller.Zid);
        if (quota.Count >= quota.Most)
        {
            return Reject(RejectionCode.TooManyMachines, string.Create(CultureInfo.InvariantCulture, $"This ZID has {quota.Count} machines, and may have {quota.Most}."));
        }

        home.Put(MachineQuota.Table, quota with { Count = quota.Count + 1 });
        Machine machine = home.CreateMachine(name, Caller.Zid, isOwn: false, IsPublic, now);
        machine = home.Put(Protocol.Machine.Table, machine with { DisplayName = DisplayName, Purpose = Purpose });
        ApiKeyRow key = home.Put(
            ApiKeyRow.Table, new ApiKeyRow(Key.Hash, Key.Prefix, Caller.Zid, name, MachineRole.Admin, IsWallet: false, null, now.Zeqond, account.KeyGeneration, null));
        return Accept(new CreatedMachine(machine, key));
    }

    private IEnumerable<Slug> Names() => Machine is { } named
        ? [named]
        : Enumerable.Range(2, NamesTried).Select(n => Slug.Parse(string.Create(CultureInfo.InvariantCulture, $"{Caller.Zid.OwnMachine.Text}-{n}")));
}
