namespace Zeq.Protocol;

/// <summary>What came of a record from outside. Whatever is not <see cref="Ok"/> ends the direction.</summary>
public enum RecordStatus
{
    /// <summary>It is authentic and the next one.</summary>
    Ok,

    /// <summary>It is shorter than any record, longer than 65,535 bytes, of an unknown kind, or an end with data.</summary>
    Malformed,

    /// <summary>Its counter is not the next one: a record was lost, repeated or moved.</summary>
    OutOfOrder,

    /// <summary>Its tag does not hold: it was changed, or belongs to another session or direction.</summary>
    NotAuthentic,

    /// <summary>The direction has ended, by an authentic end or by a refused record before.</summary>
    AfterEnd,

    /// <summary>The transport ended without an authentic end: what is missing is unknown.</summary>
    Truncated,
}
