namespace Zeq.Client;

/// <summary>
/// Makes calls to other homes: <see cref="PeerHttp"/> over the network. A simulator brings its own, and with it delays, losses and crashes.
/// Thread-safe.
/// </summary>
public interface IPeerCalls : IDisposable
{
    /// <summary>Makes one call. Whatever the peer does, it ends within a bounded time and comes back as a value.</summary>
    /// <param name="request">What to ask of whom.</param>
    /// <param name="cancellationToken">Gives the call up. The peer may have got it all the same.</param>
    /// <exception cref="OperationCanceledException">The caller gave the call up.</exception>
    Task<PeerResult> SendAsync(PeerRequest request, CancellationToken cancellationToken = default);
}
