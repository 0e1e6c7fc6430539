namespace Zeq.Protocol;

/// <summary>The rows of a handshake, in the order in which they come to be (spec 06 rule 14); the two last ones in either order.</summary>
public enum M2MStep
{
    /// <summary>A proposes: its <c>accepted_pending</c>, with a nonce and a key of ML-KEM-768.</summary>
    Propose,

    /// <summary>B responds: its <c>accepted_pending</c>, which acknowledges A's.</summary>
    Respond,

    /// <summary>B's <c>keyed</c>: a key of X25519 and a ciphertext.</summary>
    ResponderKeyed,

    /// <summary>A's <c>keyed</c>: a key of X25519; it acknowledges B's.</summary>
    InitiatorKeyed,

    /// <summary>A's <c>active</c>: it confirms that A has the session key.</summary>
    InitiatorActive,

    /// <summary>B's <c>active</c>: it confirms that B has the session key.</summary>
    ResponderActive,
}

/// <summary>What is wrong with a row of a handshake.</summary>
public enum M2MFault
{
    /// <summary>A member is missing or has not its form, or the row was not written by the contract.</summary>
    Malformed,

    /// <summary>The row is not the one that its hashes name: it was changed.</summary>
    HashMismatch,

    /// <summary>Another step is due.</summary>
    OutOfOrder,

    /// <summary>It belongs to another contract than the rows before it.</summary>
    OtherContract,

    /// <summary>It names another machine than the other party.</summary>
    WrongPeer,

    /// <summary>Its <c>self_pubkey</c> is not the pinned key of who wrote it, or its <c>peer_pubkey</c> not the other one's.</summary>
    WrongKey,

    /// <summary>It carries another nonce than this handshake.</summary>
    WrongNonce,

    /// <summary>The nonce was used in a handshake before.</summary>
    NonceSeen,

    /// <summary>It acknowledges another row.</summary>
    WrongAck,

    /// <summary>The signature does not hold.</summary>
    BadSignature,

    /// <summary>A key or ciphertext in it is none: ML-KEM-768 that fails its checks, or X25519 of small order.</summary>
    InvalidKey,

    /// <summary>It names another session.</summary>
    WrongSession,

    /// <summary>The confirmation does not hold: the other side has another key.</summary>
    WrongConfirm,

    /// <summary>This side's row is not the one that it was to write.</summary>
    NotAsWritten,

    /// <summary>The row that comes next is not there (only the auditor says so).</summary>
    Missing,
}

/// <summary>Why a handshake ended: the step where it showed.</summary>
/// <param name="Step">The row that was refused.</param>
/// <param name="Fault">What is wrong with it.</param>
public sealed record M2MRefusal(M2MStep Step, M2MFault Fault);

/// <summary>A row that this side writes next: a transition of its contract.</summary>
/// <param name="Step">Which one.</param>
/// <param name="To">The contract's next state: <c>accepted_pending</c>, <c>keyed</c> or <c>active</c>.</param>
/// <param name="Input">The transition's input, as canonical JSON.</param>
public sealed record M2MNextRow(M2MStep Step, string To, string Input);
