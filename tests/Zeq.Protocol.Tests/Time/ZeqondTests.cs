using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class ZeqondTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(776, 0)]
    [InlineData(777, 1)]
    [InlineData(-1, -1)]
    [InlineData(-777, -1)]
    [InlineData(-778, -2)]
    [InlineData(1_750_000_000_000, 2_252_252_252)]
    [InlineData(long.MaxValue, 11_870_491_681_923_778)]
    [InlineData(long.MinValue, -11_870_491_681_923_779)]
    public void It_is_the_floor_of_milliseconds_by_777(long unixMs, long zeqond) => Assert.Equal(zeqond, Zeqond.FromUnixMs(unixMs).Value);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(776, "0.9987")]
    [InlineData(777, "0")]
    [InlineData(1, "0.0012")]
    [InlineData(388, "0.4993")]
    [InlineData(-1, "0.9987")]
    [InlineData(-777, "0")]
    public void A_phase_is_cut_to_four_decimals(long unixMs, string phase) =>
        Assert.Equal(decimal.Parse(phase, System.Globalization.CultureInfo.InvariantCulture), Zeqond.Phase(unixMs));

    [Fact]
    public void Zeqond_and_phase_give_the_instant_back() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<int>(), (high, low) =>
        {
            long unixMs = ((long)high << 10) + low;
            Zeqond zeqond = Zeqond.FromUnixMs(unixMs);
            long into = unixMs - zeqond.StartUnixMs;
            decimal phase = Zeqond.Phase(unixMs);
            return into is >= 0 and < 777 && phase >= 0 && phase < 1 && decimal.Round(phase, 4) == phase
                && phase <= into / 777m && into / 777m - phase < 0.0001m && Zeqond.FromUnixMs(zeqond.StartUnixMs) == zeqond;
        }));

    [Fact]
    public void It_orders_by_time()
    {
        Assert.True(new Zeqond(-1) < new Zeqond(0) && new Zeqond(1) > new Zeqond(0) && new Zeqond(1) >= new Zeqond(1) && new Zeqond(1) <= new Zeqond(1));
        Assert.Equal(new Zeqond(2), Zeqond.Max(new Zeqond(2), new Zeqond(1)));
        Assert.Equal(new Zeqond(2), Zeqond.Max(new Zeqond(1), new Zeqond(2)));
        Assert.Equal("-5", new Zeqond(-5).ToString());
    }

    [Fact]
    public void The_constants_are_the_protocols()
    {
        Assert.Equal(1.287, KernelConstants.PulseHz);
        Assert.Equal(777, KernelConstants.ZeqondMs);
        Assert.Equal(0.00129, KernelConstants.Alpha);
    }
}
