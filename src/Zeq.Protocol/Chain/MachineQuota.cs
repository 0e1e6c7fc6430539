namespace Zeq.Protocol;

/// <summary>How many machines a ZID has, its own one included, and how many it may have (spec 05 rule 24).</summary>
/// <param name="Zid">The ZID.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Most">How many it may have; the admin raises it.</param>
public sealed record MachineQuota(Zid Zid, long Count, long Most)
{
    /// <summary>The most machines of a ZID without the admin.</summary>
    public const long DefaultMost = 16;

    /// <summary>The most that the admin may allow.</summary>
    public const long HighestMost = 100_000;

    /// <summary>How stores hold it; a ZID without a row has its own machine alone.</summary>
    public static Table<MachineQuota> Table { get; } = Protocol.Table.Of<MachineQuota>("machine_quotas")
        .Key("zid", q => q.Zid.Text)
        .ChangingInteger("machines", q => q.Count)
        .ChangingInteger("most", q => q.Most)
        .Build(c => new MachineQuota(Zid.Parse(c.Text()), c.Integer(), c.Integer()));

    /// <summary>A ZID that has made no machine yet.</summary>
    public static MachineQuota Of(Zid zid) => new(zid, 1, DefaultMost);
}

/// <summary>The admin allows a ZID more machines, or fewer; those that exist stay.</summary>
/// <param name="Zid">The ZID.</param>
/// <param name="Most">How many machines it may have, its own one included: 1 to <see cref="MachineQuota.HighestMost"/>.</param>
public sealed record AllowMachines(Zid Zid, long Most) : Command<MachineQuota>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IdentityRow.Table, Zid.Text).Add(MachineQuota.Table, Zid.Text);

    /// <inheritdoc/>
    public override Decision<MachineQuota> Decide(Workspace home, Moment now)
    {
        if (Most is < 1 or > MachineQuota.HighestMost)
        {
            return Reject(RejectionCode.InvalidRequest, "A ZID has at least its own machine, and not more than 100,000.");
        }

        return home.Find(IdentityRow.Table, Zid.Text) is null
            ? Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.")
            : Accept(home.Put(MachineQuota.Table, (home.Find(MachineQuota.Table, Zid.Text) ?? MachineQuota.Of(Zid)) with { Most = Most }));
    }
}
