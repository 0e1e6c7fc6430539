namespace Zeq.Tunnel;

/// <summary>
/// Joins a device, an endpoint's tunnels and channels: a thread for each queue takes packets of the machine to a channel, a thread for each channel brings packets back, and a timer ticks.
/// </summary>
public sealed class TunnelLoop
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private readonly TunnelEndpoint _endpoint;
    private readonly ITunDevice _device;
    private readonly IReadOnlyList<IDatagramChannel> _channels;
    private readonly IPacketRoutes _routes;
    private readonly TimeProvider _time;

    /// <summary>Joins them; all belong to the caller, who disposes of them when the loop has ended.</summary>
    /// <param name="endpoint">The tunnels.</param>
    /// <param name="device">The machine's side; each queue gets a thread.</param>
    /// <param name="channels">The network's side, at least one; each gets a thread.</param>
    /// <param name="routes">Which packet goes where.</param>
    /// <param name="time">For the ticks.</param>
    /// <exception cref="ArgumentException">No channel.</exception>
    public TunnelLoop(TunnelEndpoint endpoint, ITunDevice device, IReadOnlyList<IDatagramChannel> channels, IPacketRoutes routes, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(channels);
        if (channels.Count == 0)
        {
            throw new ArgumentException("A loop has at least one channel.", nameof(channels));
        }

        _endpoint = endpoint;
        _device = device;
        _channels = channels;
        _routes = routes;
        _time = time;
    }

    /// <summary>Runs until it is cancelled, or a device or channel closes; then all parts have ended. An error of a part ends the others and is thrown.</summary>
    /// <param name="cancellationToken">Ends the loop without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken token = ending.Token;
        var parts = new List<Task>();
        for (int i = 0; i < _device.Queues.Count; i++)
        {
            ITunQueue queue = _device.Queues[i];
            IDatagramChannel channel = _channels[i % _channels.Count];
            parts.Add(OnItsThread(() => new OutboundPump(_endpoint, _routes).RunAsync(queue, channel, token)));
        }

        for (int i = 0; i < _channels.Count; i++)
        {
            IDatagramChannel channel = _channels[i];
            ITunQueue queue = _device.Queues[i % _device.Queues.Count];
            parts.Add(OnItsThread(() => new InboundPump(_endpoint, _routes).RunAsync(channel, queue, token)));
        }

        parts.Add(TickAsync(token));
        await Task.WhenAny(parts);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // An error of a part comes before the cancellations that followed it.
            await Task.WhenAll(parts.Where(part => part.IsFaulted));
        }
    }

    // Parts that wait in system calls must not take threads that others need; parts that do not leave theirs at the first wait.
    private static Task OnItsThread(Func<Task> part) =>
        Task.Factory.StartNew(part, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        var output = new DatagramBatch(256 * 1024, 128);
        using var timer = new PeriodicTimer(s_tick, _time);
        do
        {
            _endpoint.Clock.Refresh();
            output.Clear();
            _endpoint.Tick(output);
            if (output.Count > 0)
            {
                await _channels[0].SendAsync(output, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
