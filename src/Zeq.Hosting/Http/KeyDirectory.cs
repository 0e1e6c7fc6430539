using System.Collections.Concurrent;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Finds the caller of a key. What was found is remembered until a commit, of this node or another, changes a key or its account; while it
/// is not known what other nodes change, every key is looked up. The table is bounded.
/// </summary>
/// <param name="reader">Where keys are looked up.</param>
/// <param name="isCurrent">Whether all that other nodes changed has been told.</param>
internal sealed class KeyDirectory(Func<IHomeReader> reader, Func<bool> isCurrent)
{
    private const int MaxEntries = 16_384;

    private readonly ConcurrentDictionary<string, (Caller Caller, Zid Zid)> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Zeqond> _uses = new(StringComparer.Ordinal);
    private long _changes;

    /// <summary>The caller of a key's digest, or null where it opens nothing.</summary>
    public async ValueTask<Caller?> FindAsync(string keyHash, Zeqond now, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(keyHash, out (Caller Caller, Zid Zid) known) || !isCurrent())
        {
            long before = Interlocked.Read(ref _changes);
            ApiKeyRow? key = await reader().FindAsync(ApiKeyRow.Table, keyHash, cancellationToken).ConfigureAwait(false);
            IdentityRow? account = key is null ? null : await reader().FindAsync(IdentityRow.Table, key.Zid.Text, cancellationToken).ConfigureAwait(false);
            if (key is null || account is null || !key.IsValidFor(account))
            {
                _known.TryRemove(keyHash, out _);
                return null;
            }

            known = (Caller.Of(key), key.Zid);
            if (_known.Count >= MaxEntries)
            {
                _known.Clear();
            }

            _known[keyHash] = known;
            if (Interlocked.Read(ref _changes) != before)
            {
                // A commit came between the read and the note: what was read may be old.
                _known.TryRemove(keyHash, out _);
            }
        }

        _uses[keyHash] = now;
        return known.Caller;
    }

    /// <summary>Forgets what a commit made old.</summary>
    public void Committed(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (ReferenceEquals(change.Table, ApiKeyRow.Table))
            {
                ForgetKey(change.Key);
            }
            else if (ReferenceEquals(change.Table, IdentityRow.Table) && change.Kind != ChangeKind.Insert)
            {
                ForgetAccount(change.Key);
            }
        }
    }

    /// <summary>Forgets what a commit of any node made old.</summary>
    public void Changed(SharedChange change)
    {
        bool isKey = change.MayBeOf(ApiKeyRow.Table);
        if (!isKey && !change.MayBeOf(IdentityRow.Table))
        {
            return;
        }

        if (change.Key is null)
        {
            Interlocked.Increment(ref _changes);
            _known.Clear();
        }
        else if (isKey)
        {
            ForgetKey(change.Key);
        }
        else
        {
            ForgetAccount(change.Key);
        }
    }

    private void ForgetKey(string hash)
    {
        Interlocked.Increment(ref _changes);
        _known.TryRemove(hash, out _);
    }

    private void ForgetAccount(string zid)
    {
        Interlocked.Increment(ref _changes);
        foreach ((string hash, (Caller Caller, Zid Zid) known) in _known)
        {
            if (known.Zid.Text == zid)
            {
                _known.TryRemove(hash, out _);
            }
        }
    }

    /// <summary>Hands out the uses since the last call, at most so many.</summary>
    public Dictionary<string, Zeqond> TakeUses(int most)
    {
        var uses = new Dictionary<string, Zeqond>(StringComparer.Ordinal);
        foreach (string hash in _uses.Keys)
        {
            if (uses.Count == most)
            {
                break;
            }

            if (_uses.TryRemove(hash, out Zeqond at))
            {
                uses[hash] = at;
            }
        }

        return uses;
    }
}
