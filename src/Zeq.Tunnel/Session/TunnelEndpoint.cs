using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Zeq.Tunnel;

/// <summary>
/// Many tunnels behind one channel or several: finds the tunnel that a datagram belongs to, drops what belongs to none, and ticks all timers. It does no I/O. A stranger's packet costs a
/// look-up and leaves nothing behind (spec 51 §6). Thread-safe.
/// </summary>
public sealed class TunnelEndpoint : IDisposable
{
    private readonly ConcurrentDictionary<ulong, TunnelSession> _byLocator = new();
    private readonly ConcurrentDictionary<uint, TransportSession> _sessions = new();
    private readonly ConcurrentDictionary<uint, TunnelSession> _attempts = new();
    private readonly TunnelEndpointOptions _options;

    /// <summary>Makes an endpoint without tunnels.</summary>
    /// <param name="clock">Read by whoever calls, once before each batch.</param>
    /// <param name="options">Null for the defaults.</param>
    public TunnelEndpoint(TunnelClock clock, TunnelEndpointOptions? options = null)
        : this(clock, options ?? new TunnelEndpointOptions(), TunnelLimits.Spec)
    {
    }

    internal TunnelEndpoint(TunnelClock clock, TunnelEndpointOptions options, TunnelLimits limits)
    {
        ArgumentNullException.ThrowIfNull(clock);
        Clock = clock;
        Limits = limits;
        _options = options;
        Load = new LoadGauge(options.InitsPerSecond);
        Cookies = new CookieMint(clock);
    }

    /// <summary>The clock of all tunnels here.</summary>
    public TunnelClock Clock { get; }

    /// <summary>What was counted here, all tunnels together, and the packets of strangers.</summary>
    public TunnelCounters Counters { get; } = new();

    /// <summary>The tunnels.</summary>
    public int Count => _byLocator.Count;

    internal TunnelLimits Limits { get; }

    internal LoadGauge Load { get; }

    internal CookieMint Cookies { get; }

    /// <summary>Adds a tunnel; it owns the secrets from now on.</summary>
    /// <param name="secrets">What this side knows.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The tunnel is here already, or there are too many.</exception>
    public TunnelSession Add(TunnelSecrets secrets, TunnelSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var session = new TunnelSession(this, secrets, options ?? new TunnelSessionOptions());
        if (_byLocator.Count >= _options.MaxTunnels || !_byLocator.TryAdd(secrets.Locator, session))
        {
            throw new InvalidOperationException("This tunnel is here already, or there are too many.");
        }

        return session;
    }

    /// <summary>Takes a datagram from the channel and opens it in place. Handshake and control packets are dealt with here.</summary>
    /// <param name="datagram">From outside: any bytes, any length.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="output">What is to be sent in answer.</param>
    /// <param name="session">The tunnel of an IP packet, otherwise null.</param>
    /// <param name="packet">Where the IP packet stands in <paramref name="datagram"/>, otherwise empty.</param>
    /// <returns>Whether there is an IP packet for the device.</returns>
    public bool TryReceive(Span<byte> datagram, in PeerAddress from, DatagramBatch output, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TunnelSession? session, out Range packet)
    {
        ArgumentNullException.ThrowIfNull(output);
        session = null;
        packet = default;
        if (datagram.Length < DataHeader.MinDatagramSizeBytes || datagram[0] != DataHeader.TypeData)
        {
            ReceiveHandshake(datagram, from, output);
            return false;
        }

        if (!_sessions.TryGetValue(DataHeader.Receiver(datagram), out TransportSession? keys))
        {
            Counters.Drop(DropReason.UnknownReceiver);
            return false;
        }

        UnwrapResult result = keys.Unwrapper.TryUnwrap(datagram, out PacketSlot inner, out bool isNewest);
        if (result > UnwrapResult.Ignored)
        {
            DropReason reason = ReasonOf(result);
            Counters.Drop(reason);
            keys.Owner.Counters.Drop(reason);
            return false;
        }

        ReadOnlySpan<byte> control = result == UnwrapResult.Control ? datagram.Slice(inner.Offset, inner.Length) : default;
        keys.Owner.OnAuthentic(keys, result, datagram.Length, from, isNewest, control, output);
        if (result == UnwrapResult.Ignored)
        {
            Counters.Drop(DropReason.Ignored);
            keys.Owner.Counters.Drop(DropReason.Ignored);
        }

        if (result != UnwrapResult.Packet)
        {
            return false;
        }

        session = keys.Owner;
        packet = inner.Offset..(inner.Offset + inner.Length);
        return true;
    }

    /// <summary>Whether a packet is an init of one of these tunnels by its MAC; nothing else of it is looked at, and nothing is kept.</summary>
    /// <param name="packet">From outside: any bytes, any length.</param>
    public bool IsAuthenticInit(ReadOnlySpan<byte> packet) =>
        HandshakeLayout.IsInit(packet) && _byLocator.TryGetValue(HandshakeLayout.Locator(packet), out TunnelSession? tunnel) && tunnel.IsOurInit(packet);

    /// <summary>Does what is due in all tunnels. Call it after a refresh of the clock, some times a second.</summary>
    /// <param name="output">What is to be sent. Where it is full, the rest comes at the next tick.</param>
    public void Tick(DatagramBatch output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (KeyValuePair<ulong, TunnelSession> tunnel in _byLocator)
        {
            tunnel.Value.Tick(output);
        }
    }

    /// <summary>Ends every tunnel and erases its keys.</summary>
    public void Dispose()
    {
        foreach (KeyValuePair<ulong, TunnelSession> tunnel in _byLocator)
        {
            tunnel.Value.Dispose();
        }

        Cookies.Dispose();
    }

    internal void Log(string line) => _options.Log?.Invoke(line);

    /// <summary>A random index that nobody here uses.</summary>
    internal uint NewIndex()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        uint index;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            index = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }
        while (index == 0 || _sessions.ContainsKey(index) || _attempts.ContainsKey(index));

        return index;
    }

    internal void Register(TransportSession session) => _sessions[session.LocalIndex] = session;

    internal void Register(uint index, TunnelSession seeker) => _attempts[index] = seeker;

    internal void Forget(TransportSession session) => _sessions.TryRemove(new KeyValuePair<uint, TransportSession>(session.LocalIndex, session));

    internal void ForgetAttempt(uint index) => _attempts.TryRemove(index, out _);

    internal void Remove(TunnelSession session) => _byLocator.TryRemove(new KeyValuePair<ulong, TunnelSession>(session.Secrets.Locator, session));

    private void ReceiveHandshake(ReadOnlySpan<byte> packet, in PeerAddress from, DatagramBatch output)
    {
        TunnelSession? tunnel;
        switch (packet.IsEmpty ? 0 : packet[0])
        {
            case DataHeader.TypeInit when HandshakeLayout.IsInit(packet):
                if (_byLocator.TryGetValue(HandshakeLayout.Locator(packet), out tunnel))
                {
                    tunnel.OnInit(packet, from, output);
                    return;
                }

                Counters.Drop(DropReason.UnknownLocator);
                return;
            case DataHeader.TypeResponse when HandshakeLayout.IsResponse(packet):
                if (_attempts.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(packet[HandshakeLayout.ResponseReceiverAt..]), out tunnel))
                {
                    tunnel.OnResponse(packet, output);
                    return;
                }

                Counters.Drop(DropReason.UnknownReceiver);
                return;
            case DataHeader.TypeCookie when HandshakeLayout.IsCookie(packet):
                if (_attempts.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(packet[HandshakeLayout.CookieReceiverAt..]), out tunnel))
                {
                    tunnel.OnCookie(packet);
                    return;
                }

                Counters.Drop(DropReason.UnknownReceiver);
                return;
            default:
                Counters.Drop(DropReason.Malformed);
                return;
        }
    }

    private static DropReason ReasonOf(UnwrapResult result) => result switch
    {
        UnwrapResult.StaleEpoch => DropReason.StaleEpoch,
        UnwrapResult.Replayed => DropReason.Replayed,
        UnwrapResult.Forged => DropReason.Forged,
        UnwrapResult.Ended => DropReason.Ended,
        UnwrapResult.WrongReceiver => DropReason.UnknownReceiver,
        _ => DropReason.Malformed,
    };
}
