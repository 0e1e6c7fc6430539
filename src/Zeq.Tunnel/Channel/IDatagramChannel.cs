namespace Zeq.Tunnel;

/// <summary>
/// What carries datagrams between peers: lossy, unordered, and open to everyone. Works in batches from the first call. One caller receives at a time; several may send at once, each with its own batch.
/// A channel of the operating system waits on its caller's thread and completes at once: call it on a thread made for that.
/// </summary>
public interface IDatagramChannel : IAsyncDisposable
{
    /// <summary>Waits for datagrams, and fills a batch with those that are there.</summary>
    /// <param name="batch">Cleared first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the channel is closed and nothing comes any more.</returns>
    ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Sends datagrams. What cannot be delivered is lost, as on any network; only a broken channel is an error.</summary>
    /// <param name="batch">Left as it is.</param>
    /// <param name="cancellationToken">Ends a wait for room.</param>
    ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default);
}
