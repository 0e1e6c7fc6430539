using Zeq.Client;

namespace Zeq.Simulation;

/// <summary>What came back of a call: an answer, or why there is none.</summary>
internal readonly record struct Delivery(Answer? Answer, PeerFailure Failure, bool MayHaveArrived);

/// <summary>A network that delays, drops, duplicates, reorders, and cuts answers off.</summary>
internal sealed class SimNetwork(World world)
{
    private const long TimeoutUs = 5_000_000;

    private Timeline Timeline => world.Timeline;

    /// <summary>One try of one request.</summary>
    public Task<Delivery> SendAsync(Node to, Ask ask)
    {
        var outcome = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
        Timeline.In(TimeoutUs, () => outcome.TrySetResult(new Delivery(null, PeerFailure.Timeout, true)));
        double fate = world.IsCalm ? 1 : Timeline.Random.NextDouble();
        if (fate < 0.04)
        {
            // It never left, and the caller knows; or it was lost on the way, and the caller does not.
            bool isKnown = fate < 0.02;
            Timeline.In(Latency(), () => outcome.TrySetResult(new Delivery(null, isKnown ? PeerFailure.Connect : PeerFailure.ConnectionLost, !isKnown)));
            return outcome.Task;
        }

        if (fate < 0.10)
        {
            Timeline.In(Latency() * 3, () => Deliver(to, ask, new TaskCompletionSource<Delivery>(), Fate.Answered));
        }

        Fate of = fate < 0.16 ? Fate.AnswerLost : fate < 0.20 ? Fate.CallerLeaves : Fate.Answered;
        Timeline.In(Latency(), () => Deliver(to, ask, outcome, of));
        return outcome.Task;
    }

    private enum Fate
    {
        Answered,
        AnswerLost,
        CallerLeaves,
    }

    private long Latency() => Timeline.Chance(0.05) && !world.IsCalm ? Timeline.Between(300_000, 3_000_000) : Timeline.Between(500, 120_000);

    private void Deliver(Node to, Ask ask, TaskCompletionSource<Delivery> outcome, Fate fate)
    {
        if (!to.IsReachable || to.Life is not { } life)
        {
            Timeline.In(Latency(), () => outcome.TrySetResult(new Delivery(null, PeerFailure.Connect, false)));
            return;
        }

        Timeline.Note($"{to.Name} < {ask.Method} {ask.Path} {ask.Body?.Length}");
        Timeline.Watch(ServeAsync(life, ask, outcome, fate));
    }

    private async Task ServeAsync(Life life, Ask ask, TaskCompletionSource<Delivery> outcome, Fate fate)
    {
        using var aborted = new CancellationTokenSource();
        if (fate == Fate.CallerLeaves)
        {
            Timeline.In(Timeline.Between(1, 60_000), () =>
            {
                outcome.TrySetResult(new Delivery(null, PeerFailure.ConnectionLost, true));
                try
                {
                    aborted.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // It was answered before the caller left.
                }
            });
        }

        Answer answer = await life.AskAsync(ask, aborted.Token);
        Timeline.Note($"{life.Node.Name} > {answer.Status} {answer.Body.Length} {ask.Path}");
        Timeline.In(Latency(), () => outcome.TrySetResult(
            fate == Fate.AnswerLost ? new Delivery(null, PeerFailure.ConnectionLost, true) : new Delivery(answer, default, true)));
    }
}

/// <summary>A home's calls to others, over the simulated network: as many tries, and the same outcomes, as over the real one.</summary>
internal sealed class SimPeers(World world, Life life) : IPeerCalls
{
    private const int MaxTries = 2;

    public async Task<PeerResult> SendAsync(PeerRequest request, CancellationToken cancellationToken = default)
    {
        Node to = world.Nodes.Single(node => node.Origin.Text == request.Origin);
        var ask = new Ask(request.Method, request.Path, request.Body?.ToArray(), null, null);
        bool mayHaveArrived = false;
        for (int tries = 1; ; tries++)
        {
            await life.StepAsync("call", 0);
            cancellationToken.ThrowIfCancellationRequested();
            Delivery delivery = await world.Network.SendAsync(to, ask);
            await life.StepAsync("called", 0);
            mayHaveArrived |= delivery.MayHaveArrived;
            if (delivery.Answer is { Status: < 500 } answer)
            {
                return new PeerAnswer(answer.Status, answer.Body, answer.Signature);
            }

            if (!request.IsIdempotent || tries == MaxTries || delivery.Failure == PeerFailure.Timeout)
            {
                return new PeerUnreachable(delivery.Answer is null ? delivery.Failure : PeerFailure.ServerError, mayHaveArrived);
            }

            await world.Timeline.DelayAsync(world.Timeline.Between(100_000, 300_000));
        }
    }

    public void Dispose()
    {
    }
}
