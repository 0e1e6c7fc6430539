using System.Collections.Concurrent;

namespace Zeq.Protocol;

/// <summary>
/// Fires what is due (spec 20 §3, spec 05 rule 24). Called once per Zeqond on every node of a home. That a due trigger fires exactly once
/// rests on the store alone: a trigger's row changes in the commit of what it fires, so of two nodes one wins. What came due while nobody
/// looked is one look. Owners take turns, one trigger each, so that nobody's contracts keep out anybody else's.
/// </summary>
/// <param name="desk">Prepares transitions.</param>
public sealed class ContractClock(ContractDesk desk)
{
    /// <summary>The most triggers that are read in a tick.</summary>
    private const int MostRead = 4_096;

    private const int Lanes = 4;
    private const int MaxRemembered = 8_192;
    private static readonly TimeSpan TickBudget = TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs);

    private readonly ContractLooks _looks = new(desk);
    private readonly Dictionary<Zid, long> _served = [];
    private long _dueFrom;
    private long _ticks;

    /// <summary>Looks at everything that is due, or at as much of it as one Zeqond allows; the next call begins with whoever came last.</summary>
    /// <param name="fault">Told of a trigger that failed in a way that no rule foresees; the others go on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many transitions fired.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task<int> TickAsync(Action<Exception>? fault = null, CancellationToken cancellationToken = default)
    {
        Home home = desk.Home;
        long began = home.Time.GetTimestamp();
        _ticks++;
        IReadOnlyList<ContractTriggerRow> due = await ReadDueAsync(cancellationToken).ConfigureAwait(false);
        if (due.Count == 0)
        {
            return 0;
        }

        var tick = new ContractTick(home.Reader);
        var owners = new Dictionary<Zid, Queue<(Machine Machine, ContractTriggerRow Trigger)>>();
        foreach (ContractTriggerRow trigger in due)
        {
            if (await tick.MachineAsync(trigger.Machine, cancellationToken).ConfigureAwait(false) is { } machine)
            {
                if (!owners.TryGetValue(machine.Owner, out Queue<(Machine, ContractTriggerRow)>? queue))
                {
                    owners[machine.Owner] = queue = new();
                }

                queue.Enqueue((machine, trigger));
            }
        }

        if (_served.Count > MaxRemembered)
        {
            _served.Clear();
        }

        var turns = new ConcurrentQueue<Zid>(owners.Keys.OrderBy(owner => _served.GetValueOrDefault(owner)));
        int fired = 0;
        async Task LaneAsync()
        {
            while (home.Time.GetElapsedTime(began) < TickBudget && turns.TryDequeue(out Zid owner))
            {
                Queue<(Machine Machine, ContractTriggerRow Trigger)> queue = owners[owner];
                (Machine machine, ContractTriggerRow trigger) = queue.Dequeue();
                lock (_served)
                {
                    _served[owner] = _ticks;
                }

                try
                {
                    if (await _looks.LookAsync(tick, machine, trigger, cancellationToken).ConfigureAwait(false))
                    {
                        Interlocked.Increment(ref fired);
                    }
                }
#pragma warning disable CA1031 // One contract's failure is its own: it is looked at again, and is in nobody's way meanwhile.
                catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    fault?.Invoke(failure);
                }
#pragma warning restore CA1031

                if (queue.Count > 0)
                {
                    turns.Enqueue(owner);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(Lanes, owners.Count)).Select(_ => LaneAsync())).ConfigureAwait(false);
        return fired;
    }

    private async Task<IReadOnlyList<ContractTriggerRow>> ReadDueAsync(CancellationToken cancellationToken)
    {
        Home home = desk.Home;
        long now = Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        Query<ContractTriggerRow> query = new Query<ContractTriggerRow>(ContractTriggerRow.Table)
            .Where("status", Comparison.Equal, Cell.Of((long)TriggerStatus.Armed))
            .Where("due_zeqond", Comparison.AtMost, Cell.Of(now))
            .Where("due_zeqond", Comparison.AtLeast, Cell.Of(_dueFrom))
            .OrderBy(false, "due_zeqond").Take(MostRead);
        var due = new List<ContractTriggerRow>();
        await foreach (ContractTriggerRow trigger in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            due.Add(trigger);
        }

        // More than one look takes in: the next look goes on behind them.
        _dueFrom = due.Count < MostRead ? 0 : Math.Max(due[^1].Due.Value, _dueFrom + 1);
        return due;
    }
}

/// <summary>What the looks of one tick share.</summary>
internal sealed class ContractTick(IHomeReader reader)
{
    private readonly ConcurrentDictionary<string, Machine?> _machines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _heads = new(StringComparer.Ordinal);

    public IHomeReader Reader => reader;

    public async ValueTask<Machine?> MachineAsync(Slug slug, CancellationToken cancellationToken)
    {
        if (!_machines.TryGetValue(slug.Text, out Machine? machine))
        {
            machine = await reader.FindAsync(Machine.Table, slug.Text, cancellationToken).ConfigureAwait(false);
            _machines[slug.Text] = machine;
        }

        return machine;
    }

    /// <summary>The number of the newest row of a chain, as of the first look of this tick.</summary>
    public async ValueTask<long> HeadAsync(Slug slug, CancellationToken cancellationToken)
    {
        if (!_heads.TryGetValue(slug.Text, out long head))
        {
            head = (await reader.FindAsync(ChainHead.Table, slug.Text, cancellationToken).ConfigureAwait(false))?.Seq ?? 0;
            _heads[slug.Text] = head;
        }

        return head;
    }
}
