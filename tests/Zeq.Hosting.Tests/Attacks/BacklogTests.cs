using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>What a long outage leaves is settled without waiting, and within the bounds of spec 05 rule 15.</summary>
public sealed class BacklogTests
{
    private const int Zids = 12;
    private const int StepsEach = 20;
    private const int Homes = 2;

    // Seen red with a worker that takes 32 steps a tick, and (refused calls) with lanes that let any number in.
    [Fact]
    public async Task Rule15_OneTickOfTheWorkerSettlesABacklogOfHundredsWithinTheBounds()
    {
        var time = new TickedTime(TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs));
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        await using FakeHome one = await FakeHome.StartAsync();
        await using FakeHome two = await FakeHome.StartAsync();
        FakeHome[] fakes = [one, two];
        Account[] holders = await Task.WhenAll(Enumerable.Range(0, Zids).Select(_ => home.RegisterAsync()));

        // Each home answers, signed, what fits no step: the outcome stays open, and no breaker opens.
        foreach (FakeHome fake in fakes)
        {
            fake.HolderOrigin = home.Origin;
            fake.Reply = (path, request) =>
            {
                (int status, JsonObject body) = fake.Honest(path, request);
                body["value_zqt"] = path.EndsWith("verify", StringComparison.Ordinal) ? 6 : 41;
                return (status, body);
            };
        }

        int number = 1000;
        foreach (FakeHome fake in fakes)
        {
            foreach (Account holder in holders)
            {
                for (int i = 0; i < StepsEach / Homes; i++)
                {
                    string token = $"ZT-zeq07000000001-{++number}-0123456789abcdef";
                    (await home.PostAsync("/api/tally/claims/import", fake.Payment(token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
                }
            }
        }

        Assert.Equal(Zids * StepsEach, (await StepsAsync(home)).Count(step => step.Status == PeerStepStatus.Open));

        // The homes are back. Who asks them counts what is under way.
        var counted = new Counters();
        foreach (FakeHome fake in fakes)
        {
            fake.Reply = fake.Honest;
            fake.Raw = async http =>
            {
                string zid = (string)(await JsonNode.ParseAsync(http.Request.Body))!["holder_zid"]!;
                http.Request.Body.Position = 0;
                using IDisposable under = counted.Enter(fake.Origin, zid);
                await Task.Delay(5);
                return false;
            };
        }

        time.PassZeqonds(60);
        time.Tick();
        for (int tries = 0; (await StepsAsync(home)).Any(step => step.Status == PeerStepStatus.Open); tries++)
        {
            Assert.True(tries < 300, "one tick left steps open");
            await Task.Delay(50);
        }

        // No call was refused for want of a place: every step took its one try.
        Assert.All(await StepsAsync(home), step => Assert.Equal((PeerStepStatus.Done, 1L), (step.Status, step.Attempts)));
        Assert.InRange(counted.MostOfAHome, 1, 4);
        Assert.InRange(counted.MostOfAZid, 1, 2);
        foreach (Account holder in holders)
        {
            Assert.Equal(StepsEach, (await home.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect()["claims"].GetArrayLength());
        }

        await home.AssertSoundAsync();
    }

    private static async Task<List<PeerStep>> StepsAsync(TestHome home)
    {
        var steps = new List<PeerStep>();
        await foreach (PeerStep step in home.Home.Reader.QueryAsync(new Query<PeerStep>(PeerStep.Table)))
        {
            steps.Add(step);
        }

        return steps;
    }

    /// <summary>What is under way by home and by ZID, and the most that ever was.</summary>
    private sealed class Counters
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _now = new(StringComparer.Ordinal);

        public int MostOfAHome { get; private set; }

        public int MostOfAZid { get; private set; }

        public IDisposable Enter(string home, string zid)
        {
            lock (_lock)
            {
                MostOfAHome = Math.Max(MostOfAHome, _now[home] = _now.GetValueOrDefault(home) + 1);
                MostOfAZid = Math.Max(MostOfAZid, _now[zid] = _now.GetValueOrDefault(zid) + 1);
            }

            return new Leaving(this, home, zid);
        }

        private sealed class Leaving(Counters counters, string home, string zid) : IDisposable
        {
            public void Dispose()
            {
                lock (counters._lock)
                {
                    counters._now[home]--;
                    counters._now[zid]--;
                }
            }
        }
    }
}
