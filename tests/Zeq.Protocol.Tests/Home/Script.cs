using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>
/// Random commands over a small world: four accounts, three coins, one remote home. Every command is a function of a few numbers, so that
/// the same script runs in many homes.
/// </summary>
internal static class Script
{
    public const int People = 4;
    private static readonly Origin B = Origin.Parse("https://b.example");

    /// <summary>One step: what, by whom, to whom, with which coin, at which guessed height.</summary>
    public readonly record struct Step(int Kind, int Who, int To, int Coin, int Height);

    public static Arbitrary<Step[]> Steps(int most) => (
        from count in Gen.Choose(1, most)
        from steps in (from kind in Gen.Choose(0, 14)
                       from who in Gen.Choose(1, People)
                       from to in Gen.Choose(1, People + 1)
                       from coin in Gen.Choose(0, 2)
                       from height in Gen.Choose(0, 6)
                       select new Step(kind, who, to, coin, height)).ArrayOf(count)
        select steps).ToArbitrary();

    public static async Task<(World World, TokenId[] Coins)> PrepareAsync(Func<HomeOptions, HomeOptions>? configure = null)
    {
        var world = new World(freeCredits: 7, configure: configure);
        return (world, await FillAsync(world));
    }

    /// <summary>The accounts and coins of the script's world.</summary>
    public static async Task<TokenId[]> FillAsync(World world)
    {
        await world.PinAsync();
        for (int i = 1; i <= People; i++)
        {
            await world.RegisterAsync(i);
        }

        var coins = new TokenId[3];
        for (int i = 0; i < coins.Length; i++)
        {
            await world.AcceptedAsync(new GrantFuel(Zid.FromNumber(i + 1), 10, $"start {i}"));
            var charge = new ChargeCompute(World.CallerOf(i + 1), Zid.FromNumber(i + 1).OwnMachine, World.Work($"coin {i}"), FundingLimit.Paid);
            coins[i] = Assert.Single((await world.AcceptedAsync(charge)).Envelopes).TokenId;
        }

        return coins;
    }

    /// <summary>Starts a step's command; the answer as text, refusals by their code, bugs by their name.</summary>
    public static Task<string> StartAsync(World world, TokenId[] coins, Step s)
    {
        Caller who = World.CallerOf(s.Who);
        Zid to = Zid.FromNumber(s.To);
        TokenId coin = coins[s.Coin];
        string ticket = ClaimTicket.Of(world.Context.Keys.ClaimTicket, coin, who.Zid, s.Height);
        return s.Kind switch
        {
            0 or 1 or 2 => RunAsync(world, new TransferEnvelope(who, coin, to, null, s.Height % 2 == 0)),
            3 or 4 => RunAsync(world, new TransferEnvelope(who, coin, to, B, false)),
            5 or 6 => RunAsync(world, new TransferClaim(coin, who.Zid, to, s.To % 2 == 0 ? B : null, ticket)),
            7 => RunAsync(world, new AcceptClaim(coin, who.Zid, B, World.Hash("key of b"), ticket, World.Hash("acceptance"), s.Height)),
            8 => RunAsync(world, new RecallEnvelope(who, coin, WasSender: true)),
            9 => RunAsync(world, new GrantFuel(to, s.Height + 1, $"grant {s.Coin}")),
            10 => RunAsync(world, new ChargeCompute(who, who.Zid.OwnMachine, World.Work($"work {s.Coin}", s.Height + 1), FundingLimit.All)),
            11 => RunAsync(world, new ClaimDailyFuel(who.Zid)),
            14 => RunAsync(world, new BurnEnvelopes(who, s.To % 2 == 0 ? coins : [coin], new HashSet<TokenId>())),
            12 => RunAsync(world, new WriteEvent(who, who.Zid.OwnMachine, "event", $"{{\"n\":{s.Height}}}", null, false)),
            _ => RunAsync(world, new StageThenEnd(who, Throws: s.Height % 2 == 0)),
        };
    }

    /// <summary>What holds after any script (spec 10 §9).</summary>
    public static void CheckInvariants(World world)
    {
        TestStore store = world.Store;
        Assert.All(store.All(FuelPool.Table), pool =>
        {
            var moves = store.All(CreditMove.Table).Where(m => m.Zid == pool.Zid).ToList();
            Assert.True(pool.Free >= 0 && pool.Burn >= 0 && pool.Paid >= 0);
            Assert.Equal((pool.Free, pool.Burn, pool.Paid), (moves.Sum(m => m.Free), moves.Sum(m => m.Burn), moves.Sum(m => m.Paid)));
            Assert.Equal(Enumerable.Range(1, moves.Count).Select(n => (long)n), moves.Select(m => m.Seq));
            Assert.Equal(moves.Count, pool.Moves);
        });
        Assert.Equal(store.Find(Supply.Table, Supply.Key)?.Now.Minted ?? 0, store.All(Envelope.Table).Sum(e => e.ValueZqt));
        Assert.Equal(
            store.Find(Supply.Table, Supply.Key)?.Now.Burned ?? 0, store.All(Envelope.Table).Where(e => e.Status == EnvelopeStatus.Burned).Sum(e => e.ValueZqt));
        Assert.Equal(store.All(BurnRow.Table).Sum(b => b.Credited), store.All(CreditMove.Table).Where(m => m.Reason == CreditReason.Burn).Sum(m => m.Burn));
        Assert.All(store.All(ComputeRow.Table), compute =>
        {
            Assert.Equal(compute.Cost, compute.Funding.Total);
            Assert.Equal(compute.MintValue, store.All(Envelope.Table).Where(e => e.ComputeId == compute.ComputeId).Sum(e => e.ValueZqt));
        });
        Assert.All(store.All(Envelope.Table), coin =>
        {
            var moves = store.All(Move.Table).Where(m => m.TokenId == coin.TokenId).ToList();
            Assert.Equal(Enumerable.Range(0, moves.Count).Select(n => (long)n), moves.Select(m => m.SpendSeq));
            Assert.Equal((coin.SpendSeq, coin.IssuedTo, coin.HolderOrigin), (moves[^1].SpendSeq, moves[^1].To, moves[^1].ToOrigin));
            Assert.All(moves.Skip(1).Zip(moves), pair => Assert.Equal((pair.Second.To, pair.Second.ToOrigin), (pair.First.From, pair.First.FromOrigin)));
            Assert.True(EnvelopeProof.Verify(EnvelopeClaim.Of(coin), coin.NodeSig, world.Context.Keys.NodePublicKey));
        });
        Assert.All(store.All(ChainHead.Table), head =>
        {
            var rows = store.All(ChainRow.Table).Where(r => r.Slug == head.Slug).ToList();
            Machine machine = store.Find(Machine.Table, head.Slug.Text)!;
            string previous = ChainHash.Genesis(world.Context.OriginIdOf(head.Slug), world.Origin, world.Context.Keys.NodePublicKey, machine.Genesis);
            foreach (ChainRow bare in rows)
            {
                ChainRow row = bare.IsWithoutPayload ? store.Find(ChainPayload.Table, bare.TransitionId)!.FillIn(bare) : bare;
                Assert.Equal(previous, row.PrevHash);
                Assert.Equal(ChainHash.Payload(row.Salt, row.Payload), row.PayloadHash);
                previous = ChainHash.State(
                    world.Context.OriginIdOf(row.Slug), row.Seq, row.PrevHash, row.Zeqond, row.Type, row.TransitionId, row.PayloadHash, ChainHash.ActorOf(row.Salt, row.Actor), row.Flags);
                Assert.Equal(previous, row.StateHash);
            }

            Assert.Equal((rows.Count, previous), (head.Seq, head.StateHash));
        });
    }

    public static string Render(object? result) => result switch
    {
        MoveResult move => $"{move.Coin} {move.Move} {move.Receipt} {move.ClaimTicket}",
        BurnResult burn => burn.Burn + string.Join(' ', burn.Coins),
        ComputeResult compute => compute.Compute + string.Join(' ', compute.Envelopes),
        _ => $"{result}",
    };

    private static async Task<string> RunAsync<T>(World world, Command<T> command)
    {
        try
        {
            return (await world.Home.ExecuteAsync(new Twice<T>(command))).Decision switch
            {
                Accepted<T> yes => Render(yes.Result),
                Rejected<T> no => no.Why.Code.ToString(),
                _ => throw new InvalidOperationException(),
            };
        }
        catch (CommandException bug)
        {
            Assert.IsType<NotSupportedException>(bug.InnerException);
            return "threw";
        }
    }
}

/// <summary>Decides twice on the same rows at the same moment: one answer, one set of changes.</summary>
internal sealed record Twice<T>(Command<T> Inner) : Command<T>
{
    public override void Touch(KeySet keys, Moment now) => Inner.Touch(keys, now);

    public override Decision<T> Decide(Workspace home, Moment now)
    {
        (string first, string firstChanges) = (Text(Inner.Decide(home, now)), Changes(home));
        home.RollBack();
        Decision<T> again = Inner.Decide(home, now);
        Assert.Equal(first, Text(again));
        Assert.Equal(firstChanges, Changes(home));
        return again;
    }

    private static string Text(Decision<T> decision) => decision is Accepted<T> yes ? Script.Render(yes.Result) : decision.ToString();

    private static string Changes(Workspace home) => string.Join('\n', home.Changes().Select(change =>
    {
        if (change.After is null)
        {
            return change.Key;
        }

        var cells = new Cell[change.Table.Columns.Count];
        change.Table.Write(change.After, cells);
        return change.Kind + change.Table.Name + string.Join('|', cells.Select(c => c.Kind switch
        {
            null => "-",
            ColumnKind.Integer => $"{c.Integer}",
            ColumnKind.Text => c.Text,
            _ => Convert.ToHexString(c.Blob),
        }));
    }));
}

/// <summary>Stages changes of every kind, and then refuses, throws, or throws already where it names its rows.</summary>
internal sealed record StageThenEnd(Caller Who, bool Throws, bool ThrowsInTouch = false) : Command<int>
{
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(FuelPool.Table, Who.Zid.Text).AddChain(Who.Zid.OwnMachine).Add(CreditMove.Table, Who.Zid.Text);
        if (ThrowsInTouch)
        {
            throw new NotSupportedException("In Touch.");
        }
    }

    public override Decision<int> Decide(Workspace home, Moment now)
    {
        home.MovePool(Who.Zid, 1000, 1000, 1000, CreditReason.Grant, "never", now);
        home.AppendRow(Who.Zid.OwnMachine, "never", "{}", Actor.Home, now);
        return Throws ? throw new NotSupportedException("In Decide.") : Reject(RejectionCode.Conflict, "After staging.");
    }
}
