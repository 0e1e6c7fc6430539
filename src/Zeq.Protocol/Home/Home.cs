using System.Diagnostics;
using System.Threading.Channels;

namespace Zeq.Protocol;

/// <summary>
/// The one writer of a home. Commands are taken in arrival order, all that wait at once (up to a bound): their rows are loaded in one
/// step, they decide in memory one after the other, and one durable commit carries them all. While it is under way the next batch is
/// loaded and decided on what it will leave; commits follow one another in order. A command that is rejected or throws changes nothing
/// and spoils nobody else's. Thread-safe.
/// </summary>
public sealed class Home : IAsyncDisposable
{
    private const int StaleTries = 5;

    /// <summary>
    /// How many commands are decided before the writer looks whether the commit before has ended: all at once would keep it waiting, and
    /// everybody would soon be in one batch that is decided while nothing is committed, and committed while nothing is decided.
    /// </summary>
    private const int RoundSize = 8;

    private readonly IHomeStore _store;
    private readonly HomeOptions _options;
    private readonly Channel<IPending> _queue;
    private readonly Task _loop;
    private readonly SemaphoreSlim _rows = new(1, 1);
    private Task _committing = Task.CompletedTask;
    private Task<bool> _isStanding = Task.FromResult(true);
    private Task<bool>? _arrival;
    private int _roundSize;
    private int _waiting;

    /// <summary>Starts the writer.</summary>
    /// <param name="store">The home's store; the caller disposes it, after this.</param>
    /// <param name="context">Who the home is; the caller disposes its keys, after this.</param>
    /// <param name="options">How it runs.</param>
    public Home(IHomeStore store, HomeContext context, HomeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(context);
        (_store, Context, _options) = (store, context, options ?? new HomeOptions());
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.QueueCapacity, 1);
        _roundSize = _options.BatchSize;
        _queue = Channel.CreateUnbounded<IPending>(new UnboundedChannelOptions { SingleReader = true });
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Who this home is.</summary>
    public HomeContext Context { get; }

    /// <summary>Reads that do not pass the writer.</summary>
    public IHomeReader Reader => _store;

    /// <summary>The clock.</summary>
    public TimeProvider Time => _options.Time;

    /// <summary>Who watches the clock, if anyone does.</summary>
    public ClockGuard? Clock => _options.Clock;

    /// <summary>How many commands wait or are being decided.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>
    /// Runs a command. Once it is accepted and this has returned, its changes survive a power cut. A command that the writer has taken
    /// is finished whatever the token says; one that still waits is withdrawn.
    /// </summary>
    /// <exception cref="StoreException">The store failed; nothing changed unless <see cref="StoreException.OutcomeUnknown"/>.</exception>
    /// <exception cref="CommandException">The command itself threw: a bug. Nothing changed.</exception>
    /// <exception cref="OperationCanceledException">The command was withdrawn before it was taken.</exception>
    public Task<Executed<T>> ExecuteAsync<T>(Command<T> command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (Interlocked.Increment(ref _waiting) > _options.QueueCapacity)
        {
            Interlocked.Decrement(ref _waiting);
            return Task.FromResult(Refuse<T>(RejectionCode.Busy, "The home has more waiting than it takes; try again shortly."));
        }

        if (_options.Clock is { } clock && !command.IgnoresClock && clock.Check() is { } suspicion)
        {
            Interlocked.Decrement(ref _waiting);
            return Task.FromResult(Refuse<T>(RejectionCode.ClockSuspect, suspicion));
        }

        var pending = new Pending<T>(command, cancellationToken);
        if (!_queue.Writer.TryWrite(pending))
        {
            Interlocked.Decrement(ref _waiting);
            return Task.FromResult(Refuse<T>(RejectionCode.Busy, "The home is shutting down."));
        }

        return pending.Completion.Task;
    }

    /// <summary>Takes no further commands, finishes those that wait, and ends the writer.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        _rows.Dispose();
    }

    private Executed<T> Refuse<T>(RejectionCode code, string message) =>
        new(new Rejected<T>(new Rejection(code, message)), new Moment(_options.Time.GetUtcNow().ToUnixTimeMilliseconds(), default));

    private async Task RunAsync()
    {
        while (await ArrivalAsync().ConfigureAwait(false))
        {
            var batch = new Batch(Context, _options);
            if (TakeWaiting(batch))
            {
                HomeTransaction? staged = await StageAsync(batch).ConfigureAwait(false);
                if (staged is null)
                {
                    await _committing.ConfigureAwait(false);
                }

                // Whoever ends a commit starts the next one here, at once. What comes after it goes to another thread.
                var outcome = new TaskCompletionSource<bool>();
                _isStanding = outcome.Task;
                _committing = FinishAsync(batch, staged, outcome, _committing);
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }

        await _committing.ConfigureAwait(false);
    }

    /// <summary>Whether a command waits, as soon as one does; false once none will come any more.</summary>
    private Task<bool> ArrivalAsync()
    {
        if (_arrival is not { IsCompleted: false })
        {
            _arrival = _queue.Reader.WaitToReadAsync().AsTask();
        }

        return _arrival;
    }

    /// <summary>Takes what waits, up to a round's and a batch's size; whether there was anything.</summary>
    private bool TakeWaiting(Batch batch)
    {
        int before = batch.Count;
        int most = Math.Min(_options.BatchSize, before + _roundSize);
        while (batch.Count < most && _queue.Reader.TryRead(out IPending? pending))
        {
            if (pending.IsWithdrawn)
            {
                pending.Withdraw();
                Interlocked.Decrement(ref _waiting);
            }
            else
            {
                batch.Add(pending);
            }
        }

        return batch.Count > before;
    }

    /// <summary>
    /// Loads and decides a batch while the one before it is being committed; who comes in the meantime joins it. Null where the store
    /// failed, or where that commit did: what was decided on it is void, and the batch goes its way from the beginning.
    /// </summary>
    private async ValueTask<HomeTransaction?> StageAsync(Batch batch)
    {
        if (_isStanding.IsCompleted && !await _isStanding.ConfigureAwait(false))
        {
            // The batch before goes its way from the beginning. Once it has ended, this one stands on what is stored, like any first one.
            await _committing.ConfigureAwait(false);
            _isStanding = Task.FromResult(true);
            TakeWaiting(batch);
        }

        await _rows.WaitAsync().ConfigureAwait(false);
        HomeTransaction? transaction = null;
        bool isStanding = false;
        try
        {
            transaction = await batch.DecideAsync(_store).ConfigureAwait(false);
            _roundSize = transaction.TakesMore ? RoundSize : _options.BatchSize;
            await GrowAsync(batch, transaction).ConfigureAwait(false);
            transaction.Prepare();
            isStanding = await _isStanding.ConfigureAwait(false);
            return isStanding ? transaction : null;
        }
#pragma warning disable CA1031 // Whatever a store throws here, the batch is tried again alone, and answered then.
        catch (Exception)
        {
            return null;
        }
#pragma warning restore CA1031
        finally
        {
            if (transaction is not null && !isStanding)
            {
                await LetGoAsync(transaction).ConfigureAwait(false);
            }

            _rows.Release();
        }
    }

    private async ValueTask LetGoAsync(HomeTransaction transaction)
    {
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nothing was written, and the writer goes on.
        catch (Exception failed)
        {
            _options.OnStoreFault?.Invoke(failed as StoreException ?? new StoreException("The store failed to let go of a batch.", failed));
        }
#pragma warning restore CA1031
    }

    private async ValueTask GrowAsync(Batch batch, HomeTransaction transaction)
    {
        while (transaction.TakesMore && batch.Count < _options.BatchSize && !_isStanding.IsCompleted)
        {
            if (TakeWaiting(batch))
            {
                await batch.DecideMoreAsync(transaction).ConfigureAwait(false);
                continue;
            }

            Task<bool> arrival = ArrivalAsync();
            if (await Task.WhenAny(_isStanding, arrival).ConfigureAwait(false) == _isStanding || !await arrival.ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Commits a batch and answers its callers. Never throws.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="staged">What it staged, or null.</param>
    /// <param name="outcome">Told whether what was staged stands, before anyone is answered: the next batch may have been decided on it.</param>
    /// <param name="before">The batch before, whose callers are answered first.</param>
    private async Task FinishAsync(Batch batch, HomeTransaction? staged, TaskCompletionSource<bool> outcome, Task before)
    {
        StoreException? failure = staged is null ? null : await TryCommitAsync(staged).ConfigureAwait(false);
        bool isStanding = staged is not null && failure is null;
        outcome.SetResult(isStanding);
        await before.ConfigureAwait(false);
        if (isStanding)
        {
            batch.Complete();
        }
        else
        {
            // The rows that the next batch holds must be free before they are asked for again.
            await _rows.WaitAsync().ConfigureAwait(false);
            try
            {
                await RunAloneAsync(batch, failure).ConfigureAwait(false);
            }
            finally
            {
                _rows.Release();
            }
        }

        HomeMetrics.BatchSize.Record(batch.Count);
        Interlocked.Add(ref _waiting, -batch.Count);
    }

    /// <summary>Runs a batch to its end while no other one holds rows.</summary>
    private async ValueTask RunAloneAsync(Batch batch, StoreException? failure)
    {
        if (failure is null or { IsStale: true })
        {
            failure = await TryAsync(batch, failure is null ? StaleTries : StaleTries - 1).ConfigureAwait(false);
        }

        if (failure is null)
        {
            return;
        }

        _options.OnStoreFault?.Invoke(failure);
        if (failure.IsTransient || failure.OutcomeUnknown || batch.Count == 1)
        {
            batch.Fail(failure);
            return;
        }

        // Something in this batch cannot be stored. Nobody else may suffer for it, so each command goes alone.
        foreach (Batch one in batch.Split())
        {
            if (await TryAsync(one, StaleTries).ConfigureAwait(false) is { } own)
            {
                one.Fail(own);
            }
        }
    }

    /// <summary>Decides, commits and answers; again where another commit came between. The store's failure, where it did not get through.</summary>
    private async ValueTask<StoreException?> TryAsync(Batch batch, int tries)
    {
        while (true)
        {
            StoreException? failure;
            try
            {
                failure = await TryCommitAsync(await batch.DecideAsync(_store).ConfigureAwait(false)).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A store that throws anything else is a bug that must not end the writer.
            catch (Exception unexpected)
            {
                failure = unexpected as StoreException ?? new StoreException("The store failed.", unexpected);
            }
#pragma warning restore CA1031

            if (failure is null)
            {
                batch.Complete();
            }

            if (failure is not { IsStale: true } || --tries <= 0)
            {
                return failure;
            }
        }
    }

    /// <summary>Commits what a batch staged; the store's failure, where it did not get through.</summary>
    private async ValueTask<StoreException?> TryCommitAsync(HomeTransaction transaction)
    {
        bool isCommitted = false;
        try
        {
            Change[] changes;
            await using (transaction.ConfigureAwait(false))
            {
                changes = [.. transaction.Workspace.Changes()];
                if (changes.Length > 0)
                {
                    await CommitAsync(transaction).ConfigureAwait(false);
                    isCommitted = true;
                }
                else
                {
                    await transaction.ConfirmAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }

            if (isCommitted)
            {
                _options.OnCommitted?.Invoke(changes);
            }
        }
#pragma warning disable CA1031 // What is durable is answered as accepted, and above all is never run again, whatever fails after it.
        catch (Exception afterwards) when (isCommitted)
        {
            _options.OnStoreFault?.Invoke(new StoreException("Something failed after a commit, which stands.", afterwards));
        }
        catch (Exception failed)
        {
            return failed as StoreException ?? new StoreException("The store failed.", failed);
        }
#pragma warning restore CA1031

        return null;
    }

    private static async ValueTask CommitAsync(HomeTransaction transaction)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A commit that ended in some other way may have been written: it may not be run again.
        catch (Exception unexpected) when (unexpected is not StoreException)
        {
            throw new StoreException("The store failed in a commit.", unexpected) { OutcomeUnknown = true };
        }
#pragma warning restore CA1031

        HomeMetrics.CommitMs.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }
}

/// <summary>What came of a command.</summary>
/// <param name="Decision">Accepted or rejected.</param>
/// <param name="At">The instant at which it was decided.</param>
public readonly record struct Executed<T>(Decision<T> Decision, Moment At);

/// <summary>A command threw: a bug of that command, which changed nothing.</summary>
public sealed class CommandException(string command, Exception inner) : Exception($"The command {command} failed.", inner);
