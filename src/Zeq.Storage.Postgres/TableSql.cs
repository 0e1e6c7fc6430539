using System.Collections.Concurrent;
using System.Globalization;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// The statements of a declared table, written once from its declaration. Every one takes arrays, a row in each place, so that one statement
/// serves a batch of any size and is planned once. No value ever stands in a text.
/// </summary>
internal sealed class TableSql
{
    private static readonly ConcurrentDictionary<Table, TableSql> Known = [];

    private TableSql(Table table)
    {
        Table = table;
        Key = [.. table.KeyColumns.Take(table.KeyColumns.Count - (table.IsLog ? 1 : 0))];
        Columns = List(table.Columns, "");
        string name = Quote(table.Name);
        string keys = List(Key, "");
        string keyArrays = Arrays(Key, 1);
        int next = Key.Count + 1;
        string same = Same("k");
        string number = table.IsLog ? Quote(table.KeyColumns[^1].Name) : "";
        string rows = List(table.Columns, "t.");

        Find = $"SELECT {Columns} FROM {name} WHERE {string.Join(" AND ", Key.Select((column, i) => Equal(column, i + 1)))}" + (table.IsLog ? $" ORDER BY {number} DESC LIMIT 1" : "");
        Load = table.IsLog
            ? $"SELECT k.o, {rows} FROM unnest({keyArrays}) WITH ORDINALITY AS k ({keys}, o) CROSS JOIN LATERAL (SELECT * FROM {name} t WHERE {same} ORDER BY t.{number} DESC LIMIT 1) t"
            : $"SELECT k.o, t.xmin, {rows} FROM unnest({keyArrays}) WITH ORDINALITY AS k ({keys}, o) JOIN {name} t ON {same}";

        // A row that nothing can change needs no lock, and the node's role has no right to one.
        bool isFixed = table.ChangingColumns.Count == 0;
        Lock = Load + (isFixed ? "" : " ORDER BY k.o FOR UPDATE OF t");
        Share = Expect(
            $"SELECT 1 FROM unnest({keyArrays}, {Array("xid", next)}) AS k ({keys}, x) JOIN {name} t ON {same} AND t.xmin = k.x" + (isFixed ? "" : " FOR SHARE OF t SKIP LOCKED"), next + 1);
        None = Expect($"SELECT 1 FROM unnest({keyArrays}) AS k ({keys}) JOIN {name} t ON {same}", next);
        NoneBeyond = table.IsLog
            ? Expect($"SELECT 1 FROM unnest({keyArrays}, {Array("bigint", next)}) AS k ({keys}, n) WHERE EXISTS (SELECT 1 FROM {name} t WHERE {same} AND t.{number} > k.n)", next + 1)
            : "";
        Insert = $"INSERT INTO {name} ({Columns}) SELECT * FROM unnest({Arrays(table.Columns, 1)})";

        // What an update or a deletion finds the row by: its key, who wrote it last, and its version.
        string where = $"{Same("d")} AND t.xmin = d.x" + (table.Version is { } version ? $" AND t.{Quote(version.Name)} = d.v" : "");
        string foundArrays = $"{keyArrays}, {Array("xid", next)}" + (table.Version is null ? "" : $", {Array("bigint", next + 1)}");
        string foundNames = $"{keys}, x" + (table.Version is null ? "" : ", v");
        next += table.Version is null ? 1 : 2;
        Delete = $"WITH w AS (DELETE FROM {name} t USING unnest({foundArrays}) AS d ({foundNames}) WHERE {where} RETURNING 1) " + Expect("SELECT 1 FROM w", next);
        Update = table.ChangingColumns.Count == 0 ? "" : $"WITH w AS (UPDATE {name} t SET {string.Join(", ", table.ChangingColumns.Select((column, i) => string.Create(CultureInfo.InvariantCulture, $"{Quote(column.Name)} = d.c{i}")))} "
            + $"FROM unnest({foundArrays}, {Arrays(table.ChangingColumns, next)}) AS d ({foundNames}, {string.Join(", ", table.ChangingColumns.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"c{i}")))}) "
            + $"WHERE {where} RETURNING 1) " + Expect("SELECT 1 FROM w", next + table.ChangingColumns.Count);
    }

    /// <summary>The table.</summary>
    public Table Table { get; }

    /// <summary>The text columns that a key names: of a log, those of the stream.</summary>
    public IReadOnlyList<Column> Key { get; }

    /// <summary>All columns, quoted, in row order.</summary>
    public string Columns { get; }

    /// <summary>One row by its key (of a log: the newest of the stream).</summary>
    public string Find { get; }

    /// <summary>Rows by key: place in the arrays from 1, who wrote it (not of a log), columns.</summary>
    public string Load { get; }

    /// <summary>The same, and each row is this transaction's until its end; in the order of the arrays.</summary>
    public string Lock { get; }

    /// <summary>Rows are as they were loaded and stay so until the commit; whoever changes one right now makes this fail, so that nobody waits here.</summary>
    public string Share { get; }

    /// <summary>No such rows.</summary>
    public string None { get; }

    /// <summary>Streams have no row beyond a number.</summary>
    public string NoneBeyond { get; }

    /// <summary>New rows.</summary>
    public string Insert { get; }

    /// <summary>Rows as they were loaded get new values.</summary>
    public string Update { get; }

    /// <summary>Rows as they were loaded go.</summary>
    public string Delete { get; }

    /// <summary>The statements of a table.</summary>
    public static TableSql Of(Table table) => Known.GetOrAdd(table, static table => new TableSql(table));

    /// <summary>A name as an identifier.</summary>
    public static string Quote(string name) => $"\"{name}\"";

    /// <summary>The server's name of a kind.</summary>
    public static string TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Integer => "bigint",
        ColumnKind.Text => "text",
        _ => "bytea",
    };

    /// <summary>The parts of a key, one for each of <see cref="Key"/>.</summary>
    /// <exception cref="ArgumentException">It has others.</exception>
    public string PartOf(string key, int part)
    {
        ReadOnlySpan<char> rest = key;
        for (int i = 0; i < Key.Count - 1; i++)
        {
            int bar = rest.IndexOf('|');
            if (bar < 0)
            {
                throw new ArgumentException($"A key of {Table.Name} has {Key.Count} parts.", nameof(key));
            }

            if (i == part)
            {
                return rest[..bar].ToString();
            }

            rest = rest[(bar + 1)..];
        }

        return Key.Count == 1 ? key : rest.ToString();
    }

    private string Expect(string rows, int parameter) =>
        string.Create(CultureInfo.InvariantCulture, $"SELECT zeq_expect(count(*), ${parameter}, '{Table.Name}') FROM ({rows}) q");

    private string Same(string from) => string.Join(" AND ", Key.Select(column => $"t.{Quote(column.Name)} = {from}.{Quote(column.Name)}"));

    private static string Equal(Column column, int parameter) => string.Create(CultureInfo.InvariantCulture, $"{Quote(column.Name)} = ${parameter}");

    private static string List(IEnumerable<Column> columns, string prefix) => string.Join(", ", columns.Select(column => prefix + Quote(column.Name)));

    private static string Arrays(IEnumerable<Column> columns, int first) => string.Join(", ", columns.Select((column, i) => Array(TypeOf(column.Kind), first + i)));

    private static string Array(string type, int parameter) => string.Create(CultureInfo.InvariantCulture, $"${parameter}::{type}[]");
}
