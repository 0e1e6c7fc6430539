namespace Zeq.Cli;

/// <summary>What a run ends with (spec 60).</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The home refused, or a check failed.</summary>
    public const int Refused = 1;

    /// <summary>The command was written wrongly, or something that it needs is missing.</summary>
    public const int Misuse = 2;

    /// <summary>The node cannot be reached.</summary>
    public const int Unreachable = 3;
}
