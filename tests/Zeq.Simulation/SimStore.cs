using System.Runtime.CompilerServices;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>
/// The memory store on a disk that takes its time. A commit is seen by the next batch at once, by readers and after a crash only when it
/// is durable; before and after each step the node may crash, and a commit may fail, or end in a way that nobody learns.
/// </summary>
internal sealed class SimStore(Timeline timeline, Life life) : IHomeStore
{
    private const long SlowestReadUs = 3_000;
    private const long SlowestCommitUs = 40_000;
    private MemoryHomeStore _front = life.Node.Disk.Fork();

    public string Description => "simulation";

    private MemoryHomeStore Disk => life.Node.World.HasLyingDisks ? _front : life.Node.Disk;

    public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        await life.StepAsync("begin", SlowestReadUs);
        MemoryHomeStore front = _front;
        return new Transaction(this, front, await front.BeginAsync(keys, cancellationToken));
    }

    public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class
    {
        await life.ReadAsync(SlowestReadUs);
        return await Disk.FindAsync(table, key, cancellationToken);
    }

    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRow : class
    {
        await life.ReadAsync(SlowestReadUs);
        await foreach (TRow row in Disk.QueryAsync(query, cancellationToken))
        {
            yield return row;
        }
    }

    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => Disk.SnapshotAsync(cancellationToken);

    public ValueTask DisposeAsync() => default;

    private async ValueTask CommitAsync(MemoryHomeStore front, HomeTransaction inner, CancellationToken cancellationToken)
    {
        // The batch before may have failed while this one stood on it: then it may not be written.
        if (front != _front)
        {
            throw new StoreException("The commit before failed; decide again.") { IsTransient = true, IsStale = true };
        }

        await inner.CommitAsync(cancellationToken);
        MemoryHomeStore written = front.Fork();
        if (life.Node.World.HasLyingDisks)
        {
            Lie(written);
            return;
        }

        double fate = life.Node.World.IsCalm ? 1 : timeline.Random.NextDouble();
        await life.StepAsync("commit", SlowestCommitUs);
        if (fate < 0.01)
        {
            _front = Disk.Fork();
            timeline.Note($"{life.Node.Name} commit fails");
            throw new StoreException("The disk took nothing.") { IsTransient = fate < 0.005 };
        }

        if (fate < 0.02)
        {
            bool isWritten = fate < 0.015;
            timeline.Note($"{life.Node.Name} commit unknown {(isWritten ? "written" : "lost")}");
            if (isWritten)
            {
                life.Node.Disk = written;
            }

            _front = Disk.Fork();
            throw new StoreException("The disk gave no answer.") { OutcomeUnknown = true };
        }

        life.Node.Disk = written;
        await life.StepAsync("committed", SlowestReadUs);
    }

    /// <summary>Acknowledged at once, written later; a crash in between loses it.</summary>
    private void Lie(MemoryHomeStore written) => timeline.In(timeline.Between(1, SlowestCommitUs), () =>
    {
        if (!life.IsOver && written != life.Node.Disk)
        {
            life.Node.Disk = _front.Fork();
        }
    });

    private sealed class Transaction(SimStore store, MemoryHomeStore front, HomeTransaction inner) : HomeTransaction
    {
        public override Workspace Workspace => inner.Workspace;

        public override bool TakesMore => true;

        public override ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken) => inner.LoadMoreAsync(keys, cancellationToken);

        public override ValueTask CommitAsync(CancellationToken cancellationToken) => store.CommitAsync(front, inner, cancellationToken);

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
