namespace Zeq.Protocol;

/// <summary>What became of reading a <c>.ZEQ</c> file (spec 10 §6). One kind of fault has one status.</summary>
public enum ZeqFileStatus
{
    /// <summary>It is read.</summary>
    Ok,

    /// <summary>The first four bytes are not <c>ZEQC</c>: this is some other file.</summary>
    NotAZeqFile,

    /// <summary>The version byte is not 2: made by newer software, or by very old.</summary>
    UnsupportedVersion,

    /// <summary>The file ends before the shortest coin does: it was cut.</summary>
    Truncated,

    /// <summary>The file is longer than any coin: <see cref="ZeqFile.MaxSizeBytes"/>.</summary>
    TooLarge,

    /// <summary>The kdf byte names none that this version knows.</summary>
    UnsupportedKdf,

    /// <summary>The file asks for too much or too little work; nothing was done.</summary>
    CostOutOfRange,

    /// <summary>Wrong PIN or damaged file; nobody can tell which.</summary>
    WrongPinOrDamaged,

    /// <summary>The PIN is right, and what it opens is no coin: whoever made the file made it wrong.</summary>
    NotACoin,
}
