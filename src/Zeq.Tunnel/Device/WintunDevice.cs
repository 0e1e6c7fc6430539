namespace Zeq.Tunnel;

/// <summary>
/// An adapter of WinTun on Windows, with the vendor's <c>wintun.dll</c> beside the program. The ring is tested against a fake; the calls of the library were compiled, not run. Addresses and routes are
/// set by <c>netsh</c>. Needs an administrator.
/// </summary>
public sealed class WintunDevice : ITunDevice
{
    private readonly IWintunSession _session;

    internal WintunDevice(string name, IWintunSession session, int mtu)
    {
        TunDevice.RequireMtu(mtu);
        Name = name;
        Mtu = mtu;
        _session = session;
        Queues = [new WintunQueue(session, mtu)];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues { get; }

    /// <summary>Makes an adapter.</summary>
    /// <param name="name">1 to 127 characters.</param>
    /// <param name="mtu">576 to 1,900; set it on the adapter too.</param>
    /// <exception cref="PlatformNotSupportedException">This is no Windows.</exception>
    /// <exception cref="DllNotFoundException">There is no wintun.dll.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It refuses.</exception>
    public static WintunDevice Create(string name, int mtu = TunDevice.DefaultMtu)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfZero(name.Length, nameof(name));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 127, nameof(name));
        if (!OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("WinTun is for Windows.");
        }

        return new WintunDevice(name, new WintunSession(name), mtu);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
