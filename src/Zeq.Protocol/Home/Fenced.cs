using System.Globalization;

namespace Zeq.Protocol;

/// <summary>
/// A command of scheduled work: it counts only while no newer holder of the lease exists, which the same commit checks. A node that was
/// paused, or whose line was cut, changes nothing any more, whatever it still believes.
/// </summary>
/// <param name="Command">The command.</param>
/// <param name="Work">The work's name.</param>
/// <param name="Generation">The holder's number.</param>
/// <typeparam name="T">What an accepted command answers.</typeparam>
public sealed record Fenced<T>(Command<T> Command, string Work, long Generation) : Command<T>
{
    /// <inheritdoc/>
    public override bool IgnoresClock => Command.IgnoresClock;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Command.Touch(keys.Add(HomeMeta.Table, HomeLease.PinOf(Work)), now);
    }

    /// <inheritdoc/>
    public override Decision<T> Decide(Workspace home, Moment now)
    {
        ArgumentNullException.ThrowIfNull(home);
        return home.Find(HomeMeta.Table, HomeLease.PinOf(Work))?.Value == Generation.ToString(CultureInfo.InvariantCulture)
            ? Command.Decide(home, now)
            : Reject(RejectionCode.Conflict, "Another node does this work now.");
    }
}

/// <summary>Puts commands under a lease.</summary>
public static class HomeLeases
{
    /// <summary>The command, refused once a newer holder exists; as it is where there is no lease: one node alone needs none.</summary>
    public static Command<T> Fence<T>(this HomeLease? lease, Command<T> command) => lease is null ? command : new Fenced<T>(command, lease.Work, lease.Generation);
}
