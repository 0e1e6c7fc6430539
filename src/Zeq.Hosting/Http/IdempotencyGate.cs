namespace Zeq.Hosting;

/// <summary>Lets equal requests through one after the other. Bounded by the connections that wait.</summary>
internal sealed class IdempotencyGate
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Waits for its turn; dispose what comes back to let the next one in.</summary>
    public async ValueTask<IDisposable> EnterAsync(string scope, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(scope, out entry!))
            {
                _entries[scope] = entry = new Entry(this, scope);
            }

            entry.Users++;
        }

        try
        {
            await entry.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(entry);
            throw;
        }

        return entry;
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0)
            {
                _entries.Remove(entry.Scope);
                entry.Turn.Dispose();
            }
        }
    }

    private sealed class Entry(IdempotencyGate gate, string scope) : IDisposable
    {
        public string Scope { get; } = scope;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int Users { get; set; }

        public void Dispose()
        {
            Turn.Release();
            gate.Leave(this);
        }
    }
}
