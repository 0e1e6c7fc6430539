namespace Zeq.Protocol;

/// <summary>What a record is: the first byte of its plaintext (spec 06 rule 4).</summary>
public enum RecordKind : byte
{
    /// <summary>Data, 0 bytes or more.</summary>
    Data = 0,

    /// <summary>The end of this direction, without data: nothing follows it.</summary>
    End = 1,
}
