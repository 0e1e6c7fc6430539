namespace Zeq.Cli;

/// <summary>Ends a command with one line on stderr.</summary>
internal sealed class CliException(int exitCode, string sentence, string code) : Exception(sentence)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;

    /// <summary>The caller did something that cannot work.</summary>
    public static CliException Misuse(string sentence, string code = "USAGE") => new(ExitCodes.Misuse, sentence, code);

    /// <summary>A check failed.</summary>
    public static CliException Failed(string sentence, string code) => new(ExitCodes.Refused, sentence, code);
}
