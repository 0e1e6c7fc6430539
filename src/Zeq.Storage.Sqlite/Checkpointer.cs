namespace Zeq.Storage.Sqlite;

/// <summary>
/// Copies the log into the file on a thread and a connection of its own, so that no commit waits for it. Since commits go on meanwhile,
/// the copy is behind by what they wrote; the writer copies that little rest itself, and the log starts again from its beginning.
/// Called by the writer alone, except for what runs on that thread.
/// </summary>
internal sealed class Checkpointer(Func<Connection> open, int everyPages) : IAsyncDisposable
{
    /// <summary>After so many passes the writer copies what is left, however much it is: the log must come to its end.</summary>
    private const int MaxPasses = 3;

    /// <summary>What the writer copies itself at once; more than this is left to another pass.</summary>
    private readonly int _restPages = everyPages / 32;

    private Connection? _connection;
    private Task? _pass;
    private int _copiedUpTo;
    private int _passUpTo;
    private int _passes;

    /// <summary>Called after each commit.</summary>
    public void Follow(Connection writer)
    {
        int written = writer.PagesWritten;
        if (_pass is { IsCompleted: false })
        {
            return;
        }

        if (_pass is not null)
        {
            if (written - _passUpTo > _restPages && _passes < MaxPasses)
            {
                Begin(written);
                return;
            }

            // Passive: it waits for no reader. What it cannot copy now stays in the log for the next time.
            _pass = null;
            _passes = 0;
            _copiedUpTo = written;
            writer.Checkpoint();
        }
        else if (written - _copiedUpTo >= everyPages)
        {
            Begin(written);
        }
    }

    /// <summary>Waits for the copy that is under way, and closes its connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_pass is not null)
        {
            await _pass.ConfigureAwait(false);
        }

        _connection?.Dispose();
    }

    private void Begin(int written)
    {
        _passUpTo = written;
        _passes++;
        _pass = Task.Run(() =>
        {
            try
            {
                (_connection ??= open()).Checkpoint();
            }
            catch (Zeq.Protocol.StoreException)
            {
                // Without a connection of its own the writer copies the whole log.
            }
        });
    }
}
