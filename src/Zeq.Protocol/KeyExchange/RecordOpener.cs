using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// Opens the records of one direction of a session (spec 30 §2, spec 06 rule 4): each counter once and in order. The first record that does not open ends it, and erases its keys. Not
/// thread-safe. Opens without allocating, but for the step to another key after 2^24 records.
/// </summary>
public sealed class RecordOpener : IDisposable
{
    private readonly RecordKeyChain _keys;
    private bool _hasEnded;

    /// <summary>Begins a direction at counter 0.</summary>
    /// <param name="recordKey">The 32 bytes of <see cref="KeyExchange.DeriveRecordKey"/>; the caller zeroes its copy.</param>
    /// <param name="direction">Which one.</param>
    /// <param name="sessionId">32 lower-case hex characters.</param>
    /// <exception cref="ArgumentException">The key or the id has not its form.</exception>
    public RecordOpener(ReadOnlySpan<byte> recordKey, RecordDirection direction, string sessionId)
        : this(recordKey, direction, sessionId, RecordKeyChain.DefaultRecordsPerKey)
    {
    }

    internal RecordOpener(ReadOnlySpan<byte> recordKey, RecordDirection direction, string sessionId, ulong recordsPerKey) =>
        _keys = new RecordKeyChain(recordKey, direction, sessionId, recordsPerKey);

    /// <summary>The counter of the record that is awaited.</summary>
    public ulong Counter => _keys.Counter;

    /// <summary>Opens the next record.</summary>
    /// <param name="record">From outside, any size.</param>
    /// <param name="plaintext">Where kind and data go: at least as long as the record less 24 bytes, and either apart from the record or exactly at its ciphertext, 8 bytes into it.</param>
    /// <param name="kind">Data or end; meaningless where the answer is not Ok.</param>
    /// <param name="dataSize">The data is <c>plaintext[1..(1 + dataSize)]</c>; 0 where the answer is not Ok.</param>
    /// <exception cref="ArgumentException">The plaintext is too short.</exception>
    /// <exception cref="ObjectDisposedException">The opener was disposed of.</exception>
    public RecordStatus TryOpen(ReadOnlySpan<byte> record, Span<byte> plaintext, out RecordKind kind, out int dataSize)
    {
        (kind, dataSize) = (RecordKind.Data, 0);
        if (_hasEnded)
        {
            return RecordStatus.AfterEnd;
        }

        if (record.Length is < RecordKeyChain.OverheadBytes or > RecordSealer.MaxRecordSizeBytes)
        {
            return Refuse(RecordStatus.Malformed);
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(record) != _keys.Counter)
        {
            return Refuse(RecordStatus.OutOfOrder);
        }

        ReadOnlySpan<byte> box = record[RecordKeyChain.CounterSizeBytes..];
        int size = box.Length - AeadCipher.TagSizeBytes;
        if (plaintext.Length < size)
        {
            throw new ArgumentException($"The plaintext needs {size} bytes.", nameof(plaintext));
        }

        plaintext = plaintext[..size];
        if (!_keys.TryOpen(box, plaintext))
        {
            return Refuse(RecordStatus.NotAuthentic);
        }

        kind = (RecordKind)plaintext[0];
        if (kind is not (RecordKind.Data or RecordKind.End) || (kind == RecordKind.End && size > 1))
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return Refuse(RecordStatus.Malformed);
        }

        dataSize = size - 1;
        if (kind == RecordKind.End)
        {
            Dispose();
            _hasEnded = true;
        }

        return RecordStatus.Ok;
    }

    /// <summary>Erases the keys. May be called more than once.</summary>
    public void Dispose() => _keys.Dispose();

    private RecordStatus Refuse(RecordStatus status)
    {
        _hasEnded = true;
        _keys.Dispose();
        return status;
    }
}
