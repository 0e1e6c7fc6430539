using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Ticks once per Zeqond and fires the triggers of contracts that are due (spec 20 §3).</summary>
internal sealed class ContractWorker(HomeServices services)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var clock = new ContractClock(services.Contracts);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs), services.Options.Time);
        while (true)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                await clock.TickAsync(fault => HostLog.WorkerFault(services.Log, fault), cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // One failed tick must not end the worker: the next one finds the same triggers due.
            catch (Exception fault)
            {
                HostLog.WorkerFault(services.Log, fault);
            }
#pragma warning restore CA1031
        }
    }
}
