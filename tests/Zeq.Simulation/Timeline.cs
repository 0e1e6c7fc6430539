using System.Runtime.CompilerServices;

namespace Zeq.Simulation;

/// <summary>
/// Virtual time, and everything that will happen in it. One event runs at a time; the next one only when nothing that the last one set off
/// can go on. So a run is a function of its seed.
/// </summary>
internal sealed class Timeline(int seed)
{
    private readonly PriorityQueue<Action, (long AtUs, long Order)> _queue = new();
    private long _order;

    /// <summary>The instant, in microseconds since the run began.</summary>
    public long NowUs { get; private set; }

    /// <summary>Every choice of the run comes from here.</summary>
    public Random Random { get; } = new(seed);

    /// <summary>FNV-1a over all that was noted: equal for two runs of one seed.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    /// <summary>Told each line of the trace, where somebody wants to read it.</summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>What went wrong first, if anything did.</summary>
    public Exception? Fault { get; private set; }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public long Between(long fromUs, long toUs) => Random.NextInt64(fromUs, toUs);

    public T Pick<T>(IReadOnlyList<T> among) => among[Random.Next(among.Count)];

    public void In(long us, Action happens) => _queue.Enqueue(happens, (NowUs + us, _order++));

    public Task DelayAsync(long us)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        In(us, over.SetResult);
        return over.Task;
    }

    public void Note(string what)
    {
        string line = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{NowUs,10} {what}");
        ulong hash = TraceHash;
        foreach (char c in line)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        TraceHash = hash;
        OnNote?.Invoke(line);
    }

    /// <summary>Ends the run as failed: the first fault counts.</summary>
    public void Fail(Exception fault) => Fault ??= fault;

    /// <summary>Keeps an eye on a task that nobody awaits.</summary>
    public async void Watch(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Fail(fault);
        }
    }

    /// <summary>Lets time pass until something is so, at most so long; whether it came to be so.</summary>
    public async Task<bool> RunAsync(long mostUs, Func<bool> isOver)
    {
        long end = NowUs + mostUs;
        while (true)
        {
            await new Quiet();
            if (Fault is not null)
            {
                throw new SimulationFault("The run failed.", Fault);
            }

            if (isOver())
            {
                return true;
            }

            if (!_queue.TryPeek(out _, out (long AtUs, long Order) next) || next.AtUs > end)
            {
                NowUs = end;
                return false;
            }

            Action happens = _queue.Dequeue();
            NowUs = next.AtUs;
            happens();
        }
    }

    /// <summary>Waits until nothing else can run on the pool's one thread.</summary>
    private readonly struct Quiet : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Quiet GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(new Turn(continuation), preferLocal: false);
    }

    private sealed class Turn(Action continuation) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (ThreadPool.PendingWorkItemCount > 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
            else
            {
                continuation();
            }
        }
    }
}

/// <summary>A run showed that something is wrong.</summary>
internal sealed class SimulationFault(string message, Exception? inner = null) : Exception(message, inner);
