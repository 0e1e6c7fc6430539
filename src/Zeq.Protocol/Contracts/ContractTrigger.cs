namespace Zeq.Protocol;

/// <summary>
/// What makes a transition fire by itself (spec 20 §3, spec 05 rule 24): one of the nested cases, and no other. A trigger is armed while
/// the contract is in the state that its transition leaves.
/// </summary>
public abstract record ContractTrigger
{
    /// <summary>The longest time that a timer counts, in Zeqonds: about a year.</summary>
    public const long MaxZeqonds = 40_000_000;

    /// <summary>The longest window of an aggregate, in Zeqonds.</summary>
    public const long MaxWindowZeqonds = 86_400;

    /// <summary>The most events that are counted together.</summary>
    public const int MaxCount = 10_000;

    /// <summary>The most types of events of one trigger.</summary>
    public const int MaxEvents = 16;

    private ContractTrigger()
    {
    }

    /// <summary>Whether it looks at rows of the machine's chain.</summary>
    public virtual bool ReadsChain => false;

    /// <summary>Every so many Zeqonds, counted from when it is armed.</summary>
    public sealed record Every(long Zeqonds) : ContractTrigger;

    /// <summary>At the times of a cron line.</summary>
    public sealed record Cron(CronSchedule Schedule) : ContractTrigger;

    /// <summary>Once, at an instant in seconds since the Unix epoch; used up even where the condition does not hold then.</summary>
    public sealed record OneShot(long AtUnix) : ContractTrigger;

    /// <summary>So many Zeqonds after the contract entered the state, and from then on until the condition holds.</summary>
    public sealed record After(long Zeqonds) : ContractTrigger;

    /// <summary>As soon as the condition holds, looked at every so many Zeqonds: an <c>auto</c> transition without a trigger.</summary>
    public sealed record Tick(long Zeqonds) : ContractTrigger;

    /// <summary>At a number of rows of any of these types, counted together.</summary>
    public sealed record OnEvents(IReadOnlyList<string> Events, long Count) : ContractTrigger
    {
        /// <inheritdoc/>
        public override bool ReadsChain => true;
    }

    /// <summary>When an aggregate over the newest rows of a type passes a bound.</summary>
    /// <param name="Event">The type of the rows.</param>
    /// <param name="Field">The member of their payload, a path; null where rows are counted.</param>
    /// <param name="Function">What is made of the members.</param>
    /// <param name="OverZeqonds">How far back it looks.</param>
    /// <param name="Operator">How it is compared: one of <c>&lt; &lt;= &gt; &gt;= == !=</c>.</param>
    /// <param name="Value">With what.</param>
    public sealed record OnAggregate(string Event, IReadOnlyList<string>? Field, AggregateFunction Function, long OverZeqonds, string Operator, double Value) : ContractTrigger
    {
        /// <inheritdoc/>
        public override bool ReadsChain => true;
    }
}

/// <summary>What an aggregate makes of the members of rows.</summary>
public enum AggregateFunction
{
    /// <summary>How many rows there are.</summary>
    Count,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Avg,

    /// <summary>The least.</summary>
    Min,

    /// <summary>The greatest.</summary>
    Max,
}
