using System.Globalization;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The statement that writes a row, as one line of text without SQL: what happens, the table, the columns that are set, and those that tell
/// which row: <c>=chain_heads|seq,zeqond,state_hash|slug,seq</c>. <c>+</c> inserts, <c>=</c> updates, <c>-</c> deletes. A journal holds
/// these, and nothing in it can become another statement.
/// </summary>
internal static class RowShape
{
    /// <summary>The shape of a change of a table.</summary>
    public static string Of(Table table, ChangeKind kind)
    {
        IEnumerable<Column> set = kind switch
        {
            ChangeKind.Insert => table.Columns,
            ChangeKind.Update => table.ChangingColumns,
            _ => [],
        };
        IEnumerable<Column> where = kind == ChangeKind.Insert ? [] : table.Version is { } version ? table.KeyColumns.Append(version) : table.KeyColumns;
        return $"{Sign(kind)}{table.Name}|{string.Join(',', set.Select(column => column.Name))}|{string.Join(',', where.Select(column => column.Name))}";
    }

    /// <summary>The statement of a shape, its table, and how many parameters it has.</summary>
    /// <exception cref="StoreException">It is none.</exception>
    public static (string Sql, string Table, int Parameters) Parse(string shape)
    {
        string[] parts = shape.Split('|');
        if (parts.Length != 3 || parts[0].Length < 2 || !IsName(parts[0][1..]))
        {
            throw Unknown(shape);
        }

        string table = parts[0][1..];
        string[] set = Names(shape, parts[1]);
        string[] where = Names(shape, parts[2]);
        string key = string.Join(" AND ", where.Select((name, i) => Equal(name, set.Length + i)));
        string sql = (shape[0], set.Length, where.Length) switch
        {
            ('+', > 0, 0) => $"INSERT INTO \"{table}\" ({string.Join(", ", set.Select(name => $"\"{name}\""))}) VALUES ({string.Join(", ", set.Select((_, i) => $"?{i + 1}"))})",
            ('=', > 0, > 0) => $"UPDATE \"{table}\" SET {string.Join(", ", set.Select(Equal))} WHERE {key}",
            ('-', 0, > 0) => $"DELETE FROM \"{table}\" WHERE {key}",
            _ => throw Unknown(shape),
        };
        return (sql, table, set.Length + where.Length);
    }

    private static char Sign(ChangeKind kind) => kind switch
    {
        ChangeKind.Insert => '+',
        ChangeKind.Update => '=',
        _ => '-',
    };

    private static string Equal(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\" = ?{index + 1}");

    private static string[] Names(string shape, string list)
    {
        string[] names = list.Length == 0 ? [] : list.Split(',');
        return names.All(IsName) ? names : throw Unknown(shape);
    }

    private static bool IsName(string name) => name.Length > 0 && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');

    private static StoreException Unknown(string shape) => new($"The journal holds an unknown kind of row: {shape[..Math.Min(80, shape.Length)]}.");
}
