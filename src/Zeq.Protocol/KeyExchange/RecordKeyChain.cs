using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The keys and the counter of one direction (spec 06 rule 4): <c>chain_0 = Expand(record_key, label)</c>, <c>key_n = Expand(chain_n, "zeq/record/key/v1")</c>,
/// <c>chain_n+1 = Expand(chain_n, "zeq/record/next/v1")</c>. What is kept is key n and chain n+1, so a key that was left behind cannot be had again. Not thread-safe.
/// </summary>
internal sealed class RecordKeyChain : IDisposable
{
    /// <summary>How many records one key seals: 2^24.</summary>
    public const ulong DefaultRecordsPerKey = 1UL << 24;

    public const int CounterSizeBytes = sizeof(ulong);

    /// <summary>Bytes of a record beyond its data: counter, kind, tag.</summary>
    public const int OverheadBytes = CounterSizeBytes + 1 + AeadCipher.TagSizeBytes;

    private const int DirectionSizeBytes = 3;
    private const int AadSizeBytes = KeyExchange.SessionIdLength + DirectionSizeBytes + CounterSizeBytes;

    private readonly byte[] _next = GC.AllocateArray<byte>(Hkdf.PrkSizeBytes, pinned: true);
    private readonly byte[] _aad = new byte[AadSizeBytes];
    private readonly byte[] _nonce = new byte[AeadCipher.NonceSizeBytes];
    private readonly ulong _recordsPerKey;
    private AeadCipher? _cipher;
    private ulong _leftOfKey;
    private volatile bool _isDisposed;

    public RecordKeyChain(ReadOnlySpan<byte> recordKey, RecordDirection direction, string sessionId, ulong recordsPerKey)
    {
        if (recordKey.Length != KeyExchange.RecordKeySizeBytes)
        {
            throw new ArgumentException($"A record key has {KeyExchange.RecordKeySizeBytes} bytes.", nameof(recordKey));
        }

        if (!Hex.IsLowerHex(sessionId, KeyExchange.SessionIdLength))
        {
            throw new ArgumentException($"A session id is {KeyExchange.SessionIdLength} lower-case hex characters.", nameof(sessionId));
        }

        ArgumentOutOfRangeException.ThrowIfZero(recordsPerKey);
        bool isForward = direction == RecordDirection.InitiatorToResponder;
        Hkdf.Expand(recordKey, isForward ? "zeq/record/i2r/v1"u8 : "zeq/record/r2i/v1"u8, _next);
        Encoding.ASCII.GetBytes(sessionId, _aad);
        (isForward ? "i2r"u8 : "r2i"u8).CopyTo(_aad.AsSpan(KeyExchange.SessionIdLength));
        _recordsPerKey = recordsPerKey;
    }

    /// <summary>The counter of the next record.</summary>
    public ulong Counter { get; private set; }

    /// <summary>Seals in place: kind and data stand behind the room for the counter, the room for the tag behind them.</summary>
    public void Seal(Span<byte> record)
    {
        AeadCipher cipher = Begin();
        BinaryPrimitives.WriteUInt64BigEndian(record, Counter);
        Span<byte> box = record[CounterSizeBytes..];
        cipher.Seal(_nonce, box[..^AeadCipher.TagSizeBytes], box, _aad);
        Advance();
    }

    /// <summary>Opens the next record; the plaintext gets kind and data, and may be the place of the ciphertext.</summary>
    public bool TryOpen(ReadOnlySpan<byte> box, Span<byte> plaintext)
    {
        if (!Begin().TryOpen(_nonce, box, plaintext, _aad))
        {
            return false;
        }

        Advance();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _cipher?.Dispose();
        _cipher = null;
        CryptographicOperations.ZeroMemory(_next);
    }

    private AeadCipher Begin()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Counter == ulong.MaxValue)
        {
            throw new InvalidOperationException("The counter of this direction is used up.");
        }

        if (_leftOfKey == 0)
        {
            Step();
        }

        BinaryPrimitives.WriteUInt64BigEndian(_nonce.AsSpan(AeadCipher.NonceSizeBytes - CounterSizeBytes), Counter);
        BinaryPrimitives.WriteUInt64BigEndian(_aad.AsSpan(AadSizeBytes - CounterSizeBytes), Counter);
        return _cipher!;
    }

    private void Advance()
    {
        Counter++;
        _leftOfKey--;
    }

    /// <summary>The next key; the chain goes on, and what it stood on is overwritten.</summary>
    private void Step()
    {
        Span<byte> key = stackalloc byte[AeadCipher.KeySizeBytes];
        Span<byte> next = stackalloc byte[Hkdf.PrkSizeBytes];
        Hkdf.Expand(_next, "zeq/record/key/v1"u8, key);
        Hkdf.Expand(_next, "zeq/record/next/v1"u8, next);
        next.CopyTo(_next);
        _cipher?.Dispose();
        _cipher = new AeadCipher(key);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(next);
        if (_isDisposed)
        {
            // Erased by another thread meanwhile: what was derived may come from zeros, and nothing is sealed with it.
            Dispose();
            throw new ObjectDisposedException(nameof(RecordKeyChain));
        }

        _leftOfKey = _recordsPerKey;
    }
}
