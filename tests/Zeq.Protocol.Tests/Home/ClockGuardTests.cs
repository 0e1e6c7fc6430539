namespace Zeq.Protocol.Tests;

public class ClockGuardTests
{
    private const long Tolerance = 128 * 777;

    [Theory]
    [InlineData(Tolerance, false)]
    [InlineData(Tolerance + 1, true)]
    [InlineData(-Tolerance, false)]
    [InlineData(-Tolerance - 1, true)]
    public void A_wall_clock_that_moves_against_the_monotonic_one_is_suspect(long stepMs, bool suspect)
    {
        var time = new ManualTime();
        var guard = new ClockGuard(time, null);
        time.Pass(86_400_000L * 400);
        Assert.Null(guard.Check());
        time.StepWall(stepMs);
        Assert.Equal(suspect, guard.Check() is not null);
    }

    [Fact]
    public void Suspicion_stays_until_the_admin_confirms()
    {
        var time = new ManualTime();
        var guard = new ClockGuard(time, null);
        time.StepWall(3_600_000);
        Assert.NotNull(guard.Check());
        time.StepWall(-3_600_000);
        Assert.NotNull(guard.Check());
        guard.Confirm();
        Assert.Null(guard.Check());
        time.StepWall(3_600_000);
        Assert.NotNull(guard.Check());
        guard.Confirm();
        time.Pass(1_000_000);
        Assert.Null(guard.Check());
    }

    [Theory]
    [InlineData(1_234_567, false)]
    [InlineData(1_234_568, true)]
    [InlineData(-1_234_568, false)]
    public void A_start_far_ahead_of_the_newest_row_is_suspect(long aheadZeqonds, bool suspect)
    {
        var time = new ManualTime();
        Assert.Equal(suspect, new ClockGuard(time, new Zeqond(time.Zeqond.Value - aheadZeqonds)).Check() is not null);
        Assert.Null(new ClockGuard(time, null).Check());
    }

    // Seen red without the accepted difference: the next comparison undoes what the admin confirmed.
    [Fact]
    public void A_clock_far_ahead_of_the_stores_is_suspect_until_confirmed_and_then_no_further()
    {
        const long Tolerated = ClockGuard.ToleranceZeqonds * KernelConstants.ZeqondMs;
        var time = new ManualTime();
        var guard = new ClockGuard(time, null);
        guard.Compare(Tolerated, 0);
        guard.Compare(0, 10 * Tolerated);
        Assert.Null(guard.Check());
        guard.Compare(Tolerated + 1, 0);
        Assert.Contains("ahead of the database's time", guard.Check(), StringComparison.Ordinal);
        guard.Confirm();
        guard.Compare(Tolerated + 1, 0);
        Assert.Null(guard.Check());
        guard.Compare((2 * Tolerated) + 2, 0);
        Assert.NotNull(guard.Check());
    }

    [Fact]
    public async Task A_suspect_clock_refuses_every_change_but_the_start_of_the_home()
    {
        var time = new ManualTime();
        var guard = new ClockGuard(time, null);
        await using World a = await World.StartAsync(configure: o => o with { Clock = guard }, time: time);
        await a.RegisterAsync(1);
        time.StepWall(3_600_000);
        Assert.Equal(RejectionCode.ClockSuspect, await a.RefusedAsync(World.Registration(2)));
        await a.AcceptedAsync(new PinHome(new Dictionary<string, string>(), new HashSet<string>()));
        guard.Confirm();
        await a.RegisterAsync(2);
    }

    [Fact]
    public async Task The_zeqond_of_a_chain_never_goes_down()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        var rows = new List<ChainRow>();
        foreach (long step in (long[])[0, 5_000, -3_600_000, 777, 3_600_000, -1, 777])
        {
            a.Time.StepWall(step);
            rows.Add(await a.AcceptedAsync(new WriteEvent(alice, alice.Zid.OwnMachine, "event", "{}", null, false)));
        }

        Assert.Equal(rows.Select(r => r.Zeqond).Order(), rows.Select(r => r.Zeqond));
        Assert.Equal(rows[1].Zeqond, rows[2].Zeqond);
        Assert.True(rows[4].Zeqond > rows[1].Zeqond);

        // Machines keep apart: a new chain begins with the clock as it is.
        a.Time.StepWall(-7_200_000);
        Assert.Equal(a.Now, (await a.AcceptedAsync(new MakeMachine(Slug.Parse("lab"), alice.Zid))).Genesis);
    }
}
