using System.Globalization;
using System.Reflection;
using Zeq.Protocol;

namespace Zeq.Storage.Conformance;

/// <summary>Rows of every declared table, made from the declarations alone.</summary>
public static class Samples
{
    /// <summary>Text that a careless store spoils: quotes, bars, combining marks, characters beyond the basic plane, and U+FFFD itself.</summary>
    public const string Unicode = "Ünïcødé '\"%_\\ |;-- \u0001 \uFFFD 𝛀𐍈 é\u0301 \uE000 שלום";

    /// <summary>Every static table of the protocol.</summary>
    public static IReadOnlyList<Table> Tables { get; } =
    [
        .. typeof(Table).Assembly.GetTypes()
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static))
            .Where(property => typeof(Table).IsAssignableFrom(property.PropertyType))
            .Select(property => (Table)property.GetValue(null)!)
            .OrderBy(table => table.Name, StringComparer.Ordinal),
    ];

    /// <summary>A row whose free columns hold <paramref name="text"/>, <paramref name="number"/> and <paramref name="blob"/>; NULL where they are null and may be.</summary>
    public static object Row(Table table, int id, string? text, long number, byte[]? blob)
    {
        var cells = new Cell[table.Columns.Count];
        foreach (Column column in table.Columns)
        {
            cells[column.Ordinal] = CellOf(table, column, id, text, number, blob);
        }

        return table.Read(cells);
    }

    /// <summary>The cells of a row.</summary>
    public static Cell[] CellsOf(Table table, object row)
    {
        var cells = new Cell[table.Columns.Count];
        table.Write(row, cells);
        return cells;
    }

    /// <summary>Stages a row of a table whose type is not known here.</summary>
    public static void Stage(Workspace workspace, Table table, object row) =>
        typeof(Workspace).GetMethod(table.IsLog ? nameof(Workspace.Append) : nameof(Workspace.Put))!
            .MakeGenericMethod(row.GetType()).Invoke(workspace, [table, row]);

    /// <summary>Finds a row of a table whose type is not known here.</summary>
    public static async Task<object?> FindAsync(IHomeReader reader, Table table, string key)
    {
        Type row = table.GetType().GetGenericArguments()[0];
        object task = typeof(Samples).GetMethod(nameof(FindTyped), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(row).Invoke(null, [reader, table, key])!;
        return await (Task<object?>)task;
    }

    private static async Task<object?> FindTyped<TRow>(IHomeReader reader, Table<TRow> table, string key)
        where TRow : class => await reader.FindAsync(table, key);

    private static Cell CellOf(Table table, Column column, int id, string? text, long number, byte[]? blob)
    {
        bool isNull = column.IsNullable && (column.Kind switch
        {
            ColumnKind.Text => text is null,
            ColumnKind.Blob => blob is null,
            _ => text is null,
        });
        if (isNull)
        {
            return Cell.Null;
        }

        string digits = id.ToString("D9", CultureInfo.InvariantCulture);
        return (column.Kind, column.Name) switch
        {
            (ColumnKind.Blob, _) => Cell.Of(blob ?? []),
            (ColumnKind.Integer, _) when column.Name.StartsWith("is_", StringComparison.Ordinal) => Cell.Of(number & 1),
            (ColumnKind.Integer, _) => Cell.Of(number),
            (_, "zid" or "payer_zid" or "owner_zid" or "bound_zid" or "from_zid" or "to_zid" or "minted_by" or "issued_to") => Cell.Of("ZEQ07" + digits),
            (_, "slug" or "machine") => Cell.Of("machine-" + digits),
            (_, "origin" or "home_origin" or "holder_origin" or "from_origin" or "to_origin") => Cell.Of($"https://h{digits}.example"),
            (_, "token_id" or "local_token_id") => Cell.Of($"ZT-machine-{digits}-77-0123456789abcdef"),
            (_, "vote_id") => Cell.Of($"VT-1{digits}-0123456789abcdef"),
            (_, "id") when table == Supply.Table => Cell.Of(Supply.Key),
            _ when column.IsKey => Cell.Of("key " + digits + " " + Unicode.Replace("|", "", StringComparison.Ordinal)),
            _ => Cell.Of(text ?? ""),
        };
    }
}
