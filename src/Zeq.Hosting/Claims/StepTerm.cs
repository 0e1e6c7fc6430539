using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// A time in which this node settles steps: from when it leads until it does not. A node alone leads always; among several, what a step
/// commits goes through the lease's fence. One worker owns it.
/// </summary>
internal sealed class StepTerm : IAsyncDisposable
{
    /// <summary>The name of the work.</summary>
    public const string Work = "steps";

    private readonly CancellationTokenSource _over;

    private StepTerm(HomeLease? lease, Func<PeerStep, HomeLease?, CancellationToken, Task> settle, CancellationToken stopping)
    {
        Lease = lease;
        _over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        CancellationToken over = _over.Token;
        Lanes = new StepLanes(async step =>
        {
            if (await HoldsAsync(over).ConfigureAwait(false))
            {
                await settle(step, lease, over).ConfigureAwait(false);
            }
        });
    }

    /// <summary>The lease; null on a node alone.</summary>
    public HomeLease? Lease { get; }

    /// <summary>What is due and under way.</summary>
    public StepLanes Lanes { get; }

    /// <summary>Up to which Zeqond steps were looked at where a look could not take all of them in.</summary>
    public long DueFrom { get; set; }

    /// <summary>Begins a term, or null where another node leads.</summary>
    /// <exception cref="StoreException">The store cannot be reached.</exception>
    public static async ValueTask<StepTerm?> BeginAsync(OtherNodes nodes, Func<PeerStep, HomeLease?, CancellationToken, Task> settle, CancellationToken stopping)
    {
        HomeLease? lease = nodes.IsShared ? await nodes.TryLeadAsync(Work, stopping).ConfigureAwait(false) : null;
        return lease is null && nodes.IsShared ? null : new StepTerm(lease, settle, stopping);
    }

    /// <summary>Whether this node still leads.</summary>
    public async ValueTask<bool> HoldsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Lease is null || await Lease.IsHeldAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends the term: what waits is left to the next one, what is under way is asked to end and waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await Lanes.StopAsync().ConfigureAwait(false);
        if (Lease is not null)
        {
            await Lease.DisposeAsync().ConfigureAwait(false);
        }

        _over.Dispose();
    }
}
