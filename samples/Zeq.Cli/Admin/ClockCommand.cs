using System.CommandLine;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq clock confirm</c>.</summary>
internal static class ClockCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = AdminKey.Origin();
        return new ZeqCommand("clock", "The clock of a home.", "zeq clock confirm")
        {
            new ZeqCommand("confirm", "Say that the home's clock, which it found suspect, is right.", "zeq clock confirm --origin https://a.example") { origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = AdminKey.Connect(context, origin);
                    context.Document(await context.WaitAsync("Confirming", client.Admin.ConfirmClockAsync(ct)), WireJson.Default.DoneAnswer);
                    context.Line("Confirmed; the home takes changes again.");
                }),
        };
    }
}
