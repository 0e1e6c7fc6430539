using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Zeq.Cli;

/// <summary>The usual help, and an example at its end.</summary>
internal sealed class ExampleHelp(HelpAction usual) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        int result = usual.Invoke(parseResult);
        string example = parseResult.CommandResult.Command is ZeqCommand command ? command.Example : "zeq register --origin https://a.example";
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Example:");
        output.WriteLine($"  {example}");
        output.WriteLine();
        return result;
    }
}
