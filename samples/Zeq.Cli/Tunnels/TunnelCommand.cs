using System.CommandLine;
using System.CommandLine.Parsing;
using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;
using Zeq.Tunnel;

namespace Zeq.Cli;

/// <summary><c>zeq tunnel static</c>: a tunnel between two machines that share a key file, without a broker (spec 50 §3).</summary>
internal static class TunnelCommand
{
    private const int MaxKeyFileSizeBytes = 1 << 10;

    public static Command Make(CliHost host)
    {
        var role = new Option<TunnelRole>("--role") { Description = "initiator on one side, responder on the other.", Required = true, HelpName = "initiator|responder" };
        Option<IPEndPoint> local = EndPoint("--local", "Where this side's UDP socket is.");
        Option<IPEndPoint> remote = EndPoint("--remote", "Where the other side's is.");
        var keyFile = new Option<string>("--key-file") { Description = "A file of mode 0600 with one line of 64 hex digits, the same on both sides.", Required = true, HelpName = "file" };
        Option<string> inner = new("--address") { Description = "This side's address inside the tunnel, with the length of its prefix.", Required = true, HelpName = "ip/prefix" };
        Option<int> mtu = Number("--mtu", "The largest packet inside, 576 to 1,900 bytes.", TunDevice.DefaultMtu, TunDevice.MinMtu, TunDevice.MaxMtu);
        var device = new Option<string>("--device") { Description = "The interface's name.", DefaultValueFactory = _ => "zeq0", HelpName = "name" };
        Option<int> threads = Number("--threads", "Queues of the interface, each with a thread for either direction.", 1, 1, 64);
        return new ZeqCommand("tunnel", "Carry IP packets between machines.", "zeq tunnel static --help")
        {
            new ZeqCommand(
                "static", "Run a tunnel between two machines that share a key file. Stays in the foreground; needs root.",
                "zeq tunnel static --role initiator --local 0.0.0.0:7770 --remote 192.0.2.2:7770 --key-file key --address 10.98.0.1/24")
            {
                role, local, remote, keyFile, inner, mtu, device, threads,
            }.Does(host, async (context, ct) =>
            {
                (IPAddress own, int prefix) = ReadInner(context.Value(inner)!);
                using TunnelSecrets secrets = ReadKey(context.Value(role), context.Value(keyFile)!);
                await RunAsync(
                    context, secrets, context.Value(local)!, context.Value(remote)!, own, prefix, context.Value(device)!, context.Value(mtu), context.Value(threads), ct);
            }),
        };
    }

    private static async Task RunAsync(
        CommandContext context, TunnelSecrets secrets, IPEndPoint local, IPEndPoint remote, IPAddress inner, int prefix, string name, int mtu, int threads, CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw CliException.Misuse("This runs on Linux alone.", "NOT_SUPPORTED");
        }

        // A service manager ends it by SIGTERM: it says goodbye, and the device goes with it.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }

        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        var channels = new List<IDatagramChannel>();
        var clock = new TunnelClock(context.Host.Time);
        using var endpoint = new TunnelEndpoint(clock, new TunnelEndpointOptions { Log = context.Note });
        try
        {
            for (int i = 0; i < threads; i++)
            {
                channels.Add(UdpChannel.Bind(local, reusePort: threads > 1));
            }

            using LinuxTunDevice tun = LinuxTunDevice.Create(name, mtu, threads);
            tun.AddAddress(inner, prefix);
            tun.Up();
            TunnelSession tunnel = endpoint.Add(secrets, new TunnelSessionOptions
            {
                Endpoint = PeerAddress.From(remote),
                PersistentKeepalive = true,
                StateChanged = session => Tell(context, session, name),
            });
            if (secrets.Role == TunnelRole.Initiator)
            {
                tunnel.Connect();
            }

            await new TunnelLoop(endpoint, tun, channels, new SinglePeerRoutes(tunnel), context.Host.Time).RunAsync(ending.Token);
            var goodbye = new DatagramBatch(1 << 12, 4);
            tunnel.Close(goodbye);
            await channels[0].SendAsync(goodbye, CancellationToken.None);
        }
        catch (SocketException e)
        {
            throw CliException.Misuse($"{local}: {e.Message}", "SOCKET");
        }
        catch (Win32Exception e)
        {
            throw CliException.Misuse(e.Message, "DEVICE");
        }
        catch (ArgumentException e)
        {
            throw CliException.Misuse(e.Message);
        }
        finally
        {
            foreach (IDatagramChannel channel in channels)
            {
                await channel.DisposeAsync();
            }
        }
    }

    private static void Tell(CommandContext context, TunnelSession session, string name)
    {
        switch (session.State)
        {
            case TunnelState.Up:
                context.Note($"{name} is up: {session.Peer}, readable by the broker: {(session.IsReadableByBroker ? "yes" : "no")}");
                break;
            case TunnelState.Closed when session.Role == TunnelRole.Initiator:
                // A link between sites comes back when its other end does.
                context.Note($"{name} was closed by the other side");
                session.Connect();
                break;
            case TunnelState.Closed or TunnelState.Down:
                context.Note($"{name} is down");
                break;
            default:
                break;
        }
    }

    private static TunnelSecrets ReadKey(TunnelRole role, string path)
    {
        if (OperatingSystem.IsLinux() && File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
        {
            throw CliException.Misuse($"{path} can be read by others: chmod 600 it.", "KEY_FILE_MODE");
        }

        byte[] text = new byte[MaxKeyFileSizeBytes];
        Span<byte> key = stackalloc byte[TunnelSecrets.KeySizeBytes];
        using FileStream file = File.OpenRead(path);
        int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        char[] line = Encoding.ASCII.GetString(text, 0, length).TrimEnd().ToCharArray();
        try
        {
            return Hex.TryDecode(line, key) ? TunnelSecrets.CreateStatic(role, key) : throw CliException.Misuse($"{path} does not hold one line of 64 lower-case hex digits.", "KEY_FILE");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(text);
            Array.Clear(line);
        }
    }

    private static (IPAddress Address, int Prefix) ReadInner(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int prefix)
            && prefix <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            ? (address, prefix)
            : throw CliException.Misuse("--address is an address with the length of its prefix, such as 10.98.0.1/24.");
    }

    private static Option<IPEndPoint> EndPoint(string name, string description) => new(name)
    {
        Description = description,
        Required = true,
        HelpName = "ip:port",
        CustomParser = r =>
        {
            if (IPEndPoint.TryParse(r.Tokens[^1].Value, out IPEndPoint? endPoint) && endPoint.Port != 0)
            {
                return endPoint;
            }

            r.AddError($"'{r.Tokens[^1].Value}' is no address with a port, such as 192.0.2.1:7770.");
            return null;
        },
    };

    private static Option<int> Number(string name, string description, int usual, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "n",
        DefaultValueFactory = _ => usual,
        CustomParser = r => int.TryParse(r.Tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= least && n <= most ? n : Wrong(r, least, most),
    };

    private static int Wrong(ArgumentResult r, int least, int most)
    {
        r.AddError(string.Create(CultureInfo.InvariantCulture, $"'{r.Tokens[^1].Value}' is not a number from {least} to {most}."));
        return 0;
    }
}
