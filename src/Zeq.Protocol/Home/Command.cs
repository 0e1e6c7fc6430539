namespace Zeq.Protocol;

/// <summary>
/// One atomic change of a home. Immutable. It names the rows it touches, and decides from them, from the moment and from nothing else:
/// no I/O, no clock, no randomness of its own. Any node of the home may run it.
/// </summary>
/// <typeparam name="TResult">What an accepted command answers.</typeparam>
public abstract record Command<TResult>
{
    /// <summary>Whether the command is taken while the clock is suspect (spec 05 rule 25); only what mends a clock is.</summary>
    public virtual bool IgnoresClock => false;

    /// <summary>Names every row that <see cref="Decide"/> may read or change.</summary>
    public abstract void Touch(KeySet keys, Moment now);

    /// <summary>Accepts with its changes staged, or rejects with nothing that stays.</summary>
    public abstract Decision<TResult> Decide(Workspace home, Moment now);

    /// <summary>The command is accepted.</summary>
    protected static Decision<TResult> Accept(TResult result) => new Accepted<TResult>(result);

    /// <summary>A rule says no.</summary>
    protected static Decision<TResult> Reject(RejectionCode code, string message) => new Rejected<TResult>(new Rejection(code, message));
}

/// <summary>What a command decided: <see cref="Accepted{T}"/> or <see cref="Rejected{T}"/>.</summary>
/// <typeparam name="T">What an accepted command answers.</typeparam>
public abstract record Decision<T>
{
    private protected Decision()
    {
    }
}

/// <summary>The command was accepted, and its changes are durable once <see cref="Home"/> has answered.</summary>
/// <param name="Result">The answer.</param>
public sealed record Accepted<T>(T Result) : Decision<T>;

/// <summary>A rule said no; nothing changed.</summary>
/// <param name="Why">Which rule.</param>
public sealed record Rejected<T>(Rejection Why) : Decision<T>;

/// <summary>Why a rule said no.</summary>
/// <param name="Code">The class of the refusal; one class has one code on the wire.</param>
/// <param name="Message">One sentence for people, without secrets.</param>
public sealed record Rejection(RejectionCode Code, string Message)
{
    /// <summary>What is wrong with each of several things asked for.</summary>
    public IReadOnlyList<RejectionDetail> Details { get; init; } = [];
}

/// <summary>What is wrong with one of several things asked for.</summary>
/// <param name="Subject">The field or the token id.</param>
/// <param name="Code">The class of the refusal.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record RejectionDetail(string Subject, RejectionCode Code, string Message);
