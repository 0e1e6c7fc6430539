using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Once per Zeqond finishes what a crash or an outage left at other homes, notes the use of keys, and forgets answers whose time is over.
/// </summary>
internal sealed class StepWorker(HomeServices services)
{
    private const int StepsPerTick = 32;
    private const int KeysPerTick = 500;
    private const long UpkeepEveryTicks = 60;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs), services.Options.Time);
        for (long tick = 0; ; tick++)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                await SettleAsync(cancellationToken).ConfigureAwait(false);
                if (tick % UpkeepEveryTicks == 0)
                {
                    await KeepUpAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // One failed round must not end the worker: the next one tries again.
            catch (Exception fault)
            {
                HostLog.WorkerFault(services.Log, fault);
            }
#pragma warning restore CA1031
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        Home home = services.Home;
        long now = Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        var due = new List<PeerStep>();
        Query<PeerStep> query = new Query<PeerStep>(PeerStep.Table)
            .Where("status", Comparison.Equal, Cell.Of((long)PeerStepStatus.Open))
            .Where("next_try_zeqond", Comparison.AtMost, Cell.Of(now))
            .OrderBy(false, "next_try_zeqond").Take(StepsPerTick);
        await foreach (PeerStep step in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            due.Add(step);
        }

        // Side by side: a home that answers slowly holds up nobody else's.
        await Task.WhenAll(due.Select(step => SettleOneAsync(step, cancellationToken))).ConfigureAwait(false);
    }

    private async Task SettleOneAsync(PeerStep step, CancellationToken cancellationToken)
    {
        try
        {
            await (step.Kind == PeerStepKind.Redeem ? services.Redeems.SettleAsync(step, cancellationToken) : services.Claims.SettleAsync(step, cancellationToken))
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What fails here is one step's: it is asked again later, and is in nobody's way meanwhile.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            HostLog.WorkerFault(services.Log, fault);
            await services.Home.ExecuteAsync(new PostponeStep(step.StepId), cancellationToken).ConfigureAwait(false);
        }
#pragma warning restore CA1031
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        Home home = services.Home;
        Dictionary<string, Zeqond> uses = services.Keys.TakeUses(KeysPerTick);
        if (uses.Count > 0)
        {
            await home.ExecuteAsync(new NoteKeyUses(uses), cancellationToken).ConfigureAwait(false);
        }

        long now = Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        var over = new List<string>();
        Query<KeptAnswer> query = new Query<KeptAnswer>(KeptAnswer.Table)
            .Where("expires_zeqond", Comparison.AtMost, Cell.Of(now)).OrderBy(false, "expires_zeqond").Take(KeysPerTick);
        await foreach (KeptAnswer kept in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            over.Add(kept.Scope);
        }

        if (over.Count > 0)
        {
            await home.ExecuteAsync(new ForgetAnswers(over), cancellationToken).ConfigureAwait(false);
        }
    }
}
