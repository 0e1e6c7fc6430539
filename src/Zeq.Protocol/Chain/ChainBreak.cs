namespace Zeq.Protocol;

/// <summary>Where a chain stops to be consistent with itself.</summary>
/// <param name="Seq">The row; for a remembered row that is missing, its number.</param>
/// <param name="Zeqond">The row's Zeqond; null where the row is missing (spec 05, settled points, rule 20).</param>
/// <param name="Reason">One of <see cref="ChainBreakReason"/>.</param>
public readonly record struct ChainBreak(long Seq, Zeqond? Zeqond, string Reason);

/// <summary>Why a chain is broken, as it stands in answers (spec 20 §2, spec 05 rule 20).</summary>
public static class ChainBreakReason
{
    /// <summary>Row 1 does not follow the genesis hash of this chain.</summary>
    public const string Genesis = "GENESIS_MISMATCH";

    /// <summary>The row does not follow the hash of the row before.</summary>
    public const string PrevHash = "PREV_HASH_MISMATCH";

    /// <summary>The row's hash is not that of its own fields.</summary>
    public const string StateHash = "STATE_HASH_MISMATCH";

    /// <summary>The payload is not the one that was hashed.</summary>
    public const string PayloadHash = "PAYLOAD_HASH_MISMATCH";

    /// <summary>The actor is not the one that was hashed.</summary>
    public const string ActorHash = "ACTOR_HASH_MISMATCH";

    /// <summary>The row does not have the number that comes next.</summary>
    public const string SeqGap = "SEQ_GAP";

    /// <summary>The row is earlier than the row before.</summary>
    public const string ZeqondDecreased = "ZEQOND_DECREASED";

    /// <summary>A field does not have its form, or is missing where it has to be.</summary>
    public const string Malformed = "MALFORMED";

    /// <summary>The row is not the one that the reader remembers, or that one is missing.</summary>
    public const string Head = "HEAD_MISMATCH";
}
