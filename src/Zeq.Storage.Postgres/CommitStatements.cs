using System.Runtime.InteropServices;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// The statements of one commit. Their order keeps two nodes from waiting for each other in a ring: first the changed rows, in lock order;
/// then what was only read, which waits for nobody; then what was absent, and the streams, which the rows before guard; then what is new.
/// </summary>
internal sealed class CommitStatements
{
    private readonly SortedDictionary<string, Work> _tables = new(StringComparer.Ordinal);
    private readonly List<NpgsqlBatchCommand> _commands = [];
    private readonly List<(uint[] Writers, int Index, CommitUnderWay UnderWay)> _late = [];

    private CommitStatements()
    {
    }

    /// <summary>Makes the statements of a batch.</summary>
    /// <param name="changes">What it staged.</param>
    /// <param name="named">The rows that it named.</param>
    /// <param name="loaded">What they stand on.</param>
    /// <exception cref="StoreException">A row cannot be written.</exception>
    public static CommitStatements Make(Change[] changes, HashSet<RowKey> named, LoadedRows loaded)
    {
        var statements = new CommitStatements();
        var rest = new HashSet<RowKey>(named);
        foreach (Change change in changes)
        {
            var key = new RowKey(change.Table, change.Key);
            Work work = statements.WorkOf(change.Table);
            try
            {
                switch (change.Kind)
                {
                    case ChangeKind.Insert:
                        // A row that follows its stream's newest at once needs no look at the stream: whoever appended meanwhile has taken its number.
                        if (!key.Table.IsLog || key.Table.NumberOf(change.After!) == loaded.NumberOf(key) + 1)
                        {
                            rest.Remove(key);
                        }

                        work.Insert(change, named.Contains(key));
                        break;
                    default:
                        rest.Remove(key);
                        work.Change(change, loaded.WriterOf(key) ?? default);
                        break;
                }
            }
            catch (Exception unwritable) when (unwritable is not StoreException)
            {
                throw new StoreException($"{change.Table.Name}: a row cannot be written.", unwritable);
            }
        }

        foreach (RowKey key in named)
        {
            if (rest.Contains(key))
            {
                statements.WorkOf(key.Table).Keep(key.Key, loaded.WriterOf(key), loaded.NumberOf(key));
            }
        }

        foreach (Action<Work> step in (ReadOnlySpan<Action<Work>>)[static work => work.AddChanges(), static work => work.AddReads(), static work => work.AddAbsences(), static work => work.AddInserts()])
        {
            foreach (Work work in statements._tables.Values)
            {
                step(work);
            }
        }

        return statements;
    }

    /// <summary>Fills in the numbers that were not known yet when the statements were made.</summary>
    /// <exception cref="StoreException">Stale: a commit that this one stands on failed.</exception>
    public async ValueTask SettleAsync()
    {
        foreach ((uint[] writers, int index, CommitUnderWay underWay) in _late)
        {
            writers[index] = await underWay.Outcome.ConfigureAwait(false) ?? throw PostgresFault.Stale("commit");
        }
    }

    /// <summary>Runs them in one round trip.</summary>
    /// <param name="connection">Whose transaction it is.</param>
    /// <param name="isOpen">Whether that was begun before; it ends here.</param>
    /// <returns>The number of the transaction, which its rows carry in <c>xmin</c>.</returns>
    public async ValueTask<uint> RunAsync(NpgsqlConnection connection, bool isOpen)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_current_xact_id()::xid"));
            foreach (NpgsqlBatchCommand command in _commands)
            {
                batch.BatchCommands.Add(command);
            }

            if (isOpen)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            }

            try
            {
                NpgsqlDataReader reader = await batch.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                    uint transaction = reader.GetFieldValue<uint>(0);
                    while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false))
                    {
                        // Every statement's error comes up here.
                    }

                    return transaction;
                }
            }
            catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation && WorkOf(taken) is { HasNamedInserts: true } work)
            {
                // Somebody else made a row that was not there. Where one might also have been refused for good, trying again must end.
                throw new StoreException($"{work.Name}: another commit came first; decide again.", taken) { IsStale = true, IsTransient = !work.HasOtherInserts };
            }
            catch (Exception failed) when (PostgresFault.IsOurs(failed))
            {
                throw PostgresFault.Of(failed, "commit", isCommit: true);
            }
        }
    }

    private Work WorkOf(Table table)
    {
        if (!_tables.TryGetValue(table.Name, out Work? work))
        {
            _tables.Add(table.Name, work = new Work(TableSql.Of(table), _commands, _late));
        }

        return work;
    }

    /// <summary>The table of a refused row; a partition's name begins with its table's.</summary>
    private Work? WorkOf(PostgresException refused) => _tables.Values.FirstOrDefault(work => refused.TableName == work.Name)
        ?? _tables.Values.FirstOrDefault(work => refused.TableName?.StartsWith(work.Name + "_", StringComparison.Ordinal) == true);

    /// <summary>What happens to the rows of one table.</summary>
    private sealed class Work(TableSql sql, List<NpgsqlBatchCommand> commands, List<(uint[] Writers, int Index, CommitUnderWay UnderWay)> late)
    {
        private readonly List<Cell> _inserted = [];
        private readonly List<Cell> _updated = [];
        private readonly List<Writer> _updatedBy = [];
        private readonly List<long> _updatedVersions = [];
        private readonly List<Cell> _deleted = [];
        private readonly List<Writer> _deletedBy = [];
        private readonly List<string> _read = [];
        private readonly List<Writer> _readBy = [];
        private readonly List<string> _absent = [];
        private readonly List<string> _streams = [];
        private readonly List<long> _numbers = [];

        public string Name => sql.Table.Name;

        public bool HasNamedInserts { get; private set; }

        public bool HasOtherInserts { get; private set; }

        public void Insert(in Change change, bool isNamed)
        {
            HasNamedInserts |= isNamed;
            HasOtherInserts |= !isNamed;
            Write(_inserted, change.After!);
        }

        public void Change(in Change change, Writer writer)
        {
            Table table = sql.Table;
            List<Cell> to = change.Kind == ChangeKind.Delete ? _deleted : _updated;
            int first = to.Count;
            Write(to, change.Before!);
            Span<Cell> before = CollectionsMarshal.AsSpan(to)[first..];
            if (change.Kind == ChangeKind.Delete)
            {
                _deletedBy.Add(writer);
                return;
            }

            _updatedBy.Add(writer);
            if (table.Version is { } version)
            {
                _updatedVersions.Add(before[version.Ordinal].Integer);
            }

            Cell[] old = before.ToArray();
            table.Write(change.After!, before);
            foreach (Column column in table.Columns)
            {
                if (!column.IsChanging && old[column.Ordinal] != before[column.Ordinal])
                {
                    throw new StoreException($"{table.Name}: column {column.Name} never changes.");
                }
            }
        }

        /// <summary>A named row that stays as it is.</summary>
        public void Keep(string key, Writer? writer, long number)
        {
            if (sql.Table.IsLog)
            {
                _streams.Add(key);
                _numbers.Add(number);
            }
            else if (writer is not { } by)
            {
                _absent.Add(key);
            }
            else if (sql.Table.ChangingColumns.Count > 0 || sql.Table.IsDisposable)
            {
                _read.Add(key);
                _readBy.Add(by);
            }
        }

        public void AddChanges()
        {
            if (_updatedBy.Count > 0 && sql.Update.Length > 0)
            {
                NpgsqlBatchCommand update = Found(sql.Update, _updated, _updatedBy, _updatedVersions);
                foreach (Column column in sql.Table.ChangingColumns)
                {
                    update.Parameters.Add(Arrays.OfColumn(sql.Table, column, CollectionsMarshal.AsSpan(_updated)));
                }

                update.Parameters.Add(Arrays.Of(_updatedBy.Count));
            }

            if (_deletedBy.Count > 0)
            {
                Found(sql.Delete, _deleted, _deletedBy, []).Parameters.Add(Arrays.Of(_deletedBy.Count));
            }
        }

        public void AddReads()
        {
            if (_read.Count > 0)
            {
                NpgsqlBatchCommand share = Add(sql.Share);
                Arrays.AddKeys(share.Parameters, sql, _read);
                share.Parameters.Add(Numbers(_readBy));
                share.Parameters.Add(Arrays.Of(_read.Count));
            }
        }

        public void AddAbsences()
        {
            if (_absent.Count > 0)
            {
                NpgsqlBatchCommand none = Add(sql.None);
                Arrays.AddKeys(none.Parameters, sql, _absent);
                none.Parameters.Add(Arrays.Of(0));
            }

            if (_streams.Count > 0)
            {
                NpgsqlBatchCommand none = Add(sql.NoneBeyond);
                Arrays.AddKeys(none.Parameters, sql, _streams);
                none.Parameters.Add(Arrays.Of([.. _numbers]));
                none.Parameters.Add(Arrays.Of(0));
            }
        }

        public void AddInserts()
        {
            if (_inserted.Count > 0)
            {
                NpgsqlBatchCommand insert = Add(sql.Insert);
                foreach (Column column in sql.Table.Columns)
                {
                    insert.Parameters.Add(Arrays.OfColumn(sql.Table, column, CollectionsMarshal.AsSpan(_inserted)));
                }
            }
        }

        private NpgsqlBatchCommand Found(string text, List<Cell> rows, List<Writer> writers, List<long> versions)
        {
            NpgsqlBatchCommand command = Add(text);
            foreach (Column column in sql.Key)
            {
                command.Parameters.Add(Arrays.OfColumn(sql.Table, column, CollectionsMarshal.AsSpan(rows)));
            }

            command.Parameters.Add(Numbers(writers));
            if (sql.Table.Version is { } version)
            {
                command.Parameters.Add(versions.Count > 0 ? Arrays.Of([.. versions]) : Arrays.OfColumn(sql.Table, version, CollectionsMarshal.AsSpan(rows)));
            }

            return command;
        }

        private NpgsqlParameter Numbers(List<Writer> writers)
        {
            uint[] numbers = new uint[writers.Count];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = writers[i].Transaction;
                if (writers[i].UnderWay is { } underWay)
                {
                    late.Add((numbers, i, underWay));
                }
            }

            return Arrays.Of(numbers);
        }

        private NpgsqlBatchCommand Add(string text)
        {
            var command = new NpgsqlBatchCommand(text);
            commands.Add(command);
            return command;
        }

        private void Write(List<Cell> to, object row)
        {
            int first = to.Count;
            CollectionsMarshal.SetCount(to, first + sql.Table.Columns.Count);
            sql.Table.Write(row, CollectionsMarshal.AsSpan(to)[first..]);
        }
    }
}
