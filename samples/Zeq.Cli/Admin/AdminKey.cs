using System.CommandLine;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>The admin's key: from ZEQ_ADMIN_KEY, else asked for; it is never kept in a profile.</summary>
internal static class AdminKey
{
    public static string Ask(CommandContext context) =>
        context.Host.Environment("ZEQ_ADMIN_KEY") is { Length: > 0 } key ? key : Prompts.Key(context, "Admin key of the home:");

    public static Option<Origin?> Origin() => Arguments.Origin("--origin", "The home; the profile's where absent.");

    public static ZeqClient Connect(CommandContext context, Option<Origin?> origin, TimeSpan? attemptTimeout = null)
    {
        Origin home = context.Value(origin) ?? context.Profile.Origin;
        return context.Connect(home, Ask(context), attemptTimeout);
    }
}
