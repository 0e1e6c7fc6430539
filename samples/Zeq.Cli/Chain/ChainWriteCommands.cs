using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq chain state|erase</c>.</summary>
internal static class ChainWriteCommands
{
    public static ZeqCommand State(CliHost host)
    {
        var hash = new Argument<string>("hash") { Description = "The state's hash, 64 lower-case hex." };
        hash.Validators.Add(result =>
        {
            if (!Hex.IsLowerHex(result.GetValueOrDefault<string>(), 64))
            {
                result.AddError("A state's hash is 64 lower-case hex digits.");
            }
        });
        Option<Slug?> machine = MachineRoleCommands.On();
        return new ZeqCommand("state", "Write the hash of a state that you keep.", $"zeq chain state {new string('0', 60)}beef") { hash, machine }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            Show(context, await context.WaitAsync("Writing", client.Chain.WriteStateAsync(MachineRoleCommands.Of(context, machine), context.Value(hash)!, ct)));
        });
    }

    public static ZeqCommand Erase(CliHost host)
    {
        var seq = new Argument<long>("row") { Description = "The row's number." };
        Option<Slug?> machine = MachineRoleCommands.On();
        return new ZeqCommand("erase", "Erase the private payload of an event for good; the row and its hashes stay.", "zeq chain erase 12 --yes") { seq, machine, GlobalOptions.Yes }.Does(host, async (context, ct) =>
        {
            Slug slug = MachineRoleCommands.Of(context, machine);
            long row = context.Value(seq);
            if (row < 1)
            {
                throw CliException.Misuse("Rows are numbered from 1.");
            }

            Prompts.Confirm(context, string.Create(CultureInfo.InvariantCulture, $"Nobody can bring back the payload of row {row} of {slug}. Erase it?"), context.Value(GlobalOptions.Yes));
            using ZeqClient client = context.Connect();
            Show(context, await context.WaitAsync("Erasing", client.Chain.ErasePayloadAsync(slug, row, ct)));
        });
    }

    private static void Show(CommandContext context, EventAnswer answer)
    {
        context.Document(answer, WireJson.Default.EventAnswer);
        context.Facts(
            ("row", answer.Seq.ToString(CultureInfo.InvariantCulture)), ("Zeqond", answer.Zeqond.ToString(CultureInfo.InvariantCulture)), ("transition", answer.TransitionId),
            ("state hash", answer.StateHash));
    }
}
