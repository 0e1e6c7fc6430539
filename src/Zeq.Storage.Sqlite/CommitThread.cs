namespace Zeq.Storage.Sqlite;

/// <summary>
/// The thread on which commits run: SQLite waits for the disk on its caller's thread, and no request should wait for that, nor a commit for
/// a free thread of the pool. What awaits a commit goes on right here.
/// </summary>
internal sealed class CommitThread : IDisposable
{
    private readonly SemaphoreSlim _work = new(0);
    private Action? _commit;
    private TaskCompletionSource _done = new();

    public CommitThread() => new Thread(Run) { IsBackground = true, Name = "zeq commits" }.Start();

    /// <summary>Runs a commit; one at a time.</summary>
    public Task RunAsync(Action commit)
    {
        TaskCompletionSource done = _done = new TaskCompletionSource();
        _commit = commit;
        _work.Release();
        return done.Task;
    }

    /// <summary>Ends the thread; nothing may be running.</summary>
    public void Dispose()
    {
        _commit = null;
        _work.Release();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            if (_commit is not { } commit)
            {
                _work.Dispose();
                return;
            }

            // Whoever goes on from here may ask for the next commit before this returns.
            TaskCompletionSource done = _done;
            try
            {
                commit();
            }
#pragma warning disable CA1031 // It is the caller's, who awaits it.
            catch (Exception failed)
            {
                done.SetException(failed);
                continue;
            }
#pragma warning restore CA1031

            done.SetResult();
        }
    }
}
