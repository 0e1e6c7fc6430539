using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Once per Zeqond finishes what a crash or an outage left at other homes, notes the use of keys, and forgets answers whose time is over.
/// </summary>
internal sealed class StepWorker(HomeServices services)
{
    /// <summary>The most steps that are read in a tick.</summary>
    private const int MostRead = 4_096;

    private const int KeysPerTick = 500;
    private const long UpkeepEveryTicks = 60;

    private long _dueFrom;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var lanes = new StepLanes(step => SettleOneAsync(step, cancellationToken));
        try
        {
            await TickAsync(lanes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await lanes.StopAsync().ConfigureAwait(false);
        }
    }

    private async Task TickAsync(StepLanes lanes, CancellationToken cancellationToken)
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

                await SettleAsync(lanes, cancellationToken).ConfigureAwait(false);
                if (tick % UpkeepEveryTicks == 0)
                {
                    await services.CompareClockAsync(cancellationToken).ConfigureAwait(false);
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

    /// <summary>Finds what is due and sees to it that it is under way; what is under way lets the rest in as it ends.</summary>
    private async Task SettleAsync(StepLanes lanes, CancellationToken cancellationToken)
    {
        Home home = services.Home;
        long now = Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        Query<PeerStep> query = new Query<PeerStep>(PeerStep.Table)
            .Where("status", Comparison.Equal, Cell.Of((long)PeerStepStatus.Open))
            .Where("next_try_zeqond", Comparison.AtMost, Cell.Of(now))
            .Where("next_try_zeqond", Comparison.AtLeast, Cell.Of(_dueFrom))
            .OrderBy(false, "next_try_zeqond").Take(MostRead);
        int read = 0;
        long last = 0;
        await foreach (PeerStep step in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            lanes.Add(step);
            (read, last) = (read + 1, step.NextTry.Value);
        }

        // More than one look takes in: the next look goes on behind them, so that a full lane hides nobody else's.
        _dueFrom = read < MostRead ? 0 : Math.Max(last, _dueFrom + 1);
        lanes.Start();
    }

    /// <summary>Settles one step; whatever fails is its own, and never thrown.</summary>
    private async Task SettleOneAsync(PeerStep step, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // What fails here is one step's: it is asked again later, and is in nobody's way meanwhile.
        try
        {
            await (step.Kind == PeerStepKind.Redeem ? services.Redeems.SettleAsync(step, cancellationToken) : services.Claims.SettleAsync(step, cancellationToken))
                .ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception fault)
        {
            HostLog.WorkerFault(services.Log, fault);
            try
            {
                await services.Home.ExecuteAsync(new PostponeStep(step.StepId), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception second)
            {
                HostLog.WorkerFault(services.Log, second);
            }
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
