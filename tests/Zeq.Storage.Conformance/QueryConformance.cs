using Zeq.Protocol;

namespace Zeq.Storage.Conformance;

/// <summary>What every store answers to queries.</summary>
public abstract class QueryConformance : HomeStoreConformance
{
    private static readonly Zid One = Zid.FromNumber(1);
    private static readonly Zid Two = Zid.FromNumber(2);

    private async Task FillAsync(int rows)
    {
        var moves = new List<(Table, object)>();
        for (int i = 1; i <= rows; i++)
        {
            moves.Add((CreditMove.Table, Move(One, i, i % 3 == 0 ? null : $"r{i % 5}", free: i % 7)));
            moves.Add((CreditMove.Table, Move(Two, i * 2, $"\uE000 {i}", free: -i)));
        }

        await CommitAsync([.. moves]);
    }

    [Theory]
    [InlineData(Comparison.Equal)]
    [InlineData(Comparison.Less)]
    [InlineData(Comparison.AtMost)]
    [InlineData(Comparison.Greater)]
    [InlineData(Comparison.AtLeast)]
    public async Task Every_comparison_of_numbers_and_of_text(Comparison comparison)
    {
        await FillAsync(40);
        List<CreditMove> all = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table));
        Assert.Equal(80, all.Count);
        List<CreditMove> byNumber = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("zeqond", comparison, Cell.Of(10)));
        Assert.Equal(all.Where(move => Holds(move.Zeqond.Value.CompareTo(10))), byNumber);
        Assert.NotEmpty(byNumber);
        List<CreditMove> byText = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("reference", comparison, Cell.Of("r2")));
        Assert.Equal(all.Where(move => move.Reference is not null && Holds(string.CompareOrdinal(move.Reference, "r2"))), byText);
        Assert.NotEmpty(byText);
        List<CreditMove> byKey = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("zid", One.Text).Where("seq", comparison, Cell.Of(7)));
        Assert.Equal(all.Where(move => move.Zid == One && Holds(move.Seq.CompareTo(7))), byKey);

        bool Holds(int compared) => comparison switch
        {
            Comparison.Equal => compared == 0,
            Comparison.Less => compared < 0,
            Comparison.AtMost => compared <= 0,
            Comparison.Greater => compared > 0,
            _ => compared >= 0,
        };
    }

    [Fact]
    public async Task Null_is_found_by_equal_and_by_nothing_else()
    {
        await FillAsync(9);
        Assert.Equal(3, (await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("reference", Comparison.Equal, Cell.Null))).Count);
        Assert.Equal(15, (await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("reference", Comparison.IsNotNull, default))).Count);
        Assert.Equal(15, (await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("reference", Comparison.AtLeast, Cell.Of("")))).Count);
        Assert.Empty(await ListAsync(Store, new Query<CreditMove>(CreditMove.Table).Where("reference", Comparison.AtMost, Cell.Null)));
    }

    [Theory]
    [InlineData(false, "seq")]
    [InlineData(true, "seq")]
    [InlineData(false, "zeqond")]
    [InlineData(true, "zeqond")]
    [InlineData(false, "reference")]
    [InlineData(true, "reference")]
    [InlineData(false, "reference,zeqond")]
    [InlineData(true, "free_delta,reference")]
    [InlineData(false, "zid,zeqond")]
    [InlineData(true, "zid,zeqond")]
    public async Task Every_order_over_many_pages_is_whole_and_ties_go_by_key(bool descending, string columns)
    {
        await FillAsync(700);
        string[] names = columns.Split(',');
        List<CreditMove> all = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table));
        Assert.Equal(1400, all.Count);
        List<Column> order = [.. names.Select(CreditMove.Table.Column), .. CreditMove.Table.KeyColumns];
        all.Sort((a, b) =>
        {
            Cell[] x = Samples.CellsOf(CreditMove.Table, a);
            Cell[] y = Samples.CellsOf(CreditMove.Table, b);
            int compared = order.Select(column => Cell.Compare(x[column.Ordinal], y[column.Ordinal])).FirstOrDefault(c => c != 0);
            return descending ? -compared : compared;
        });
        Query<CreditMove> query = new Query<CreditMove>(CreditMove.Table).OrderBy(descending, names);
        Assert.Equal(all, await ListAsync(Store, query));
        Assert.Equal(all.Take(300), await ListAsync(Store, query.Take(300)));
        Assert.Equal(all.Take(1), await ListAsync(Store, query.Take(1)));
        Assert.Empty(await ListAsync(Store, query.Take(0)));
        Assert.Equal(all.Where(move => move.Zid == One), await ListAsync(Store, query.Where("zid", One.Text)));

        await using IHomeReader snapshot = await Store.SnapshotAsync(None);
        Assert.Equal(all, await ListAsync(snapshot, query));
        Assert.Equal(all.Take(300), await ListAsync(snapshot, query.Take(300)));
        Assert.Empty(await ListAsync(snapshot, query.Take(0)));
    }

    [Fact]
    public async Task Text_is_ordered_by_its_bytes()
    {
        string[] names = ["a", "B", "", "é", "\uE000", "\uFFFD", "𝛀", "z", "aa", "😀"];
        await CommitAsync([.. names.Select(name => ((Table)HomeMeta.Table, (object)new HomeMeta(name, "")))]);
        IEnumerable<string> byBytes = names.OrderBy(name => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(name)), StringComparer.Ordinal);
        Assert.Equal(byBytes, (await ListAsync(Store, new Query<HomeMeta>(HomeMeta.Table))).Select(meta => meta.Name));
        Assert.Equal(byBytes.Reverse(), (await ListAsync(Store, new Query<HomeMeta>(HomeMeta.Table).OrderBy(true, "name"))).Select(meta => meta.Name));
        Assert.Equal(byBytes.SkipWhile(name => name != "\uFFFD").Skip(1), (await ListAsync(Store, new Query<HomeMeta>(HomeMeta.Table).Where("name", Comparison.Greater, Cell.Of("\uFFFD")))).Select(meta => meta.Name));
    }

    [Fact]
    public async Task Long_rows_come_whole_over_many_pages()
    {
        byte[] value = new byte[400_000];
        for (int i = 0; i < 10; i++)
        {
            value[0] = (byte)i;
            await CommitAsync((SealedSecret.Table, Secret(i, 1, [.. value])));
        }

        List<SealedSecret> all = await ListAsync(Store, new Query<SealedSecret>(SealedSecret.Table).OrderBy(true, "bound_zid"));
        Assert.Equal(Enumerable.Range(0, 10).Reverse().Select(i => (byte)i), all.Select(secret => secret.Sealed[0]));
    }

    [Fact]
    public async Task A_stream_ends_where_it_is_cancelled_and_others_write_meanwhile()
    {
        await FillAsync(400);
        using var cancel = new CancellationTokenSource();
        int count = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (CreditMove move in Store.QueryAsync(new Query<CreditMove>(CreditMove.Table), cancel.Token))
            {
                if (++count == 300)
                {
                    await CommitAsync((HomeMeta.Table, new HomeMeta("written", "meanwhile")));
                    await cancel.CancelAsync();
                }
            }
        });
        Assert.InRange(count, 300, 799);
        Assert.NotNull(await Store.FindAsync(HomeMeta.Table, "written", None));
    }

    [Fact]
    public async Task A_stream_that_is_left_half_way_keeps_nothing()
    {
        await FillAsync(400);
        for (int i = 0; i < 50; i++)
        {
            await foreach (CreditMove _ in Store.QueryAsync(new Query<CreditMove>(CreditMove.Table), None))
            {
                break;
            }
        }

        Assert.NotNull(await Store.FindAsync(CreditMove.Table, One.Text, None));
    }

    [Fact]
    public async Task Streams_of_one_snapshot_run_side_by_side_and_end_with_it()
    {
        await FillAsync(600);
        IHomeReader snapshot = await Store.SnapshotAsync(None);
        await using IAsyncEnumerator<CreditMove> up = snapshot.QueryAsync(new Query<CreditMove>(CreditMove.Table), None).GetAsyncEnumerator(None);
        await using IAsyncEnumerator<CreditMove> down = snapshot.QueryAsync(new Query<CreditMove>(CreditMove.Table).OrderBy(true, "zid", "seq"), None).GetAsyncEnumerator(None);
        for (int i = 1; i <= 600; i++)
        {
            Assert.True(await up.MoveNextAsync() && await down.MoveNextAsync());
            Assert.Equal((One, i), (up.Current.Zid, up.Current.Seq));
            Assert.Equal((Two, 1202 - (i * 2)), (down.Current.Zid, down.Current.Seq));
            if (i % 200 == 0)
            {
                await CommitAsync((CreditMove.Table, Move(One, 600 + i)));
                Assert.Equal(600, (await snapshot.FindAsync(CreditMove.Table, One.Text, None))!.Seq);
            }
        }

        await snapshot.DisposeAsync();
        await CommitAsync((CreditMove.Table, Move(One, 5000)));
        await using IHomeReader next = await Store.SnapshotAsync(None);
        Assert.Equal(5000, (await next.FindAsync(CreditMove.Table, One.Text, None))!.Seq);
    }
}
