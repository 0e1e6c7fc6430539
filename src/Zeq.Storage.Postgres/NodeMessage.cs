using System.Globalization;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// What nodes tell each other by NOTIFY, less than 8,000 bytes each:
/// <c>r|table|key</c> a row changed (from triggers); <c>l|node|table|stream:first-last,…</c> streams of a log grew, <c>*</c> for streams: any;
/// <c>h|word</c> a node's word to itself, which proves that it hears.
/// </summary>
internal static class NodeMessage
{
    private const int MaxBytes = 7_900;
    private const int MaxMessages = 16;

    /// <summary>A word to oneself.</summary>
    public static string Hello(string word) => "h|" + word;

    /// <summary>The messages that tell which streams grew; one that says <c>any</c> where it would be too many.</summary>
    public static string[] Grown(string node, string table, IReadOnlyDictionary<string, (long First, long Last)>? streams)
    {
        string head = $"l|{node}|{table}|";
        if (streams is null)
        {
            return [head + "*"];
        }

        var messages = new List<string>();
        var text = new StringBuilder(head);
        foreach ((string stream, (long first, long last)) in streams)
        {
            string part = string.Create(CultureInfo.InvariantCulture, $"{stream}:{first}-{last}");
            if (text.Length > head.Length && text.Length + 1 + part.Length > MaxBytes)
            {
                messages.Add(text.ToString());
                text.Clear().Append(head);
            }

            text.Append(text.Length > head.Length ? "," : "").Append(part);
        }

        messages.Add(text.ToString());
        return messages.Count <= MaxMessages ? [.. messages] : [head + "*"];
    }

    /// <summary>What a message says; a word that is not understood, say of a newer version, says that anything may have changed.</summary>
    /// <param name="message">The payload.</param>
    /// <param name="node">This node: it knows how its own streams grew.</param>
    public static IEnumerable<SharedChange> Read(string message, string node)
    {
        string[] parts = message.Split('|', 3);
        switch (parts)
        {
            case ["h", ..]:
                return [];
            case ["r", { Length: > 0 } table, { Length: > 0 } key]:
                return [new SharedChange(table, key)];
            case ["l", var from, var rest] when rest.IndexOf('|', StringComparison.Ordinal) is var bar and > 0:
                return from == node ? [] : ReadStreams(rest[..bar], rest[(bar + 1)..]);
            default:
                return [SharedChange.Everything];
        }
    }

    private static List<SharedChange> ReadStreams(string table, string streams)
    {
        var changes = new List<SharedChange>();
        foreach (string part in streams.Split(','))
        {
            int colon = part.LastIndexOf(':');
            int dash = part.LastIndexOf('-');
            if (colon > 0 && dash > colon
                && long.TryParse(part.AsSpan(colon + 1, dash - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long first)
                && long.TryParse(part.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long last))
            {
                changes.Add(new SharedChange(table, part[..colon], first, last));
            }
            else
            {
                return [new SharedChange(table, null)];
            }
        }

        return changes;
    }
}
