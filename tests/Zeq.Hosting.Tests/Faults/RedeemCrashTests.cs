using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// A bearer coin of one home that people of two homes are after, and kills at every boundary of what they do: before and after each commit of
/// either home, before and after each call (spec 10 §6). Whatever the instants, there is exactly one live coin of that value.
/// </summary>
[Collection(FaultsCollection.Name)]
public sealed class RedeemCrashTests(ITestOutputHelper output)
{
    private const int Speed = 20;
    private const int Pairs = 4;
    private const int SchedulesEach = 50;
    private static readonly string[] People = ["dora", "carol", "alice", "bob"];

    // Seen red with SettleRedeem minting again for a step that is done, with migrate-out refusing its own repeat, with the step ended on
    // an unknown outcome, and with a redeem at home that takes a coin of any status.
    [Fact]
    public async Task A_coin_redeemed_while_homes_are_killed_is_one_live_coin()
    {
        int seed = Environment.GetEnvironmentVariable("ZEQ_TEST_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"ZEQ_TEST_SEED={seed}");
        var kills = new HashSet<string>(StringComparer.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, Pairs).Select(async pair =>
        {
            await using Pair homes = await Pair.StartAsync();
            for (int i = 0; i < SchedulesEach; i++)
            {
                int schedule = (i * Pairs) + pair;
                try
                {
                    await homes.RunAsync(schedule, new Schedule(seed + schedule, schedule));
                }
                catch (Exception failed)
                {
                    throw new InvalidOperationException($"Seed {seed}, schedule {schedule}, kills: {string.Join("; ", homes.Killed)}", failed);
                }
            }

            await homes.AuditAsync();
            lock (kills)
            {
                kills.UnionWith(homes.AllKills);
            }
        }));

        output.WriteLine(string.Join('\n', kills.Order()));
        Assert.Superset(
            new HashSet<string>(
            [
                "A before a commit", "A after a commit", "B before a commit", "B after a commit",
                "A before a call of /api/tally/coins/migrate-out", "A after a call of /api/tally/coins/migrate-out", "B before its call is answered", "B after its call was answered",
            ]),
            kills);
    }

    /// <summary>Who is after the coin, whether they ask until they know, and after how many boundaries something dies.</summary>
    [SuppressMessage("Security", "CA5394", Justification = "A schedule is no secret: its seed is printed.")]
    private sealed class Schedule
    {
        public Schedule(int seed, int number)
        {
            var random = new Random(seed);

            // The first ones go through the boundaries of a lone redeem in order; the others come as they come.
            bool isPlain = number < 32;
            int count = isPlain ? 1 : random.Next(1, 4);
            Gaps = [.. Enumerable.Range(0, count).Select(_ => isPlain ? 1 + (number / 2) : random.Next(1, 14))];
            IsPatient = isPlain ? number % 2 == 0 : random.Next(4) > 0;
            Rivals = isPlain ? [] : [.. People.Where(_ => random.Next(3) == 0)];
        }

        /// <summary>How many boundaries are passed before the first kill, from there to the next, and so on.</summary>
        public int[] Gaps { get; }

        /// <summary>Whether Bob asks again until he knows; else the worker is alone with it.</summary>
        public bool IsPatient { get; }

        public string[] Rivals { get; }
    }

    private sealed class Pair : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private readonly Queue<int> _gaps = new();
        private int _left = int.MaxValue;
        private long _minted;

        public required BreakableHome A { get; init; }

        public required BreakableHome B { get; init; }

        public required Account Alice { get; init; }

        public required Account Carol { get; init; }

        public required Account Bob { get; init; }

        public required Account Dora { get; init; }

        public List<string> Killed { get; } = [];

        public HashSet<string> AllKills { get; } = new(StringComparer.Ordinal);

        public static async Task<Pair> StartAsync()
        {
            var clock = new FastClock(Speed);
            BreakableHome a = await BreakableHome.StartInMemoryAsync(clock);
            BreakableHome b = await BreakableHome.StartInMemoryAsync(clock, o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(a.Home.Context.Keys.NodePublicKey, 100_000));
            var pair = new Pair
            {
                A = a, B = b, Alice = await a.Api.RegisterAsync(paid: 100_000), Carol = await a.Api.RegisterAsync(), Bob = await b.Api.RegisterAsync(), Dora = await b.Api.RegisterAsync(),
            };
            pair.Watch();
            return pair;
        }

        public async Task RunAsync(int number, Schedule schedule)
        {
            string token = await A.Api.MintAsync(Alice);
            JsonNode coin = (await A.Api.PostAsync($"/api/tally/envelopes/{token}/export", Alice.Key, new JsonObject())).Expect().Json["coin"]!;
            long value = coin["value_zqt"]!.GetValue<long>();
            _minted += value;

            Begin(schedule.Gaps);
            using var done = new CancellationTokenSource();
            Task keeper = KeepAliveAsync(done.Token);
            var asks = new List<Task<(Account Who, WireAnswer? Answer)>> { RedeemAsync(B, Bob, coin, schedule.IsPatient) };
            foreach (string rival in schedule.Rivals)
            {
                asks.Add(rival switch
                {
                    "dora" => RedeemAsync(B, Dora, coin, isPatient: true),
                    "carol" => RedeemAsync(A, Carol, coin, isPatient: true),
                    "alice" => UntilKnownAsync(A, Alice, () => A.Api.PostAsync($"/api/tally/envelopes/{token}/reclaim", Alice.Key, new JsonObject()), isPatient: true),
                    _ => RedeemAsync(B, Bob, coin, isPatient: true),
                });
            }

            (Account Who, WireAnswer? Answer)[] answers = await Task.WhenAll(asks);
            End();
            await done.CancelAsync();
            await keeper;
            await ReviveAsync();
            await A.SettledAsync();
            await B.SettledAsync();
            await CheckAsync(token, value, answers, schedule);
            if (number % 40 < Pairs)
            {
                await AuditAsync();
            }
        }

        public async Task AuditAsync()
        {
            await A.AuditAsync();
            await B.AuditAsync();
        }

        public async ValueTask DisposeAsync()
        {
            End();
            await B.DisposeAsync();
            await A.DisposeAsync();
        }

        private async Task CheckAsync(string token, long value, (Account Who, WireAnswer? Answer)[] answers, Schedule schedule)
        {
            Envelope atHome = (await A.Home.Reader.FindAsync(Envelope.Table, token))!;
            List<Envelope> minted = (await B.RowsAsync(new Query<Envelope>(Envelope.Table))).FindAll(coin => coin.MigratedFrom == $"{token}@{A.Origin}");
            bool livesAtHome = atHome.Status is EnvelopeStatus.Active or EnvelopeStatus.Bearer;
            Assert.True(minted.Count + (livesAtHome ? 1 : 0) == 1, $"at home {atHome.Status}, and {minted.Count} elsewhere");
            Assert.Equal(value, livesAtHome ? atHome.ValueZqt : minted[0].ValueZqt);
            Assert.All(minted, coin => Assert.Equal((0, EnvelopeStatus.Active), (coin.SpendSeq, coin.Status)));

            // Whoever was told that it is theirs holds it, and nobody else was told so.
            string holder = livesAtHome ? atHome.IssuedTo.Text : minted[0].IssuedTo.Text;
            Assert.All(answers, answer => Assert.True(answer.Answer is not { IsOk: true } || answer.Who.Zid == holder, $"{answer.Who.Zid} was told, {holder} holds it"));
            Assert.All(answers, answer => Assert.True(
                answer.Who.Zid != holder || atHome.Status == EnvelopeStatus.Bearer || answer.Answer is not { IsOk: false }, $"{answer.Who.Zid} holds it, and was told {answer.Answer}"));
            if (schedule.Rivals.Length == 0 && schedule.IsPatient)
            {
                Assert.True(answers[0].Answer!.IsOk && holder == Bob.Zid, answers[0].Answer!.ToString());
            }

            long live = await LiveAsync(A) + await LiveAsync(B);
            Assert.Equal(_minted, live);
        }

        private static async Task<long> LiveAsync(BreakableHome home) =>
            (await home.RowsAsync(new Query<Envelope>(Envelope.Table))).Where(coin => coin.Status is EnvelopeStatus.Active or EnvelopeStatus.Bearer).Sum(coin => coin.ValueZqt);

        private static Task<(Account Who, WireAnswer? Answer)> RedeemAsync(BreakableHome home, Account who, JsonNode coin, bool isPatient) =>
            UntilKnownAsync(home, who, () => home.Api.PostAsync("/api/tally/coins/redeem", who.Key, new JsonObject { ["coin"] = coin.DeepClone() }), isPatient);

        private static async Task<(Account Who, WireAnswer? Answer)> UntilKnownAsync(BreakableHome home, Account who, Func<Task<WireAnswer>> ask, bool isPatient)
        {
            for (int tries = 0; ; tries++)
            {
                Assert.True(tries < 2_000, "No answer of " + home.Origin);
                try
                {
                    WireAnswer answer = await ask();
                    if (answer.Status < 500)
                    {
                        return (who, answer);
                    }
                }
                catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException or IOException or System.Net.Sockets.SocketException)
                {
                    // It is being restarted.
                }

                if (!isPatient)
                {
                    return (who, null);
                }

                await Task.Delay(10);
            }
        }

        private async Task KeepAliveAsync(CancellationToken done)
        {
            while (!done.IsCancellationRequested)
            {
                await ReviveAsync();
                await Task.Delay(5, CancellationToken.None);
            }
        }

        private async Task ReviveAsync()
        {
            foreach (BreakableHome home in new[] { A, B })
            {
                if (home.Store.IsDead)
                {
                    await home.RestartAsync();
                }
            }
        }

        private void Watch()
        {
            foreach ((string name, BreakableHome home) in new[] { ("A", A), ("B", B) })
            {
                home.OnOpened = store =>
                {
                    store.BeforeCommit = () => Pass(name + " before a commit");
                    store.AfterCommit = () => Pass(name + " after a commit");
                };
                home.OnOpened(home.Store);
            }

            A.Door = async (http, next) =>
            {
                // Only what B asks is a call between homes; either of the two may die on either side of it.
                bool isCall = http.Request.Path == "/api/tally/coins/migrate-out" || http.Request.Path == "/api/identity";
                if (isCall && Pass("B before its call is answered"))
                {
                    B.Store.Die();
                }

                if (isCall && !A.Store.IsDead && Pass("A before a call of " + http.Request.Path))
                {
                    A.Store.Die();
                }

                Stream wire = http.Response.Body;
                using var said = new MemoryStream();
                http.Response.Body = said;
                if (!A.Store.IsDead)
                {
                    await next(http);
                }

                if (isCall && !A.Store.IsDead && Pass("A after a call of " + http.Request.Path))
                {
                    A.Store.Die();
                }

                if (isCall && Pass("B after its call was answered"))
                {
                    B.Store.Die();
                }

                // What a killed home had to say stays unsaid: the connection breaks off.
                if (A.Store.IsDead)
                {
                    http.Abort();
                    return;
                }

                http.Response.Body = wire;
                await wire.WriteAsync(said.ToArray());
            };
        }

        private void Begin(int[] gaps)
        {
            lock (_lock)
            {
                Killed.Clear();
                _gaps.Clear();
                foreach (int gap in gaps)
                {
                    _gaps.Enqueue(gap);
                }

                _left = _gaps.Dequeue();
            }
        }

        private void End()
        {
            lock (_lock)
            {
                _gaps.Clear();
                _left = int.MaxValue;
            }
        }

        private bool Pass(string what)
        {
            lock (_lock)
            {
                if (_left == int.MaxValue || --_left > 0)
                {
                    return false;
                }

                _left = _gaps.TryDequeue(out int next) ? next : int.MaxValue;
                Killed.Add(what);
                AllKills.Add(what);
                return true;
            }
        }
    }
}
