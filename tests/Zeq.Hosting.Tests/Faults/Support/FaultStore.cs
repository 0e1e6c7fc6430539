using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// A store that can die: from then on it answers nothing, as if the process had been killed at that instant. What was committed before
/// is in the file, what was not is not.
/// </summary>
internal sealed class FaultStore(IHomeStore inner) : IHomeStore
{
    private volatile bool _isDead;

    /// <summary>Called before a commit is written; true kills the home there.</summary>
    public Func<bool> BeforeCommit { get; set; } = static () => false;

    /// <summary>Called once a commit is durable; true kills the home there.</summary>
    public Func<bool> AfterCommit { get; set; } = static () => false;

    public bool IsDead => _isDead;

    public string Description => inner.Description;

    public void Die() => _isDead = true;

    public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        RequireAlive();
        return new Transaction(this, await inner.BeginAsync(keys, cancellationToken));
    }

    public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class
    {
        RequireAlive();
        return inner.FindAsync(table, key, cancellationToken);
    }

    public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
        where TRow : class
    {
        RequireAlive();
        return inner.QueryAsync(query, cancellationToken);
    }

    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        RequireAlive();
        return inner.SnapshotAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void RequireAlive()
    {
        if (_isDead)
        {
            throw new StoreException("The home was killed.") { IsTransient = true };
        }
    }

    private sealed class Transaction(FaultStore store, HomeTransaction inner) : HomeTransaction
    {
        public override Workspace Workspace => inner.Workspace;

        public override async ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            store.RequireAlive();

            // The worker notes the use of keys now and then: no step of a test's, and at no instant of its choosing.
            bool isUpkeep = Workspace.Changes().All(change => ReferenceEquals(change.Table, ApiKeyRow.Table));
            if (!isUpkeep && store.BeforeCommit())
            {
                store.Die();
                store.RequireAlive();
            }

            await inner.CommitAsync(cancellationToken);
            if (!isUpkeep && store.AfterCommit())
            {
                store.Die();
                throw new StoreException("The home was killed.") { OutcomeUnknown = true };
            }
        }

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
