using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Zeq.Cli;

/// <summary>The whole command line: its tree, and one run of it.</summary>
internal static class ZeqCommandLine
{
    /// <summary>Runs one command line and gives its exit code (spec 60).</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host, CancellationToken ct = default)
    {
        if (args.Any(SafeText.HoldsKey))
        {
            return CommandContext.Fail(
                host, ExitCodes.Misuse, "A key stands in the arguments, where the shell's history and every process see it; replace that key. Keys are asked for.", "KEY_IN_ARGUMENTS");
        }

        ParseResult parsed = Build(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is null))
        {
            int exitCode = CommandContext.Fail(host, ExitCodes.Misuse, parsed.Errors[0].Message, "USAGE");
            host.Error.WriteLine($"  See '{PathOf(parsed)} --help'.");
            return exitCode;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false }, ct);
    }

    /// <summary>The tree of commands.</summary>
    public static RootCommand Build(CliHost host)
    {
        var root = new RootCommand("zeq talks to a Zeq home: accounts, fuel, computes, coins, chains.")
        {
            RegisterCommand.Make(host),
            LoginCommand.Make(host),
            WhoAmICommand.Make(host),
            RecoverCommand.Make(host),
            RecoveryKeyCommand.Make(host),
            KeysCommand.Make(host),
            NodeCommand.Make(host),
            ComputeCommand.Make(host),
            CostCommand.Make(host),
            OperatorsCommand.Make(host),
            FuelCommand.Make(host),
            CoinsCommand.Make(host),
            CoinCommand.Make(host),
            ProofCommand.Make(host),
            SendCommand.Make(host),
            ClaimCommand.Make(host),
            BearerCommand.Make(host),
            BurnCommand.Make(host),
            VoteCommand.Make(host),
            HistoryCommand.Make(host),
            SupplyCommand.Make(host),
            MachineCommand.Make(host),
            ChainCommand.Make(host),
            ContractCommand.Make(host),
            KeyExchangeCommand.Make(host),
            M2MCommand.Make(host),
            AdminCommand.Make(host),
            HomeCommand.Make(host),
            ClockCommand.Make(host),
            PeerCommand.Make(host),
            IssuerCommand.Make(host),
            AuditCommand.Make(host),
            TunnelCommand.Make(host),
        };
        root.Options.Add(GlobalOptions.Json);
        root.Options.Add(GlobalOptions.Profile);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!);
        return root;
    }

    private static string PathOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (var at = parsed.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, at.Command is RootCommand ? "zeq" : at.Command.Name);
        }

        return string.Join(' ', names);
    }
}
