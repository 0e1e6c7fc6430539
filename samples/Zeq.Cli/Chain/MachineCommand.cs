using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq machine create|list|show|publish|key|keys|revoke|members|add|remove|public-key</c>.</summary>
internal static class MachineCommand
{
    public static Command Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        var hide = new Option<bool>("--private") { Description = "Make it private again; rows that were public stay so." };
        var role = new Option<string>("--role") { Description = "What the key may do.", DefaultValueFactory = _ => "operator", HelpName = "role" };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin");
        var label = new Option<string?>("--label") { Description = "A name for people.", HelpName = "label" };
        Option<string?> output = KeyFile.Out();
        return new ZeqCommand("machine", "Make, show and publish machines, and say who may act on them.", "zeq machine list")
        {
            MachineCreateCommand.Make(host), MachineListCommand.Make(host),
            new ZeqCommand("show", "Show a machine.", "zeq machine show") { machine }.Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                Show(context, await context.WaitAsync("Asking", client.Chain.GetMachineAsync(Of(context, machine), ct)));
            }),
            new ZeqCommand("publish", "Let anyone read a machine's rows from now on.", "zeq machine publish") { machine, hide, GlobalOptions.Yes }.Does(host, async (context, ct) =>
            {
                bool isPublic = !context.Value(hide);
                Slug slug = Of(context, machine);
                if (isPublic)
                {
                    Prompts.Confirm(context, $"Anyone will be able to read the rows of {slug} that are written from now on. Publish it?", context.Value(GlobalOptions.Yes));
                }

                using ZeqClient client = context.Connect();
                Show(context, await context.WaitAsync("Changing", client.Chain.UpdateMachineAsync(slug, new MachineRequest(IsPublic: isPublic), ct)));
            }),
            new ZeqCommand("key", "Issue a key of a machine, into a file that only you read.", "zeq machine key --role operator -o robot.key") { machine, role, label, output }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = context.Connect();
                    var request = new NewKeyRequest(context.Value(label), context.Value(role));
                    await KeyFile.MakeAsync(context, context.Value(output), () => context.WaitAsync("Making a key", client.Chain.AddMachineKeyAsync(Of(context, machine), request, ct)));
                }),
            MachineRoleCommands.Keys(host), MachineRoleCommands.Revoke(host), MachineRoleCommands.Members(host), MachineRoleCommands.Add(host), MachineRoleCommands.Remove(host),
            MachinePublicKeyCommand.Make(host),
        };
    }

    /// <summary>The machine that was named, or the profile's own.</summary>
    public static Slug Of(CommandContext context, Argument<Slug?> machine) => context.Value(machine) ?? context.Zid.OwnMachine;

    public static void Show(CommandContext context, MachineAnswer answer)
    {
        context.Document(answer, WireJson.Default.MachineAnswer);
        MachineBody m = answer.Machine;
        context.Facts(
            ("machine", m.Slug), ("name", m.DisplayName), ("purpose", m.Purpose), ("chain", m.Id), ("owner", m.OwnerZid), ("home", m.ParentOrigin),
            ("readable", m.IsPublic ? "by anyone" : "by its members"), ("status", m.Status), ("since Zeqond", m.GenesisZeqond.ToString(CultureInfo.InvariantCulture)));
    }
}
