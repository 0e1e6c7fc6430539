namespace Zeq.Tunnel;

/// <summary>Timers, keepalives, control packets and roaming (spec 50 §2, spec 51 §7, spec 06 rules 5, 7, 8).</summary>
public sealed partial class TunnelSession
{
    private const int ControlSizeBytes = 1 + TunnelTiming.ChallengeSizeBytes;

    /// <summary>Does what is due by now. The clock was just read.</summary>
    internal void Tick(DatagramBatch output)
    {
        long now = _clock.NowMs;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            EraseEnded(now);
            if (Role == TunnelRole.Initiator)
            {
                TickInitiator(now, output);
            }

            TickKeepalive(now, output);
            if (_candidate is { } candidate)
            {
                if (candidate.IsGivenUp(now))
                {
                    _candidate = null;
                }
                else
                {
                    Challenge(candidate, output);
                }
            }

            _current?.Sweep();
            _old?.Sweep();
        }

        Announce();
    }

    private void EraseEnded(long now)
    {
        if (_current is { IsEnded: true } current)
        {
            _current = null;
            Drop(ref current!);
        }

        if (_next is { } next && (next.IsEnded || now - next.StartMs >= TunnelTiming.UnconfirmedMs))
        {
            _next = null;
            Drop(ref next!);
        }

        if (_old is { } old && (old.IsEnded || now >= _oldEndsMs))
        {
            Drop(ref _old);
        }
    }

    private void TickInitiator(long now, DatagramBatch output)
    {
        if (_next is { } next)
        {
            if (now >= _confirmAtMs)
            {
                _confirmAtMs = now + TunnelTiming.ConfirmEveryMs;
                Send(next, InnerKind.Keepalive, [], next.Address, output);
            }

            return;
        }

        if (!_isWanted)
        {
            return;
        }

        long unanswered = Volatile.Read(ref _unansweredSinceMs);
        bool isSilent = unanswered != 0 && now - unanswered >= TunnelTiming.SilenceMs;
        bool isNeeded = _current is not { } current || current.IsToBeRenewed || isSilent;
        if (!isNeeded)
        {
            // Something came after all: an attempt that is still out there may succeed or not.
            return;
        }

        if (now >= _retryAtMs)
        {
            StartAttempt(now, output);
        }
    }

    private void TickKeepalive(long now, DatagramBatch output)
    {
        if (_current is not { } current)
        {
            return;
        }

        long owed = Volatile.Read(ref _owedSinceMs);
        if ((owed != 0 && now - owed >= TunnelTiming.PassiveKeepaliveMs)
            || (_options.PersistentKeepalive && now - Volatile.Read(ref _sentMs) >= TunnelTiming.PersistentKeepaliveMs))
        {
            Send(current, InnerKind.Keepalive, [], Peer, output);
        }
    }

    private void OnControl(ReadOnlySpan<byte> control, in PeerAddress from, DatagramBatch output)
    {
        switch ((ControlOp)control[0])
        {
            case ControlOp.PathChallenge when control.Length >= ControlSizeBytes:
                lock (_lock)
                {
                    // The answer goes to where the question came from, and is no longer than it.
                    SendControl(ControlOp.PathResponse, control.Slice(1, TunnelTiming.ChallengeSizeBytes), from, output);
                }

                break;
            case ControlOp.PathResponse when control.Length >= ControlSizeBytes:
                lock (_lock)
                {
                    if (_candidate is { } candidate && candidate.IsAnsweredBy(control[1..], from))
                    {
                        Volatile.Write(ref _peer, new PeerAddressBox(from));
                        _inits.Answered(from);
                        _candidate = null;
                        Counters.Roam();
                        _endpoint.Counters.Roam();
                    }
                }

                break;
            case ControlOp.Close:
                lock (_lock)
                {
                    EraseAll();
                    ForgetAttempt();
                    _isWanted = false;
                    _isClosed = true;
                }

                Announce();
                break;
            default:
                break;
        }
    }

    /// <summary>A packet opened that came from elsewhere. Traffic stays with the old address until the new one has answered a challenge.</summary>
    private void Roam(in PeerAddress from, int sizeBytes, bool isNewest, DatagramBatch output)
    {
        lock (_lock)
        {
            if (_candidate?.Address != from)
            {
                if (!isNewest)
                {
                    return;
                }

                _candidate = new PathCandidate(from);
            }

            _candidate.Received(sizeBytes);
            Challenge(_candidate, output);
        }
    }

    private void Challenge(PathCandidate candidate, DatagramBatch output)
    {
        if (_current is not null && candidate.TryChallenge(DataHeader.DatagramSize(ControlSizeBytes), _clock.NowMs))
        {
            SendControl(ControlOp.PathChallenge, candidate.Token, candidate.Address, output);
        }
    }

    private void SendControl(ControlOp op, ReadOnlySpan<byte> body, in PeerAddress to, DatagramBatch output)
    {
        if (_current is { } current && !to.IsNone)
        {
            Span<byte> control = stackalloc byte[ControlSizeBytes];
            control[0] = (byte)op;
            body.CopyTo(control[1..]);
            Send(current, InnerKind.Control, control[..(1 + body.Length)], to, output);
        }
    }

    private void Send(TransportSession session, InnerKind kind, ReadOnlySpan<byte> body, in PeerAddress to, DatagramBatch output)
    {
        Span<byte> datagram = stackalloc byte[DataHeader.DatagramSize(ControlSizeBytes)];
        int size = session.Wrapper.WrapKind(kind, body, datagram);
        if (size > 0 && output.TryAdd(datagram[..size], to))
        {
            NoteSent(_clock.NowMs);
        }
    }
}
