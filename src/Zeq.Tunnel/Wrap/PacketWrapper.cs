using System.Runtime.CompilerServices;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Tunnel;

/// <summary>
/// The sending direction of one session: puts a header before a packet, pads it, and seals it in place (spec 50 §2). The counter starts at 0 and never resets, across
/// epochs too, so no key meets a nonce twice, whatever the clock does; an epoch ends by its own count or age and steps with the packet that needs it
/// (spec 06 rule 5). No call allocates, but the step to the next epoch. Thread-safe. The clock is read by the caller, once a batch: <see cref="TunnelClock.Refresh"/>.
/// </summary>
public sealed class PacketWrapper : IDisposable
{
    /// <summary>The largest packet, in bytes.</summary>
    public const int MaxPacketSizeBytes = 65_400;

    /// <summary>Where a packet must stand in its datagram before <see cref="WrapInPlace"/>: 21 bytes from the start.</summary>
    public const int PacketOffset = DataHeader.PacketOffset;

    private readonly TunnelClock _clock;
    private readonly TunnelLimits _limits;
    private readonly uint _receiver;
    private readonly long _startMs;
    private readonly long _startZeqond;
    private readonly int _era;
    private readonly EpochChain _chain;

    private SpinGate _gate;
    private EpochCipher? _epoch;
    private EpochCipher? _retired;
    private long _retiredAtMs;
    private ulong _counter;
    private long _epochPacketsLeft;
    private long _epochBlocksLeft;
    private long _epochEndsMs;

    internal PacketWrapper(ReadOnlySpan<byte> chain32, uint receiver, long startZeqond, TunnelClock clock, TunnelLimits limits)
    {
        _clock = clock;
        _limits = limits;
        _receiver = receiver;
        _startMs = clock.NowMs;
        _startZeqond = startZeqond;
        _era = clock.Era;
        _chain = new EpochChain(chain32);
        Begin(_chain.Take(_receiver));
    }

    /// <summary>Whether this direction seals nothing more.</summary>
    public bool IsEnded => _epoch is null || _era != _clock.Era || _clock.NowMs - _startMs >= _limits.DeadAgeMs;

    /// <summary>The current epoch, 0 to 255.</summary>
    public int Epoch => Volatile.Read(ref _epoch)?.Epoch ?? _limits.LastEpoch;

    /// <summary>The size of the datagram that carries a packet.</summary>
    /// <param name="packetSizeBytes">0 to <see cref="MaxPacketSizeBytes"/>.</param>
    public static int DatagramSize(int packetSizeBytes) => DataHeader.DatagramSize(packetSizeBytes);

    /// <summary>Seals an IP packet into a datagram.</summary>
    /// <param name="packet">A whole IPv4 or IPv6 packet, apart from <paramref name="datagram"/>.</param>
    /// <param name="datagram">At least <see cref="DatagramSize"/> bytes.</param>
    /// <returns>The size of the datagram; 0 where the session is over and a new one is needed. What stands in <paramref name="datagram"/> is then plaintext, and not to be sent.</returns>
    /// <exception cref="ArgumentException">The packet is no IP packet of its whole length, or the datagram is too short.</exception>
    public int Wrap(ReadOnlySpan<byte> packet, Span<byte> datagram)
    {
        InnerKind kind = KindOf(packet);
        RequireRoom(packet.Length, datagram.Length);
        packet.CopyTo(datagram[PacketOffset..]);
        return Seal(kind, packet.Length, datagram);
    }

    /// <summary>Seals an IP packet that stands in its datagram already, <see cref="PacketOffset"/> bytes from the start.</summary>
    /// <param name="datagram">At least <see cref="DatagramSize"/> bytes.</param>
    /// <param name="packetSizeBytes">The size of the packet.</param>
    /// <returns>As <see cref="Wrap"/>.</returns>
    /// <exception cref="ArgumentException">As <see cref="Wrap"/>.</exception>
    public int WrapInPlace(Span<byte> datagram, int packetSizeBytes)
    {
        RequireRoom(packetSizeBytes, datagram.Length);
        return Seal(KindOf(datagram.Slice(PacketOffset, packetSizeBytes)), packetSizeBytes, datagram);
    }

    /// <summary>Seals packets that stand in their datagrams already, each <see cref="PacketOffset"/> bytes from its start.</summary>
    /// <param name="buffer">Holds every datagram.</param>
    /// <param name="slots">Where each datagram starts and the size of its packet; afterwards the size of the datagram.</param>
    /// <returns>How many were sealed, from the first on; fewer than all where the session is over.</returns>
    /// <exception cref="ArgumentException">As <see cref="Wrap"/>; packets before the wrong one are sealed.</exception>
    public int WrapBatch(Span<byte> buffer, Span<PacketSlot> slots)
    {
        int done = 0;
        while (done < slots.Length)
        {
            int longest = 0;
            foreach (PacketSlot slot in slots[done..])
            {
                RequireRoom(slot.Length, buffer.Length - slot.Offset);
                longest = Math.Max(longest, slot.Length);
            }

            // The numbers of many packets are taken at once.
            int count = Reserve(slots.Length - done, DataHeader.InnerSize(longest) / DataHeader.BlockSizeBytes, out EpochCipher? epoch, out ulong counter);
            if (epoch is null)
            {
                return done;
            }

            uint zeqond = Zeqond;
            for (int end = done + count; done < end; done++, counter++)
            {
                ref PacketSlot slot = ref slots[done];
                Span<byte> datagram = buffer.Slice(slot.Offset, DataHeader.DatagramSize(slot.Length));
                InnerKind kind = KindOf(datagram.Slice(PacketOffset, slot.Length));
                if (!TrySeal(kind, slot.Length, datagram, epoch, zeqond, counter) && Seal(kind, slot.Length, datagram) == 0)
                {
                    return done;
                }

                slot.Length = datagram.Length;
            }
        }

        return done;
    }

    /// <summary>Erases the keys. May be called more than once, and while another thread seals.</summary>
    public void Dispose()
    {
        _gate.Enter();
        EpochCipher? epoch = _epoch;
        EpochCipher? retired = _retired;
        _epoch = null;
        _retired = null;
        _epochPacketsLeft = 0;
        _chain.Dispose();
        _gate.Leave();
        epoch?.Dispose();
        retired?.Dispose();
    }

    /// <summary>Seals a keepalive, cover or control packet.</summary>
    internal int WrapKind(InnerKind kind, ReadOnlySpan<byte> body, Span<byte> datagram)
    {
        RequireRoom(body.Length, datagram.Length);
        body.CopyTo(datagram[PacketOffset..]);
        return Seal(kind, body.Length, datagram);
    }

    /// <summary>Erases the key before the current one when nobody can be sealing with it.</summary>
    internal void Sweep()
    {
        EpochCipher? gone = null;
        _gate.Enter();
        if (_retired is not null && _clock.NowMs - _retiredAtMs >= _limits.RetiredKeyMs)
        {
            gone = _retired;
            _retired = null;
        }

        _gate.Leave();
        gone?.Dispose();
    }

    private uint Zeqond => unchecked((uint)(_startZeqond + ((_clock.NowMs - _startMs) / KernelConstants.ZeqondMs)));

    private int Seal(InnerKind kind, int packetSizeBytes, Span<byte> datagram)
    {
        datagram = datagram[..DataHeader.DatagramSize(packetSizeBytes)];
        do
        {
            _ = Reserve(1, DataHeader.InnerSize(packetSizeBytes) / DataHeader.BlockSizeBytes, out EpochCipher? epoch, out ulong counter);
            if (epoch is null)
            {
                return 0;
            }

            if (TrySeal(kind, packetSizeBytes, datagram, epoch, Zeqond, counter))
            {
                return datagram.Length;
            }
        }
        while (true);
    }

    /// <returns>False where this thread slept until its epoch was gone, and nothing was written: it takes a number of the current one, or the session is over.</returns>
    [SkipLocalsInit]
    private static bool TrySeal(InnerKind kind, int packetSizeBytes, Span<byte> datagram, EpochCipher epoch, uint zeqond, ulong counter)
    {
        int inner = datagram.Length - DataHeader.SizeBytes - DataHeader.TagSizeBytes;
        DataHeader.Write(datagram, epoch.Head, zeqond, counter);
        datagram[DataHeader.SizeBytes] = (byte)kind;
        for (int i = PacketOffset + packetSizeBytes; i < DataHeader.SizeBytes + inner; i++)
        {
            datagram[i] = 0;
        }

        Span<byte> nonce = stackalloc byte[AeadCipher.NonceSizeBytes];
        DataHeader.WriteNonce(datagram, epoch, nonce);
        try
        {
            epoch.Aead.Seal(nonce, datagram.Slice(DataHeader.SizeBytes, inner), datagram[DataHeader.SizeBytes..], datagram[..DataHeader.SizeBytes]);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Counts packets of at most so many blocks each, and gives the key of their epoch (null where there is none any more) and the number of the first.</summary>
    /// <returns>How many were counted: fewer than wanted where the epoch ends before.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Reserve(int wanted, int blocksEach, out EpochCipher? epoch, out ulong counter)
    {
        long now = _clock.NowMs;
        int count = wanted;
        _gate.Enter();
        if (_epochPacketsLeft < 1 || _epochBlocksLeft < blocksEach || now >= _epochEndsMs || _era != _clock.Era)
        {
            TryStep(now);
        }

        epoch = _epoch;
        counter = _counter;
        if (epoch is not null)
        {
            if (count > 1)
            {
                count = (int)Math.Min(count, Math.Max(1, Math.Min(_epochPacketsLeft, _epochBlocksLeft / blocksEach)));
            }

            _counter = counter + (ulong)count;
            _epochPacketsLeft -= count;
            _epochBlocksLeft -= (long)count * blocksEach;
        }

        _gate.Leave();
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TryStep(long now)
    {
        EpochCipher? last = _epoch;
        if (last is null)
        {
            return;
        }

        _retired?.Dispose();
        _retired = last;
        _retiredAtMs = now;
        if (last.Epoch >= _limits.LastEpoch || _era != _clock.Era || now - _startMs >= _limits.DeadAgeMs)
        {
            _epoch = null;
            _chain.Dispose();
            return;
        }

        Begin(_chain.Take(_receiver));
    }

    private void Begin(EpochCipher epoch)
    {
        _epochPacketsLeft = _limits.EpochPackets;
        _epochBlocksLeft = _limits.EpochBlocks;
        _epochEndsMs = Math.Min(_clock.NowMs + _limits.EpochAgeMs, _startMs + _limits.DeadAgeMs);
        Volatile.Write(ref _epoch, epoch);
    }

    private static InnerKind KindOf(ReadOnlySpan<byte> packet)
    {
        InnerKind kind = InnerPacket.KindOf(packet);
        return kind != InnerKind.Keepalive ? kind : throw new ArgumentException("Not an IP packet of its whole length.", nameof(packet));
    }

    private static void RequireRoom(int packetSizeBytes, int datagramSizeBytes)
    {
        if ((uint)packetSizeBytes > MaxPacketSizeBytes || datagramSizeBytes < DataHeader.DatagramSize(packetSizeBytes))
        {
            throw new ArgumentException($"A packet of {packetSizeBytes} bytes does not fit a datagram of {datagramSizeBytes}.", nameof(packetSizeBytes));
        }
    }
}
