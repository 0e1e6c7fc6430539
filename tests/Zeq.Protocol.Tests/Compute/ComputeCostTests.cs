using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class ComputeCostTests
{
    [Theory]
    [InlineData("KO42", 2)]
    [InlineData("KO42,NM19", 3)]
    [InlineData("KO42,NM19,NM20", 4)]
    [InlineData("KO42,NM19,QM1", 6)]
    [InlineData("KO42,NM1,QM1,GR1", 8)]
    [InlineData("KO42,KO1,NM1", 4)]
    [InlineData("KO42,NM1,NM2,NM3,NM4,NM5,NM6", 8)]
    [InlineData("KO42,NM1,NM2,NM3,NM4,NM5,NM6,NM7", 13)]
    [InlineData("KO42,NM1,NM2,NM3,NM4,NM5,NM6,QM7", 14)]
    [InlineData("KO42,NM1,NM2,NM3,NM4,NM5,NM6,NM7,NM8,NM9,NM10,NM11,NM12,NM13,NM14,NM15,NM16", 18)]
    [InlineData("KO42,NM1,NM2,NM3,NM4,NM5,NM6,NM7,NM8,NM9,NM10,NM11,NM12,QM13", 20)]
    public void Known_costs(string chain, int cost) => Assert.Equal(cost, ComputeCost.Quote(chain.Split(',')));

    [Theory]
    [InlineData("NM19")]
    [InlineData("NM19,KO42")]
    [InlineData("KO42,nm19")]
    [InlineData("")]
    public void A_chain_that_is_none_is_a_misuse(string chain) =>
        Assert.Throws<ArgumentException>(() => ComputeCost.Quote(chain.Split(',')));

    [Fact]
    public void An_empty_chain_is_a_misuse() => Assert.Throws<ArgumentException>(() => ComputeCost.Quote([]));

    [Fact]
    public void It_is_the_formula_and_stays_from_2_to_20() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Chains(), chain =>
        {
            int n = chain.Length;
            int d = chain.Select(OperatorName.DomainOf).Where(x => x != "KO").Distinct().Count();
            double formula = Math.Min(20, Math.Max(n >= 8 ? 13 : 0, Math.Ceiling((n + 1) * (d > 1 ? 1.5 : 1))));
            int cost = ComputeCost.Quote(chain);
            return cost is >= 2 and <= 20 && cost == formula;
        }));

    [Fact]
    public void One_operator_more_never_costs_less() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Chains(), chain => ComputeCost.Quote([.. chain, "XX1"]) >= ComputeCost.Quote(chain)));

    private static Arbitrary<string[]> Chains() => (
        from count in Gen.Choose(0, 16)
        from domains in Gen.Elements("NM", "QM", "KO").ArrayOf(count)
        select (string[])["KO42", .. domains.Select((d, i) => d + (i + 100))]).ToArbitrary();
}
