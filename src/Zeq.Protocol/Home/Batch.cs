namespace Zeq.Protocol;

/// <summary>Commands that share a commit, stamped with one instant. Not thread-safe: it passes from the loop to the commit.</summary>
internal sealed class Batch(HomeContext context, HomeOptions options)
{
    private readonly List<IPending> _commands = [];
    private long _unixMs;
    private int _decided;

    /// <summary>How many commands there are.</summary>
    public int Count => _commands.Count;

    /// <summary>Adds a command, to be decided after those before it.</summary>
    public void Add(IPending pending) => _commands.Add(pending);

    /// <summary>Loads the rows of all commands and decides them, from the beginning, whatever was decided before.</summary>
    /// <returns>The transaction that holds what they staged; the caller commits and disposes it.</returns>
    public async ValueTask<HomeTransaction> DecideAsync(IHomeStore store)
    {
        _decided = 0;
        _unixMs = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        HomeTransaction transaction = await store.BeginAsync(Touch(), CancellationToken.None).ConfigureAwait(false);
        transaction.Workspace.Attach(context);
        Decide(transaction.Workspace);
        return transaction;
    }

    /// <summary>Loads the rows of the commands that were added since, and decides them on what the others staged.</summary>
    public async ValueTask DecideMoreAsync(HomeTransaction transaction)
    {
        await transaction.LoadMoreAsync(Touch(), CancellationToken.None).ConfigureAwait(false);
        Decide(transaction.Workspace);
    }

    /// <summary>Answers everyone: what they staged is durable.</summary>
    public void Complete() => _commands.ForEach(static pending => pending.Complete());

    /// <summary>Answers everyone: the store failed.</summary>
    public void Fail(StoreException failure) => _commands.ForEach(pending => pending.Fail(failure));

    /// <summary>A batch for each command.</summary>
    public IEnumerable<Batch> Split()
    {
        foreach (IPending pending in _commands)
        {
            var one = new Batch(context, options);
            one.Add(pending);
            yield return one;
        }
    }

    private KeySet Touch()
    {
        var keys = new KeySet(context);
        for (int i = _decided; i < _commands.Count; i++)
        {
            _commands[i].Touch(keys, _unixMs, options);
        }

        return keys;
    }

    private void Decide(Workspace workspace)
    {
        for (; _decided < _commands.Count; _decided++)
        {
            if (_commands[_decided].Decide(workspace, options))
            {
                workspace.Keep();
            }
            else
            {
                workspace.RollBack();
            }
        }
    }
}
