using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class KernelCatalogTests
{
    private static readonly KernelCatalog Catalog = new(new ReferenceKernel());

    [Theory]
    [InlineData("NM19", "KO42,NM19")]
    [InlineData("KO42", "KO42")]
    [InlineData("KO42,NM19", "KO42,NM19")]
    [InlineData("NM19,KO42", "KO42,NM19")]
    [InlineData("QM1,NM19,GR1", "KO42,QM1,NM19,GR1")]
    public void KO42_stands_first_and_the_rest_keeps_its_order(string requested, string chain)
    {
        Assert.True(Catalog.TryNormalize(requested.Split(','), out string[]? operators, out _));
        Assert.Equal(chain, string.Join(',', operators));
    }

    [Theory]
    [InlineData("NM19,NM19")]
    [InlineData("KO42,KO42")]
    [InlineData("NM19,KO42,KO42")]
    [InlineData("NM99999")]
    [InlineData("nm19")]
    [InlineData("")]
    [InlineData("NM19,")]
    public void Duplicates_and_strangers_are_refused(string requested)
    {
        Assert.False(Catalog.TryNormalize(requested.Split(','), out string[]? operators, out string? problem));
        Assert.Null(operators);
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void None_at_all_is_refused()
    {
        Assert.False(Catalog.TryNormalize(null, out _, out _));
        Assert.False(Catalog.TryNormalize([], out _, out _));
        Assert.False(Catalog.TryNormalize([null], out _, out _));
    }

    [Fact]
    public void Sixteen_are_taken_and_seventeen_are_not()
    {
        string[] others = [.. Catalog.Operators.Select(o => o.Operator).Where(o => o != "KO42")];
        Assert.True(others.Length >= 17);
        Assert.True(Catalog.TryNormalize(others[..16], out string[]? chain, out _));
        Assert.Equal(17, chain.Length);
        Assert.Equal(20, ComputeCost.Quote(chain));
        Assert.False(Catalog.TryNormalize(others[..17], out _, out _));
    }

    [Fact]
    public void What_a_caller_wrote_is_not_repeated_unless_it_is_a_name()
    {
        Assert.False(Catalog.TryNormalize(["<b>\n"], out _, out string? problem));
        Assert.DoesNotContain("<b>", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nm19", "nm", "N", "mass_kg", false)]
    [InlineData("NM|1", "NM", "N", "mass_kg", false)]
    [InlineData("NM19", "QM", "N", "mass_kg", false)]
    [InlineData("NM19", "NM", "", "mass_kg", false)]
    [InlineData("NM19", "NM", "N", "steps", false)]
    [InlineData("NM19", "NM", "N", "mass_kg", true)]
    [InlineData("KO42", "KO", "Hz", "mass_kg", false)]
    public void A_kernel_with_a_bad_operator_is_not_plugged_in(string name, string domain, string unit, string input, bool isSteps) =>
        Assert.Throws<ArgumentException>(() => new KernelCatalog(new Fake(Pulse, Info(name, domain, unit, input, isSteps))));

    [Fact]
    public void A_kernel_without_KO42_is_not_plugged_in() =>
        Assert.Throws<ArgumentException>(() => new KernelCatalog(new Fake(Info("NM19", "NM", "N", "mass_kg", false))));

    [Fact]
    public void A_kernel_with_good_operators_is_plugged_in()
    {
        var catalog = new KernelCatalog(new Fake(Pulse, Info("NM19", "NM", "N", "inner_steps", true)));
        Assert.True(catalog.TryFind("NM19", out _));
        Assert.False(catalog.TryFind("NM20", out _));
        Assert.Equal(2, catalog.Operators.Count);
    }

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(1, -1e-9)]
    public void A_kernel_that_answers_nonsense_has_no_precision(double value, double precision)
    {
        var catalog = new KernelCatalog(new Fake(Pulse) { Answer = () => new ComputeOutcome.Computed(value, "N", precision) });
        Assert.IsType<ComputeOutcome.PrecisionUnknown>(catalog.Evaluate(["KO42"], default, CancellationToken.None));
    }

    [Fact]
    public void A_negative_zero_becomes_zero()
    {
        var catalog = new KernelCatalog(new Fake(Pulse) { Answer = () => new ComputeOutcome.Computed(-0.0, "N", 0) });
        var computed = Assert.IsType<ComputeOutcome.Computed>(catalog.Evaluate(["KO42"], default, CancellationToken.None));
        Assert.False(double.IsNegative(computed.Value));
    }

    [Fact]
    public void A_kernel_that_throws_for_the_limit_or_ignores_it_is_at_its_limit()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var throws = new KernelCatalog(new Fake(Pulse) { Answer = () => throw new OperationCanceledException(source.Token) });
        var ignores = new KernelCatalog(new Fake(Pulse));
        Assert.IsType<ComputeOutcome.Limit>(throws.Evaluate(["KO42"], default, source.Token));
        Assert.IsType<ComputeOutcome.Limit>(ignores.Evaluate(["KO42"], default, source.Token));
        Assert.IsType<ComputeOutcome.Computed>(ignores.Evaluate(["KO42"], default, CancellationToken.None));
    }

    private static OperatorInfo Pulse => new("KO42", "KO", "pulse", "f", [], "Hz");

    private static OperatorInfo Info(string name, string domain, string unit, string input, bool isSteps) =>
        new(name, domain, "name", "equation", [new OperatorInput(input, "1", "text", 1, 10, isSteps)], unit);

    private sealed class Fake(params OperatorInfo[] operators) : IComputeKernel
    {
        public Func<ComputeOutcome> Answer { get; init; } = () => new ComputeOutcome.Computed(1, "Hz", 0);

        public IReadOnlyList<OperatorInfo> Operators => operators;

        public ComputeOutcome Evaluate(IReadOnlyList<string> chain, JsonElement inputs, CancellationToken cancellationToken) => Answer();
    }
}
