using System.Buffers.Binary;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Runs journal entries on a connection, inside of the transaction that its caller began. Not thread-safe.</summary>
internal sealed class EntryRunner(Connection connection) : IDisposable
{
    private readonly Dictionary<string, (Statement Statement, string Table, int Parameters)> _statements = [];
    private readonly List<string> _shapes = [];

    /// <summary>Writes the rows of an entry.</summary>
    /// <param name="entry">The entry, without the journal's header.</param>
    /// <exception cref="StoreException">A row was refused, or had changed since it was loaded. The caller rolls back.</exception>
    public void Run(ReadOnlySpan<byte> entry)
    {
        _shapes.Clear();
        try
        {
            while (!entry.IsEmpty)
            {
                RunOne(ref entry);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new StoreException("The journal holds an entry that ends too early.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((Statement statement, _, _) in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }

    private void RunOne(ref ReadOnlySpan<byte> rest)
    {
        int number = ReadNumber(ref rest);
        if (number == _shapes.Count)
        {
            _shapes.Add(Encoding.UTF8.GetString(Take(ref rest, ReadNumber(ref rest))));
        }

        string shape = number >= 0 && number < _shapes.Count ? _shapes[number] : throw new StoreException("The journal holds a row of no kind.");
        if (!_statements.TryGetValue(shape, out (Statement Statement, string Table, int Parameters) known))
        {
            (string sql, string table, int parameters) = RowShape.Parse(shape);
            _statements.Add(shape, known = (connection.Prepare(sql, table), table, parameters));
        }

        Statement statement = known.Statement;
        for (int parameter = 1; parameter <= known.Parameters; parameter++)
        {
            byte kind = Take(ref rest, 1)[0];
            switch (kind)
            {
                case 0:
                    statement.Bind(parameter, Cell.Null);
                    break;
                case 1 + (int)ColumnKind.Integer:
                    statement.Bind(parameter, BinaryPrimitives.ReadInt64LittleEndian(Take(ref rest, 8)));
                    break;
                case 1 + (int)ColumnKind.Text:
                    statement.BindText(parameter, Take(ref rest, ReadNumber(ref rest)));
                    break;
                case 1 + (int)ColumnKind.Blob:
                    statement.BindBlob(parameter, Take(ref rest, ReadNumber(ref rest)));
                    break;
                default:
                    throw new StoreException("The journal holds a cell of no kind.");
            }
        }

        statement.Run();
        if (connection.Changes != 1)
        {
            throw new StoreException($"{known.Table}: a row changed after it was loaded; decide again.") { IsTransient = true, IsStale = true };
        }
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> rest) => BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, 4));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
