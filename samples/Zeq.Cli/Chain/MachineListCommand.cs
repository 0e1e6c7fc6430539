using System.CommandLine;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq machine list</c>.</summary>
internal static class MachineListCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        var after = new Option<string?>("--after") { Description = "Machines after this name.", HelpName = "machine" };
        Option<int?> limit = Arguments.Limit(200);
        return new ZeqCommand("list", "List your machines, those that you are a member of, and the public ones.", "zeq machine list") { after, limit }.Does(host, async (context, ct) =>
        {
            if (context.Value(after) is { } name && !Slug.TryParse(name, out _))
            {
                throw CliException.Misuse($"'{name}' is no machine.");
            }

            using ZeqClient client = context.Connect();
            MachineListAnswer answer = await context.WaitAsync("Asking", client.Chain.ListMachinesAsync(context.Value(after), context.Value(limit), ct));
            context.Document(answer, WireJson.Default.MachineListAnswer);
            context.Table(
                ["machine", "name", "owner", "readable"],
                answer.Machines.Select(string?[] (m) => [m.Slug, m.DisplayName, m.OwnerZid, m.IsPublic ? "by anyone" : "by its members"]), "No machines.");
            if (answer.NextAfter is { } next)
            {
                context.Line($"There is more: zeq machine list --after {next}");
            }
        });
    }
}
