using System.Collections.Concurrent;

namespace Zeq.Protocol;

/// <summary>Looks at triggers that are due: fires what fires, and keeps what became of the rest. Thread-safe.</summary>
internal sealed class ContractLooks(ContractDesk desk)
{
    /// <summary>The most rows that one look of an event trigger reads.</summary>
    private const int MaxEventRows = 512;

    /// <summary>The most rows that one look of an aggregate reads, the newest.</summary>
    private const int MaxAggregateRows = 4_096;

    /// <summary>A look that found nothing in fewer rows is not kept: the next one reads them again.</summary>
    private const int MinAdvance = 32;

    private const int MaxRemembered = 4_096;

    private readonly ConcurrentDictionary<(string Key, long Changes), Window> _windows = new();

    /// <summary>Looks at one trigger; whether its transition fired.</summary>
    public async Task<bool> LookAsync(ContractTick tick, Machine machine, ContractTriggerRow trigger, CancellationToken cancellationToken)
    {
        if (await tick.Reader.FindAsync(Contract.Table, trigger.ContractId, cancellationToken).ConfigureAwait(false) is not { } contract || contract.IsPaused)
        {
            return false;
        }

        ContractTransitionRule rule = desk.DefinitionOf(contract).Transitions[trigger.Index];
        if (contract.State != rule.From)
        {
            return false;
        }

        var look = new Look(machine, contract, rule, trigger);
        return rule.Trigger switch
        {
            ContractTrigger.OnEvents events => await LookAtEventsAsync(tick, look, events, cancellationToken).ConfigureAwait(false),
            ContractTrigger.OnAggregate aggregate => await LookAtAggregateAsync(tick, look, aggregate, cancellationToken).ConfigureAwait(false),
            _ => await FireAsync(look, ContractInput.Empty, trigger.Cursor, 0, cancellationToken).ConfigureAwait(false) == Outcome.Fired,
        };
    }

    private async Task<bool> LookAtEventsAsync(ContractTick tick, Look look, ContractTrigger.OnEvents events, CancellationToken cancellationToken)
    {
        ContractTriggerRow trigger = look.Trigger;
        long head = await tick.HeadAsync(trigger.Machine, cancellationToken).ConfigureAwait(false);
        if (head <= trigger.Cursor)
        {
            return false;
        }

        // One row more than is taken into account: whether a compute is the contract's own is said by the row after it.
        var rows = new List<ChainRow>();
        await foreach (ChainRow row in tick.Reader.ReadChainAsync(trigger.Machine, trigger.Cursor + 1, trigger.Cursor + MaxEventRows + 1, cancellationToken).ConfigureAwait(false))
        {
            rows.Add(row);
        }

        long cursor = trigger.Cursor;
        long count = trigger.Count;
        bool isPassed = false;
        for (int i = 0; i < Math.Min(rows.Count, MaxEventRows); i++)
        {
            ChainRow? next = i + 1 < rows.Count ? rows[i + 1] : null;
            if (events.Events.Any(type => ContractEvents.Is(rows[i], next, type, trigger.ContractId)) && ++count >= events.Count)
            {
                Outcome outcome = await FireAsync(look, ContractEvents.InputOf(rows[i]), rows[i].Seq, 0, cancellationToken).ConfigureAwait(false);
                if (outcome != Outcome.Passed)
                {
                    return outcome == Outcome.Fired;
                }

                (count, isPassed) = (0, true);
            }

            cursor = rows[i].Seq;
        }

        if (isPassed || cursor - trigger.Cursor >= MinAdvance || count != trigger.Count)
        {
            await NoteAsync(look, null, TriggerStatus.Armed, TriggerTimes.Next(events, trigger.Due, Now), cursor, count, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    private async Task<bool> LookAtAggregateAsync(ContractTick tick, Look look, ContractTrigger.OnAggregate aggregate, CancellationToken cancellationToken)
    {
        ContractTriggerRow trigger = look.Trigger;
        long head = await tick.HeadAsync(trigger.Machine, cancellationToken).ConfigureAwait(false);
        (string, long Changes) key = (ContractTriggerRow.KeyOf(trigger.ContractId, trigger.Index), trigger.Changes);
        long now = Now.Zeqond.Value;
        if (!_windows.TryGetValue(key, out Window? window) || window.Head != head || now >= window.ChangesAt)
        {
            window = await ReadAsync(tick, trigger, aggregate, head, now, cancellationToken).ConfigureAwait(false);
            if (_windows.Count >= MaxRemembered)
            {
                _windows.Clear();
            }

            _windows[key] = window;
        }

        return window.Value is { } value && Passes(aggregate, value)
            && await FireAsync(look, ContractEvents.InputOf(aggregate, value, window.Count), head, 0, cancellationToken).ConfigureAwait(false) == Outcome.Fired;
    }

    private static async Task<Window> ReadAsync(ContractTick tick, ContractTriggerRow trigger, ContractTrigger.OnAggregate aggregate, long head, long now, CancellationToken cancellationToken)
    {
        long from = now - aggregate.OverZeqonds;
        long changesAt = long.MaxValue;
        (long count, double sum, double least, double most) = (0, 0, double.PositiveInfinity, double.NegativeInfinity);
        ChainRow? next = null;
        Query<ChainRow> query = new Query<ChainRow>(ChainRow.Table).Where("slug", trigger.Machine.Text)
            .Where("seq", Comparison.AtMost, Cell.Of(head)).OrderBy(true, "slug", "seq").Take(MaxAggregateRows);
        await foreach (ChainRow row in tick.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (row.Zeqond.Value <= from)
            {
                break;
            }

            if (ContractEvents.Is(row, next, aggregate.Event, trigger.ContractId)
                && (aggregate.Field is null ? 0 : ContractEvents.NumberOf(await tick.Reader.WithPayloadAsync(row, cancellationToken).ConfigureAwait(false), aggregate.Field)) is { } number)
            {
                (count, sum, least, most) = (count + 1, sum + number, Math.Min(least, number), Math.Max(most, number));
                changesAt = row.Zeqond.Value + aggregate.OverZeqonds;
            }

            next = row;
        }

        double? value = aggregate.Function switch
        {
            AggregateFunction.Count => count,
            AggregateFunction.Sum => sum,
            _ when count == 0 => null,
            AggregateFunction.Avg => sum / count,
            AggregateFunction.Min => least,
            _ => most,
        };
        return new Window(head, changesAt, value is { } finite && double.IsFinite(finite) ? finite : null, count);
    }

    private static bool Passes(ContractTrigger.OnAggregate aggregate, double value) => aggregate.Operator switch
    {
        "<" => value < aggregate.Value,
        "<=" => value <= aggregate.Value,
        ">" => value > aggregate.Value,
        ">=" => value >= aggregate.Value,
        "==" => value == aggregate.Value,
        _ => value != aggregate.Value,
    };

    /// <summary>Fires a transition, where its condition holds; a look that came to nothing is kept, if there is anything to keep.</summary>
    private async Task<Outcome> FireAsync(Look look, ContractInput input, long cursor, long count, CancellationToken cancellationToken)
    {
        var seen = new TriggerLook(look.Trigger.Changes, cursor);
        PreparedTransition prepared = await desk.PrepareAsync(look.Machine.Owner, look.Contract, look.Rule, input, seen, cancellationToken).ConfigureAwait(false);
        Rejection? why = prepared.Why;
        if (prepared.Command is { } command)
        {
            Executed<TransitionResult> executed = await desk.Home.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
            why = (executed.Decision as Rejected<TransitionResult>)?.Why;
        }

        switch (why?.Code)
        {
            case null:
                return Outcome.Fired;
            case RejectionCode.Conflict or RejectionCode.NoTransition or RejectionCode.Paused or RejectionCode.ContractNotFound or RejectionCode.Busy or RejectionCode.ClockSuspect:
                // Somebody else's transition came first, or nothing is written now.
                return Outcome.Stopped;
            case RejectionCode.ConditionFailed when look.Rule.Trigger is not ContractTrigger.OneShot:
                return await PassAsync(look, cancellationToken).ConfigureAwait(false);
            default:
                await FailAsync(look, why, cursor, count, cancellationToken).ConfigureAwait(false);
                return Outcome.Stopped;
        }
    }

    private async Task<Outcome> PassAsync(Look look, CancellationToken cancellationToken)
    {
        if (!look.Rule.Trigger!.ReadsChain)
        {
            ContractTriggerRow trigger = look.Trigger;
            await NoteAsync(look, null, TriggerStatus.Armed, TriggerTimes.Next(look.Rule.Trigger, trigger.Due, Now), trigger.Cursor, trigger.Count, cancellationToken).ConfigureAwait(false);
        }

        return Outcome.Passed;
    }

    /// <summary>
    /// A failed automatic try. What fails again with the same event is passed over; what fuel or time can mend is tried again, later each
    /// time; a beat that failed is over.
    /// </summary>
    private Task FailAsync(Look look, Rejection why, long cursor, long count, CancellationToken cancellationToken)
    {
        ContractTriggerRow trigger = look.Trigger;
        ContractTrigger kind = look.Rule.Trigger!;
        bool isLasting = why.Code is RejectionCode.ConditionError or RejectionCode.ConditionFailed or RejectionCode.InvalidInputs
            or RejectionCode.PrecisionBound or RejectionCode.PrecisionUnknown;
        bool isOver = kind is ContractTrigger.Every or ContractTrigger.Cron || (kind is ContractTrigger.OnEvents && isLasting);
        TriggerStatus status = kind is ContractTrigger.OneShot && why.Code is RejectionCode.ConditionError or RejectionCode.ConditionFailed ? TriggerStatus.Used : TriggerStatus.Armed;
        Zeqond? due = isOver ? TriggerTimes.Next(kind, trigger.Due, Now) : null;
        var failed = new FailedTry(look.Rule.To, Contract.Automatic(look.Machine.Owner).Actor, why.Code, why.Message);
        return NoteAsync(look, failed, status, due, isOver ? cursor : trigger.Cursor, isOver ? count : trigger.Count, cancellationToken);
    }

    private async Task NoteAsync(Look look, FailedTry? failed, TriggerStatus status, Zeqond? due, long cursor, long count, CancellationToken cancellationToken)
    {
        // A note that another one overtakes is dropped: the trigger is looked at again.
        var note = new NoteTry(
            look.Contract.Machine, look.Contract.Id, desk.DefinitionOf(look.Contract), look.Contract.Failures, failed,
            new TriggerNote(look.Rule.Index, look.Trigger.Changes, status, due, cursor, count));
        await desk.Home.ExecuteAsync(note, cancellationToken).ConfigureAwait(false);
    }

    private Moment Now => new(desk.Home.Time.GetUtcNow().ToUnixTimeMilliseconds(), default);

    private enum Outcome
    {
        Fired,
        Passed,
        Stopped,
    }

    private sealed record Look(Machine Machine, Contract Contract, ContractTransitionRule Rule, ContractTriggerRow Trigger);

    /// <summary>What an aggregate came to, and when it may come to something else without a new row.</summary>
    private sealed record Window(long Head, long ChangesAt, double? Value, long Count);
}
