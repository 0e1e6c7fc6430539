using System.Security.Cryptography;
using Zeq.Protocol;

namespace Zeq.Tunnel;

/// <summary>The handshake's conversation (spec 51 §6, §7).</summary>
public sealed partial class TunnelSession
{
    private readonly InitLimiter _inits = new();
    private readonly byte[] _cookie = GC.AllocateArray<byte>(HandshakeLayout.CookieValueSizeBytes, pinned: true);
    private InitiatorAttempt? _attempt;
    private PeerAddress _attemptTo;
    private int _attempts;
    private long _cookieAtMs = long.MinValue / 2;
    private long _retryAtMs;
    private long _confirmAtMs;
    private ulong _lastStamp;

    // The responder's: what it accepted last.
    private ulong _greatestStamp;
    private long _acceptedAtMs = long.MinValue / 2;
    private long _clockLoggedMs = long.MinValue / 2;

    /// <summary>Steps 3 to 7 of a responder: the init has the shape of one, and our locator.</summary>
    internal void OnInit(ReadOnlySpan<byte> init, in PeerAddress from, DatagramBatch output)
    {
        if (!IsOurInit(init))
        {
            Drop(DropReason.BadHandshake);
            return;
        }

        lock (_lock)
        {
            long now = _clock.NowMs;
            ulong stamp = HandshakeLayout.Stamp(init);
            if (_disposed || !IsOfOurTime(stamp, now))
            {
                return;
            }

            if (stamp <= _greatestStamp)
            {
                Drop(DropReason.StaleInit);
                return;
            }

            if (_endpoint.Load.IsHigh(now) && !_endpoint.Cookies.IsPaid(init, Suite, from))
            {
                Drop(DropReason.CookieAsked);
                Span<byte> packet = stackalloc byte[HandshakeLayout.CookieSizeBytes];
                _endpoint.Cookies.Write(_secrets, init, from, packet);
                output.TryAdd(packet, from);
                return;
            }

            if (now - _acceptedAtMs < TunnelTiming.InitEveryMs)
            {
                Drop(DropReason.TooSoon);
                return;
            }

            _greatestStamp = stamp;
            _acceptedAtMs = now;
            Answer(init, from, output);
        }
    }

    internal bool IsOurInit(ReadOnlySpan<byte> init) =>
        Role == TunnelRole.Responder && init[1] == (byte)Suite && HandshakeLayout.VerifyMac(_secrets.MacInitiator, init, HandshakeLayout.InitMacAt(Suite));

    /// <summary>A response to our newest attempt, of the shape of one.</summary>
    internal void OnResponse(ReadOnlySpan<byte> response, DatagramBatch output)
    {
        lock (_lock)
        {
            if (_attempt is not { } attempt)
            {
                Drop(DropReason.UnknownReceiver);
                return;
            }

            using SessionSecrets? secrets = attempt.Complete(response);
            if (secrets is null)
            {
                Drop(DropReason.BadHandshake);
                return;
            }

            _inits.Answered(_attemptTo);
            var session = new TransportSession(
                this, secrets, attempt.Index, HandshakeLayout.Sender(response), ZeqondOf(HandshakeLayout.Stamp(response)), _attemptTo, _clock, _endpoint.Limits);
            ForgetAttempt();
            _attempts = 0;
            _retryAtMs = _clock.NowMs;
            SetNext(session);
            Volatile.Write(ref _unansweredSinceMs, 0);
            Send(session, InnerKind.Keepalive, [], session.Address, output);
            _confirmAtMs = _clock.NowMs + TunnelTiming.ConfirmEveryMs;
        }
    }

    /// <summary>A cookie for our newest attempt: kept for the next init, never answered at once.</summary>
    internal void OnCookie(ReadOnlySpan<byte> packet)
    {
        lock (_lock)
        {
            Span<byte> cookie = stackalloc byte[HandshakeLayout.CookieValueSizeBytes];
            if (_attempt?.TryReadCookie(packet, cookie) == true)
            {
                cookie.CopyTo(_cookie);
                _cookieAtMs = _clock.NowMs;
            }
            else
            {
                Drop(DropReason.BadHandshake);
            }

            CryptographicOperations.ZeroMemory(cookie);
        }
    }

    private void Answer(ReadOnlySpan<byte> init, in PeerAddress from, DatagramBatch output)
    {
        Span<byte> response = stackalloc byte[HandshakeLayout.HybridSizeBytes];
        response = response[..HandshakeLayout.Size(Suite)];
        uint index = _endpoint.NewIndex();
        ulong stamp = (ulong)Math.Max(0, _clock.UnixMs);
        using SessionSecrets? secrets = ResponderAnswer.Write(_secrets, init, index, stamp, SystemRandomness.Instance, response);
        if (secrets is null)
        {
            Drop(DropReason.BadHandshake);
            return;
        }

        SetNext(new TransportSession(this, secrets, index, HandshakeLayout.Sender(init), ZeqondOf(stamp), from, _clock, _endpoint.Limits));
        output.TryAdd(response, from);
    }

    /// <summary>One at a time: an older one that nothing opened under is erased, the current one never.</summary>
    private void SetNext(TransportSession session)
    {
        TransportSession? before = _next;
        _endpoint.Register(session);
        _next = session;
        Drop(ref before);
    }

    /// <summary>Something opened under the next session: the peer has its keys. The session before receives for 60 s more.</summary>
    private void Promote(TransportSession session, DatagramBatch output)
    {
        lock (_lock)
        {
            if (session != _next)
            {
                return;
            }

            Drop(ref _old);
            _old = _current;
            _oldEndsMs = _clock.NowMs + TunnelTiming.OldSessionMs;
            _current = session;
            _next = null;
            _candidate = null;
            _isClosed = false;
            Volatile.Write(ref _peer, new PeerAddressBox(session.Address));
            _endpoint.Counters.Handshake();
            Counters.Handshake();
            if (Role == TunnelRole.Responder)
            {
                // So that the initiator confirms now, and not with the first packet that happens to come.
                Send(session, InnerKind.Keepalive, [], session.Address, output);
            }
        }

        Announce();
    }

    private void StartAttempt(long nowMs, DatagramBatch output)
    {
        // A peer that moved is sought where it was last, and in turn where it was said to be.
        PeerAddress to = _attempts % 2 == 0 && !Peer.IsNone ? Peer : _options.Endpoint;
        if (!_inits.TrySend(to, nowMs, out long allowedAtMs))
        {
            _retryAtMs = allowedAtMs;
            return;
        }

        ForgetAttempt();
        _lastStamp = Math.Max(_lastStamp + 1, (ulong)Math.Max(0, _clock.UnixMs));
        bool hasCookie = nowMs - _cookieAtMs < TunnelTiming.CookieMs;
        _attempt = new InitiatorAttempt(_secrets, _endpoint.NewIndex(), _lastStamp, hasCookie ? _cookie : [], SystemRandomness.Instance);
        _attemptTo = to;
        _attempts++;
        _endpoint.Register(_attempt.Index, this);
        output.TryAdd(_attempt.Init, to);
        _retryAtMs = nowMs + TunnelTiming.RetryMs + RandomNumberGenerator.GetInt32(TunnelTiming.RetryJitterMs);
    }

    private void ForgetAttempt()
    {
        if (_attempt is not null)
        {
            _endpoint.ForgetAttempt(_attempt.Index);
            _attempt.Dispose();
            _attempt = null;
        }
    }

    private bool IsOfOurTime(ulong stamp, long nowMs)
    {
        if (stamp <= long.MaxValue && Math.Abs(ZeqondOf(stamp) - Zeqond.FromUnixMs(_clock.UnixMs).Value) <= TunnelTiming.MaxStampZeqonds)
        {
            return true;
        }

        Drop(DropReason.ClockDiffers);
        if (nowMs - _clockLoggedMs >= TunnelTiming.ClockLogEveryMs)
        {
            _clockLoggedMs = nowMs;
            _endpoint.Log("clock differs: a peer's handshake is more than 128 Zeqonds away from this machine's clock");
        }

        return false;
    }

    private void Drop(DropReason reason)
    {
        Counters.Drop(reason);
        _endpoint.Counters.Drop(reason);
    }

    private static long ZeqondOf(ulong stamp) => Zeqond.FromUnixMs((long)Math.Min(stamp, long.MaxValue)).Value;
}
