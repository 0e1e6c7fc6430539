using System.Text;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary>What the commands know of the process around them: streams, terminal, environment, clock, and how a client is made.</summary>
internal sealed class CliHost
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public bool IsInputTerminal { get; init; }

    public bool IsOutputTerminal { get; init; }

    public bool IsErrorTerminal { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Func<ZeqClientOptions, ZeqClient> Connect { get; init; } = ZeqClient.Create;

    /// <summary>Reads one line without showing it; null at the end of input.</summary>
    public Func<CliHost, string?> ReadHidden { get; init; } = ReadLine;

    public static CliHost OfProcess()
    {
        // A file name or a display name may hold any letter, whatever the code page of the console.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new CliHost
        {
            In = Console.In,
            Out = Console.Out,
            Error = Console.Error,
            IsInputTerminal = !Console.IsInputRedirected,
            IsOutputTerminal = !Console.IsOutputRedirected,
            IsErrorTerminal = !Console.IsErrorRedirected,
            Environment = System.Environment.GetEnvironmentVariable,
            ReadHidden = host => host.IsInputTerminal ? ReadKeys(host) : ReadLine(host),
        };
    }

    private static string? ReadLine(CliHost host) => host.In.ReadLine();

    private static string ReadKeys(CliHost host)
    {
        var text = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                host.Error.WriteLine();
                string line = text.ToString();
                text.Clear();
                return line;
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar) && text.Length < 4096)
            {
                text.Append(key.KeyChar);
            }
        }
    }
}
