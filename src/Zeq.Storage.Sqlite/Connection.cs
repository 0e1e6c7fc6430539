using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>One connection with its prepared statements. Not thread-safe: whoever took it owns it.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>How many texts of queries keep their statement; the least recently added goes first.</summary>
    private const int MaxQueries = 64;

    private readonly sqlite3 _database;
    private readonly Dictionary<Table, TableStatements> _tables = [];
    private readonly Dictionary<string, Statement> _queries = [];
    private readonly Queue<string> _queryAge = new();
    private Cell[] _cells = new Cell[32];

    private Connection(sqlite3 database, string path) => (_database, Path) = (database, path);

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Whether a transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_database) == 0;

    /// <summary>Whether SQLite opened the file for reading only.</summary>
    public bool IsReadOnly => raw.sqlite3_db_readonly(_database, "main") != 0;

    /// <summary>How many rows the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    /// <summary>Whether a row of the open transaction names one that does not exist: its commit would be refused.</summary>
    public bool HasDanglingKeys
    {
        get
        {
            raw.sqlite3_db_status(_database, raw.SQLITE_DBSTATUS_DEFERRED_FKS, out int dangling, out _, 0);
            return dangling != 0;
        }
    }

    /// <summary>How many pages this connection has written since it was opened.</summary>
    public int PagesWritten
    {
        get
        {
            raw.sqlite3_db_status(_database, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int written, out _, 0);
            return written;
        }
    }

    /// <summary>Opens a file, or a <c>file:</c> URI.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static Connection Open(string name, string path, int flags, int busyTimeoutMs)
    {
        int code = raw.sqlite3_open_v2(name, out sqlite3 database, flags | raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_URI, null);
        var connection = new Connection(database, path);
        if (code != raw.SQLITE_OK)
        {
            StoreException fault = connection.Fault(code, path);
            connection.Dispose();
            throw fault;
        }

        raw.sqlite3_extended_result_codes(database, 1);
        raw.sqlite3_busy_timeout(database, busyTimeoutMs);
        return connection;
    }

    /// <summary>Runs statements without parameters.</summary>
    /// <exception cref="StoreException">One failed; those before it have run.</exception>
    public void Execute(string sql, string? subject = null)
    {
        int code = raw.sqlite3_exec(_database, sql);
        if (code != raw.SQLITE_OK)
        {
            throw Fault(code, subject ?? Path);
        }
    }

    /// <summary>The one value that a statement answers: its first row's first column; NULL where there is no row.</summary>
    public Cell Ask(string sql)
    {
        using Statement statement = Prepare(sql, Path);
        return statement.Step() ? statement.Read(0) : Cell.Null;
    }

    /// <summary>Prepares a statement that the caller disposes.</summary>
    public Statement Prepare(string sql, string subject)
    {
        int code = raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK ? new Statement(this, statement, subject) : throw Fault(code, subject);
    }

    /// <summary>The statements of a table, prepared when first needed.</summary>
    public TableStatements StatementsOf(Table table)
    {
        if (!_tables.TryGetValue(table, out TableStatements? statements))
        {
            _tables.Add(table, statements = new TableStatements(this, table));
        }

        return statements;
    }

    /// <summary>The statement of a query's text; kept for the next query of the same shape.</summary>
    public Statement QueryStatement(string sql, string subject)
    {
        if (!_queries.TryGetValue(sql, out Statement? statement))
        {
            if (_queries.Count >= MaxQueries && _queries.Remove(_queryAge.Dequeue(), out Statement? oldest))
            {
                oldest.Dispose();
            }

            _queries.Add(sql, statement = Prepare(sql, subject));
            _queryAge.Enqueue(sql);
        }

        return statement;
    }

    /// <summary>Room for the cells of a row, used again and again.</summary>
    public Span<Cell> CellsOf(Table table)
    {
        if (_cells.Length < table.Columns.Count * 2)
        {
            _cells = new Cell[table.Columns.Count * 2];
        }

        return _cells;
    }

    /// <summary>Undoes an open transaction, if there is one.</summary>
    public void RollBack()
    {
        if (IsInTransaction)
        {
            Execute("ROLLBACK");
        }
    }

    /// <summary>Copies what it can of the log into the file without waiting for anyone; whether all of it was copied.</summary>
    public bool Checkpoint(int mode = raw.SQLITE_CHECKPOINT_PASSIVE)
    {
        int code = raw.sqlite3_wal_checkpoint_v2(_database, "main", mode, out int logged, out int copied);
        return code == raw.SQLITE_OK && logged == copied;
    }

    /// <summary>The exception of a result code.</summary>
    public StoreException Fault(int code, string subject, bool isCommit = false)
    {
        int extended = raw.sqlite3_extended_errcode(_database);
        return SqliteFault.Of((extended & 0xFF) == (code & 0xFF) ? extended : code, raw.sqlite3_errmsg(_database).utf8_to_string() ?? "", subject, isCommit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TableStatements statements in _tables.Values)
        {
            statements.Dispose();
        }

        foreach (Statement statement in _queries.Values)
        {
            statement.Dispose();
        }

        _tables.Clear();
        _queries.Clear();
        raw.sqlite3_close_v2(_database);
    }
}
