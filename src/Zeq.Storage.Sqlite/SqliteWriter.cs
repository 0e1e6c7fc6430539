using System.Globalization;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The one connection that writes. A commit runs on a thread of its own, so that the next batch is loaded and decided meanwhile; commits
/// follow one another. A batch's rows are written into a transaction of the file that stays open over many batches: there they are
/// checked by the file's own rules, and nobody else can write. What makes the batch durable is its entry in the <see cref="Journal"/>, a
/// few pages in a row. The file's own commit, which writes each page once for all these batches, comes when the journal is full, when somebody
/// reads what is not there yet, or when no batch came for a while. Thread-safe.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    /// <summary>For so long the transaction waits for another batch, in ms; more than the collector stops everybody for.</summary>
    private const int PatienceMs = 20;

    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly CommitThread _thread;
    private readonly Journal _journal;
    private readonly JournalEntry _entry = new();
    private readonly EntryRunner _runner;
    private readonly int _busyTimeoutMs;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _version;
    private readonly Statement _generation;
    private int _readersWaiting;
    private int _entries;
    private volatile bool _isOpen;
    private bool _isDisposed;

    public SqliteWriter(Connection connection, Checkpointer checkpointer, SqliteOptions options)
    {
        (_connection, _checkpointer, _busyTimeoutMs) = (connection, checkpointer, options.BusyTimeoutMs);
        Known = new WriterRows(options.CachedRows / 2);
        _journal = new Journal(connection.Path, options.JournalSizeKib * 1024L);
        _runner = new EntryRunner(connection);
        _begin = connection.Prepare("BEGIN IMMEDIATE", "begin");
        _commit = connection.Prepare("COMMIT", "commit");
        _rollback = connection.Prepare("ROLLBACK", "rollback");
        _version = connection.Prepare("PRAGMA data_version", "begin");
        _generation = connection.Prepare("PRAGMA user_version", "begin");
        _thread = new CommitThread(() => _isOpen ? PatienceMs : Timeout.Infinite, SettleIdle);
        _thread.Start();
    }

    /// <summary>What the next batch stands on.</summary>
    public WriterRows Known { get; }

    /// <summary>Puts into the file what a journal beside it still holds.</summary>
    /// <exception cref="StoreException">The journal does not fit to the file, or there is no room; nothing was changed.</exception>
    public static void Recover(Connection connection)
    {
        if (!File.Exists(Journal.PathOf(connection.Path)))
        {
            return;
        }

        using var journal = new Journal(connection.Path, 0);
        using var runner = new EntryRunner(connection);
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            int generation = (int)connection.Ask("PRAGMA user_version").Integer;
            Replay(connection, journal, runner, generation);
            if (journal.Count > 0)
            {
                Raise(connection, generation);
            }

            connection.Execute("COMMIT");
        }
        catch
        {
            connection.RollBack();
            throw;
        }
    }

    /// <summary>What a batch that begins now stands on, whatever another process wrote.</summary>
    public long See()
    {
        // While a commit is under way nobody else can write, and it asked itself.
        if (_gate.Wait(0))
        {
            try
            {
                ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteHomeStore));
                if (!_isOpen && !Known.IsAhead())
                {
                    Known.IsVersion(Ask(_version));
                }
            }
            finally
            {
                _gate.Release();
            }
        }

        return Known.Number;
    }

    /// <summary>Writes a batch and makes it durable. Before this has returned its task, later batches stand on it.</summary>
    /// <exception cref="StoreException">Nothing was written, unless the outcome is unknown.</exception>
    public async ValueTask CommitAsync(long seen, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        // Before anything is waited for: the next batch begins as soon as this has returned.
        long begun = Known.TryBegin(seen, changes) ?? throw Stale();
        try
        {
            await EnterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Known.Failed();
            throw;
        }

        try
        {
            if (!Known.IsStanding(begun))
            {
                throw Stale();
            }

            await _thread.RunAsync(() => Write(begun, changes)).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits until the file has all that is committed.</summary>
    /// <exception cref="StoreException">It has not; what is committed stays so.</exception>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _readersWaiting);
        try
        {
            await EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (Known.IsAhead())
                {
                    await _thread.RunAsync(Settle).ConfigureAwait(false);
                }
            }
            finally
            {
                _gate.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _readersWaiting);
        }
    }

    /// <summary>Waits for the batch that is being written, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            await _thread.RunAsync(Close).ConfigureAwait(false);
            _thread.Dispose();
            await _checkpointer.DisposeAsync().ConfigureAwait(false);
            _journal.Dispose();
            _runner.Dispose();
            _begin.Dispose();
            _commit.Dispose();
            _rollback.Dispose();
            _version.Dispose();
            _generation.Dispose();
            _connection.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        if (!await _gate.WaitAsync(_busyTimeoutMs, cancellationToken).ConfigureAwait(false))
        {
            throw new StoreException("The store is held by another batch.") { IsTransient = true };
        }

        if (_isDisposed)
        {
            _gate.Release();
            throw new ObjectDisposedException(nameof(SqliteHomeStore));
        }
    }

    private void Write(long begun, IReadOnlyList<Change> changes)
    {
        bool isInFile = false;
        try
        {
            Memory<byte> entry = _entry.Write(changes);
            Begin();
            try
            {
                _runner.Run(entry.Span[Journal.HeaderSizeBytes..]);
                if (_connection.HasDanglingKeys)
                {
                    throw new StoreException("A row was refused: it names another one that does not exist (FOREIGN KEY constraint).");
                }
            }
            catch
            {
                Undo();
                throw;
            }

            isInFile = Volatile.Read(ref _readersWaiting) > 0 || !_journal.TryAppend(entry.Span);
            if (isInFile)
            {
                Settle();
            }
            else
            {
                _entries++;
            }
        }
        catch
        {
            Known.Failed();
            throw;
        }

        Known.Committed(begun, changes, isInFile);
    }

    /// <summary>Opens the file's transaction for a batch, where none is.</summary>
    /// <exception cref="StoreException">Among others stale: another process came between.</exception>
    private void Begin()
    {
        if (!_isOpen && !Open())
        {
            Settle();
            Known.Forget();
            throw Stale();
        }
    }

    /// <summary>
    /// Opens the file's transaction: nobody else can write from now on. What the journal holds is written into it first. False where another
    /// process came between: whatever its journal held is the file's then, and nothing is known of it here.
    /// </summary>
    private bool Open()
    {
        _begin.Run();
        try
        {
            bool isVersion = Known.IsVersion(Ask(_version));
            Replay(_connection, _journal, _runner, (int)Ask(_generation));
            _isOpen = true;
            return isVersion && _journal.Count == _entries;
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Takes a refused batch back: all that was written since the file's last commit goes, and what the journal has comes again.</summary>
    private void Undo()
    {
        RollBack();
        if (_entries > 0)
        {
            try
            {
                Begin();
            }
            catch (StoreException)
            {
                // The next one who comes tries again, and says so.
            }
        }
    }

    /// <summary>The file's own commit: it has then all that the journal had.</summary>
    private void Settle()
    {
        bool isOurs = _isOpen || Open();
        bool isDoubtful = _journal.IsDoubtful;
        try
        {
            Raise(_connection, (int)Ask(_generation));
            _commit.Run(isCommit: true);
        }
        catch (StoreException failed)
        {
            RollBack();
            throw isDoubtful ? new StoreException(failed.Message, failed) { OutcomeUnknown = true } : failed;
        }

        _isOpen = false;
        _entries = 0;
        _journal.Close();
        Known.Settled();
        if (!isOurs)
        {
            Known.Forget();
        }

        _checkpointer.Follow(_connection);
    }

    /// <summary>On the commit thread, while nothing waits.</summary>
    private void SettleIdle()
    {
        if (!_gate.Wait(0))
        {
            return;
        }

        try
        {
            if (_isOpen)
            {
                Settle();
            }
        }
        catch (StoreException)
        {
            // What is committed lies in the journal. The next one who needs the file tries again.
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Close()
    {
        try
        {
            if (_isOpen || Known.IsAhead())
            {
                Settle();
            }

            // Under the lock: nobody else has begun a journal that would be gone.
            Open();
            if (_journal.Count == 0)
            {
                Journal.Delete(_connection.Path);
            }
        }
        catch (StoreException)
        {
            // What is committed lies in the journal, and whoever opens the store next finds it there.
        }
        finally
        {
            RollBack();
        }
    }

    private void RollBack()
    {
        _isOpen = false;
        _journal.Close();
        if (_connection.IsInTransaction)
        {
            _rollback.Run();
        }
    }

    private static void Replay(Connection connection, Journal journal, EntryRunner runner, int generation)
    {
        try
        {
            journal.Open(generation, entry => runner.Run(entry.Span));
        }
        catch (StoreException failed) when (!failed.IsTransient || failed.IsStale)
        {
            throw new StoreException($"{Journal.PathOf(connection.Path)} does not fit to its store: one of them is damaged or was changed by hand. Restore a backup. ({failed.Message})", failed);
        }
    }

    /// <summary>The journal's entries stand on the generation that was before.</summary>
    private static void Raise(Connection connection, int generation) =>
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {unchecked(generation + 1)}"));

    private static long Ask(Statement pragma)
    {
        try
        {
            pragma.Step();
            return pragma.Read(0).Integer;
        }
        finally
        {
            pragma.Reset();
        }
    }

    private static StoreException Stale() => new("Another commit came first; decide again.") { IsTransient = true, IsStale = true };
}
