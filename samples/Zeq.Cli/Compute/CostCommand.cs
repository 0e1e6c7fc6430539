using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq cost KO42 NM19</c>.</summary>
internal static class CostCommand
{
    public static Command Make(CliHost host)
    {
        var operators = new Argument<string[]>("operators") { Description = "Operators, like KO42 NM19.", Arity = ArgumentArity.OneOrMore };
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        return new ZeqCommand("cost", "Say what a chain of operators costs.", "zeq cost KO42 NM19 QM1") { operators, origin }.Does(host, async (context, ct) =>
        {
            List<string> names = ComputeCommand.OperatorsOf(context.Value(operators)!);
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            CostAnswer answer = await context.WaitAsync("Asking", client.Compute.GetCostAsync(names, ct));
            context.Document(answer, WireJson.Default.CostAnswer);
            context.Facts(("operators", string.Join(' ', answer.Operators)), ("cost", answer.Cost.ToString(CultureInfo.InvariantCulture)));
        });
    }
}
