using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class ReferenceKernelTests
{
    private static readonly ReferenceKernel Kernel = new();

    private const string Sun = "1.98841e30";

    internal static JsonElement Json(string text) => JsonElement.Parse(text);

    private static ComputeOutcome Run(string chain, string inputs) =>
        Kernel.Evaluate(chain.Split(','), Json(inputs), CancellationToken.None);

    private static ComputeOutcome.Computed Computed(string chain, string inputs) =>
        Assert.IsType<ComputeOutcome.Computed>(Run(chain, inputs));

    [Theory]
    [InlineData("KO42", "{}", 1.287, "Hz")]
    [InlineData("NM19", """{"mass_kg":2,"acceleration_ms2":9.80665}""", 19.6133, "N")]
    [InlineData("NM20", """{"mass_kg":1200,"speed_ms":30}""", 540000, "J")]
    [InlineData("NM21", """{"mass_kg":5.9722e24,"other_mass_kg":1,"distance_m":6371000}""", 9.820254, "N")]
    [InlineData("NM22", """{"length_m":1,"gravity_ms2":9.80665}""", 2.00640929, "s")]
    [InlineData("QM1", """{"frequency_hz":5e14}""", 3.313035075e-19, "J")]
    [InlineData("QM2", """{"mass_kg":9.1093837139e-31,"speed_ms":1000000}""", 7.2738951e-10, "m")]
    [InlineData("QM3", """{"mass_kg":9.1093837139e-31,"length_m":1e-9}""", 6.0246672e-20, "J")]
    [InlineData("QM30", """{"sphere_radius_m":5.29177210544e-11,"steps":1000}""", 0.3233235838169365, "1")]
    [InlineData("GR1", """{"speed_ms":179875474.8}""", 1.25, "1")]
    [InlineData("GR2", """{"mass_kg":1}""", 89875517873681764.0, "J")]
    [InlineData("GR3", """{"mass_kg":1.98841e30}""", 2953.25, "m")]
    [InlineData("GR4", """{"mass_kg":1.98841e30,"distance_m":3937.667}""", 0.5, "1")]
    [InlineData("TD1", """{"amount_mol":1,"temperature_k":273.15,"volume_m3":0.022413969}""", 101325, "Pa")]
    [InlineData("TD2", """{"temperature_k":1000}""", 56703.74419, "W/m^2")]
    [InlineData("TD3", """{"cold_temperature_k":300,"hot_temperature_k":400}""", 0.25, "1")]
    [InlineData("TD30", """{"temperature_k":1000,"steps":1000}""", 56703.74419, "W/m^2")]
    [InlineData("EM1", """{"charge_c":1e-6,"other_charge_c":-2e-6,"distance_m":0.1}""", -1.79751036, "N")]
    [InlineData("EM2", """{"current_a":2,"resistance_ohm":50}""", 100, "V")]
    [InlineData("EM3", """{"inductance_h":0.001,"capacitance_f":1e-9}""", 159154.943, "Hz")]
    [InlineData("EM30", """{"voltage_v":10,"resistance_ohm":1000,"capacitance_f":0.001,"duration_s":1,"steps":1000}""", 3.678794411714423, "V")]
    public void Known_values(string op, string inputs, double value, string unit)
    {
        ComputeOutcome.Computed computed = Computed(op, inputs);
        Assert.Equal(unit, computed.Unit);
        Assert.True(Math.Abs(computed.Value - value) <= 2e-5 * Math.Abs(value), $"{computed.Value:R} is not {value:R}");
        Assert.InRange(computed.PrecisionActual, 0, 1e-8);
    }

    [Fact]
    public void An_earth_like_orbit_is_at_its_farthest_after_half_a_year()
    {
        // a = 1 AU around the Sun: the period is 2 pi sqrt(a^3 / G m).
        const double Axis = 149597870700;
        double half = Math.PI * Math.Sqrt(Axis * Axis * Axis / (PhysicalConstants.Gravitation.Value * double.Parse(Sun, CultureInfo.InvariantCulture)));
        ComputeOutcome.Computed computed = Computed("NM42", Orbit(0.0167, half, 1000));
        Assert.Equal(Axis * 1.0167, computed.Value, Axis * 1e-9);
        Assert.Equal(Axis * (1 - 0.0167), Computed("NM42", Orbit(0.0167, 0, 10)).Value, 1e-3);
        Assert.Equal(Axis, Computed("NM42", Orbit(0, half / 3, 1000)).Value, Axis * 1e-9);
    }

    [Fact]
    public void A_shell_far_from_its_mass_has_its_flat_thickness()
    {
        ComputeOutcome.Computed computed = Computed(
            "GR30", """{"mass_kg":1e-3,"inner_radius_m":1,"outer_radius_m":3,"steps":10}""");
        Assert.Equal(2, computed.Value, 1e-12);

        // Around a black hole it is thicker: r_s = 2 makes [sqrt(r(r-2)) + 2 ln(sqrt(r) + sqrt(r-2))] from 4 to 8.
        string mass = (2 * 299792458.0 * 299792458.0 / (2 * 6.6743e-11)).ToString("R", CultureInfo.InvariantCulture);
        ComputeOutcome.Computed thick = Computed(
            "GR30", $$"""{"mass_kg":{{mass}},"inner_radius_m":4,"outer_radius_m":8,"steps":1000}""");
        double expected = Math.Sqrt(48) - Math.Sqrt(8)
            + (2 * Math.Log((Math.Sqrt(8) + Math.Sqrt(6)) / (2 + Math.Sqrt(2))));
        Assert.Equal(expected, thick.Value, 1e-10);
    }

    public static TheoryData<string, string> Integrators => new()
    {
        { "NM42", Orbit(0.3, 2.5e7, 0) },
        { "QM30", """{"sphere_radius_m":2e-10,"steps":0}""" },
        { "GR30", """{"mass_kg":1.98841e30,"inner_radius_m":4000,"outer_radius_m":40000,"steps":0}""" },
        { "TD30", """{"temperature_k":5772,"steps":0}""" },
        { "EM30", """{"voltage_v":10,"resistance_ohm":1000,"capacitance_f":0.001,"duration_s":4,"steps":0}""" },
    };

    [Theory]
    [MemberData(nameof(Integrators))]
    public void More_steps_are_more_precise(string op, string inputs)
    {
        double[] errors = [
            .. from steps in (int[])[10, 100, 1000] select Computed(op, WithSteps(inputs, steps)).PrecisionActual];
        Assert.True(errors[0] > 10 * errors[1], string.Join(" ", errors));
        Assert.True(errors[1] > 10 * errors[2], string.Join(" ", errors));
        Assert.True(errors[2] < MintCurve.PrecisionBound);
        Assert.InRange(Computed(op, WithSteps(inputs, 100_000)).PrecisionActual, 0, 1e-10);
    }

    [Theory]
    [MemberData(nameof(Integrators))]
    public void Too_few_steps_leave_the_bound(string op, string inputs) =>
        Assert.True(Run(op, WithSteps(inputs, 1)) is ComputeOutcome.PrecisionUnknown
            or ComputeOutcome.Computed { PrecisionActual: > MintCurve.PrecisionBound });

    [Fact]
    public void The_precision_is_the_error_that_the_value_has()
    {
        ComputeOutcome.Computed coarse = Computed("EM30", WithSteps(Discharge, 10));
        double error = Math.Abs((coarse.Value / (10 * Math.Exp(-4))) - 1);
        Assert.Equal(error, coarse.PrecisionActual, error * 1e-6);
    }

    [Fact]
    public void A_chain_has_its_last_value_and_its_worst_precision()
    {
        string inputs = """{"mass_kg":2,"acceleration_ms2":3,"temperature_k":300,"steps":20}""";
        double worst = Computed("TD30", inputs).PrecisionActual;
        Assert.True(worst > 1e-9);
        ComputeOutcome.Computed chain = Computed("KO42,TD30,NM19", inputs);
        Assert.Equal(new ComputeOutcome.Computed(6, "N", worst), chain);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"mass_kg":"x"}""")]
    public void KO42_alone_ignores_its_inputs(string inputs) => Assert.Equal(1.287, Computed("KO42", inputs).Value);

    [Fact]
    public void The_pulse_and_the_Zeqond_are_one_clock() =>
        Assert.Equal(1, Computed("KO42", "{}").Value * KernelConstants.ZeqondMs / 1000, 1e-5);

    [Fact]
    public void A_reference_of_0_is_exact_where_the_value_is_0()
    {
        Assert.Equal(new ComputeOutcome.Computed(0, "N", 0), Computed("NM19", """{"mass_kg":2,"acceleration_ms2":0}"""));
        Assert.Equal(0, Computed("TD3", """{"cold_temperature_k":300,"hot_temperature_k":300}""").PrecisionActual);
    }

    [Fact]
    public void There_is_no_relative_error_to_nothing()
    {
        Assert.Equal(0, ReferenceKernel.RelativeError(0, DoubleDouble.Zero));
        Assert.Null(ReferenceKernel.RelativeError(1e-300, DoubleDouble.Zero));
        Assert.Null(ReferenceKernel.RelativeError(double.NaN, DoubleDouble.One));
        Assert.Null(ReferenceKernel.RelativeError(double.PositiveInfinity, DoubleDouble.One));
        Assert.Null(ReferenceKernel.RelativeError(1, double.NaN));
        Assert.Null(ReferenceKernel.RelativeError(1e-300, 1e-300));
        Assert.Equal(0.5, ReferenceKernel.RelativeError(1, 2));
        Assert.Equal(0.5, ReferenceKernel.RelativeError(-1, -2));
    }

    [Fact]
    public void A_diverging_integration_has_no_precision_or_a_bad_one() =>
        Assert.True(Run("EM30", """{"voltage_v":1,"resistance_ohm":1,"capacitance_f":1,"duration_s":100,"steps":2}""")
            is ComputeOutcome.PrecisionUnknown or ComputeOutcome.Computed { PrecisionActual: > MintCurve.PrecisionBound });

    [Fact]
    public void Every_field_at_fault_is_named_at_once()
    {
        var invalid = Assert.IsType<ComputeOutcome.InvalidInputs>(
            Run("KO42,NM19,NM20,TD30", """{"mass_kg":-1,"speed_ms":"3","steps":1.5}"""));
        Assert.Equal(
            ["acceleration_ms2", "mass_kg", "speed_ms", "steps", "temperature_k"],
            invalid.Problems.Select(p => p.Field).Order(StringComparer.Ordinal));
        Assert.All(invalid.Problems, p => Assert.NotEmpty(p.Problem));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("100001")]
    [InlineData("1e300")]
    [InlineData("1.5")]
    [InlineData("\"10\"")]
    [InlineData("true")]
    [InlineData("null")]
    public void A_step_count_is_an_integer_from_1_to_100000(string steps)
    {
        var invalid = Assert.IsType<ComputeOutcome.InvalidInputs>(Run("TD30", $$"""{"temperature_k":300,"steps":{{steps}}}"""));
        Assert.Equal("steps", Assert.Single(invalid.Problems).Field);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("100000")]
    public void A_step_count_may_be_written_as_any_integer(string steps) =>
        Assert.IsType<ComputeOutcome.Computed>(Run("TD30", $$"""{"temperature_k":300,"steps":{{steps}}}"""));

    [Theory]
    [InlineData("NM19", """{"mass_kg":1,"acceleration_ms2":1e999}""", "acceleration_ms2")]
    [InlineData("NM19", """{"mass_kg":1,"acceleration_ms2":1e-70}""", "acceleration_ms2")]
    [InlineData("NM19", """{"mass_kg":0,"acceleration_ms2":1}""", "mass_kg")]
    [InlineData("GR1", """{"speed_ms":299792458}""", "speed_ms")]
    [InlineData("QM2", """{"mass_kg":1,"speed_ms":0}""", "speed_ms")]
    [InlineData("TD3", """{"cold_temperature_k":400,"hot_temperature_k":300}""", "hot_temperature_k")]
    [InlineData("GR4", """{"mass_kg":1.98841e30,"distance_m":2953}""", "distance_m")]
    [InlineData("GR30", """{"mass_kg":1.98841e30,"inner_radius_m":2953,"outer_radius_m":4000,"steps":10}""", "inner_radius_m")]
    [InlineData("GR30", """{"mass_kg":1,"inner_radius_m":2,"outer_radius_m":2,"steps":10}""", "outer_radius_m")]
    [InlineData("EM30", """{"voltage_v":1,"resistance_ohm":1,"capacitance_f":1,"duration_s":101,"steps":10}""", "duration_s")]
    [InlineData("NM42", """{"mass_kg":1e30,"semi_major_axis_m":1,"eccentricity":0,"duration_s":1e20,"steps":10}""", "duration_s")]
    public void What_is_out_of_its_physical_range_is_refused(string op, string inputs, string field)
    {
        var invalid = Assert.IsType<ComputeOutcome.InvalidInputs>(Run(op, inputs));
        Assert.Equal(field, Assert.Single(invalid.Problems).Field);
    }

    [Fact]
    public void Unknown_inputs_are_ignored() =>
        Assert.Equal(6, Computed("NM19", """{"mass_kg":2,"acceleration_ms2":3,"colour":"red","mass_lb":[1]}""").Value);

    [Theory]
    [InlineData("XX1")]
    [InlineData("KO42,nm19")]
    public void An_operator_that_was_not_checked_before_is_a_misuse(string chain) =>
        Assert.Throws<ArgumentException>(() => Run(chain, "{}"));

    [Fact]
    public void An_empty_chain_is_a_misuse() =>
        Assert.Throws<ArgumentException>(() => Kernel.Evaluate([], Json("{}"), CancellationToken.None));

    [Fact]
    public void A_cancelled_evaluation_is_at_its_limit()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.IsType<ComputeOutcome.Limit>(Kernel.Evaluate(["KO42"], Json("{}"), source.Token));
    }

    [Fact]
    public void Every_loop_looks_at_the_token_every_1024_steps()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        for (int step = 0; step <= 4096; step++)
        {
            if (step % 1024 == 0)
            {
                Assert.Throws<OperationCanceledException>(() => NumericalIntegration.LookAt(step, source.Token));
            }
        }

        var counter = new Counter();
        Assert.Throws<OperationCanceledException>(() => NumericalIntegration.Simpson(
            new CancelsAt(counter, source: null!), 0, 1, 100_000, source.Token));
        Assert.InRange(counter.Calls, 0, 4);

        using var later = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => NumericalIntegration.Simpson(
            new CancelsAt(counter, later), 0, 1, 100_000, later.Token));
        Assert.InRange(counter.Calls, 5000, 5000 + (2 * 1024) + 4);
    }

    [Theory]
    [MemberData(nameof(Integrators))]
    public void No_step_allocates(string op, string inputs)
    {
        long Allocated(int steps)
        {
            JsonElement json = Json(WithSteps(inputs, steps));
            Kernel.Evaluate([op], json, CancellationToken.None);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Kernel.Evaluate([op], json, CancellationToken.None);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(Allocated(20_000) - Allocated(100), -1000, 1000);
    }

    [Fact]
    public void The_same_question_has_the_same_answer()
    {
        string inputs = WithSteps(Discharge, 777);
        Assert.Equal(Run("EM30", inputs), Run("EM30", inputs));
    }

    [Fact]
    public void There_are_enough_operators_in_enough_domains()
    {
        Assert.True(Kernel.Operators.Count >= 10);
        Assert.Superset(new HashSet<string> { "KO", "NM", "QM", "GR", "TD", "EM" }, Kernel.Operators.Select(o => o.Domain).ToHashSet());
        Assert.Equal("KO42", Kernel.Operators[0].Operator);
        Assert.True(Kernel.Operators.Count(o => o.Inputs.Any(i => i.IsStepCount)) >= 3);
    }

    [Fact]
    public void A_name_means_the_same_input_in_every_operator() => Assert.All(
        Kernel.Operators.SelectMany(o => o.Inputs).GroupBy(i => i.Name), g => Assert.Single(g.Distinct()));

    [Fact]
    public void The_constants_are_those_of_CODATA()
    {
        Assert.Equal(299792458, PhysicalConstants.SpeedOfLight.Value);
        Assert.Equal(6.62607015e-34, PhysicalConstants.Planck.Value);
        Assert.Equal(1.380649e-23, PhysicalConstants.Boltzmann.Value);
        Assert.Equal(6.02214076e23, PhysicalConstants.Avogadro.Value);
        Assert.Equal(6.67430e-11, PhysicalConstants.Gravitation.Value);
        Assert.Equal(8.8541878188e-12, PhysicalConstants.VacuumPermittivity.Value);
        Assert.Equal(5.29177210544e-11, PhysicalConstants.BohrRadius.Value);
        Assert.Equal(PhysicalConstants.All.Count, PhysicalConstants.All.Select(c => c.Symbol).Distinct().Count());
    }

    private const string Discharge =
        """{"voltage_v":10,"resistance_ohm":1000,"capacitance_f":0.001,"duration_s":4,"steps":0}""";

    private static string Orbit(double eccentricity, double duration, int steps) => FormattableString.Invariant(
        $$"""{"mass_kg":{{Sun}},"semi_major_axis_m":149597870700,"eccentricity":{{eccentricity:R}},"duration_s":{{duration:R}},"steps":{{steps}}}""");

    private static string WithSteps(string inputs, int steps) =>
        inputs.Replace("\"steps\":0", FormattableString.Invariant($"\"steps\":{steps}"), StringComparison.Ordinal);

    private sealed class Counter
    {
        public int Calls { get; set; }
    }

    private readonly struct CancelsAt(Counter counter, CancellationTokenSource? source) : IIntegrand
    {
        public double At(double x)
        {
            if (++counter.Calls == 5000)
            {
                source?.Cancel();
            }

            return x;
        }
    }
}
