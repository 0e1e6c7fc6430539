using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>What the rows of a batch stand on: who wrote each of them, or which commit that is under way does. One batch owns it.</summary>
internal sealed class LoadedRows(Workspace workspace)
{
    private readonly Dictionary<RowKey, Origin> _origins = [];
    private readonly HashSet<CommitUnderWay> _standsOn = [];
    private readonly HashSet<CommitUnderWay> _awaited = [];

    private readonly record struct Origin(uint Transaction, CommitUnderWay? UnderWay, long Number);

    /// <summary>The commits whose failure makes the batch void.</summary>
    public IReadOnlyCollection<CommitUnderWay> StandsOn => _standsOn;

    /// <summary>The commits that write to streams whose newest row they do not know: only the server does, once they have ended.</summary>
    public IReadOnlyCollection<CommitUnderWay> Awaited => _awaited;

    /// <summary>Takes the rows that commits under way write; those that the server must be asked for come back, in lock order.</summary>
    public List<RowKey> TakeUnderWay(IEnumerable<RowKey> keys, CommitUnderWay[] commits)
    {
        var rest = new List<RowKey>();
        foreach (RowKey key in keys)
        {
            if (!TakeUnderWay(key, commits))
            {
                rest.Add(key);
            }
        }

        return rest;
    }

    /// <summary>Takes the rows that are known from before; those that the server must be asked for come back.</summary>
    public List<RowKey> TakeKnown(List<RowKey> keys, RowCache cache) => cache.Take(keys, (key, known) =>
    {
        IsUnconfirmed = true;
        _origins[key] = new Origin(known.Transaction, null, known.Number);
        workspace.Load(key, known.Row);
    });

    /// <summary>Whether a row was not asked of the server: what was decided on it must be checked there.</summary>
    public bool IsUnconfirmed { get; private set; }

    /// <summary>Loads rows in one round trip: first those that can be locked or checked, then the newest of streams, which they guard.</summary>
    public async ValueTask LoadAsync(NpgsqlConnection connection, List<RowKey> keys, bool isLocking, RowCache? cache, CancellationToken cancellationToken)
    {
        List<(TableSql Sql, List<string> Keys)> groups = [];
        foreach (bool isLog in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (RowKey key in keys)
            {
                if (key.Table.IsLog == isLog)
                {
                    if (groups.Count == 0 || groups[^1].Sql.Table != key.Table)
                    {
                        groups.Add((TableSql.Of(key.Table), []));
                    }

                    groups[^1].Keys.Add(key.Key);
                }
            }
        }

        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            if (isLocking)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
            }

            foreach ((TableSql sql, List<string> names) in groups)
            {
                var command = new NpgsqlBatchCommand(isLocking && !sql.Table.IsLog ? sql.Lock : sql.Load);
                Arrays.AddKeys(command.Parameters, sql, names);
                batch.BatchCommands.Add(command);
            }

            if (batch.BatchCommands.Count == 0)
            {
                return;
            }

            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                foreach ((TableSql sql, List<string> names) in groups)
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        Take(sql.Table, names, reader, cache);
                    }

                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Who wrote a row that was loaded; null where there was none.</summary>
    public Writer? WriterOf(RowKey key) => _origins.TryGetValue(key, out Origin origin) ? new Writer(origin.Transaction, origin.UnderWay) : null;

    /// <summary>The number of a stream's newest row; 0 where there was none.</summary>
    public long NumberOf(RowKey key) => _origins.TryGetValue(key, out Origin origin) ? origin.Number : 0;

    /// <summary>Whether a commit under way says the last word on a row.</summary>
    private bool TakeUnderWay(RowKey key, CommitUnderWay[] commits)
    {
        for (int i = commits.Length - 1; i >= 0; i--)
        {
            if (!commits[i].TryFind(key, out object? row, out bool isLast))
            {
                continue;
            }

            if (!isLast)
            {
                _awaited.Add(commits[i]);
                return false;
            }

            _standsOn.Add(commits[i]);
            if (row is not null)
            {
                _origins[key] = new Origin(0, commits[i], key.Table.IsLog ? key.Table.NumberOf(row) : 0);
                workspace.Load(key, row);
            }

            return true;
        }

        return false;
    }

    private void Take(Table table, List<string> names, NpgsqlDataReader reader, RowCache? cache)
    {
        Cell[] cells = new Cell[table.Columns.Count];
        var key = new RowKey(table, names[(int)reader.GetInt64(0) - 1]);
        object row = RowReader.Read(table, reader, table.IsLog ? 1 : 2, cells);
        Origin origin = table.IsLog ? new Origin(0, null, table.NumberOf(row)) : new Origin(reader.GetFieldValue<uint>(1), null, 0);
        _origins[key] = origin;
        workspace.Load(key, row);
        cache?.Keep(key, new RowCache.Known(row, origin.Transaction, origin.Number));
    }
}

/// <summary>Who wrote a row: a transaction, or a commit that is under way and has no number yet.</summary>
internal readonly record struct Writer(uint Transaction, CommitUnderWay? UnderWay);
