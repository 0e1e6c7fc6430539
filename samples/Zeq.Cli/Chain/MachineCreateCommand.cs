using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq machine create</c>: its first key goes into a file that only its owner reads.</summary>
internal static class MachineCreateCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        machine.Description = "Its name; your ZID with a number where absent.";
        var isPublic = new Option<bool>("--public") { Description = "Let anyone read its rows." };
        var name = new Option<string?>("--name") { Description = "A name for people.", HelpName = "name" };
        var purpose = new Option<string?>("--purpose") { Description = "What it is for.", HelpName = "text" };
        Option<string?> output = KeyFile.Out();
        return new ZeqCommand("create", "Make a machine, and its first key.", "zeq machine create lab --name \"The lab\" -o lab.key")
        {
            machine, isPublic, name, purpose, output, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            string? path = context.Value(output);
            if (path is not null && File.Exists(path))
            {
                throw CliException.Misuse($"{path} exists already.", "FILE");
            }

            using ZeqClient client = context.Connect();
            using PrivateFile.Pending file = PrivateFile.Begin(path ?? "zeq.key", mayReplace: false);
            var request = new NewMachineRequest(context.Value(machine)?.Text, context.Value(isPublic) ? true : null, context.Value(name), context.Value(purpose));
            NewMachineAnswer answer = await context.WaitAsync("Making a machine", client.Chain.CreateMachineAsync(request, context.Value(GlobalOptions.IdempotencyKey), ct));
            if (path is null)
            {
                file.Rename($"zeq-{answer.ApiKey[..ApiKeyRow.PrefixLength]}.key");
            }

            file.Commit(Encoding.UTF8.GetBytes(answer.ApiKey + "\n"));
            MachineCommand.Show(context, new MachineAnswer(true, answer.Machine));
            JsonObject document = context.Document(answer, WireJson.Default.NewMachineAnswer);
            document.Remove("api_key");
            document["file"] = file.Name;
            context.Facts(("key file", file.Name));
        });
    }
}
