using Zeq.Protocol;

namespace Zeq.Storage.Conformance;

/// <summary>What every store must do. A store's tests derive from this and hand it an empty store.</summary>
public abstract class HomeStoreConformance : IAsyncLifetime
{
    protected static readonly CancellationToken None = CancellationToken.None;

    protected IHomeStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenEmptyAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask<IHomeStore> OpenEmptyAsync();

    protected static CreditMove Move(Zid zid, long seq, string? reference = null, long free = 1) => new(zid, seq, new Zeqond(seq / 2), CreditReason.Grant, reference, free, -free, 0);

    protected static SealedSecret Secret(int id, long version, byte[]? value = null, string name = "a name") => new(Zid.FromNumber(id), name, version, value ?? [1, 2, 3]);

    protected static KeptAnswer Answer(string scope, long expires = 5) => new(scope, "hash", 201, [9, 9], new Zeqond(expires));

    protected async Task CommitAsync(params (Table Table, object Row)[] rows)
    {
        var keys = new KeySet();
        foreach ((Table table, object row) in rows)
        {
            keys.Add(table, table.KeyOf(row));
        }

        await using HomeTransaction transaction = await Store.BeginAsync(keys, None);
        foreach ((Table table, object row) in rows)
        {
            Samples.Stage(transaction.Workspace, table, row);
        }

        await transaction.CommitAsync(None);
    }

    protected static async Task<List<TRow>> ListAsync<TRow>(IHomeReader reader, Query<TRow> query)
        where TRow : class
    {
        var rows = new List<TRow>();
        await foreach (TRow row in reader.QueryAsync(query, None))
        {
            rows.Add(row);
        }

        return rows;
    }

    public static TheoryData<string> Fillings => ["null", "empty", "unicode", "least", "greatest", "long"];

    [Theory]
    [MemberData(nameof(Fillings))]
    public async Task Every_table_gives_back_what_it_was_given(string filling)
    {
        (string? text, long number, byte[]? blob) = filling switch
        {
            "null" => (null, 0L, (byte[]?)null),
            "empty" => ("", 0L, []),
            "unicode" => (Samples.Unicode, 1L, [0, 255, 0]),
            "least" => ("x", long.MinValue, [0]),
            "greatest" => ("x", long.MaxValue, [255]),
            _ => (string.Concat(Enumerable.Repeat("läng ", 40_000)), 7L, Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31)).ToArray()),
        };
        (Table Table, object Row)[] rows = [.. Samples.Tables.Select(table => (table, Samples.Row(table, 1, text, number, blob)))];
        await CommitAsync(rows);

        var keys = new KeySet();
        foreach ((Table table, object row) in rows)
        {
            object? found = await Samples.FindAsync(Store, table, table.KeyOf(row));
            Assert.NotNull(found);
            Assert.Equal(Samples.CellsOf(table, row), Samples.CellsOf(table, found));
            keys.Add(table, table.KeyOf(row));
        }

        await using HomeTransaction transaction = await Store.BeginAsync(keys, None);
        foreach ((Table table, object row) in rows)
        {
            object? loaded = typeof(Workspace).GetMethod(nameof(Workspace.Find))!.MakeGenericMethod(row.GetType()).Invoke(transaction.Workspace, [table, table.KeyOf(row)]);
            Assert.Equal(Samples.CellsOf(table, row), Samples.CellsOf(table, loaded!));
        }
    }

    [Fact]
    public async Task What_is_not_committed_has_not_happened()
    {
        await using (HomeTransaction transaction = await Store.BeginAsync(new KeySet().Add(SealedSecret.Table, SealedSecret.KeyOf(Zid.FromNumber(1), "a name")), None))
        {
            transaction.Workspace.Put(SealedSecret.Table, Secret(1, 1));
        }

        Assert.Null(await Store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Zid.FromNumber(1), "a name"), None));
    }

    [Fact]
    public async Task A_changed_row_replaces_the_one_before_and_a_deleted_one_is_gone()
    {
        await CommitAsync((SealedSecret.Table, Secret(1, 1)), (KeptAnswer.Table, Answer("s")));
        await CommitAsync((SealedSecret.Table, Secret(1, 2, [4])));
        await using (HomeTransaction transaction = await Store.BeginAsync(new KeySet().Add(KeptAnswer.Table, "s"), None))
        {
            transaction.Workspace.Delete(KeptAnswer.Table, "s");
            await transaction.CommitAsync(None);
        }

        SealedSecret? secret = await Store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Zid.FromNumber(1), "a name"), None);
        Assert.Equal(2, secret!.Version);
        Assert.Equal([4], secret.Sealed);
        Assert.Null(await Store.FindAsync(KeptAnswer.Table, "s", None));
    }

    [Fact]
    public async Task The_newest_row_of_a_stream_is_found_by_the_stream()
    {
        Zid zid = Zid.FromNumber(1);
        await CommitAsync((CreditMove.Table, Move(zid, 1)), (CreditMove.Table, Move(zid, 2)), (CreditMove.Table, Move(Zid.FromNumber(2), 9)));
        await CommitAsync((CreditMove.Table, Move(zid, 10)));
        Assert.Equal(10, (await Store.FindAsync(CreditMove.Table, zid.Text, None))!.Seq);
        Assert.Null(await Store.FindAsync(CreditMove.Table, Zid.FromNumber(3).Text, None));
    }

    [Fact]
    public async Task The_newest_row_of_a_stream_stays_so_whatever_is_appended_beside_it()
    {
        Zid zid = Zid.FromNumber(1);
        await CommitAsync((CreditMove.Table, Move(zid, 1)), (CreditMove.Table, Move(zid, 10)));
        await using (HomeTransaction unnamed = await Store.BeginAsync(new KeySet(), None))
        {
            unnamed.Workspace.Append(CreditMove.Table, Move(zid, 5));
            unnamed.Workspace.Append(CreditMove.Table, Move(Zid.FromNumber(2), 7));
            unnamed.Workspace.Append(CreditMove.Table, Move(Zid.FromNumber(2), 6));
            await unnamed.CommitAsync(None);
        }

        await using HomeTransaction transaction = await Store.BeginAsync(new KeySet().Add(CreditMove.Table, zid.Text).Add(CreditMove.Table, Zid.FromNumber(2).Text), None);
        Assert.Equal(10, transaction.Workspace.Find(CreditMove.Table, zid.Text)!.Seq);
        Assert.Equal(7, transaction.Workspace.Find(CreditMove.Table, Zid.FromNumber(2).Text)!.Seq);
    }

    [Fact]
    public async Task A_row_that_changed_since_its_load_is_stale_and_nothing_is_written()
    {
        await CommitAsync((SealedSecret.Table, Secret(1, 5)));
        string key = SealedSecret.KeyOf(Zid.FromNumber(1), "a name");
        await using (HomeTransaction transaction = await Store.BeginAsync(new KeySet().Add(SealedSecret.Table, key).Add(KeptAnswer.Table, "other"), None))
        {
            transaction.Workspace.Load(new RowKey(SealedSecret.Table, key), Secret(1, 4));
            transaction.Workspace.Put(KeptAnswer.Table, Answer("other"));
            transaction.Workspace.Put(SealedSecret.Table, Secret(1, 6));
            StoreException stale = await Assert.ThrowsAsync<StoreException>(async () => await transaction.CommitAsync(None));
            Assert.True(stale.IsStale);
            Assert.False(stale.OutcomeUnknown);
        }

        Assert.Equal(5, (await Store.FindAsync(SealedSecret.Table, key, None))!.Version);
        Assert.Null(await Store.FindAsync(KeptAnswer.Table, "other", None));
        await CommitAsync((SealedSecret.Table, Secret(1, 6)));
    }

    [Fact]
    public async Task A_number_is_taken_once_and_the_rest_of_the_commit_goes_with_it()
    {
        Zid zid = Zid.FromNumber(1);
        await CommitAsync((CreditMove.Table, Move(zid, 1)));
        await using (HomeTransaction transaction = await Store.BeginAsync(new KeySet().Add(KeptAnswer.Table, "x"), None))
        {
            transaction.Workspace.Put(KeptAnswer.Table, Answer("x"));
            transaction.Workspace.Append(CreditMove.Table, Move(zid, 2));
            transaction.Workspace.Append(CreditMove.Table, Move(zid, 1, "again"));
            StoreException refused = await Assert.ThrowsAsync<StoreException>(async () => await transaction.CommitAsync(None));
            Assert.False(refused.IsTransient);
            Assert.False(refused.IsStale);
            Assert.Contains("credit_moves", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await Store.FindAsync(CreditMove.Table, zid.Text, None))!.Seq);
        Assert.Null((await Store.FindAsync(CreditMove.Table, zid.Text, None))!.Reference);
        Assert.Null(await Store.FindAsync(KeptAnswer.Table, "x", None));
        await CommitAsync((CreditMove.Table, Move(zid, 2)));
    }

    [Fact]
    public async Task An_immutable_column_stays()
    {
        var grant = new PeerKey(Origin.Parse("https://a.example"), new Zeqond(1), "k1");
        await CommitAsync((PeerKey.Table, grant));
        await Assert.ThrowsAsync<StoreException>(() => CommitAsync((PeerKey.Table, grant with { FirstSeen = new Zeqond(2), PublicKey = "k2" })));
        Assert.Equal(grant, await Store.FindAsync(PeerKey.Table, "https://a.example", None));
        await CommitAsync((PeerKey.Table, grant with { PublicKey = "k3" }));
    }

    [Fact]
    public async Task Text_that_no_store_holds_is_refused_and_the_store_goes_on()
    {
        foreach (string text in (string[])["a\0b", "\uD800", "\uDC00\uD800"])
        {
            StoreException refused = await Assert.ThrowsAsync<StoreException>(() => CommitAsync((HomeMeta.Table, new HomeMeta("n", text))));
            Assert.False(refused.IsTransient);
        }

        await CommitAsync((HomeMeta.Table, new HomeMeta("n", "v")));
    }

    [Fact]
    public async Task A_snapshot_stays_at_its_instant()
    {
        await CommitAsync((SealedSecret.Table, Secret(1, 1)));
        string key = SealedSecret.KeyOf(Zid.FromNumber(1), "a name");
        await using IHomeReader snapshot = await Store.SnapshotAsync(None);
        await CommitAsync((SealedSecret.Table, Secret(1, 2)), (SealedSecret.Table, Secret(2, 1)));
        Assert.Equal(1, (await snapshot.FindAsync(SealedSecret.Table, key, None))!.Version);
        Assert.Single(await ListAsync(snapshot, new Query<SealedSecret>(SealedSecret.Table)));
        Assert.Equal(2, (await Store.FindAsync(SealedSecret.Table, key, None))!.Version);
        Assert.Equal(2, (await ListAsync(Store, new Query<SealedSecret>(SealedSecret.Table))).Count);
        await using (IHomeReader nested = await snapshot.SnapshotAsync(None))
        {
            Assert.Equal(1, (await nested.FindAsync(SealedSecret.Table, key, None))!.Version);
        }

        Assert.Equal(1, (await snapshot.FindAsync(SealedSecret.Table, key, None))!.Version);
    }

    [Fact]
    public async Task Two_batches_on_the_same_rows_never_lose_a_change()
    {
        Zid zid = Zid.FromNumber(1);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                await UntilInTimeAsync(new KeySet().Add(CreditMove.Table, zid.Text), workspace =>
                {
                    long last = workspace.Find(CreditMove.Table, zid.Text)?.Seq ?? 0;
                    workspace.Append(CreditMove.Table, Move(zid, last + 1));
                });
            }
        })));
        List<CreditMove> moves = await ListAsync(Store, new Query<CreditMove>(CreditMove.Table));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), moves.Select(move => move.Seq));
    }

    [Fact]
    public async Task A_batch_that_begins_during_a_commit_stands_on_what_it_writes()
    {
        Zid zid = Zid.FromNumber(1);
        KeySet keys = new KeySet().Add(CreditMove.Table, zid.Text).Add(SealedSecret.Table, SealedSecret.KeyOf(zid, "a")).Add(KeptAnswer.Table, "s");
        Task committing = Task.CompletedTask;
        for (int i = 1; i <= 50; i++)
        {
            await using HomeTransaction transaction = await Store.BeginAsync(keys, None);
            Workspace workspace = transaction.Workspace;
            Assert.Equal(i - 1, workspace.Find(CreditMove.Table, zid.Text)?.Seq ?? 0);
            Assert.Equal(i - 1, workspace.Find(SealedSecret.Table, SealedSecret.KeyOf(zid, "a"))?.Version ?? 0);
            workspace.Append(CreditMove.Table, Move(zid, i));
            workspace.Put(SealedSecret.Table, new SealedSecret(zid, "a", i, [(byte)i]));
            await committing;
            committing = transaction.CommitAsync(None).AsTask();
        }

        await committing;
        Assert.Equal(50, (await Store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(zid, "a"), None))!.Version);
    }

    [Fact]
    public async Task A_batch_that_is_given_up_leaves_nothing_behind()
    {
        Zid zid = Zid.FromNumber(1);
        KeySet keys = new KeySet().Add(CreditMove.Table, zid.Text);
        await using (HomeTransaction given = await Store.BeginAsync(keys, None))
        {
            given.Workspace.Append(CreditMove.Table, Move(zid, 1));
        }

        await using HomeTransaction next = await Store.BeginAsync(keys, None);
        Assert.Null(next.Workspace.Find(CreditMove.Table, zid.Text));
    }

    /// <summary>Decides again until no other commit came between.</summary>
    private async Task UntilInTimeAsync(KeySet keys, Action<Workspace> decide)
    {
        while (true)
        {
            await using HomeTransaction transaction = await Store.BeginAsync(keys, None);
            decide(transaction.Workspace);
            try
            {
                await transaction.CommitAsync(None);
                return;
            }
            catch (StoreException stale) when (stale.IsStale)
            {
                await Task.Yield();
            }
        }
    }
}
