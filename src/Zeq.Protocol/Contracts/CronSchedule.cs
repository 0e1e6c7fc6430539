using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Zeq.Protocol;

/// <summary>
/// A cron line of five fields in UTC (spec 20 §6): minute, hour, day of the month, month, day of the week (0 or 7 is Sunday). A field
/// is <c>*</c>, a number, a range, a step (<c>*/5</c>, <c>10-40/10</c>) or a list of those. Where both days are given, either one
/// matches, as cron does. No names, no seconds. Immutable and thread-safe.
/// </summary>
public sealed class CronSchedule
{
    /// <summary>The longest line, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The longest wait for a day that comes: 29 February may be eight years away.</summary>
    private const int MaxDays = (8 * 366) + 1;

    private static readonly (string Name, int Low, int High)[] Fields = [("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7)];

    private readonly ulong[] _bits;
    private readonly bool _eitherDay;

    private CronSchedule(string text, ulong[] bits, bool eitherDay) => (Text, _bits, _eitherDay) = (text, bits, eitherDay);

    /// <summary>The line as it was read.</summary>
    public string Text { get; }

    /// <summary>Reads a line; one that never comes, such as 31 February, is refused.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        schedule = null;
        if (text is null || text.Length > MaxLength)
        {
            problem = $"A cron line has at most {MaxLength} characters.";
            return false;
        }

        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
        {
            problem = "A cron line has five fields: minute, hour, day of the month, month, day of the week.";
            return false;
        }

        var bits = new ulong[Fields.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (ReadField(parts[i], Fields[i].Low, Fields[i].High) is not { } field)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"The {Fields[i].Name} is no field of {Fields[i].Low} to {Fields[i].High}.");
                return false;
            }

            bits[i] = field;
        }

        // Seven is Sunday too.
        bits[4] |= bits[4] >> 7;
        var read = new CronSchedule(text, bits, !parts[2].StartsWith('*') && !parts[4].StartsWith('*'));
        if (read.NextAfter(0) is null)
        {
            problem = "This day never comes.";
            return false;
        }

        schedule = read;
        problem = null;
        return true;
    }

    /// <summary>The first match after an instant, in seconds since the Unix epoch; null where there is none before the year 9990.</summary>
    /// <param name="unixSeconds">The instant, in seconds since the Unix epoch, not negative.</param>
    public long? NextAfter(long unixSeconds)
    {
        const long MinuteSeconds = 60;
        const long DayMinutes = 1_440;
        ArgumentOutOfRangeException.ThrowIfNegative(unixSeconds);
        long minute = (unixSeconds / MinuteSeconds) + 1;
        long day = minute / DayMinutes;
        int from = (int)(minute % DayMinutes);
        for (int i = 0; i < MaxDays && day < 2_929_000; i++, day++, from = 0)
        {
            if (HasDay(day) && NextOfDay(from) is { } match)
            {
                return ((day * DayMinutes) + match) * MinuteSeconds;
            }
        }

        return null;
    }

    private bool HasDay(long day)
    {
        DateTime date = DateTime.UnixEpoch.AddDays(day);
        bool ofMonth = Has(2, date.Day);
        bool ofWeek = Has(4, (int)date.DayOfWeek);
        return Has(3, date.Month) && (_eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    private int? NextOfDay(int from)
    {
        for (int hour = from / 60; hour < 24; hour++)
        {
            for (int minute = hour == from / 60 ? from % 60 : 0; Has(1, hour) && minute < 60; minute++)
            {
                if (Has(0, minute))
                {
                    return (hour * 60) + minute;
                }
            }
        }

        return null;
    }

    private bool Has(int field, int value) => (_bits[field] >> value & 1) != 0;

    private static ulong? ReadField(string text, int low, int high)
    {
        ulong bits = 0;
        foreach (string item in text.Split(','))
        {
            string[] stepped = item.Split('/');
            int step = 1;
            if (stepped.Length > 2 || (stepped.Length == 2 && (!TryNumber(stepped[1], 1, high, out step))))
            {
                return null;
            }

            (int from, int to) = (low, high);
            if (stepped[0] != "*")
            {
                string[] ends = stepped[0].Split('-');
                if (ends.Length > 2 || !TryNumber(ends[0], low, high, out from) || !TryNumber(ends[^1], low, high, out to) || to < from)
                {
                    return null;
                }

                // "5/10" begins at 5 and goes on to the end.
                to = ends.Length == 1 && stepped.Length == 2 ? high : to;
            }

            for (int value = from; value <= to; value += step)
            {
                bits |= 1UL << value;
            }
        }

        return bits;
    }

    private static bool TryNumber(string text, int low, int high, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && text.Length <= 2 && value >= low && value <= high;
}
