using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq home restored</c>.</summary>
internal static class HomeCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = AdminKey.Origin();
        var restore = new Option<string?>("--restore-id") { Description = "Go on with a restore that was begun.", HelpName = "id" };
        return new ZeqCommand("home", "What is done to a home as a whole.", "zeq home restored --origin https://a.example")
        {
            new ZeqCommand(
                "restored", "Say that the home came back from a backup: every live coin gets a new height, so that none is issued twice.",
                "zeq home restored --origin https://a.example") { origin, restore, GlobalOptions.Yes }
                .Does(host, async (context, ct) =>
                {
                    // Every live coin is written once; a large home takes its time, and the answer holds the restore's id.
                    using ZeqClient client = AdminKey.Connect(context, origin, TimeSpan.FromHours(1));
                    Prompts.Confirm(context, $"Lift the height of every live coin of {client.Origin}? Every receipt out there becomes an old one.", context.Value(GlobalOptions.Yes));
                    RestoredAnswer answer = await context.WaitAsync("Lifting", client.Admin.HomeRestoredAsync(context.Value(restore), ct));
                    context.Document(answer, WireJson.Default.RestoredAnswer);
                    context.Facts(("restore", answer.RestoreId), ("coins lifted", answer.Raised.ToString(CultureInfo.InvariantCulture)));
                }),
        };
    }
}
