using System.Globalization;

namespace Zeq.Protocol;

/// <summary>
/// Notes that the admin has confirmed the clock (spec 05 rule 25), for the other nodes of the home: each confirms its own where that shows
/// about the same time.
/// </summary>
public sealed record NoteClock : Command<bool>
{
    /// <summary>The row of <see cref="HomeMeta"/> that holds the confirmed time, ms since the Unix epoch.</summary>
    public const string Pin = "clock_confirmed";

    /// <inheritdoc/>
    public override bool IgnoresClock => true;

    /// <summary>Whether a noted time says that a clock which shows <paramref name="unixMs"/> is right: no further off than the guard tolerates.</summary>
    public static bool Confirms(string noted, long unixMs) =>
        long.TryParse(noted, NumberStyles.None, CultureInfo.InvariantCulture, out long confirmed)
        && Math.Abs(confirmed - unixMs) <= ClockGuard.ToleranceZeqonds * KernelConstants.ZeqondMs;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(HomeMeta.Table, Pin);

    /// <inheritdoc/>
    public override Decision<bool> Decide(Workspace home, Moment now)
    {
        home.Put(HomeMeta.Table, new HomeMeta(Pin, now.UnixMs.ToString(CultureInfo.InvariantCulture)));
        return Accept(true);
    }
}
