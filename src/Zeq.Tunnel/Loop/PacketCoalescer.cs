namespace Zeq.Tunnel;

/// <summary>
/// Joins packets of one flow that came in one batch into super-packets, so that the machine's network stack is walked once for many. Packets of a flow keep their order; a packet whose checksum
/// does not hold goes on as it is, for the machine to judge. Not thread-safe.
/// </summary>
internal sealed class PacketCoalescer
{
    private const int MaxSegments = 64;
    private const int BucketCount = 256;

    private readonly List<Opened> _opened = [];
    private readonly int[] _buckets = new int[BucketCount];
    private readonly PacketBatch _output;
    private readonly TunOffloads _offloads;
    private int _emitted;
    private int _member;

    /// <param name="output">What the device is given.</param>
    /// <param name="offloads">What the device takes over.</param>
    public PacketCoalescer(PacketBatch output, TunOffloads offloads)
    {
        _output = output;
        _offloads = offloads;
    }

    public bool IsEmpty => _opened.Count == 0;

    public void Clear()
    {
        _opened.Clear();
        Array.Clear(_buckets);
        _emitted = 0;
        _member = -1;
    }

    /// <summary>Takes a packet of the batch.</summary>
    public void Add(int offset, ReadOnlySpan<byte> packet)
    {
        InnerFlow flow = _offloads == TunOffloads.None ? default : InnerFlow.Read(packet, _offloads);
        int index = _opened.Count;
        int first = index;
        if (flow.IsJoinable)
        {
            // A chain for each flow: its first member holds the last one.
            ref int bucket = ref _buckets[flow.Hash & (BucketCount - 1)];
            int candidate = bucket - 1;
            if (candidate >= 0 && _opened[candidate].Flow.IsSame(flow))
            {
                first = candidate;
                Opened head = _opened[candidate];
                _opened[head.Last] = _opened[head.Last] with { Next = index };
                head = _opened[candidate];
                _opened[candidate] = head with { Last = index };
            }
            else
            {
                bucket = index + 1;
            }
        }

        _opened.Add(new Opened(offset, packet.Length, flow, first == index, index, -1));
    }

    /// <summary>Writes packets and super-packets into the output, until that is full or all are written.</summary>
    /// <param name="buffer">Where the packets stand.</param>
    /// <returns>Whether all are written.</returns>
    public bool TryEmit(ReadOnlySpan<byte> buffer)
    {
        while (_emitted < _opened.Count)
        {
            if (!_opened[_emitted].IsFirst)
            {
                _emitted++;
                continue;
            }

            if (_member < 0)
            {
                _member = _emitted;
            }

            while (_member >= 0)
            {
                if (_output.Room < PacketBatch.MaxPacketSizeBytes && _output.Room < _opened[_member].Length)
                {
                    return false;
                }

                _member = EmitRun(buffer, _member);
            }

            _emitted++;
        }

        return true;
    }

    /// <summary>Writes one packet with as many of its followers as join it; answers the next of the flow, or -1.</summary>
    private int EmitRun(ReadOnlySpan<byte> buffer, int index)
    {
        Opened first = _opened[index];
        ReadOnlySpan<byte> packet = buffer.Slice(first.Offset, first.Length);
        int start = _output.NextOffset;
        int room = Math.Min(_output.Room, PacketBatch.MaxPacketSizeBytes);
        Span<byte> output = _output.Buffer.Slice(start, room);
        packet.CopyTo(output);
        int size = packet.Length;
        int count = 1;
        int next = first.Next;
        if (first.Flow.IsJoinable && next >= 0 && first.Flow.HasRightChecksum(packet))
        {
            ReadOnlySpan<byte> last = packet;
            while (next >= 0 && count < MaxSegments)
            {
                Opened follower = _opened[next];
                ReadOnlySpan<byte> candidate = buffer.Slice(follower.Offset, follower.Length);
                int payload = candidate.Length - first.Flow.Headers;
                if (size + payload > room || !first.Flow.IsFollowedBy(packet, last, candidate, size) || !first.Flow.HasRightChecksum(candidate))
                {
                    break;
                }

                candidate[first.Flow.Headers..].CopyTo(output[size..]);
                size += payload;
                count++;
                last = candidate;
                next = follower.Next;
            }

            if (count > 1)
            {
                _output.Commit(size, first.Flow.Join(output[..size], packet.Length, last));
                return next;
            }
        }

        _output.Commit(size);
        return first.Next;
    }

    /// <param name="Offset">Where the packet stands in the batch.</param>
    /// <param name="Length">Its bytes.</param>
    /// <param name="Flow">What it belongs to.</param>
    /// <param name="IsFirst">Whether it is the first of its chain.</param>
    /// <param name="Last">In the first of a chain: its last.</param>
    /// <param name="Next">The next of the chain, or -1.</param>
    private readonly record struct Opened(int Offset, int Length, InnerFlow Flow, bool IsFirst, int Last, int Next);
}
