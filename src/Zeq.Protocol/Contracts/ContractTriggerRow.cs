using System.Globalization;

namespace Zeq.Protocol;

/// <summary>Where a trigger stands.</summary>
public enum TriggerStatus
{
    /// <summary>The contract is in another state, or has ended.</summary>
    Idle = 0,

    /// <summary>It is looked at when it is due.</summary>
    Armed = 1,

    /// <summary>The contract is paused.</summary>
    Held = 2,

    /// <summary>A one-shot that is used up.</summary>
    Used = 3,
}

/// <summary>
/// A trigger of a contract. It changes in the commit of the transition that it fires, and by its version only once for each look: two
/// nodes that find it due race, and one of them wins.
/// </summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Rule">The transition's place in the definition, three digits.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Due">When it is looked at next.</param>
/// <param name="Cursor">The newest row of the chain that it has taken into account.</param>
/// <param name="Count">How many events it has counted.</param>
/// <param name="Fires">How often it fired.</param>
/// <param name="LastFired">When it fired last; null before.</param>
/// <param name="Changes">How often it changed.</param>
public sealed record ContractTriggerRow(
    string ContractId, string Rule, Slug Machine, TriggerStatus Status, Zeqond Due, long Cursor, long Count, long Fires, Zeqond? LastFired, long Changes)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ContractTriggerRow> Table { get; } = Protocol.Table.Of<ContractTriggerRow>("contract_triggers")
        .Key("contract_id", t => t.ContractId)
        .Key("rule", t => t.Rule)
        .Text("slug", t => t.Machine.Text)
        .ChangingInteger("status", t => (long)t.Status)
        .ChangingInteger("due_zeqond", t => t.Due.Value)
        .ChangingInteger("cursor_seq", t => t.Cursor)
        .ChangingInteger("events", t => t.Count)
        .ChangingInteger("fires", t => t.Fires)
        .ChangingOptionalInteger("last_fired_zeqond", t => t.LastFired?.Value)
        .Version("changes", t => t.Changes)
        .Build(c => new ContractTriggerRow(
            c.Text(), c.Text(), Slug.Parse(c.Text()), (TriggerStatus)c.Integer(), new Zeqond(c.Integer()), c.Integer(), c.Integer(), c.Integer(),
            c.OptionalInteger() is { } fired ? new Zeqond(fired) : null, c.Integer()));

    /// <summary>The name of a transition's trigger in its contract.</summary>
    public static string RuleOf(int index) => index.ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>The key of a trigger.</summary>
    public static string KeyOf(string contractId, int index) => $"{contractId}|{RuleOf(index)}";

    /// <summary>The transition's place in the definition.</summary>
    public int Index => int.Parse(Rule, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>A trigger of a new contract, not yet armed.</summary>
    internal static ContractTriggerRow New(string contractId, int index, Slug machine) =>
        new(contractId, RuleOf(index), machine, TriggerStatus.Idle, default, 0, 0, 0, null, 0);

    /// <summary>Armed anew: the contract has entered the state that its transition leaves.</summary>
    internal ContractTriggerRow Arm(ContractTrigger trigger, Moment now, long head) => Status == TriggerStatus.Used ? this : this with
    {
        Status = TriggerStatus.Armed,
        Due = TriggerTimes.First(trigger, now),
        Cursor = head,
        Count = 0,
        Changes = Changes + 1,
    };

    /// <summary>Not armed any more.</summary>
    internal ContractTriggerRow Disarm() => Status is TriggerStatus.Used or TriggerStatus.Idle ? this : this with { Status = TriggerStatus.Idle, Changes = Changes + 1 };
}

/// <summary>When triggers are due. Pure.</summary>
public static class TriggerTimes
{
    private const int MaxBackoffShift = 6;

    /// <summary>When a trigger that is armed now is looked at first.</summary>
    public static Zeqond First(ContractTrigger trigger, Moment now) => trigger switch
    {
        ContractTrigger.Every every => Later(now, every.Zeqonds),
        ContractTrigger.After after => Later(now, after.Zeqonds),
        ContractTrigger.Tick tick => Later(now, tick.Zeqonds),
        ContractTrigger.OneShot once => AtUnix(once.AtUnix),
        ContractTrigger.Cron cron => NextCron(cron.Schedule, now),
        _ => Later(now, 1),
    };

    /// <summary>
    /// When it is looked at next, given that it was due and has been looked at now: a timer keeps its beat, and what it missed meanwhile is
    /// this one look (spec 05 rule 24).
    /// </summary>
    public static Zeqond Next(ContractTrigger trigger, Zeqond due, Moment now) => trigger switch
    {
        ContractTrigger.Every every => new Zeqond(due.Value + (((Math.Max(now.Zeqond.Value - due.Value, 0) / every.Zeqonds) + 1) * every.Zeqonds)),
        ContractTrigger.Cron cron => NextCron(cron.Schedule, now),
        ContractTrigger.Tick tick => Later(now, tick.Zeqonds),
        _ => Later(now, 1),
    };

    /// <summary>When it is tried again after so many failures in a row: 1, 2, 4 … 64 Zeqonds later.</summary>
    public static Zeqond Retry(Moment now, long failures) => Later(now, 1L << (int)Math.Clamp(failures - 1, 0, MaxBackoffShift));

    /// <summary>The first Zeqond that begins at or after an instant.</summary>
    public static Zeqond AtUnix(long unixSeconds) => new(((unixSeconds * 1000) + KernelConstants.ZeqondMs - 1) / KernelConstants.ZeqondMs);

    private static Zeqond Later(Moment now, long zeqonds) => new(now.Zeqond.Value + zeqonds);

    private static Zeqond NextCron(CronSchedule schedule, Moment now) =>
        schedule.NextAfter(Math.Max(now.UnixMs, 0) / 1000) is { } next ? AtUnix(next) : new Zeqond(AuditRun.MaxInteger);
}
