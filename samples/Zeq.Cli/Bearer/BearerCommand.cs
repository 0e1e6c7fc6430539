using System.CommandLine;

namespace Zeq.Cli;

/// <summary><c>zeq bearer</c>: coins in files, links and codes (spec 10 §6).</summary>
internal static class BearerCommand
{
    public static Command Make(CliHost host) =>
        new ZeqCommand("bearer", "Coins in locked files and links: whoever has one and its PIN can redeem it.", "zeq bearer open coin.ZEQ")
        {
            ExportCommand.Make(host),
            RedeemCommand.Make(host),
            RedeemCommand.MakeReclaim(host),
            InspectCommand.Make(host),
            OpenCommand.Make(host),
            ExportCommand.MakeSeal(host),
            LinkCommand.MakeLink(host),
            LinkCommand.MakeQr(host),
            LinkCommand.MakeNdef(host),
        };
}
