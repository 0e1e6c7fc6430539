using System.Runtime.CompilerServices;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>A store that somebody with access to its file has changed: rows read otherwise than they were written, or are gone.</summary>
/// <param name="inner">The store as it was.</param>
/// <param name="tamper">What becomes of a row that is read; null: it is gone.</param>
internal sealed class TamperedStore(IHomeStore inner, Func<object, object?> tamper) : IHomeStore
{
    private readonly TamperedReader _reader = new(inner, tamper);

    public string Description => inner.Description;

    public ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken) => inner.BeginAsync(keys, cancellationToken);

    public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class => _reader.FindAsync(table, key, cancellationToken);

    public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
        where TRow : class => _reader.QueryAsync(query, cancellationToken);

    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => _reader.SnapshotAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class TamperedReader(IHomeReader inner, Func<object, object?> tamper) : IHomeReader
    {
        public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => await inner.FindAsync(table, key, cancellationToken) is { } row ? (TRow?)tamper(row) : null;

        public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
            where TRow : class
        {
            await foreach (TRow row in inner.QueryAsync(query, cancellationToken))
            {
                if (tamper(row) is TRow shown)
                {
                    yield return shown;
                }
            }
        }

        public async ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) =>
            new TamperedReader(await inner.SnapshotAsync(cancellationToken), tamper);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
