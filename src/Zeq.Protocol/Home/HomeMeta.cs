namespace Zeq.Protocol;

/// <summary>What a store keeps of whose it is, fixed at its first start (spec 05 rule 2).</summary>
/// <param name="Name">What is pinned.</param>
/// <param name="Value">To what.</param>
public sealed record HomeMeta(string Name, string Value)
{
    /// <summary>How stores hold it.</summary>
    public static Table<HomeMeta> Table { get; } = Protocol.Table.Of<HomeMeta>("home_meta")
        .Key("name", m => m.Name)
        .ChangingText("value", m => m.Value)
        .Build(c => new HomeMeta(c.Text(), c.Text()));
}

/// <summary>
/// Makes a new store this home's, or finds that it is: the pinned values are written once and compared ever after; the home's own chain
/// is made with them.
/// </summary>
/// <param name="Pins">Names and values: the origin, the name, the node key, check values of secrets. Never a secret.</param>
/// <param name="Replace">Pins that may change now, such as the field key's during its rotation.</param>
public sealed record PinHome(IReadOnlyDictionary<string, string> Pins, IReadOnlySet<string> Replace) : Command<bool>
{
    /// <inheritdoc/>
    public override bool IgnoresClock => true;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        foreach (string name in Pins.Keys)
        {
            keys.Add(HomeMeta.Table, name);
        }

        keys.Add(Machine.Table, Slug.ZeqSys.Text).AddChain(Slug.ZeqSys);
    }

    /// <inheritdoc/>
    public override Decision<bool> Decide(Workspace home, Moment now)
    {
        foreach ((string name, string value) in Pins)
        {
            HomeMeta? pinned = home.Find(HomeMeta.Table, name);
            if (pinned is null || (Replace.Contains(name) && pinned.Value != value))
            {
                home.Put(HomeMeta.Table, new HomeMeta(name, value));
            }
            else if (pinned.Value != value)
            {
                return Reject(RejectionCode.Conflict, $"This store was made with another {name}; start with the one it was made with, or with another store.");
            }
        }

        if (home.Find(Machine.Table, Slug.ZeqSys.Text) is null)
        {
            home.CreateMachine(Slug.ZeqSys, Zid.System, isOwn: true, isPublic: false, now);
            return Accept(true);
        }

        return Accept(false);
    }
}

/// <summary>The pins that say whose a store is; an auditor needs no more to check it.</summary>
public static class PinName
{
    /// <summary>The home's public origin.</summary>
    public const string Origin = "origin";

    /// <summary>The home's short name.</summary>
    public const string Name = "name";

    /// <summary>The node's Ed25519 public key, 64 lower-case hex.</summary>
    public const string NodePublicKey = "node_public_key";
}
