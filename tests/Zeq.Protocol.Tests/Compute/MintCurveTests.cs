using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class MintCurveTests
{
    [Theory]
    [InlineData(2, 0, 4)]
    [InlineData(2, 0.001, 2)]
    [InlineData(20, 0, 40)]
    [InlineData(20, 0.0005, 30)]
    [InlineData(3, 0.0005, 5)]
    [InlineData(13, 0.00025, 23)]
    [InlineData(5, 0.5, 5)]
    [InlineData(1, double.MaxValue, 1)]
    [InlineData(1, -0.0, 2)]
    public void Known_values(long cost, double precision, long value) => Assert.Equal(value, MintCurve.Value(cost, precision));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(2, double.NaN)]
    [InlineData(2, double.PositiveInfinity)]
    [InlineData(2, double.NegativeInfinity)]
    [InlineData(2, -1e-300)]
    public void Outside_its_domain_it_refuses(long cost, double precision) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MintCurve.Value(cost, precision));

    [Fact]
    public void The_largest_costs_overflow_loudly_or_stay_in_bounds()
    {
        Assert.Throws<OverflowException>(() => MintCurve.Value(long.MaxValue, 0));
        const long Large = (1L << 61) + 12345;
        Assert.InRange(MintCurve.Value(Large, 0), Large, Large * 2);
        Assert.InRange(MintCurve.Value(Large, 1), Large, Large * 2);
    }

    [Fact]
    public void It_stays_between_the_cost_and_twice_the_cost() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Samples(), s => MintCurve.Value(s.Cost, s.Precision) is long v && v >= s.Cost && v <= s.Cost * 2));

    [Fact]
    public void A_worse_precision_is_never_worth_more() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Samples(), s => MintCurve.Value(s.Cost, s.Precision) >= MintCurve.Value(s.Cost, s.Precision + s.Worse)));

    [Fact]
    public void A_higher_cost_is_never_worth_less() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Samples(), s => MintCurve.Value(s.Cost + 1, s.Precision) >= MintCurve.Value(s.Cost, s.Precision)));

    [Fact]
    public void Every_double_is_a_value_or_an_argument_error() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        ArbMap.Default.ArbFor<double>(), ArbMap.Default.ArbFor<int>(), (precision, cost) =>
        {
            bool valid = cost >= 1 && double.IsFinite(precision) && precision >= 0;
            try
            {
                MintCurve.Value(cost, precision);
                return valid;
            }
            catch (ArgumentOutOfRangeException)
            {
                return !valid;
            }
        }));

    private static Arbitrary<(long Cost, double Precision, double Worse)> Samples() => (
        from cost in Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, int.MaxValue))
        from precision in Gen.Choose(0, 1_200_000)
        from worse in Gen.Choose(0, 1_200_000)
        select ((long)cost, precision * 1e-9, worse * 1e-9)).ToArbitrary();
}
