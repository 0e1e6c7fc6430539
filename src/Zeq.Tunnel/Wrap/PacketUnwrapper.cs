using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>
/// The receiving direction of one session: checks a datagram and opens it in place (spec 50 §2). It keeps the key of the current epoch and, for 60 s, of the one before,
/// looks up to 16 epochs ahead, and moves on only where a tag holds (spec 06 rule 5). A counter is marked as received after the tag held, once. No call allocates, but
/// the step to another epoch. Thread-safe. The clock is read by the caller, once a batch.
/// </summary>
public sealed class PacketUnwrapper : IDisposable
{
    private readonly TunnelClock _clock;
    private readonly TunnelLimits _limits;
    private readonly uint _receiver;
    private readonly long _startMs;
    private readonly int _era;
    private readonly ReplayWindow _window = new();
    private readonly Lock _stepLock = new();
    private readonly EpochChain _chain;

    private SpinGate _gate;
    private volatile EpochCipher? _current;
    private volatile EpochCipher? _previous;
    private EpochCipher? _next;
    private EpochCipher? _far;
    private long _farAtMs = long.MinValue / 2;
    private long _previousEndsMs;
    private long _failedOpens;

    internal PacketUnwrapper(ReadOnlySpan<byte> chain32, uint receiver, TunnelClock clock, TunnelLimits limits)
    {
        _clock = clock;
        _limits = limits;
        _receiver = receiver;
        _startMs = clock.NowMs;
        _era = clock.Era;
        _chain = new EpochChain(chain32);
        _current = _chain.Take();
    }

    /// <summary>Whether this direction opens nothing more.</summary>
    public bool IsEnded => _current is null || _era != _clock.Era || _clock.NowMs - _startMs >= _limits.DeadAgeMs || Interlocked.Read(ref _failedOpens) >= _limits.FailedOpens;

    /// <summary>The newest epoch that the peer was heard in, 0 to 255.</summary>
    public int Epoch => _current?.Epoch ?? _limits.LastEpoch;

    /// <summary>Opens a datagram in place.</summary>
    /// <param name="datagram">From outside: any bytes, any length. Where it is refused after its header was read, what was ciphertext is zeroed.</param>
    /// <param name="packet">Where the IP packet, or the operation and body of a control packet, stands in <paramref name="datagram"/>; otherwise empty.</param>
    /// <returns>What it was, or why it was dropped; a dropped one changed nothing but a count.</returns>
    public UnwrapResult TryUnwrap(Span<byte> datagram, out Range packet)
    {
        UnwrapResult result = TryUnwrap(datagram, out PacketSlot slot, out _);
        packet = slot.Offset..(slot.Offset + slot.Length);
        return result;
    }

    /// <summary>Opens datagrams in place.</summary>
    /// <param name="buffer">Holds every datagram.</param>
    /// <param name="slots">Where each datagram stands; afterwards where its packet stands, as <see cref="TryUnwrap(Span{byte}, out Range)"/> tells.</param>
    /// <param name="results">At least as many as slots: what each was.</param>
    /// <exception cref="ArgumentException"><paramref name="results"/> is too short.</exception>
    public void UnwrapBatch(Span<byte> buffer, Span<PacketSlot> slots, Span<UnwrapResult> results)
    {
        if (results.Length < slots.Length)
        {
            throw new ArgumentException("Fewer results than datagrams.", nameof(results));
        }

        for (int i = 0; i < slots.Length; i++)
        {
            int offset = slots[i].Offset;
            results[i] = TryUnwrap(buffer.Slice(offset, slots[i].Length), out PacketSlot inner, out _);
            slots[i] = inner with { Offset = offset + inner.Offset };
        }
    }

    /// <summary>Erases the keys. May be called more than once, and while another thread opens.</summary>
    public void Dispose()
    {
        lock (_stepLock)
        {
            _chain.Dispose();
            _current?.Dispose();
            _previous?.Dispose();
            _next?.Dispose();
            _far?.Dispose();
            _current = _previous = _next = _far = null;
        }
    }

    /// <param name="datagram">As in the public call.</param>
    /// <param name="packet">As in the public call.</param>
    /// <param name="isNewest">Whether no packet with a greater counter came before: only such a packet may move the peer's address (spec 06 rule 7).</param>
    [SkipLocalsInit]
    internal UnwrapResult TryUnwrap(Span<byte> datagram, out PacketSlot packet, out bool isNewest)
    {
        packet = default;
        isNewest = false;
        if (datagram.Length < DataHeader.MinDatagramSizeBytes || (datagram.Length - DataHeader.SizeBytes) % DataHeader.BlockSizeBytes != 0
            || datagram[0] != DataHeader.TypeData || BinaryPrimitives.ReadUInt16LittleEndian(datagram[2..]) != 0)
        {
            return UnwrapResult.Malformed;
        }

        if (DataHeader.Receiver(datagram) != _receiver)
        {
            return UnwrapResult.WrongReceiver;
        }

        if (IsEnded)
        {
            return UnwrapResult.Ended;
        }

        int epochNumber = datagram[1];
        EpochCipher? epoch = Find(epochNumber);
        if (epoch is null)
        {
            return UnwrapResult.StaleEpoch;
        }

        ulong counter = DataHeader.Counter(datagram);
        _gate.Enter();
        bool isNew = _window.IsNew(counter);
        _gate.Leave();
        if (!isNew)
        {
            return UnwrapResult.Replayed;
        }

        Span<byte> nonce = stackalloc byte[AeadCipher.NonceSizeBytes];
        DataHeader.WriteNonce(datagram, epoch, nonce);
        Span<byte> inner = datagram[DataHeader.SizeBytes..^DataHeader.TagSizeBytes];
        try
        {
            if (!epoch.Aead.TryOpen(nonce, datagram[DataHeader.SizeBytes..], inner, datagram[..DataHeader.SizeBytes]))
            {
                Interlocked.Increment(ref _failedOpens);
                return UnwrapResult.Forged;
            }
        }
        catch (ObjectDisposedException)
        {
            return UnwrapResult.StaleEpoch;
        }

        _gate.Enter();
        ulong greatest = _window.Greatest;
        isNew = _window.TryMark(counter);
        _gate.Leave();
        if (!isNew)
        {
            inner.Clear();
            return UnwrapResult.Replayed;
        }

        isNewest = counter >= greatest;
        if (epoch.Epoch > Epoch)
        {
            MoveTo(epoch);
        }

        return Classify(inner, ref packet);
    }

    /// <summary>Erases the key before the current one when its time is over.</summary>
    internal void Sweep()
    {
        lock (_stepLock)
        {
            if (_previous is { } previous && _clock.NowMs >= _previousEndsMs)
            {
                _previous = null;
                previous.Dispose();
            }
        }
    }

    private static UnwrapResult Classify(Span<byte> inner, ref PacketSlot packet)
    {
        var kind = (InnerKind)inner[0];
        switch (kind)
        {
            case InnerKind.IPv4 or InnerKind.IPv6:
                int size = InnerPacket.Measure(kind, inner[DataHeader.KindSizeBytes..]);
                if (size == 0)
                {
                    return UnwrapResult.Ignored;
                }

                packet = new PacketSlot(DataHeader.PacketOffset, size);
                return UnwrapResult.Packet;
            case InnerKind.Keepalive:
                return UnwrapResult.Keepalive;
            case InnerKind.Cover:
                return UnwrapResult.Cover;
            case InnerKind.Control:
                packet = new PacketSlot(DataHeader.PacketOffset, inner.Length - DataHeader.KindSizeBytes);
                return UnwrapResult.Control;
            default:
                return UnwrapResult.Ignored;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private EpochCipher? Find(int number) => _current is { } current && current.Epoch == number ? current : FindOther(number);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private EpochCipher? FindOther(int number)
    {
        lock (_stepLock)
        {
            if (_current is not { } current)
            {
                return null;
            }

            if (number == current.Epoch)
            {
                return current;
            }

            if (number < current.Epoch)
            {
                return _previous is { } previous && previous.Epoch == number && _clock.NowMs < _previousEndsMs ? previous : null;
            }

            if (number > _limits.LastEpoch || number - current.Epoch > _limits.EpochsAhead)
            {
                return null;
            }

            return number == current.Epoch + 1 ? _next ??= _chain.Peek(number) : FindFar(number);
        }
    }

    /// <summary>Every packet of the epoch between was lost. Forgeries that say so are answered a few times a second and no more.</summary>
    private EpochCipher? FindFar(int number)
    {
        if (_far is { } far && far.Epoch == number)
        {
            return far;
        }

        if (_clock.NowMs - _farAtMs < _limits.FarEpochEveryMs)
        {
            return null;
        }

        _farAtMs = _clock.NowMs;
        _far?.Dispose();
        return _far = _chain.Peek(number);
    }

    private void MoveTo(EpochCipher epoch)
    {
        lock (_stepLock)
        {
            if (_current is not { } current || epoch.Epoch <= current.Epoch || (epoch != _next && epoch != _far))
            {
                return;
            }

            _previous?.Dispose();
            _previous = current;
            _previousEndsMs = _clock.NowMs + _limits.PreviousEpochMs;
            _chain.SkipTo(epoch.Epoch + 1);
            if (epoch == _next)
            {
                _next = null;
            }
            else
            {
                _far = null;
            }

            _next?.Dispose();
            _far?.Dispose();
            _next = _far = null;
            _current = epoch;
        }
    }
}
