using System.Diagnostics;
using System.Threading.Channels;

namespace Zeq.Protocol;

/// <summary>
/// The one writer of a home. Commands are taken in arrival order, all that wait at once (up to a bound): their rows are loaded in one
/// step, they decide in memory one after the other, and one durable commit carries them all. A command that is rejected or throws
/// changes nothing and spoils nobody else's. Thread-safe.
/// </summary>
public sealed class Home : IAsyncDisposable
{
    private const int StaleTries = 5;

    private readonly IHomeStore _store;
    private readonly HomeOptions _options;
    private readonly Channel<IPending> _queue;
    private readonly Task _loop;
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
    }

    private Executed<T> Refuse<T>(RejectionCode code, string message) =>
        new(new Rejected<T>(new Rejection(code, message)), new Moment(_options.Time.GetUtcNow().ToUnixTimeMilliseconds(), default));

    private async Task RunAsync()
    {
        var batch = new List<IPending>(_options.BatchSize);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            if (TakeWaiting(batch))
            {
                await RunBatchAsync(batch).ConfigureAwait(false);
                HomeMetrics.BatchSize.Record(batch.Count);
                Interlocked.Add(ref _waiting, -batch.Count);
            }
        }
    }

    /// <summary>Takes what waits, up to a batch's size; whether there was anything.</summary>
    private bool TakeWaiting(List<IPending> batch)
    {
        int before = batch.Count;
        while (batch.Count < _options.BatchSize && _queue.Reader.TryRead(out IPending? pending))
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

    private async ValueTask RunBatchAsync(List<IPending> batch)
    {
        StoreException? failure = await TryBatchAsync(batch, mayGrow: true).ConfigureAwait(false);
        if (failure is null)
        {
            return;
        }

        _options.OnStoreFault?.Invoke(failure);
        if (failure.IsTransient || failure.OutcomeUnknown || batch.Count == 1)
        {
            batch.ForEach(pending => pending.Fail(failure));
            return;
        }

        // Something in this batch cannot be stored. Nobody else may suffer for it, so each command goes alone.
        var one = new List<IPending>(1);
        foreach (IPending pending in batch)
        {
            one.Clear();
            one.Add(pending);
            if (await TryBatchAsync(one, mayGrow: false).ConfigureAwait(false) is { } own)
            {
                pending.Fail(own);
            }
        }
    }

    /// <summary>Runs a batch to its end; the failure of the store, where the batch as a whole did not get through.</summary>
    private async ValueTask<StoreException?> TryBatchAsync(List<IPending> batch, bool mayGrow)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                await DecideAndCommitAsync(batch, mayGrow).ConfigureAwait(false);
                return null;
            }
            catch (StoreException stale) when (stale.IsStale && tries < StaleTries)
            {
                // Another node's commit came between our load and ours: decide again on what it left.
            }
            catch (StoreException failure)
            {
                return failure;
            }
#pragma warning disable CA1031 // A store that throws anything else is a bug that must not end the writer.
            catch (Exception unexpected)
            {
                return new StoreException("The store failed.", unexpected);
            }
#pragma warning restore CA1031
        }
    }

    private async ValueTask DecideAndCommitAsync(List<IPending> batch, bool mayGrow)
    {
        long unixMs = _options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        KeySet keys = Touch(batch, 0, unixMs);
        Change[] changes = [];
        bool isCommitted = false;
        try
        {
            HomeTransaction transaction = await _store.BeginAsync(keys, CancellationToken.None).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                transaction.Workspace.Attach(Context);
                Decide(batch, 0, transaction.Workspace);

                // Who came while these were loaded and decided shares their commit, and so does whoever comes while those are.
                for (int decided = batch.Count; mayGrow && transaction.TakesMore && TakeWaiting(batch); decided = batch.Count)
                {
                    await transaction.LoadMoreAsync(Touch(batch, decided, unixMs), CancellationToken.None).ConfigureAwait(false);
                    Decide(batch, decided, transaction.Workspace);
                }

                changes = [.. transaction.Workspace.Changes()];
                if (changes.Length > 0)
                {
                    await CommitAsync(transaction).ConfigureAwait(false);
                    isCommitted = true;
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
#pragma warning restore CA1031

        foreach (IPending pending in batch)
        {
            pending.Complete();
        }
    }

    private KeySet Touch(List<IPending> batch, int from, long unixMs)
    {
        var keys = new KeySet(Context);
        for (int i = from; i < batch.Count; i++)
        {
            batch[i].Touch(keys, unixMs, _options);
        }

        return keys;
    }

    private void Decide(List<IPending> batch, int from, Workspace workspace)
    {
        for (int i = from; i < batch.Count; i++)
        {
            if (batch[i].Decide(workspace, _options))
            {
                workspace.Keep();
            }
            else
            {
                workspace.RollBack();
            }
        }
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

    private interface IPending
    {
        bool IsWithdrawn { get; }

        void Touch(KeySet keys, long unixMs, HomeOptions options);

        bool Decide(Workspace workspace, HomeOptions options);

        void Complete();

        void Fail(Exception exception);

        void Withdraw();
    }

    private sealed class Pending<T>(Command<T> command, CancellationToken cancellationToken) : IPending
    {
        private readonly byte[] _seed = new byte[32];
        private Moment _now;
        private Decision<T>? _decision;
        private Exception? _fault;

        public TaskCompletionSource<Executed<T>> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsWithdrawn => cancellationToken.IsCancellationRequested;

        public void Touch(KeySet keys, long unixMs, HomeOptions options)
        {
            options.FillSeed(_seed);
            (_now, _decision, _fault) = (new Moment(unixMs, _seed), null, null);
            Guard(() => command.Touch(keys, _now), options);
        }

        public bool Decide(Workspace workspace, HomeOptions options)
        {
            if (_fault is null)
            {
                Guard(() => _decision = command.Decide(workspace, _now), options);
            }

            return _decision is Accepted<T>;
        }

        public void Complete()
        {
            if (_fault is { } fault)
            {
                Completion.TrySetException(fault);
            }
            else
            {
                HomeMetrics.Commands.Add(1, new("command", command.GetType().Name), new("accepted", _decision is Accepted<T>));
                Completion.TrySetResult(new Executed<T>(_decision!, _now));
            }
        }

        public void Fail(Exception exception) => Completion.TrySetException(exception);

        public void Withdraw() => Completion.TrySetCanceled(cancellationToken);

        private void Guard(Action step, HomeOptions options)
        {
            try
            {
                step();
            }
#pragma warning disable CA1031 // Whatever a command throws is its own bug and may not reach the batch.
            catch (Exception bug)
            {
                (_decision, _fault) = (null, new CommandException(command.GetType().Name, bug));
                options.OnCommandFault?.Invoke(command.GetType().Name, bug);
            }
#pragma warning restore CA1031
        }
    }
}

/// <summary>What came of a command.</summary>
/// <param name="Decision">Accepted or rejected.</param>
/// <param name="At">The instant at which it was decided.</param>
public readonly record struct Executed<T>(Decision<T> Decision, Moment At);

/// <summary>A command threw: a bug of that command, which changed nothing.</summary>
public sealed class CommandException(string command, Exception inner) : Exception($"The command {command} failed.", inner);
