using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>A vote, in which coins are staked for options (spec 10 §8).</summary>
/// <param name="Id">Its name, which says when it closes.</param>
/// <param name="Creator">Who called it.</param>
/// <param name="Title">What it is about, 1 to 200 characters.</param>
/// <param name="Options">The options as a JSON list, see <see cref="OptionList"/>.</param>
/// <param name="Zeqond">When it was called.</param>
/// <param name="Row">Its chain row on the creator's own machine.</param>
/// <param name="Weights">The sums that are staked for each option, in ZEQ, joined by commas; see <see cref="WeightList"/>.</param>
/// <param name="Changes">How many ballots were cast or taken back.</param>
public sealed record Vote(VoteId Id, Zid Creator, string Title, string Options, Zeqond Zeqond, RowRef Row, string Weights, long Changes)
{
    /// <summary>The type of its chain row.</summary>
    public const string ChainRowType = "vote_create";

    /// <summary>The fewest options.</summary>
    public const int MinOptions = 2;

    /// <summary>The most options.</summary>
    public const int MaxOptions = 16;

    /// <summary>The longest title, in characters.</summary>
    public const int MaxTitleLength = 200;

    /// <summary>The longest option, in characters.</summary>
    public const int MaxOptionLength = 100;

    /// <summary>How far ahead a vote may close, in Zeqonds: about a year (spec 05 rule 25).</summary>
    public const long MaxZeqondsAhead = 40_000_000;

    /// <summary>The most coins that one voter may stake in one vote, so that taking all of them back is one commit.</summary>
    public const int MaxStakes = 10_000;

    /// <summary>The most coins of one ballot.</summary>
    public const int MaxBallotTokens = 1000;

    /// <summary>How stores hold it.</summary>
    public static Table<Vote> Table { get; } = Protocol.Table.Of<Vote>("votes")
        .Key("vote_id", v => v.Id.Text)
        .Text("zid", v => v.Creator.Text)
        .Text("title", v => v.Title)
        .Text("options", v => v.Options)
        .Integer("zeqond", v => v.Zeqond.Value)
        .Text("row_slug", v => v.Row.Slug)
        .Integer("row_seq", v => v.Row.Seq)
        .Text("row_hash", v => v.Row.StateHash)
        .ChangingText("weights", v => v.Weights)
        .Version("changes", v => v.Changes)
        .Build(c => new Vote(
            VoteId.Parse(c.Text()), Zid.Parse(c.Text()), c.Text(), c.Text(), new Zeqond(c.Integer()), new RowRef(c.Text(), c.Integer(), c.Text()), c.Text(), c.Integer()));

    /// <summary>The options in their order.</summary>
    /// <exception cref="FormatException">The stored text is no list of options.</exception>
    public IReadOnlyList<string> OptionList => ReadOptions(Options);

    /// <summary>What is staked for each option, in ZEQ, in the order of the options.</summary>
    /// <exception cref="FormatException">The stored text is no list of sums.</exception>
    public IReadOnlyList<long> WeightList => [.. Weights.Split(',').Select(weight => long.Parse(weight, NumberStyles.None, CultureInfo.InvariantCulture))];

    /// <summary>Whether it is closed: no ballot is taken or given back any more.</summary>
    public bool IsClosedAt(Zeqond now) => now >= Id.Closes;

    /// <summary>Whether a text may be a title or an option: of the length, and nothing in it that no one sees.</summary>
    public static bool IsText(string text, int maxLength) => text.Length >= 1 && text.Length <= maxLength && !text.Any(char.IsControl);

    /// <summary>Sums as they are stored.</summary>
    internal static string TextOf(IEnumerable<long> weights) => string.Join(',', weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The canonical payload of its chain row.</summary>
    internal string ChainPayload() => new Payload()
        .Add("closes_zeqond", Id.Closes.Value)
        .Add("options", OptionList)
        .Add("title", Title)
        .Add("vote_id", Id.Text)
        .Add("zeqond", Zeqond.Value)
        .ToCanonicalText();

    /// <summary>Options as they are stored.</summary>
    internal static string TextOf(IReadOnlyList<string> options)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (string option in options)
            {
                writer.WriteStringValue(option);
            }

            writer.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static List<string> ReadOptions(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(option => option.GetString() ?? throw new FormatException("An option is no text."))]
                : throw new FormatException("The options are no list.");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new FormatException("The options are no list of texts.", malformed);
        }
    }
}
