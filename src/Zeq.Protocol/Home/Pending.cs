namespace Zeq.Protocol;

/// <summary>A command in the writer's hands, whatever it answers.</summary>
internal interface IPending
{
    bool IsWithdrawn { get; }

    void Touch(KeySet keys, long unixMs, HomeOptions options);

    bool Decide(Workspace workspace, HomeOptions options);

    void Complete();

    void Fail(Exception exception);

    void Withdraw();
}

/// <summary>A command, its decision, and who waits for it.</summary>
internal sealed class Pending<T>(Command<T> command, CancellationToken cancellationToken) : IPending
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
