using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// Two homes, and a kill at every boundary of a step that needs both (spec 10 §5): before and after each commit of either, before and
/// after each call. Whatever the instant, there is one coin, one held claim, and a ticket that opens.
/// </summary>
[Collection(FaultsCollection.Name)]
public sealed class ClaimCrashTests
{
    private const int Speed = 20;

    // Seen red with ImportAsync starting anew where a step is open (the receipt is superseded by then, the claim lost), and with the
    // coin's home taking no repeat of an acceptance.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_import_killed_anywhere_ends_in_one_held_claim(bool byWorker)
    {
        await using Pair pair = await Pair.StartAsync();
        await pair.AtEveryBoundaryAsync(async () =>
        {
            Step step = await pair.PrepareAsync();
            return new Attempt(() => pair.B.Api.ImportAsync(pair.Bob, step.Import), async () =>
            {
                await pair.HoldsAsync(pair.Bob, step.Token, height: 2);
                await pair.ComesHomeAsync(pair.Bob, step.Token, height: 3);
            });
        }, byWorker);
    }

    // Seen red with SettleClaimTransfer recording no import (the ticket lost between two commits), with transfer-claim taking no repeat,
    // and with the step ended on an unknown outcome.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_onward_killed_anywhere_ends_in_one_held_claim(bool byWorker)
    {
        await using Pair pair = await Pair.StartAsync();
        await pair.AtEveryBoundaryAsync(async () =>
        {
            Step step = await pair.PrepareAsync();
            await AnsweredAsync(() => pair.B.Api.ImportAsync(pair.Bob, step.Import));
            return new Attempt(() => pair.B.Api.TransferClaimAsync(pair.Bob, step.Token, pair.Dora.Zid, pair.B.Origin), async () =>
            {
                Assert.Equal("spent", (await pair.B.Api.ClaimAsync(pair.Bob, step.Token))!["status"]!.GetValue<string>());
                await pair.HoldsAsync(pair.Dora, step.Token, height: 4);
                await pair.ComesHomeAsync(pair.Dora, step.Token, height: 5);
            });
        }, byWorker);
    }

    // Seen red with transfer-claim taking no repeat: the ticket of a coin sent to a third home was gone.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_home_or_elsewhere_killed_anywhere_answers_its_ticket(bool byWorker)
    {
        await using Pair pair = await Pair.StartAsync();
        const string elsewhere = "http://127.0.0.1:9";
        await pair.AtEveryBoundaryAsync(async () =>
        {
            Step step = await pair.PrepareAsync();
            await AnsweredAsync(() => pair.B.Api.ImportAsync(pair.Bob, step.Import));
            Task<WireAnswer> MoveAsync() => pair.B.Api.TransferClaimAsync(pair.Bob, step.Token, "ZEQ07000000001", elsewhere);
            return new Attempt(MoveAsync, async () =>
            {
                JsonNode first = (await AnsweredAsync(MoveAsync)).Json;
                Assert.Equal(64, first["claim_ticket"]!.GetValue<string>().Length);
                var check = (JsonObject)first["receipt"]!.DeepClone();
                check["claim_ticket"] = first["claim_ticket"]!.GetValue<string>();
                JsonNode verified = (await pair.A.Api.PostAsync("/api/tally/receipt/verify", null, check)).Expect().Json;
                Assert.True(verified["valid"]!.GetValue<bool>() && verified["current"]!.GetValue<bool>() && verified["ticket_valid"]!.GetValue<bool>());
                Assert.Equal(3, await pair.A.Api.HeightAsync(step.Token));
            });
        }, byWorker);
    }

    /// <summary>Asks again until there is an answer: on a busy machine a call between the homes may time out without any kill.</summary>
    private static async Task<WireAnswer> AnsweredAsync(Func<Task<WireAnswer>> ask)
    {
        for (int tries = 0; ; tries++)
        {
            WireAnswer answer = await ask();
            if (answer.IsOk)
            {
                return answer;
            }

            Assert.True(answer.Status is 502 or 503 or 429, answer.ToString());
            Assert.True(tries < 400, "No answer: " + answer);
            await Task.Delay(20);
        }
    }

    /// <summary>One boundary's coin.</summary>
    private sealed record Step(string Token, JsonObject Import);

    /// <summary>A step to be killed, and what must be true after it.</summary>
    private sealed record Attempt(Func<Task<WireAnswer>> Do, Func<Task> Holds);

    private sealed class Pair : IAsyncDisposable
    {
        // How often a boundary that another run has shown may fail to come, before it counts as that run's own.
        private const int MostMisses = 5;

        private readonly Lock _lock = new();
        private readonly Dictionary<string, int> _passed = new(StringComparer.Ordinal);
        private readonly List<string> _shown = [];
        private bool _isWatching;
        private string? _target;
        private bool _isKilled;

        public required BreakableHome A { get; init; }

        public required BreakableHome B { get; init; }

        public required Account Alice { get; init; }

        public required Account Carol { get; init; }

        public required Account Bob { get; init; }

        public required Account Dora { get; init; }

        public static async Task<Pair> StartAsync()
        {
            var clock = new FastClock(Speed);
            BreakableHome a = await BreakableHome.StartAsync(clock);
            BreakableHome b = await BreakableHome.StartAsync(clock);
            return new Pair
            {
                A = a, B = b, Alice = await a.Api.RegisterAsync(), Carol = await a.Api.RegisterAsync(), Bob = await b.Api.RegisterAsync(), Dora = await b.Api.RegisterAsync(),
            };
        }

        public async Task<Step> PrepareAsync()
        {
            string token = await A.Api.MintAsync(Alice);
            return new Step(token, await A.Api.SendAwayAsync(Alice, token, Bob, B.Origin));
        }

        /// <summary>
        /// Runs the step once whole, then with a kill at each of its boundaries. A boundary is named by what happens there and how often it
        /// has happened before in the run, not by its place among all: what a busy machine puts in between moves none of them.
        /// </summary>
        public async Task AtEveryBoundaryAsync(Func<Task<Attempt>> prepare, bool byWorker)
        {
            // The first run also pins the homes' keys; the later ones have only what every step has.
            Attempt first = await prepare();
            await AnsweredAsync(first.Do);
            await B.SettledAsync();
            await first.Holds();

            var known = new List<string>();
            var kills = new HashSet<string>(StringComparer.Ordinal);
            var misses = new Dictionary<string, int>(StringComparer.Ordinal);
            HashSet<string> kinds = [];
            string? target = null;
            do
            {
                Assert.True(known.Count < 100, "A step has no end of boundaries.");
                Attempt attempt = await prepare();
                Watch(target);
                await attempt.Do();
                (bool isKilled, string[] shown) = Ignore();
                known.AddRange(shown.Except(known));
                if (target is null)
                {
                    kinds = [.. shown.Select(KindOf)];
                }
                else if (isKilled)
                {
                    kills.Add(target);
                    await (target[0] == 'A' ? A : B).RestartAsync();
                }
                else
                {
                    misses[target] = misses.GetValueOrDefault(target) + 1;
                }

                try
                {
                    if (byWorker)
                    {
                        await B.SettledAsync();
                    }

                    // Whoever asked asks again until there is an answer.
                    await AnsweredAsync(attempt.Do);
                    await B.SettledAsync();
                    await attempt.Holds();
                }
                catch (Exception failed)
                {
                    throw new InvalidOperationException($"Killed at: {target ?? "no boundary"}.", failed);
                }

                target = known.Find(boundary => !kills.Contains(boundary) && misses.GetValueOrDefault(boundary) < MostMisses);
            }
            while (target is not null);

            // Each side of a commit of each home, and each side of every call that the whole run made.
            Assert.Superset(new HashSet<string>(["A before a commit", "A after a commit", "B before a commit", "B after a commit"]), kinds);
            Assert.True(kinds.Count(kind => kind.Contains("a call of", StringComparison.Ordinal)) >= 2);
            Assert.Superset(kinds, new HashSet<string>(kills.Select(KindOf)));
            await B.SettledAsync();
            await A.AuditAsync();
            await B.AuditAsync();
        }

        /// <summary>The ZID's only claim on the coin is held, at the coin's height at its home.</summary>
        public async Task HoldsAsync(Account holder, string token, long height)
        {
            JsonNode claim = (await B.Api.ClaimAsync(holder, token))!;
            Assert.Equal(("held", height), (claim["status"]!.GetValue<string>(), claim["spend_seq"]!.GetValue<long>()));
            Assert.Equal(height, await A.Api.HeightAsync(token));
            int held = (await B.RowsAsync(new Query<ClaimRow>(ClaimRow.Table).Where("token_id", token))).Count(row => row.Status == ClaimStatus.Held);
            Assert.Equal(1, held);
        }

        /// <summary>The ticket opens: the coin can be moved home with it.</summary>
        public async Task ComesHomeAsync(Account holder, string token, long height)
        {
            await AnsweredAsync(() => B.Api.TransferClaimAsync(holder, token, Carol.Zid));
            JsonNode coin = (await A.Api.GetAsync("/api/tally/envelopes/" + token, Carol.Key)).Expect().Json["envelope"]!;
            Assert.Equal((Carol.Zid, height), (coin["issued_to"]!.GetValue<string>(), coin["spend_seq"]!.GetValue<long>()));
        }

        public async ValueTask DisposeAsync()
        {
            await B.DisposeAsync();
            await A.DisposeAsync();
        }

        private static string KindOf(string boundary) => boundary[..boundary.LastIndexOf(' ')];

        private void Watch(string? target)
        {
            lock (_lock)
            {
                (_isWatching, _target, _isKilled) = (true, target, false);
                _passed.Clear();
                _shown.Clear();
            }

            foreach ((string name, BreakableHome home) in new[] { ("A", A), ("B", B) })
            {
                home.Store.BeforeCommit = () => Pass(name + " before a commit");
                home.Store.AfterCommit = () => Pass(name + " after a commit");
            }

            // What B's client sends is its own; what A is asked comes from B.
            A.Door = async (http, next) =>
            {
                if (!A.Store.IsDead && Pass("A before a call of " + http.Request.Path))
                {
                    A.Store.Die();
                }

                // What a killed home had to say stays unsaid: the connection breaks off.
                Stream wire = http.Response.Body;
                using var said = new MemoryStream();
                http.Response.Body = said;
                if (!A.Store.IsDead)
                {
                    await next(http);
                }

                if (!A.Store.IsDead && Pass("A after a call of " + http.Request.Path))
                {
                    A.Store.Die();
                }

                if (A.Store.IsDead)
                {
                    http.Abort();
                    return;
                }

                http.Response.Body = wire;
                await wire.WriteAsync(said.ToArray());
            };
        }

        /// <summary>Ends the watch: whether it killed, and what boundaries it saw.</summary>
        private (bool IsKilled, string[] Shown) Ignore()
        {
            foreach (BreakableHome home in new[] { A, B })
            {
                home.Store.BeforeCommit = home.Store.AfterCommit = static () => false;
            }

            A.Door = null;
            lock (_lock)
            {
                _isWatching = false;
                return (_isKilled, [.. _shown]);
            }
        }

        private bool Pass(string kind)
        {
            lock (_lock)
            {
                if (!_isWatching || _isKilled)
                {
                    return false;
                }

                int number = _passed[kind] = _passed.GetValueOrDefault(kind) + 1;
                string boundary = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{kind} {number}");
                _shown.Add(boundary);
                return _isKilled = boundary == _target;
            }
        }
    }
}
