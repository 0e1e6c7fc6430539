namespace Zeq.Client;

/// <summary>
/// Counts the calls under way: so many in all, to one peer and for one caller (spec 05 rule 15). A caller beyond its own limit
/// is refused at once; a call that finds the peer or the home busy waits in line, as long as its own time lasts, in a line of
/// bounded length. A call that waits for a busy peer does not hold up calls to others. Thread-safe.
/// </summary>
internal sealed class CallGate(PeerPolicy policy)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _perPeer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _perKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _waitingPerPeer = new(StringComparer.Ordinal);
    private readonly LinkedList<Waiter> _line = new();
    private int _total;

    /// <summary>A place to be disposed after the call, or null where there is none in time.</summary>
    public async ValueTask<Place?> EnterAsync(string peer, string? key, CancellationToken cancellationToken)
    {
        var place = new Place(this, peer, key);
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (key is not null && _perKey.GetValueOrDefault(key) >= policy.MaxConcurrentPerKey)
            {
                return null;
            }

            if (HasRoom(peer))
            {
                Change(_perKey, key, 1);
                Take(peer);
                return place;
            }

            if (_line.Count >= policy.MaxWaitingTotal || _waitingPerPeer.GetValueOrDefault(peer) >= policy.MaxWaitingPerPeer)
            {
                return null;
            }

            Change(_perKey, key, 1);
            Change(_waitingPerPeer, peer, 1);
            node = _line.AddLast(new Waiter(peer));
        }

        using (cancellationToken.UnsafeRegister(static (state, _) => ((TaskCompletionSource<bool>)state!).TrySetResult(false), node.Value.Turn))
        {
            if (await node.Value.Turn.Task.ConfigureAwait(false))
            {
                return place;
            }
        }

        lock (_lock)
        {
            _line.Remove(node);
            Change(_waitingPerPeer, peer, -1);
            Change(_perKey, key, -1);
        }

        return null;
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            _total--;
            Change(_perPeer, place.Peer, -1);
            Change(_perKey, place.Key, -1);
            for (var node = _line.First; node is not null && _total < policy.MaxConcurrentTotal;)
            {
                var next = node.Next;
                var peer = node.Value.Peer;

                // One whose time ran out in this instant takes itself out of the line.
                if (HasRoom(peer) && node.Value.Turn.TrySetResult(true))
                {
                    _line.Remove(node);
                    Change(_waitingPerPeer, peer, -1);
                    Take(peer);
                }

                node = next;
            }
        }
    }

    private bool HasRoom(string peer) =>
        _total < policy.MaxConcurrentTotal && _perPeer.GetValueOrDefault(peer) < policy.MaxConcurrentPerPeer;

    private void Take(string peer)
    {
        _total++;
        Change(_perPeer, peer, 1);
    }

    private static void Change(Dictionary<string, int> counts, string? name, int by)
    {
        if (name is null)
        {
            return;
        }

        var count = counts.GetValueOrDefault(name) + by;
        if (count == 0)
        {
            counts.Remove(name);
        }
        else
        {
            counts[name] = count;
        }
    }

    private sealed record Waiter(string Peer)
    {
        public TaskCompletionSource<bool> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class Place(CallGate gate, string peer, string? key) : IDisposable
    {
        private bool _left;

        public string Peer { get; } = peer;

        public string? Key { get; } = key;

        public void Dispose()
        {
            if (!_left)
            {
                _left = true;
                gate.Leave(this);
            }
        }
    }
}
