using System.CommandLine;

namespace Zeq.Cli.Tests;

/// <summary>The commands there are.</summary>
internal static class CommandTree
{
    public static IEnumerable<Command> All() => Below(Root());

    /// <summary>The paths of commands that do something.</summary>
    public static IEnumerable<string> Leaves() => Paths(Root(), "").Where(p => p.Command.Action is not null).Select(p => p.Path);

    public static IEnumerable<(Command Command, string Path)> Paths(Command command, string path)
    {
        foreach (Command child in command.Subcommands)
        {
            string childPath = path.Length == 0 ? child.Name : $"{path} {child.Name}";
            yield return (child, childPath);
            foreach ((Command, string) deeper in Paths(child, childPath))
            {
                yield return deeper;
            }
        }
    }

    public static RootCommand Root() => ZeqCommandLine.Build(new CliHost { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Environment = _ => null });

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(c => Below(c).Prepend(c));
}
