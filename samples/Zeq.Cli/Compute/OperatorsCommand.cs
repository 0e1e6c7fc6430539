using System.CommandLine;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq operators</c>.</summary>
internal static class OperatorsCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        return new ZeqCommand("operators", "List what the home's kernel computes.", "zeq operators") { origin }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            OperatorListAnswer answer = await context.WaitAsync("Asking", client.Compute.ListOperatorsAsync(ct));
            context.Document(answer, WireJson.Default.OperatorListAnswer);
            context.Table(
                ["operator", "domain", "name", "equation", "unit", "inputs"],
                answer.Operators.Select(string?[] (o) => [o.Operator, o.Domain, o.Name, o.Equation, o.Unit, string.Join(' ', o.Inputs.Select(i => i.Name))]),
                "This kernel has no operators.");
        });
    }
}
