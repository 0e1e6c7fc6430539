using System.CommandLine;

namespace Zeq.Cli;

/// <summary>Options that every command has, and the one that several share.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Answer with one JSON document.", Recursive = true };

    public static Option<string?> Profile { get; } = new("--profile")
    {
        Description = "The profile to use; else ZEQ_PROFILE, else 'default'.", Recursive = true, HelpName = "name",
    };

    public static Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Do not ask." };

    public static Option<string?> IdempotencyKey { get; } = new("--idempotency-key")
    {
        Description = "Settles an earlier run of this command whose answer was lost.", HelpName = "key", CustomParser = Arguments.IdempotencyKeyOf,
    };
}
