using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Steps that are due, in one lane for each home that is asked: so many at a time in all, of one home and for one ZID (spec 05 rule 15).
/// A step that ends lets the next one in at once; a home that answers slowly holds up its own lane alone. Thread-safe.
/// </summary>
/// <param name="settle">Settles one step; never throws.</param>
internal sealed class StepLanes(Func<PeerStep, Task> settle)
{
    /// <summary>Half of what a home may have under way: the other half is for requests.</summary>
    private const int InAll = 32;

    private const int PerHome = 4;
    private const int PerZid = 2;

    /// <summary>What waits of one home; more stays in the store until there is room.</summary>
    private const int MaxWaitingPerHome = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _perZid = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<Task> _running = [];

    /// <summary>Takes a step in, unless it is in already or its home's lane is full.</summary>
    public void Add(PeerStep step)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(step.HomeOrigin.Text, out Lane? lane))
            {
                _lanes[step.HomeOrigin.Text] = lane = new Lane();
            }

            if (lane.Waiting.Count < MaxWaitingPerHome && _taken.Add(step.StepId))
            {
                // What it holds is read again when its turn comes.
                lane.Waiting.AddLast(step with { Sealed = [], Receipt = null });
            }
        }
    }

    /// <summary>Starts what may start.</summary>
    public void Start()
    {
        var starting = new List<PeerStep>();
        lock (_lock)
        {
            // Lane by lane, one each, until none has any that may start.
            for (bool any = true; any && _running.Count + starting.Count < InAll;)
            {
                any = false;
                foreach (Lane lane in _lanes.Values)
                {
                    if (_running.Count + starting.Count < InAll && Next(lane) is { } step)
                    {
                        starting.Add(step);
                        any = true;
                    }
                }
            }

            foreach (PeerStep step in starting)
            {
                // On another thread: nothing of the step runs under the lock.
                Task task = Task.Run(() => settle(step));
                _running.Add(task);
                _ = task.ContinueWith(ended => Ended(ended, step), TaskScheduler.Default);
            }
        }
    }

    /// <summary>Forgets what waits, and waits for what is under way.</summary>
    public async Task StopAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _lanes.Clear();
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private PeerStep? Next(Lane lane)
    {
        if (lane.Running >= PerHome)
        {
            return null;
        }

        for (LinkedListNode<PeerStep>? node = lane.Waiting.First; node is not null; node = node.Next)
        {
            string zid = node.Value.Zid.Text;
            if (_perZid.GetValueOrDefault(zid) < PerZid)
            {
                lane.Waiting.Remove(node);
                lane.Running++;
                _perZid[zid] = _perZid.GetValueOrDefault(zid) + 1;
                return node.Value;
            }
        }

        return null;
    }

    private void Ended(Task task, PeerStep step)
    {
        lock (_lock)
        {
            _running.Remove(task);
            _taken.Remove(step.StepId);
            if (--_perZid[step.Zid.Text] == 0)
            {
                _perZid.Remove(step.Zid.Text);
            }

            if (_lanes.TryGetValue(step.HomeOrigin.Text, out Lane? lane))
            {
                lane.Running--;
                if (lane.Running == 0 && lane.Waiting.Count == 0)
                {
                    _lanes.Remove(step.HomeOrigin.Text);
                }
            }
        }

        Start();
    }

    private sealed class Lane
    {
        public LinkedList<PeerStep> Waiting { get; } = new();

        public int Running { get; set; }
    }
}
