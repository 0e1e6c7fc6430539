namespace Zeq.Storage.Sqlite;

/// <summary>
/// The thread on which commits run: SQLite waits for the disk on its caller's thread, and no request should wait for that, nor a commit for
/// a free thread of the pool. What awaits a commit goes on elsewhere.
/// </summary>
/// <param name="patienceMs">How long the thread waits for work before it does what is left for when there is none; -1 where nothing is.</param>
/// <param name="whenIdle">What that is; it throws nothing.</param>
internal sealed class CommitThread(Func<int> patienceMs, Action whenIdle) : IDisposable
{
    private readonly SemaphoreSlim _work = new(0);
    private Action? _commit;
    private TaskCompletionSource _done = new();

    /// <summary>Starts the thread.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "zeq commits" }.Start();

    /// <summary>Runs a commit; one at a time.</summary>
    public Task RunAsync(Action commit)
    {
        TaskCompletionSource done = _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
            if (!_work.Wait(patienceMs()))
            {
                whenIdle();
                continue;
            }

            if (_commit is not { } commit)
            {
                _work.Dispose();
                return;
            }

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
