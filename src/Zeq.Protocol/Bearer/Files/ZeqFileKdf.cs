namespace Zeq.Protocol;

/// <summary>How a <c>.ZEQ</c> file makes its key of the PIN (spec 10 §6); the kdf byte of its header.</summary>
public enum ZeqFileKdf
{
    /// <summary>PBKDF2-HMAC-SHA-512; the cost is iterations.</summary>
    Pbkdf2 = 1,

    /// <summary>Argon2id with 3 passes and 1 lane, the default; the cost is memory in KiB.</summary>
    Argon2id = 2,
}

/// <summary>Which costs a <c>.ZEQ</c> file may name. They are checked before any work is done or memory is taken.</summary>
public static class ZeqFileCost
{
    /// <summary>PBKDF2's usual iterations.</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>PBKDF2's fewest iterations.</summary>
    public const int MinIterations = 210_000;

    /// <summary>PBKDF2's most iterations, some seconds of work.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>Argon2id's usual memory, in KiB.</summary>
    public const int DefaultMemoryKib = 65_536;

    /// <summary>Argon2id's least memory, in KiB.</summary>
    public const int MinMemoryKib = 19_456;

    /// <summary>Argon2id's most memory, in KiB.</summary>
    public const int MaxMemoryKib = 262_144;

    /// <summary>Argon2id's passes.</summary>
    public const int Passes = 3;

    /// <summary>Argon2id's lanes.</summary>
    public const int Lanes = 1;

    /// <summary>The usual cost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kdf.</exception>
    public static int DefaultOf(ZeqFileKdf kdf) => kdf switch
    {
        ZeqFileKdf.Pbkdf2 => DefaultIterations,
        ZeqFileKdf.Argon2id => DefaultMemoryKib,
        _ => throw new ArgumentOutOfRangeException(nameof(kdf), kdf, "There is no such kdf."),
    };

    /// <summary>Whether a cost is accepted.</summary>
    public static bool IsAccepted(ZeqFileKdf kdf, long cost) => kdf switch
    {
        ZeqFileKdf.Pbkdf2 => cost is >= MinIterations and <= MaxIterations,
        ZeqFileKdf.Argon2id => cost is >= MinMemoryKib and <= MaxMemoryKib,
        _ => false,
    };
}
