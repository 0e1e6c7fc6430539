using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Computes that take too long, cannot be measured, or are asked again: spec 05 rule 23, spec 10 §1.</summary>
public sealed class ComputeLimitTests
{
    private const string Force = """{"operators":["NM19"],"inputs":{"mass_kg":2,"acceleration_ms2":3}}""";

    // Seen red with a limit of 300 ms (no such timer), and with a kernel's late answer taken.
    [Fact]
    public async Task Rule23_AComputeHasTwoHundredAndFiftyMillisecondsAndIsChargedNothingBeyond()
    {
        var time = new TickedTime(TimeSpan.FromMilliseconds(250));
        var kernel = new EndlessKernel();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { FreeCredits = 20, Time = time, KeepsDefaultLimits = true, Configure = o => o.Kernel = kernel });
        Account account = await home.RegisterAsync();
        for (int i = 0; i < 10; i++)
        {
            // By turns a kernel that obeys by an exception and one that ends late and answers all the same.
            kernel.Throws = i % 2 == 0;
            Task<Answer> compute = home.PostAsync("/api/zeq/compute", Force, account.ApiKey);
            Assert.True(await kernel.Entered.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(1, time.Count);
            Assert.False(compute.IsCompleted);
            time.Tick();
            (await compute).Refused(422, "COMPUTE_LIMIT");
            Assert.Equal(0, time.Count);
        }

        (await home.PostAsync("/api/zeq/compute", Force, account.ApiKey)).Refused(429, "RATE_LIMITED");
        Assert.Equal(20, (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect().Long("balance"));
        Assert.Equal(0, (await home.GetAsync("/api/tally/envelopes", account.ApiKey)).Expect()["envelopes"].GetArrayLength());
        await home.AssertSoundAsync();
    }

    // Seen red with a relative error that is unknown wherever the reference is 0. That a value beside a reference of 0 has none is
    // ReferenceKernelTests'; what the home makes of it is seen red with such an answer charged.
    [Fact]
    public async Task Rule23_AReferenceOfZeroIsMetExactlyOrNotAtAll()
    {
        const string Discharge = """{"operators":["EM30"],"inputs":{"voltage_v":0,"resistance_ohm":1,"capacitance_f":1,"duration_s":1,"steps":4}}""";
        var kernel = new UnknowingKernel();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Kernel = kernel });
        Account account = await home.RegisterAsync();
        await home.GrantAsync(account.Zid, 20);
        (await home.PostAsync("/api/zeq/compute", Discharge, account.ApiKey)).Refused(422, "PRECISION_UNKNOWN");
        Assert.Equal(20, (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect().Long("balance"));

        // Nothing to begin with: value and reference are 0, which is exact, and mints in full.
        kernel.Knows = true;
        Answer exact = (await home.PostAsync("/api/zeq/compute", Discharge, account.ApiKey)).Expect();
        Assert.Equal(0, exact["value"].GetDouble());
        Assert.InRange(exact["precision_actual"].GetDouble(), 0, 1e-16);
        Assert.Equal(2 * exact.Long("cost"), exact["envelopes"][0].GetProperty("value_zqt").GetInt64());
        await home.AssertSoundAsync();
    }

    // Seen red with the balance looked at before anything else: 402 instead of the first result.
    [Fact]
    public async Task AComputeAskedAgainAnswersItsFirstResultAlsoWithoutFuelLeft()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup
        {
            FreeCredits = 0, Time = time, RateLimits = new Dictionary<string, RateLimit> { [RateLimits.Uncharged] = new(10, 60) },
        });
        Account account = await home.RegisterAsync();
        await home.GrantAsync(account.Zid, 3);
        Answer first = (await home.PostAsync("/api/zeq/compute", Force, account.ApiKey, "once")).Expect();
        Assert.Equal(0, await BalanceAsync());
        Assert.Equal(first.Text, (await home.PostAsync("/api/zeq/compute", Force, account.ApiKey, "once")).Expect().Text);

        // In its Zeqond it is the same compute without the Idempotency-Key too, by whatever key of the ZID.
        foreach (string key in (string[])[account.ApiKey, account.MachineKey])
        {
            for (int i = 0; i < 12; i++)
            {
                Assert.Equal(first["envelopes"].GetRawText(), (await home.PostAsync("/api/zeq/compute", Force, key)).Expect()["envelopes"].GetRawText());
            }
        }

        // Another compute is not, and each that made the kernel run for nothing counts: the rule is no way to compute for free.
        (await home.PostAsync("/api/zeq/compute", """{"operators":["NM20"],"inputs":{"mass_kg":2,"speed_ms":3}}""", account.ApiKey)).Refused(402, "INSUFFICIENT_BALANCE");
        for (int i = 0; i < 10; i++)
        {
            (await home.PostAsync("/api/zeq/compute", Force.Replace(":2,", $":{i + 5},", StringComparison.Ordinal), account.ApiKey)).Refused(402, "INSUFFICIENT_BALANCE");
        }

        (await home.PostAsync("/api/zeq/compute", Force.Replace(":2,", ":77,", StringComparison.Ordinal), account.ApiKey)).Refused(429, "RATE_LIMITED");

        // In the next Zeqond it is a new compute, which nobody paid for; the Idempotency-Key still answers the first.
        time.Pass(TimeSpan.FromSeconds(61));
        (await home.PostAsync("/api/zeq/compute", Force, account.ApiKey)).Refused(402, "INSUFFICIENT_BALANCE");
        Assert.Equal(first.Text, (await home.PostAsync("/api/zeq/compute", Force, account.ApiKey, "once")).Expect().Text);
        Assert.Equal(1, (await home.GetAsync("/api/tally/envelopes", account.ApiKey)).Expect()["envelopes"].GetArrayLength());
        await home.AssertSoundAsync();

        async Task<long> BalanceAsync() => (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect().Long("balance");
    }

    /// <summary>Knows no precision, until it does.</summary>
    private sealed class UnknowingKernel : IComputeKernel
    {
        private readonly ReferenceKernel _inner = new();

        public bool Knows { get; set; }

        public IReadOnlyList<OperatorInfo> Operators => _inner.Operators;

        public ComputeOutcome Evaluate(IReadOnlyList<string> operators, JsonElement inputs, CancellationToken cancellationToken) =>
            Knows ? _inner.Evaluate(operators, inputs, cancellationToken) : new ComputeOutcome.PrecisionUnknown("The reference is 0 and the value is not.");
    }

    /// <summary>Computes until it is told to stop.</summary>
    private sealed class EndlessKernel : IComputeKernel
    {
        private readonly ReferenceKernel _inner = new();

        public SemaphoreSlim Entered { get; } = new(0);

        public bool Throws { get; set; }

        public IReadOnlyList<OperatorInfo> Operators => _inner.Operators;

        public ComputeOutcome Evaluate(IReadOnlyList<string> operators, JsonElement inputs, CancellationToken cancellationToken)
        {
            Entered.Release();
            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
            if (Throws)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return new ComputeOutcome.Computed(1, "N", 0);
        }
    }
}
