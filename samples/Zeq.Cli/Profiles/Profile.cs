using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>One account at one home, as the command line remembers it. Its text never shows the keys.</summary>
internal sealed class Profile
{
    public required Origin Origin { get; init; }

    public required Zid Zid { get; init; }

    /// <summary>The account key.</summary>
    public required string Key { get; init; }

    /// <summary>The key of the own machine, where registration gave one.</summary>
    public string? MachineKey { get; init; }

    /// <summary>The home's node key as first seen, 64 hex: what light proofs are checked against.</summary>
    public string? NodeKey { get; init; }

    public override string ToString() => $"{Zid} @ {Origin}";
}
