namespace Zeq.Tunnel;

/// <summary>A network interface of this machine whose packets a program takes and gives.</summary>
public interface ITunDevice : IDisposable
{
    /// <summary>The interface's name, as the machine knows it.</summary>
    string Name { get; }

    /// <summary>The largest IP packet, in bytes; at most 1,900 (spec 06 rule 19).</summary>
    int Mtu { get; }

    /// <summary>One queue or several, each for one reading and one writing thread.</summary>
    IReadOnlyList<ITunQueue> Queues { get; }
}

/// <summary>
/// One queue of a device. Works in batches from the first call. A queue of the operating system waits on its caller's thread and completes at once: call it on a thread made for that.
/// One caller reads at a time and one writes.
/// </summary>
public interface ITunQueue
{
    /// <summary>What the queue takes over of the packets that are written to it.</summary>
    TunOffloads Offloads { get; }

    /// <summary>Waits for packets of the machine, and fills a batch with those that are there.</summary>
    /// <param name="batch">Cleared first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the device is gone.</returns>
    ValueTask<bool> ReadAsync(PacketBatch batch, CancellationToken cancellationToken = default);

    /// <summary>Gives packets to the machine. One that it does not take is lost.</summary>
    /// <param name="batch">Left with undefined bytes.</param>
    /// <param name="cancellationToken">Ends a wait for room.</param>
    ValueTask WriteAsync(PacketBatch batch, CancellationToken cancellationToken = default);
}
