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
            (await pair.B.Api.ImportAsync(pair.Bob, step.Import)).Expect();
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
            (await pair.B.Api.ImportAsync(pair.Bob, step.Import)).Expect();
            Task<WireAnswer> MoveAsync() => pair.B.Api.TransferClaimAsync(pair.Bob, step.Token, "ZEQ07000000001", elsewhere);
            return new Attempt(MoveAsync, async () =>
            {
                JsonNode first = (await MoveAsync()).Expect().Json;
                Assert.Equal(64, first["claim_ticket"]!.GetValue<string>().Length);
                var check = (JsonObject)first["receipt"]!.DeepClone();
                check["claim_ticket"] = first["claim_ticket"]!.GetValue<string>();
                JsonNode verified = (await pair.A.Api.PostAsync("/api/tally/receipt/verify", null, check)).Expect().Json;
                Assert.True(verified["valid"]!.GetValue<bool>() && verified["current"]!.GetValue<bool>() && verified["ticket_valid"]!.GetValue<bool>());
                Assert.Equal(3, await pair.A.Api.HeightAsync(step.Token));
            });
        }, byWorker);
    }

    /// <summary>One boundary's coin.</summary>
    private sealed record Step(string Token, JsonObject Import);

    /// <summary>A step to be killed, and what must be true after it.</summary>
    private sealed record Attempt(Func<Task<WireAnswer>> Do, Func<Task> Holds);

    private sealed class Pair : IAsyncDisposable
    {
        private int _events;
        private int _killAt = int.MaxValue;
        private string _killed = "";

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

        /// <summary>Runs the step once whole, then with a kill at its first boundary, its second, and so on until it has no more.</summary>
        public async Task AtEveryBoundaryAsync(Func<Task<Attempt>> prepare, bool byWorker)
        {
            // The first run also pins the homes' keys; the later ones have only what every step has.
            Attempt whole = await prepare();
            (await whole.Do()).Expect();
            await B.SettledAsync();
            await whole.Holds();

            var kills = new HashSet<string>(StringComparer.Ordinal);
            for (int at = 1; ; at++)
            {
                Assert.True(at < 60, "A step has no end of boundaries.");
                Attempt attempt = await prepare();
                Watch(killAt: at);
                WireAnswer? answer = await attempt.Do();
                string killed = _killed;
                if (killed.Length == 0)
                {
                    answer.Expect();
                    Ignore();
                    break;
                }

                kills.Add(killed);
                Ignore();
                await (killed[0] == 'A' ? A : B).RestartAsync();
                try
                {
                    if (byWorker)
                    {
                        await B.SettledAsync();
                    }

                    // Whoever asked asks again until there is an answer.
                    for (int tries = 0; !(answer = await attempt.Do()).IsOk; tries++)
                    {
                        Assert.True(answer.Status is 502 or 503 or 429, answer.ToString());
                        Assert.True(tries < 400, "No answer: " + answer);
                        await Task.Delay(20);
                    }

                    await B.SettledAsync();
                    await attempt.Holds();
                }
                catch (Exception failed)
                {
                    throw new InvalidOperationException($"Killed at boundary {at}: {killed}.", failed);
                }
            }

            // Each side of a commit of each home, and each side of a call.
            Assert.Superset(new HashSet<string>(["A before a commit", "A after a commit", "B before a commit", "B after a commit"]), kills);
            Assert.True(kills.Count(kill => kill.Contains("a call of", StringComparison.Ordinal)) >= 2);
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
            (await B.Api.TransferClaimAsync(holder, token, Carol.Zid)).Expect();
            JsonNode coin = (await A.Api.GetAsync("/api/tally/envelopes/" + token, Carol.Key)).Expect().Json["envelope"]!;
            Assert.Equal((Carol.Zid, height), (coin["issued_to"]!.GetValue<string>(), coin["spend_seq"]!.GetValue<long>()));
        }

        public async ValueTask DisposeAsync()
        {
            await B.DisposeAsync();
            await A.DisposeAsync();
        }

        private void Watch(int killAt)
        {
            (_events, _killAt, _killed) = (0, killAt, "");
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

        private void Ignore()
        {
            foreach (BreakableHome home in new[] { A, B })
            {
                home.Store.BeforeCommit = home.Store.AfterCommit = static () => false;
            }

            A.Door = null;
            _killAt = int.MaxValue;
        }

        private bool Pass(string what)
        {
            if (Interlocked.Increment(ref _events) != _killAt)
            {
                return false;
            }

            _killed = what;
            return true;
        }
    }
}
