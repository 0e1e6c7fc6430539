namespace Zeq.Tunnel;

/// <summary>
/// A utun interface of macOS. The framing is tested against a fake; the calls of the system were compiled, not run. Addresses and routes are set by <c>ifconfig</c> and <c>route</c>. Needs root.
/// </summary>
public sealed class UtunDevice : ITunDevice
{
    private readonly IUtunSocket _socket;

    internal UtunDevice(IUtunSocket socket, int mtu)
    {
        TunDevice.RequireMtu(mtu);
        _socket = socket;
        Mtu = mtu;
        Queues = [new UtunQueue(socket, mtu)];
    }

    /// <inheritdoc/>
    public string Name => _socket.Name;

    /// <inheritdoc/>
    public int Mtu { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues { get; }

    /// <summary>Makes an interface; the system names it.</summary>
    /// <param name="mtu">576 to 1,900; set it on the interface too.</param>
    /// <exception cref="PlatformNotSupportedException">This is no macOS.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refuses.</exception>
    public static UtunDevice Create(int mtu = TunDevice.DefaultMtu)
    {
        if (!OperatingSystem.IsMacOS())
        {
            throw new PlatformNotSupportedException("utun is macOS's.");
        }

        return new UtunDevice(new MacUtunSocket(), mtu);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
