namespace Zeq.Protocol;

/// <summary>A record stream is closed because what came was not the other side's next record, or ended without an authentic end. Nothing that was read after the last authentic record was handed out.</summary>
public sealed class RecordStreamException : IOException
{
    internal RecordStreamException(RecordStatus status)
        : base(status == RecordStatus.Truncated ? "The stream ended without an authentic end." : "A record did not open, and the stream is closed.") =>
        Status = status;

    /// <summary>Why; never Ok.</summary>
    public RecordStatus Status { get; }
}
