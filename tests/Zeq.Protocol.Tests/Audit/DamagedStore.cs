namespace Zeq.Protocol.Tests;

/// <summary>A copy of a store's rows, as cells, of which a test spoils some: it enforces nothing.</summary>
public sealed class DamagedStore : IHomeReader
{
    private readonly Dictionary<Table, List<Cell[]>> _rows = [];

    public static async Task<DamagedStore> CopyAsync(IHomeReader reader)
    {
        var copy = new DamagedStore();
        await copy.TakeAsync(reader, HomeMeta.Table);
        await copy.TakeAsync(reader, IdentityRow.Table);
        await copy.TakeAsync(reader, Machine.Table);
        await copy.TakeAsync(reader, ChainHead.Table);
        await copy.TakeAsync(reader, ChainRow.Table);
        await copy.TakeAsync(reader, ChainPayload.Table);
        await copy.TakeAsync(reader, FuelPool.Table);
        await copy.TakeAsync(reader, CreditMove.Table);
        await copy.TakeAsync(reader, CreditGrant.Table);
        await copy.TakeAsync(reader, ComputeRow.Table);
        await copy.TakeAsync(reader, Envelope.Table);
        await copy.TakeAsync(reader, Move.Table);
        await copy.TakeAsync(reader, Supply.Table);
        await copy.TakeAsync(reader, BurnRow.Table);
        await copy.TakeAsync(reader, Vote.Table);
        await copy.TakeAsync(reader, VoteStake.Table);
        await copy.TakeAsync(reader, ClaimRow.Table);
        await copy.TakeAsync(reader, PeerStep.Table);
        await copy.TakeAsync(reader, SealedSecret.Table);
        await copy.TakeAsync(reader, MigratedIn.Table);
        await copy.TakeAsync(reader, IssuerTally.Table);
        return copy;
    }

    public IEnumerable<TRow> All<TRow>(Table<TRow> table)
        where TRow : class => _rows[table].Select(cells => (TRow)table.Read(cells)).ToList();

    /// <summary>Changes the first row that a test means.</summary>
    public TRow Change<TRow>(Table<TRow> table, Func<TRow, bool> which, Func<TRow, TRow> how)
        where TRow : class
    {
        int index = _rows[table].FindIndex(cells => which((TRow)table.Read(cells)));
        Assert.True(index >= 0, $"No such row in {table.Name}.");
        TRow changed = how((TRow)table.Read(_rows[table][index]));
        table.Write(changed, _rows[table][index]);
        return changed;
    }

    /// <summary>Changes one cell of the first row that a test means, whatever the row's type would say to it.</summary>
    public void Spoil<TRow>(Table<TRow> table, Func<TRow, bool> which, string column, Cell cell)
        where TRow : class => _rows[table].First(cells => which((TRow)table.Read(cells)))[table.Column(column).Ordinal] = cell;

    public void Add<TRow>(Table<TRow> table, TRow row)
        where TRow : class
    {
        var cells = new Cell[table.Columns.Count];
        table.Write(row, cells);
        _rows[table].Add(cells);
    }

    public void Remove<TRow>(Table<TRow> table, Func<TRow, bool> which)
        where TRow : class => Assert.NotEqual(0, _rows[table].RemoveAll(cells => which((TRow)table.Read(cells))));

    public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class
    {
        TRow? newest = null;
        await foreach (TRow row in QueryAsync(new Query<TRow>(table), cancellationToken))
        {
            newest = table.KeyOf(row) == key ? row : newest;
        }

        return newest;
    }

    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRow : class
    {
        await Task.CompletedTask;
        IEnumerable<Cell[]> rows = _rows[query.Table].Where(cells => query.Conditions.All(where => Holds(where, cells[where.Column.Ordinal])));
        IComparer<Cell> order = Comparer<Cell>.Create(Cell.Compare);
        IOrderedEnumerable<Cell[]> sorted = rows.OrderBy(_ => 0);
        foreach (Column column in query.Order.Concat(query.Table.KeyColumns))
        {
            sorted = query.Descending ? sorted.ThenByDescending(cells => cells[column.Ordinal], order) : sorted.ThenBy(cells => cells[column.Ordinal], order);
        }

        foreach (Cell[] cells in sorted.Take(query.Limit).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (TRow)query.Table.Read(cells);
        }
    }

    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => new(this);

    public ValueTask DisposeAsync() => default;

    private static bool Holds(Where where, Cell cell) => where.Comparison switch
    {
        Comparison.Equal => cell == where.Value,
        Comparison.IsNotNull => !cell.IsNull,
        _ when cell.IsNull => false,
        Comparison.Less => Cell.Compare(cell, where.Value) < 0,
        Comparison.AtMost => Cell.Compare(cell, where.Value) <= 0,
        Comparison.Greater => Cell.Compare(cell, where.Value) > 0,
        _ => Cell.Compare(cell, where.Value) >= 0,
    };

    private async Task TakeAsync<TRow>(IHomeReader reader, Table<TRow> table)
        where TRow : class
    {
        _rows[table] = [];
        await foreach (TRow row in reader.QueryAsync(new Query<TRow>(table)))
        {
            Add(table, row);
        }
    }
}
