using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Once per Zeqond finishes what a crash or an outage left at other homes, notes the use of keys, and forgets answers whose time is over.
/// Where several nodes serve the home, one of them does; the use of its own keys each node notes itself.
/// </summary>
internal sealed class StepWorker(HomeServices services)
{
    /// <summary>The most steps that are read in a tick.</summary>
    private const int MostRead = 4_096;

    private const int KeysPerTick = 500;
    private const long UpkeepEveryTicks = 60;

    private StepTerm? _term;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs), services.Options.Time);
        for (long tick = 0; ; tick++)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                {
                    break;
                }

                await TickAsync(tick % UpkeepEveryTicks == 0, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // One failed round must not end the worker: the next one tries again.
            catch (Exception fault)
            {
                HostLog.WorkerFault(services.Log, fault);
            }
#pragma warning restore CA1031
        }

        await EndTermAsync().ConfigureAwait(false);
    }

    private async Task TickAsync(bool keepsUp, CancellationToken cancellationToken)
    {
        if (keepsUp)
        {
            await services.CompareClockAsync(cancellationToken).ConfigureAwait(false);
            await NoteUsesAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_term is not null && !await _term.HoldsAsync(cancellationToken).ConfigureAwait(false))
        {
            await EndTermAsync().ConfigureAwait(false);
        }

        _term ??= await StepTerm.BeginAsync(services.Nodes, SettleOneAsync, cancellationToken).ConfigureAwait(false);
        if (_term is { } term)
        {
            await SettleAsync(term, cancellationToken).ConfigureAwait(false);
            if (keepsUp)
            {
                await ForgetAsync(term, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EndTermAsync()
    {
        if (_term is { } term)
        {
            _term = null;
            await term.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Finds what is due and sees to it that it is under way; what is under way lets the rest in as it ends.</summary>
    private async Task SettleAsync(StepTerm term, CancellationToken cancellationToken)
    {
        Home home = services.Home;
        long now = Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
        Query<PeerStep> query = new Query<PeerStep>(PeerStep.Table)
            .Where("status", Comparison.Equal, Cell.Of((long)PeerStepStatus.Open))
            .Where("next_try_zeqond", Comparison.AtMost, Cell.Of(now))
            .Where("next_try_zeqond", Comparison.AtLeast, Cell.Of(term.DueFrom))
            .OrderBy(false, "next_try_zeqond").Take(MostRead);
        int read = 0;
        long last = 0;
        await foreach (PeerStep step in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            term.Lanes.Add(step);
            (read, last) = (read + 1, step.NextTry.Value);
        }

        // More than one look takes in: the next look goes on behind them, so that a full lane hides nobody else's.
        term.DueFrom = read < MostRead ? 0 : Math.Max(last, term.DueFrom + 1);
        term.Lanes.Start();
    }

    /// <summary>Settles one step; whatever fails is its own, and never thrown.</summary>
    private async Task SettleOneAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // What fails here is one step's: it is asked again later, and is in nobody's way meanwhile.
        try
        {
            await (step.Kind == PeerStepKind.Redeem ? services.Redeems.SettleAsync(step, lease, cancellationToken) : services.Claims.SettleAsync(step, lease, cancellationToken))
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
                await services.Home.ExecuteAsync(lease.Fence(new PostponeStep(step.StepId)), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception second)
            {
                HostLog.WorkerFault(services.Log, second);
            }
        }
#pragma warning restore CA1031
    }

    private async Task NoteUsesAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, Zeqond> uses = services.Keys.TakeUses(KeysPerTick);
        if (uses.Count > 0)
        {
            await services.Home.ExecuteAsync(new NoteKeyUses(uses), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ForgetAsync(StepTerm term, CancellationToken cancellationToken)
    {
        Home home = services.Home;
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
            await home.ExecuteAsync(term.Lease.Fence(new ForgetAnswers(over)), cancellationToken).ConfigureAwait(false);
        }
    }
}
