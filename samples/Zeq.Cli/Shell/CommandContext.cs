using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Spectre.Console.Rendering;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>
/// One run of one command: its options, its profile and its output. Answers go to stdout, everything else to stderr; with --json stdout
/// gets exactly one document, and only where the command did not fail.
/// </summary>
internal sealed class CommandContext
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly ParseResult _parsed;
    private readonly List<IRenderable> _pages = [];
    private JsonNode? _document;
    private Profile? _profile;

    public CommandContext(CliHost host, ParseResult parsed)
    {
        Host = host;
        _parsed = parsed;
        IsJson = parsed.GetValue(GlobalOptions.Json);
        Profiles = new ProfileStore(host.Environment);
        string? named = parsed.GetValue(GlobalOptions.Profile) ?? host.Environment("ZEQ_PROFILE");
        ProfileName = string.IsNullOrEmpty(named) ? ProfileStore.DefaultName : named;
    }

    public CliHost Host { get; }

    public bool IsJson { get; }

    public ProfileStore Profiles { get; }

    public string ProfileName { get; }

    /// <summary>Whether the command has written its answer itself, line by line.</summary>
    public bool WasStreamed { get; set; }

    /// <summary>The profile in use.</summary>
    public Profile Profile => _profile ??= Profiles.Load(ProfileName)
        ?? throw CliException.Misuse($"There is no profile '{ProfileName}'. Make one with 'zeq register' or 'zeq login'.", "NO_PROFILE");

    /// <summary>The profile in use, or null where there is none.</summary>
    public Profile? ProfileOrNull => _profile ??= Profiles.Load(ProfileName);

    public T? Value<T>(Argument<T> argument) => _parsed.GetValue(argument);

    public T? Value<T>(Option<T> option) => _parsed.GetValue(option);

    /// <summary>A client with the profile's key.</summary>
    public ZeqClient Connect() => Connect(Profile.Origin, Profile.Key);

    /// <summary>A client of an origin, or of the profile's where none is given, without a key.</summary>
    public ZeqClient ConnectOpenly(Origin? origin = null) => Connect(origin ?? Profile.Origin, null);

    /// <summary>A client of an origin with a key.</summary>
    public ZeqClient Connect(Origin origin, string? key, TimeSpan? attemptTimeout = null)
    {
        try
        {
            ZeqClientOptions usual = new() { Origin = origin, Key = key, TimeProvider = Host.Time };
            return Host.Connect(attemptTimeout is { } timeout
                ? new ZeqClientOptions { Origin = origin, Key = key, TimeProvider = Host.Time, AttemptTimeout = timeout }
                : usual);
        }
        catch (ArgumentException e)
        {
            throw CliException.Misuse(e.Message);
        }
    }

    /// <summary>The profile's ZID.</summary>
    public Zid Zid => Profile.Zid;

    /// <summary>Waits for the home; where that takes longer than a second, says what for.</summary>
    public async Task<T> WaitAsync<T>(string what, Task<T> task)
    {
        if (IsJson || !Host.IsErrorTerminal)
        {
            return await task;
        }

        bool shown = false;
        for (int seconds = 1; !task.IsCompleted; seconds++)
        {
            if (await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(1), Host.Time)) != task)
            {
                Host.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{what} … {seconds} s "));
                shown = true;
            }
        }

        if (shown)
        {
            Host.Error.Write("\r" + new string(' ', what.Length + 16) + "\r");
        }

        return await task;
    }

    /// <summary>The document of --json: an answer of the home.</summary>
    public JsonObject Document<T>(T answer, JsonTypeInfo<T> type)
    {
        JsonObject document = JsonSerializer.SerializeToNode(answer, type)!.AsObject();
        _document = document;
        return document;
    }

    /// <summary>The document of --json.</summary>
    public void Document(JsonNode document) => _document = document;

    /// <summary>A line for people.</summary>
    public void Line(string text) => _pages.Add(new Text(SafeText.Of(text) + "\n"));

    /// <summary>Names and values for people.</summary>
    public void Facts(params (string Name, string? Value)[] facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn());
        foreach ((string name, string? value) in facts)
        {
            if (!string.IsNullOrEmpty(value))
            {
                grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(SafeText.Of(value)));
            }
        }

        _pages.Add(grid);
    }

    /// <summary>A table for people; a heading that ends in '>' is a number's.</summary>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string?>> rows, string whereEmpty)
    {
        var table = new Spectre.Console.Table().Border(TableBorder.Simple);
        foreach (string heading in headings)
        {
            var column = new TableColumn(new Text(heading.TrimEnd('>'), new Style(decoration: Decoration.Bold)));
            table.AddColumn(heading.EndsWith('>') ? column.RightAligned().NoWrap() : column);
        }

        foreach (IReadOnlyList<string?> row in rows)
        {
            table.AddRow(row.Select(IRenderable (cell) => new Text(SafeText.Of(cell))));
        }

        if (table.Rows.Count == 0)
        {
            Line(whereEmpty);
        }
        else
        {
            _pages.Add(table);
        }
    }

    /// <summary>Something to know that is no answer; on stderr, so that stdout stays clean.</summary>
    public void Note(string text) => Host.Error.WriteLine(SafeText.Sentence(text));

    /// <summary>How to find out what became of a call whose answer was lost.</summary>
    public void NoteRepeat(string? idempotencyKey)
    {
        if (idempotencyKey is not null && _parsed.CommandResult.Command.Options.Contains(GlobalOptions.IdempotencyKey))
        {
            Note($"  Whether it happened is not known. The same command with --idempotency-key {idempotencyKey} settles it and does nothing twice.");
        }
    }

    /// <summary>Says why the command failed.</summary>
    public int Fail(int exitCode, string sentence, string code) => Fail(Host, exitCode, sentence, code);

    /// <summary>Says why a run failed.</summary>
    public static int Fail(CliHost host, int exitCode, string sentence, string code)
    {
        host.Error.WriteLine($"error: {SafeText.Sentence(sentence)} ({SafeText.Sentence(code)})");
        return exitCode;
    }

    /// <summary>Writes the answer.</summary>
    public void Flush()
    {
        if (WasStreamed)
        {
            return;
        }

        if (IsJson)
        {
            Host.Out.WriteLine((_document ?? new JsonObject { ["ok"] = true }).ToJsonString(Indented));
            return;
        }

        bool hasColours = Host.IsOutputTerminal && string.IsNullOrEmpty(Host.Environment("NO_COLOR"));
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Host.IsOutputTerminal ? Host.Out : text),
        });
        if (!Host.IsOutputTerminal)
        {
            // A program that reads tables wants whole values, not the width of a screen that is not there.
            console.Profile.Width = 4096;
        }

        foreach (IRenderable page in _pages)
        {
            console.Write(page);
        }

        foreach (string line in text.ToString().TrimEnd().Split('\n', StringSplitOptions.None))
        {
            if (!Host.IsOutputTerminal && _pages.Count > 0)
            {
                Host.Out.WriteLine(line.TrimEnd());
            }
        }
    }
}
