using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class HomeBatchTests
{
    [Fact]
    public void A_batch_leaves_the_state_that_the_same_commands_leave_one_by_one() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Script.Steps(40), steps => RunBothWaysAsync(steps)));

    [Fact]
    public async Task No_height_has_a_gap_or_a_repetition_however_moves_interleave()
    {
        (World world, TokenId[] coins) = await Script.PrepareAsync(o => o with { BatchSize = 7 });
        await using var _ = world;
        int[] seeds = new int[12];
        System.Security.Cryptography.RandomNumberGenerator.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(seeds.AsSpan()));
        TestContext.Current.TestOutputHelper?.WriteLine("seeds: " + string.Join(' ', seeds));
        await Task.WhenAll(seeds.Select(seed => Task.Run(async () =>
        {
            uint state = (uint)seed;
            int Next(int below) => (int)((state = (state * 1_664_525) + 1_013_904_223) >> 8) % below;
            for (int i = 0; i < 80; i++)
            {
                // A player who looks where the coin is before it moves: transfers, claims, acceptances and recalls all happen.
                TokenId token = coins[Next(3)];
                Envelope coin = world.Coin(token);
                int who = coin.IssuedTo.Text[^1] - '0';
                await Script.StartAsync(world, coins, new Script.Step(Next(9), who, Next(5) + 1, Array.IndexOf(coins, token), (int)coin.SpendSeq));
                await Task.Yield();
            }
        })));
        Script.CheckInvariants(world);
        var kinds = world.Store.All(Move.Table).Select(m => m.Kind).ToHashSet();
        Assert.Superset(new HashSet<MoveKind> { MoveKind.Transfer, MoveKind.Accept, MoveKind.Recall }, kinds);
        Assert.Contains(world.Store.All(Move.Table), m => m.Means == MoveMeans.Ticket);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_refuses_or_throws_in_a_batch_changes_nothing_of_its_own_or_its_neighbours(bool throws, bool inTouch)
    {
        await using var gate = await Gate.StartAsync();
        Task<Executed<FuelPool>> before = gate.World.Home.ExecuteAsync(new GrantFuel(Zid.FromNumber(1), 5, "before"));
        Task<Executed<int>> middle = gate.World.Home.ExecuteAsync(new StageThenEnd(World.CallerOf(1), throws, inTouch));
        Task<Executed<FuelPool>> after = gate.World.Home.ExecuteAsync(new GrantFuel(Zid.FromNumber(1), 7, "after"));
        gate.Open();
        Assert.Equal(5, ((Accepted<FuelPool>)(await before).Decision).Result.Paid);
        Assert.Equal(12, ((Accepted<FuelPool>)(await after).Decision).Result.Paid);
        if (throws)
        {
            Assert.IsType<NotSupportedException>((await Assert.ThrowsAsync<CommandException>(() => middle)).InnerException);
        }
        else
        {
            Assert.IsType<Rejected<int>>((await middle).Decision);
        }

        Assert.Equal((0L, 12L, 2L), (gate.World.Pool(Zid.FromNumber(1)).Free, gate.World.Pool(Zid.FromNumber(1)).Paid, gate.World.Pool(Zid.FromNumber(1)).Moves));
        Assert.Equal(0, gate.World.Store.Find(ChainHead.Table, "zeq07000000001")!.Seq);
        Script.CheckInvariants(gate.World);
    }

    [Fact]
    public async Task A_command_that_asks_for_a_row_it_did_not_name_throws_and_changes_nothing()
    {
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        string before = a.Store.Dump();
        CommandException bug = await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new PutPoolUnnamed(FuelPool.Empty(Zid.FromNumber(1)))));
        Assert.IsType<InvalidOperationException>(bug.InnerException);
        Assert.Equal(before, a.Store.Dump());
    }

    private static async Task RunBothWaysAsync(Script.Step[] steps)
    {
        (World alone, TokenId[] coins) = await Script.PrepareAsync(o => o with { BatchSize = 1 });
        await using var _ = alone;
        var expected = new List<string>();
        foreach (Script.Step step in steps)
        {
            expected.Add(await Script.StartAsync(alone, coins, step));
        }

        (World together, TokenId[] same) = await Script.PrepareAsync();
        await using var __ = together;
        Assert.Equal(coins, same);
        var open = new TaskCompletionSource();
        together.Store.OnBegin = _ => new ValueTask(open.Task);
        int begins = together.Store.Begins;
        Task<string>[] answers = [.. steps.Select(step => Script.StartAsync(together, coins, step))];
        open.SetResult();
        Assert.Equal(expected, await Task.WhenAll(answers));
        Assert.Equal(alone.Store.Dump(), together.Store.Dump());
        Assert.InRange(together.Store.Begins - begins, 1, 2 + (steps.Length / 2));
        Script.CheckInvariants(together);
    }

    private sealed record PutPoolUnnamed(FuelPool Pool) : Command<FuelPool>
    {
        public override void Touch(KeySet keys, Moment now)
        {
        }

        public override Decision<FuelPool> Decide(Workspace home, Moment now) => Accept(home.Put(FuelPool.Table, Pool));
    }
}

/// <summary>A home whose writer is held at the start of a batch, so that what is asked meanwhile becomes one batch.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _first = Task.CompletedTask;

    private Gate(World world) => World = world;

    public World World { get; }

    public static async Task<Gate> StartAsync(Func<HomeOptions, HomeOptions>? configure = null)
    {
        var gate = new Gate(await World.StartAsync(configure: configure));
        await gate.World.RegisterAsync(1);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gate.World.Store.OnBegin = async _ =>
        {
            taken.TrySetResult();
            await gate._open.Task;
        };
        gate._first = gate.World.Home.ExecuteAsync(new ForgetAnswers([]));
        await taken.Task;
        return gate;
    }

    public void Open()
    {
        World.Store.OnBegin = null;
        _open.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Open();
        await _first;
        await World.DisposeAsync();
    }
}
