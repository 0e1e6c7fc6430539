using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>Arguments and options in the forms of spec 00, so that a wrong one is said before anything is asked of a home.</summary>
internal static class Arguments
{
    public static Argument<TokenId> Token() => new("token") { Description = "The coin, ZT-…", CustomParser = r => Read<TokenId>(r, TokenId.TryParse, "is no token id (ZT-…)") };

    /// <summary>One coin or several, each once.</summary>
    public static Argument<TokenId[]> Tokens() => new("token")
    {
        Description = "The coins, ZT-…, each once.",
        Arity = new ArgumentArity(1, BurnTransaction.MaxTokens),
        CustomParser = r =>
        {
            var tokens = new List<TokenId>(r.Tokens.Count);
            foreach (Token text in r.Tokens)
            {
                if (!TokenId.TryParse(text.Value, out TokenId token) || tokens.Contains(token))
                {
                    r.AddError($"'{text.Value}' is no token id (ZT-…), or comes twice.");
                    return null;
                }

                tokens.Add(token);
            }

            return [.. tokens];
        },
    };

    public static Argument<VoteId> Vote() => new("vote") { Description = "The vote, VT-…", CustomParser = r => Read<VoteId>(r, VoteId.TryParse, "is no vote id (VT-…)") };

    public static Argument<Zid> Zid(string name = "ZID") => new(name) { Description = "The account, ZEQ and 11 digits.", CustomParser = ZidOf };

    public static Argument<Origin?> ToOrigin() => new("to_origin")
    {
        Description = "The recipient's home, where it is another one.", Arity = ArgumentArity.ZeroOrOne, CustomParser = OriginOf,
    };

    public static Argument<Slug?> Machine() => new("machine")
    {
        Description = "The machine; your own where absent.",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = r => Slug.TryParse(Text(r), out Slug slug) ? slug : Wrong<Slug?>(r, "is no machine (a-z, 0-9 and hyphens, at most 64)"),
    };

    public static Option<Origin?> Origin(string name, string description, bool required = false) => new(name)
    {
        Description = description, Required = required, HelpName = "URL", CustomParser = OriginOf,
    };

    public static Option<long?> Number(string name, string description, long least = 0) => new(name)
    {
        Description = description, HelpName = "n", CustomParser = r => NumberOf(r, least),
    };

    public static Option<int?> Limit(int most) => new("--limit")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"How many at most, 1 to {most}."),
        HelpName = "n",
        CustomParser = r => int.TryParse(Text(r), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= 1 && n <= most
            ? n : Wrong<int?>(r, string.Create(CultureInfo.InvariantCulture, $"is not a number from 1 to {most}")),
    };

    public static Option<string?> Hex64(string name, string description) => new(name)
    {
        Description = description, HelpName = "hex", CustomParser = r => Hex.IsLowerHex(Text(r), 64) ? Text(r) : Wrong<string?>(r, "is not 64 lower-case hex digits"),
    };

    public static Origin? OriginOf(ArgumentResult r)
    {
        // A trailing slash is what a browser's address bar gives; everything else must be the one spelling.
        string text = Text(r);
        return Protocol.Origin.TryParse(text.EndsWith('/') ? text[..^1] : text, out Origin origin)
            ? origin : Wrong<Origin?>(r, "is no origin (https://host[:port], lower case, no path)");
    }

    public static Zid ZidOf(ArgumentResult r) => Read<Zid>(r, Protocol.Zid.TryParse, "is no ZID (ZEQ and 11 digits)");

    public static string? IdempotencyKeyOf(ArgumentResult r)
    {
        string text = Text(r);
        return text.Length is >= 1 and <= 128 && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? text : Wrong<string?>(r, "is not 1 to 128 printable characters");
    }

    private static long? NumberOf(ArgumentResult r, long least) =>
        long.TryParse(Text(r), NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n >= least
            ? n : Wrong<long?>(r, string.Create(CultureInfo.InvariantCulture, $"is not a whole number from {least} up"));

    private delegate bool Reader<T>(string? text, out T value);

    private static T Read<T>(ArgumentResult r, Reader<T> reader, string wrong)
        where T : struct => reader(Text(r), out T value) ? value : Wrong<T>(r, wrong);

    private static string Text(ArgumentResult r) => r.Tokens.Count == 1 ? r.Tokens[0].Value : "";

    private static T? Wrong<T>(ArgumentResult r, string wrong)
    {
        r.AddError($"'{Text(r)}' {wrong}.");
        return default;
    }
}
