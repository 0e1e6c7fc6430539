namespace Zeq.Protocol;

/// <summary>
/// Seals the records of one direction of a session (spec 30 §2, spec 06 rule 4), in order, each counter once. Not thread-safe. Seals without allocating, but for the step to another key
/// after 2^24 records.
/// </summary>
public sealed class RecordSealer : IDisposable
{
    /// <summary>The longest record: 65,535 bytes.</summary>
    public const int MaxRecordSizeBytes = 65_535;

    /// <summary>What a record is longer than its data: counter 8, kind 1, tag 16.</summary>
    public const int OverheadBytes = RecordKeyChain.OverheadBytes;

    /// <summary>The most data of one record: 65,510 bytes.</summary>
    public const int MaxDataSizeBytes = MaxRecordSizeBytes - OverheadBytes;

    private readonly RecordKeyChain _keys;

    /// <summary>Begins a direction at counter 0.</summary>
    /// <param name="recordKey">The 32 bytes of <see cref="KeyExchange.DeriveRecordKey"/>; the caller zeroes its copy.</param>
    /// <param name="direction">Which one.</param>
    /// <param name="sessionId">32 lower-case hex characters.</param>
    /// <exception cref="ArgumentException">The key or the id has not its form.</exception>
    public RecordSealer(ReadOnlySpan<byte> recordKey, RecordDirection direction, string sessionId)
        : this(recordKey, direction, sessionId, RecordKeyChain.DefaultRecordsPerKey)
    {
    }

    internal RecordSealer(ReadOnlySpan<byte> recordKey, RecordDirection direction, string sessionId, ulong recordsPerKey) =>
        _keys = new RecordKeyChain(recordKey, direction, sessionId, recordsPerKey);

    /// <summary>The counter of the next record.</summary>
    public ulong Counter => _keys.Counter;

    /// <summary>Whether an end was sealed: nothing may follow.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Seals the next record.</summary>
    /// <param name="kind">Data, or the end, which has none.</param>
    /// <param name="data">0 to 65,510 bytes, outside <paramref name="record"/>.</param>
    /// <param name="record">Exactly <see cref="OverheadBytes"/> more than the data.</param>
    /// <exception cref="ArgumentException">A size is wrong, or an end has data.</exception>
    /// <exception cref="InvalidOperationException">The direction has ended, or its counter is used up.</exception>
    /// <exception cref="ObjectDisposedException">The keys are erased.</exception>
    public void Seal(RecordKind kind, ReadOnlySpan<byte> data, Span<byte> record)
    {
        if (data.Length > MaxDataSizeBytes || record.Length != data.Length + OverheadBytes)
        {
            throw new ArgumentException($"A record has at most {MaxDataSizeBytes} bytes of data, and {OverheadBytes} bytes more.", nameof(record));
        }

        if (kind is not (RecordKind.Data or RecordKind.End) || (kind == RecordKind.End && data.Length > 0))
        {
            throw new ArgumentException("A record is data, or an end without any.", nameof(kind));
        }

        if (HasEnded)
        {
            throw new InvalidOperationException("This direction has ended.");
        }

        if (data.Overlaps(record))
        {
            throw new ArgumentException("The data may not overlap the record.", nameof(record));
        }

        record[RecordKeyChain.CounterSizeBytes] = (byte)kind;
        data.CopyTo(record[(RecordKeyChain.CounterSizeBytes + 1)..]);
        _keys.Seal(record);
        HasEnded = kind == RecordKind.End;
    }

    /// <summary>Erases the keys. May be called more than once.</summary>
    public void Dispose() => _keys.Dispose();
}
