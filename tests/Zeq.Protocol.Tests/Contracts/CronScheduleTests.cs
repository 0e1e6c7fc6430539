using System.Globalization;

namespace Zeq.Protocol.Tests;

public class CronScheduleTests
{
    [Theory]
    [InlineData("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")]
    [InlineData("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z")]
    [InlineData("0 0 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("30 9 * * 1-5", "2026-11-20T09:30:00Z", "2026-11-23T09:30:00Z")]
    [InlineData("*/15 * * * *", "2026-01-01T00:46:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("10-40/10 8,20 * * *", "2026-01-01T08:40:00Z", "2026-01-01T20:10:00Z")]
    [InlineData("5/20 * * * *", "2026-01-01T00:26:00Z", "2026-01-01T00:45:00Z")]
    [InlineData("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")]
    [InlineData("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z")]
    [InlineData("0 12 13 * 5", "2026-11-20T12:00:00Z", "2026-11-27T12:00:00Z")]
    [InlineData("0 12 13 * 5", "2026-12-11T12:00:00Z", "2026-12-13T12:00:00Z")]
    [InlineData("0 0 * * 7", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")]
    [InlineData("0 0 * * 0", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")]
    [InlineData("0 0 1-7 * *", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z")]
    public void Comes_next(string line, string after, string next)
    {
        Assert.True(CronSchedule.TryParse(line, out CronSchedule? schedule, out string? problem), problem);
        Assert.Equal(Unix(next), schedule!.NextAfter(Unix(after)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * 32 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("-1 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("*/60 * * * *")]
    [InlineData("1/2/3 * * * *")]
    [InlineData("1, * * * *")]
    [InlineData("a * * * *")]
    [InlineData("@daily")]
    [InlineData("* * * JAN *")]
    [InlineData("+1 * * * *")]
    [InlineData("0001 * * * *")]
    [InlineData("0 0 31 2 *")]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 31 4,6,9,11 *")]
    public void Is_no_line(string line)
    {
        Assert.False(CronSchedule.TryParse(line, out _, out string? problem));
        Assert.NotEmpty(problem!);
    }

    [Fact]
    public void Every_next_time_is_later_and_matches()
    {
        Assert.True(CronSchedule.TryParse("*/7 3-9/2 1,15 */3 *", out CronSchedule? schedule, out _));
        long at = Unix("2026-01-01T00:00:00Z");
        for (int i = 0; i < 500; i++)
        {
            long next = schedule!.NextAfter(at)!.Value;
            DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(next);
            Assert.True(next > at && time.Second == 0 && time.Minute % 7 == 0 && time.Hour is 3 or 5 or 7 or 9 && time.Day is 1 or 15 && time.Month % 3 == 1);
            at = next;
        }

        Assert.False(CronSchedule.TryParse(new string('*', 200), out _, out _));
        Assert.Null(schedule!.NextAfter(253_402_300_799));
    }

    [Fact]
    public void Timers_keep_their_beat_and_fire_once_for_what_they_missed()
    {
        var every = new ContractTrigger.Every(10);
        Assert.Equal(110, TriggerTimes.First(every, At(100)).Value);
        Assert.Equal(120, TriggerTimes.Next(every, new Zeqond(110), At(110)).Value);
        Assert.Equal(120, TriggerTimes.Next(every, new Zeqond(110), At(119)).Value);
        Assert.Equal(1_120, TriggerTimes.Next(every, new Zeqond(110), At(1_110)).Value);
        Assert.Equal(120, TriggerTimes.Next(every, new Zeqond(110), At(5)).Value);
        Assert.Equal(2, TriggerTimes.AtUnix(1).Value);
        Assert.Equal(1_000, TriggerTimes.AtUnix(777).Value);
        Assert.Equal([1, 2, 4, 64, 64], new long[] { 1, 2, 3, 8, 99 }.Select(failures => TriggerTimes.Retry(At(0), failures).Value));
    }

    private static Moment At(long zeqond) => new(zeqond * KernelConstants.ZeqondMs, default);

    private static long Unix(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}
