using System.Collections.Concurrent;
using System.Security.Cryptography;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// The key pairs of machines, opened from the vault when they are asked for and kept while they are the newest. Every use asks the store which one that is, so that a rotation on another node of the home counts at
/// once. Thread-safe.
/// </summary>
internal sealed class ExchangeKeys(HomeServices services) : IDisposable
{
    /// <summary>The most pairs that are kept open; beyond it all are let go, and opened again by need.</summary>
    private const int MaxOpen = 1_024;

    private const int Tries = 3;

    private readonly ConcurrentDictionary<string, Opened> _open = new(StringComparer.Ordinal);

    /// <summary>A machine's pair; null where nobody has asked for its public key yet.</summary>
    public async Task<Opened?> FindAsync(Machine machine, CancellationToken cancellationToken)
    {
        string name = ExchangeKey.SecretName(machine.Slug);
        SealedSecret? secret = await services.Home.Reader.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(machine.Owner, name), cancellationToken).ConfigureAwait(false);
        if (secret is null)
        {
            return null;
        }

        if (_open.TryGetValue(machine.Slug.Text, out Opened? opened) && opened.Row.Seq == secret.Version)
        {
            return opened;
        }

        // The row names the value that opens, and the key that it has to be.
        ChainRow? row = await services.Home.Reader.FindRowAsync(machine.Slug, secret.Version, cancellationToken).ConfigureAwait(false);
        byte[] seed = services.Seal.TryOpen(secret.Sealed, name, machine.Owner.Text, secret.Version) ?? throw new InvalidOperationException("A machine's key pair does not open under the field key.");
        KeyExchangeKeyPair pair;
        try
        {
            pair = new KeyExchangeKeyPair(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        if (row is null || ExchangeKey.FingerprintOf(row) != pair.Fingerprint)
        {
            pair.Dispose();
            throw new InvalidOperationException("A machine's key pair is not the one that its chain names.");
        }

        if (_open.Count >= MaxOpen)
        {
            Dispose();
        }

        var fresh = new Opened(pair, row);
        _open.AddOrUpdate(machine.Slug.Text, fresh, (_, old) =>
        {
            old.Pair.Dispose();
            return fresh;
        });
        return fresh;
    }

    /// <summary>Answers a ciphertext by a machine's pair; null where there is none yet.</summary>
    public async Task<(KeyExchangeStatus Status, KeyExchangeAnswer? Answer)?> AnswerAsync(Machine machine, byte[] cipherText, Zeqond now, CancellationToken cancellationToken)
    {
        while (await FindAsync(machine, cancellationToken).ConfigureAwait(false) is { } opened)
        {
            try
            {
                KeyExchangeStatus status = opened.Pair.TryAnswer(machine.Slug, cipherText, now, out KeyExchangeAnswer? answer);
                return (status, answer);
            }
            catch (ObjectDisposedException)
            {
                // Replaced or let go between the two lines above: the next look finds the one that is there now.
            }
        }

        return null;
    }

    /// <summary>A machine's pair, made now where there is none.</summary>
    public async Task<(Opened? Pair, Reply? Refusal)> GetAsync(ApiCall call, Machine machine)
    {
        if (await FindAsync(machine, call.Aborted).ConfigureAwait(false) is { } there)
        {
            return (there, null);
        }

        using var fresh = new FreshPair();
        Executed<bool> made = await services.Home.ExecuteAsync(new MakeExchangeKey(machine.Slug, machine.Owner, services.Seal, fresh.Seed, fresh.Fingerprint), call.Aborted).ConfigureAwait(false);
        return made.Decision is Accepted<bool> ? (await FindAsync(machine, call.Aborted).ConfigureAwait(false), null) : (null, ApiCall.Refused(made));
    }

    /// <summary>Replaces a machine's pair.</summary>
    public async Task<Reply> RotateAsync<TAnswer>(ApiCall call, Machine machine, Func<ReadOnlyMemory<byte>, ChainRow, Moment, TAnswer> answer)
    {
        using var fresh = new FreshPair();
        for (int i = 1; ; i++)
        {
            Opened? before = await FindAsync(machine, call.Aborted).ConfigureAwait(false);
            Reply reply = await call.ExecuteAsync(
                new RotateExchangeKey(call.Caller, machine.Slug, machine.Owner, services.Seal, fresh.Seed, fresh.Fingerprint, before?.Pair.Fingerprint, before?.Row.Seq ?? 0),
                (row, now) => answer(fresh.PublicKey, row, now)).ConfigureAwait(false);
            if (reply.Why?.Code != RejectionCode.Conflict || i == Tries)
            {
                // Opens the new pair, and by that erases the old one.
                await FindAsync(machine, call.Aborted).ConfigureAwait(false);
                return reply;
            }
        }
    }

    public void Dispose()
    {
        foreach (string slug in _open.Keys)
        {
            if (_open.TryRemove(slug, out Opened? opened))
            {
                opened.Pair.Dispose();
            }
        }
    }

    /// <summary>An open pair, and the row that carries its fingerprint.</summary>
    internal sealed record Opened(KeyExchangeKeyPair Pair, ChainRow Row);

    /// <summary>A pair that is about to be sealed; its seed is erased afterwards.</summary>
    private sealed class FreshPair : IDisposable
    {
        private readonly byte[] _seed = GC.AllocateArray<byte>(MLKem768.SeedSizeBytes, pinned: true);

        public FreshPair()
        {
            RandomNumberGenerator.Fill(_seed);
            using var pair = new KeyExchangeKeyPair(_seed);
            (Fingerprint, PublicKey) = (pair.Fingerprint, pair.PublicKey);
        }

        public ReadOnlyMemory<byte> Seed => _seed;

        public string Fingerprint { get; }

        public ReadOnlyMemory<byte> PublicKey { get; }

        public void Dispose() => CryptographicOperations.ZeroMemory(_seed);
    }
}
