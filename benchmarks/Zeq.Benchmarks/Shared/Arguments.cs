using System.Globalization;

namespace Zeq.Benchmarks;

/// <summary>A verb, and options of the form <c>--name value</c>; <c>--table</c> stands alone.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">An option without a value, or a word that is no option.</exception>
    public Arguments(string[] args)
    {
        Verb = args.Length > 0 ? args[0] : "";
        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == "--table")
            {
                IsTable = true;
            }
            else if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length)
            {
                _values[args[i][2..]] = args[++i];
            }
            else
            {
                throw new ArgumentException($"{args[i]} is no option with a value.", nameof(args));
            }
        }
    }

    public string Verb { get; }

    /// <summary>Whether people read the answer.</summary>
    public bool IsTable { get; }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) => Numbers(name, [otherwise])[0];

    /// <summary>One positive number, or several with commas between them.</summary>
    public int[] Numbers(string name, int[] otherwise) => Text(name) is not { } text ? otherwise : [.. text.Split(',').Select(part =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new ArgumentException($"--{name} takes positive numbers."))];
}
