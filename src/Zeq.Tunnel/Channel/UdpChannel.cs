using System.Net;
using System.Net.Sockets;

namespace Zeq.Tunnel;

/// <summary>UDP by the best means of the machine.</summary>
public static class UdpChannel
{
    /// <summary>Binds a socket. On Linux it sends and receives many datagrams by one call, whole trains at once where the kernel segments (UDP_SEGMENT, UDP_GRO).</summary>
    /// <param name="local">The address and port; port 0 for any. An IPv6 any-address takes IPv4 too.</param>
    /// <param name="reusePort">Whether several channels share the port, each with its own share of the peers (SO_REUSEPORT, Linux alone).</param>
    /// <param name="mark">The firewall mark of what is sent, or 0 (Linux alone; needs CAP_NET_ADMIN; spec 06 rule 9).</param>
    /// <exception cref="SocketException">The address is taken, or the mark not allowed.</exception>
    public static IDatagramChannel Bind(IPEndPoint local, bool reusePort = false, int mark = 0)
    {
        ArgumentNullException.ThrowIfNull(local);
        var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = local.Address.Equals(IPAddress.IPv6Any);
            }

            if (OperatingSystem.IsLinux())
            {
                return LinuxUdpChannel.Bind(socket, local, reusePort, mark);
            }

            socket.Bind(local);
            return new SocketUdpChannel(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
