using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>The same commands through the library's memory store: a store holds no rule, so nothing comes out differently.</summary>
public class HomeMemoryTests
{
    [Fact]
    public void The_memory_store_leaves_the_rows_that_any_store_leaves() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(Script.Steps(30), async steps =>
        {
            (World world, TokenId[] coins) = await Script.PrepareAsync();
            await using var _ = world;
            await using var memory = new MemoryHomeStore();
            await using var home = new World(freeCredits: 7, store: memory);
            await Script.FillAsync(home);
            foreach (Script.Step step in steps)
            {
                Assert.Equal(await Script.StartAsync(world, coins, step), await Script.StartAsync(home, coins, step));
            }

            Assert.Equal(await DumpAsync(world.Store), await DumpAsync(memory));
        }));

    [Fact]
    public async Task No_height_has_a_gap_or_a_repetition_however_tasks_interleave()
    {
        await using var memory = new MemoryHomeStore();
        await using var world = new World(freeCredits: 7, configure: o => o with { BatchSize = 5 }, store: memory);
        TokenId[] coins = await Script.FillAsync(world);
        await Task.WhenAll(Enumerable.Range(1, 8).Select(seed => Task.Run(async () =>
        {
            uint state = (uint)seed * 7919;
            int Next(int below) => (int)((state = (state * 1_664_525) + 1_013_904_223) >> 8) % below;
            for (int i = 0; i < 60; i++)
            {
                TokenId token = coins[Next(3)];
                Envelope coin = (await memory.FindAsync(Envelope.Table, token.Text))!;
                await Script.StartAsync(world, coins, new Script.Step(Next(9), coin.IssuedTo.Text[^1] - '0', Next(5) + 1, Array.IndexOf(coins, token), (int)coin.SpendSeq));
            }
        })));
        foreach (TokenId token in coins)
        {
            var heights = new List<long>();
            await foreach (Move move in memory.QueryAsync(new Query<Move>(Move.Table).Where("token_id", token.Text)))
            {
                heights.Add(move.SpendSeq);
            }

            Assert.Equal(Enumerable.Range(0, heights.Count).Select(n => (long)n), heights);
            Assert.Equal(heights[^1], (await memory.FindAsync(Envelope.Table, token.Text))!.SpendSeq);
            Assert.True(heights.Count > 5);
        }
    }

    private static async Task<string> DumpAsync(IHomeReader reader)
    {
        var lines = new List<string>();
        await AddAsync(Envelope.Table);
        await AddAsync(Move.Table);
        await AddAsync(ChainHead.Table);
        await AddAsync(ChainRow.Table);
        await AddAsync(FuelPool.Table);
        await AddAsync(CreditMove.Table);
        await AddAsync(CreditGrant.Table);
        await AddAsync(ComputeRow.Table);
        await AddAsync(Supply.Table);
        await AddAsync(Machine.Table);
        await AddAsync(IdentityRow.Table);
        await AddAsync(ApiKeyRow.Table);
        return string.Join('\n', lines);

        async Task AddAsync<TRow>(Table<TRow> table)
            where TRow : class
        {
            var cells = new Cell[table.Columns.Count];
            await foreach (TRow row in reader.QueryAsync(new Query<TRow>(table)))
            {
                table.Write(row, cells);
                lines.Add(table.Name + string.Join('|', cells.Select(c => c.Kind switch
                {
                    null => "-",
                    ColumnKind.Integer => c.Integer.ToString(CultureInfo.InvariantCulture),
                    ColumnKind.Text => c.Text,
                    _ => Convert.ToHexString(c.Blob),
                })));
            }
        }
    }
}
