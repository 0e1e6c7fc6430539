namespace Zeq.Tunnel;

/// <summary>
/// One side of one tunnel, from handshake to handshake (spec 50 §2, spec 51): its sessions, the peer's address as it roams, keepalives, and the timers of all that. It does no I/O: what
/// is to be sent goes into the batch that its <see cref="TunnelEndpoint"/> was given. Made by <see cref="TunnelEndpoint.Add"/>. Thread-safe.
/// </summary>
public sealed partial class TunnelSession : IDisposable
{
    private readonly TunnelEndpoint _endpoint;
    private readonly TunnelSecrets _secrets;
    private readonly TunnelSessionOptions _options;
    private readonly TunnelClock _clock;
    private readonly Lock _lock = new();

    private volatile TransportSession? _current;

    // The initiator's session that nothing was opened under yet, or the responder's one pending session.
    private volatile TransportSession? _next;
    private TransportSession? _old;
    private long _oldEndsMs;
    private PeerAddressBox _peer = PeerAddressBox.None;
    private PathCandidate? _candidate;
    private long _sentMs;

    // Since when data went out and nothing came, and since when data came and nothing went out; 0 where neither is so.
    private long _unansweredSinceMs;
    private long _owedSinceMs;
    private bool _isWanted;
    private bool _isClosed;
    private bool _disposed;
    private int _announced = (int)TunnelState.Down;

    internal TunnelSession(TunnelEndpoint endpoint, TunnelSecrets secrets, TunnelSessionOptions options)
    {
        _endpoint = endpoint;
        _secrets = secrets;
        _options = options;
        _clock = endpoint.Clock;
        _sentMs = _clock.NowMs;
    }

    /// <summary>This side's role.</summary>
    public TunnelRole Role => _secrets.Role;

    /// <summary>The suite of every handshake of this tunnel.</summary>
    public TunnelSuite Suite => _secrets.Suite;

    /// <summary>Whether the broker could read this tunnel (spec 06 rule 2).</summary>
    public bool IsReadableByBroker => _secrets.IsReadableByBroker;

    /// <summary>What the tunnel is doing.</summary>
    public TunnelState State => _current is { IsEnded: false } ? TunnelState.Up
        : Volatile.Read(ref _isClosed) ? TunnelState.Closed
        : Volatile.Read(ref _isWanted) ? TunnelState.Connecting : TunnelState.Down;

    /// <summary>Where packets go, as far as it was validated; nobody's address before the first handshake.</summary>
    public PeerAddress Peer => Volatile.Read(ref _peer).Address;

    /// <summary>The epoch of the sending direction, 0 to 255; 0 without a session.</summary>
    public int Epoch => _current?.Wrapper.Epoch ?? 0;

    /// <summary>What went through this tunnel.</summary>
    public TunnelCounters Counters { get; } = new();

    internal TunnelSecrets Secrets => _secrets;

    /// <summary>An initiator begins to seek a session, and keeps one from now on; the next tick sends the first init.</summary>
    /// <exception cref="InvalidOperationException">This side is the responder, or has no peer's endpoint.</exception>
    public void Connect()
    {
        if (Role != TunnelRole.Initiator || _options.Endpoint.IsNone)
        {
            throw new InvalidOperationException("Only an initiator that knows its peer's endpoint connects.");
        }

        lock (_lock)
        {
            _isWanted = true;
            _isClosed = false;
            _retryAtMs = _clock.NowMs;
        }
    }

    /// <summary>
    /// What the packets of one batch are sealed with and where they go. The caller refreshes the clock before, seals, and tells by <see cref="NoteSent(int, long)"/> what it sealed.
    /// </summary>
    /// <param name="wrapper">The session's sending direction.</param>
    /// <param name="to">The peer's address.</param>
    /// <returns>False where there is no session.</returns>
    public bool TryBeginSend(out PacketWrapper wrapper, out PeerAddress to)
    {
        TransportSession? session = _current;
        if (session is null or { IsEnded: true })
        {
            // An initiator's confirmation may well be data; a responder says nothing before it has the initiator's.
            session = Role == TunnelRole.Initiator ? _next : null;
        }

        to = session == _current ? Peer : session?.Address ?? default;
        wrapper = session?.Wrapper!;
        return session is { IsEnded: false } && !to.IsNone;
    }

    /// <summary>Counts IP packets that were sealed after <see cref="TryBeginSend"/> and sent.</summary>
    /// <param name="packets">At least 1.</param>
    /// <param name="bytes">Their sizes together.</param>
    public void NoteSent(int packets, long bytes)
    {
        Counters.Sent(packets, bytes);
        long now = _clock.NowMs;
        NoteSent(now);
        if (Volatile.Read(ref _unansweredSinceMs) == 0)
        {
            Volatile.Write(ref _unansweredSinceMs, Math.Max(now, 1));
        }
    }

    /// <summary>Says goodbye to the peer and erases all keys; an initiator seeks no session any more.</summary>
    /// <param name="output">What is to be sent.</param>
    public void Close(DatagramBatch output)
    {
        ArgumentNullException.ThrowIfNull(output);
        lock (_lock)
        {
            SendControl(ControlOp.Close, [], Peer, output);
            EraseAll();
            _isWanted = false;
            _isClosed = true;
        }

        Announce();
    }

    /// <summary>Erases all keys, those of the tunnel too, and leaves the endpoint.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _isWanted = false;
            EraseAll();
            ForgetAttempt();
        }

        _endpoint.Remove(this);
        _secrets.Dispose();
    }

    /// <summary>A packet of this tunnel opened: the session, the address and the timers learn of it.</summary>
    internal void OnAuthentic(TransportSession session, UnwrapResult kind, int sizeBytes, in PeerAddress from, bool isNewest, ReadOnlySpan<byte> control, DatagramBatch output)
    {
        long now = _clock.NowMs;
        if (session == _next)
        {
            Promote(session, output);
        }

        if (Volatile.Read(ref _unansweredSinceMs) != 0)
        {
            Volatile.Write(ref _unansweredSinceMs, 0);
        }

        if (kind == UnwrapResult.Packet && Volatile.Read(ref _owedSinceMs) == 0)
        {
            Volatile.Write(ref _owedSinceMs, Math.Max(now, 1));
        }

        if (from != Volatile.Read(ref _peer).Address && session == _current)
        {
            Roam(from, sizeBytes, isNewest, output);
        }

        if (kind == UnwrapResult.Control)
        {
            OnControl(control, from, output);
        }
    }

    /// <summary>Tells the owner where the state is another than the last one told.</summary>
    internal void Announce()
    {
        int state = (int)State;
        if (Interlocked.Exchange(ref _announced, state) != state)
        {
            _options.StateChanged?.Invoke(this);
        }
    }

    private void NoteSent(long nowMs)
    {
        Volatile.Write(ref _sentMs, nowMs);
        if (Volatile.Read(ref _owedSinceMs) != 0)
        {
            Volatile.Write(ref _owedSinceMs, 0);
        }
    }

    private void EraseAll()
    {
        Drop(ref _old);
        TransportSession? current = _current;
        TransportSession? next = _next;
        _current = null;
        _next = null;
        Drop(ref current);
        Drop(ref next);
        _candidate = null;
        Volatile.Write(ref _unansweredSinceMs, 0);
        Volatile.Write(ref _owedSinceMs, 0);
    }

    private void Drop(ref TransportSession? session)
    {
        if (session is not null)
        {
            _endpoint.Forget(session);
            session.Dispose();
            session = null;
        }
    }

    /// <summary>An address that is read and replaced whole.</summary>
    private sealed record PeerAddressBox(PeerAddress Address)
    {
        public static PeerAddressBox None { get; } = new(default(PeerAddress));
    }
}
