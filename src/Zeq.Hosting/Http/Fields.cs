using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>The members that requests are made of, each with its one form (spec 00, "Identifiers").</summary>
internal static class Fields
{
    /// <summary>The longest integer text that is read.</summary>
    private const int MaxIntegerLength = 64;

    public static Field<TokenId> TokenId { get; } = Parsed("token_id", RejectionCode.InvalidTokenId, "^ZT-[a-z0-9-]{1,64}-[0-9]{1,19}-[0-9a-f]{16}$",
        (string text, out TokenId id) => Protocol.TokenId.TryParse(text, out id));

    public static Field<VoteId> VoteId { get; } = Parsed("vote_id", RejectionCode.InvalidRequest, "^VT-[1-9][0-9]{0,15}-[0-9a-f]{16}$",
        (string text, out VoteId id) => Protocol.VoteId.TryParse(text, out id));

    public static Field<Zid> Recipient { get; } = ZidField("to", RejectionCode.InvalidRecipient);

    public static Field<Origin> ToOrigin { get; } = OriginField("to_origin");

    public static Field<Origin> HomeOrigin { get; } = OriginField("home_origin");

    public static Field<string> ClaimTicket { get; } = LowerHex("claim_ticket", 64);

    public static Field<long> SpendSeq { get; } = Integer("spend_seq", 0, long.MaxValue);

    public static Field<long> Zeqond { get; } = Integer("zeqond", 0, (1L << 53) - 1);

    public static Field<string> Signature { get; } = LowerHex("signature", 128);

    public static Field<string> PublicKey { get; } = new("public_key", true, RejectionCode.InvalidRequest, Text("^[0-9a-f]{64}$"), ReadPublicKey);

    public static Field<bool> Flag(string name) => new(name, true, RejectionCode.InvalidRequest, new JsonObject { ["type"] = "boolean" },
        (JsonElement json, out bool value) =>
        {
            value = json.ValueKind == JsonValueKind.True || (json.ValueKind == JsonValueKind.String && json.GetString() == "true");
            return value || json.ValueKind == JsonValueKind.False || (json.ValueKind == JsonValueKind.String && json.GetString() == "false");
        });

    public static Field<Zid> ZidField(string name, RejectionCode code = RejectionCode.InvalidRequest) => Parsed(name, code, "^ZEQ([0-9]{11}|-FOUNDATION|-SYS)$",
        (string text, out Zid zid) => Zid.TryParse(text, out zid));

    public static Field<Origin> OriginField(string name) => Parsed(name, RejectionCode.InvalidOrigin, "^https?://",
        (string text, out Origin origin) => Origin.TryParse(text, out origin));

    /// <summary>A machine's name; upper-case letters are lower-cased by whoever parses it.</summary>
    public static Field<string> SlugField(string name) => new(
        name, true, RejectionCode.InvalidSlug, new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = Slug.MaxLength },
        (JsonElement json, out string value) =>
        {
            value = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
            return Slug.TryParse(value, out _);
        });

    public static Field<string> LowerHex(string name, int length) => Parsed(name, RejectionCode.InvalidRequest, $"^[0-9a-f]{{{length}}}$",
        (string text, out string value) => Hex.IsLowerHex(value = text, length));

    /// <summary>Text of a length, without NUL.</summary>
    public static Field<string> Line(string name, int min, int max) => new(
        name, true, RejectionCode.InvalidRequest, new JsonObject { ["type"] = "string", ["minLength"] = min, ["maxLength"] = max },
        (JsonElement json, out string value) =>
        {
            value = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
            return json.ValueKind == JsonValueKind.String && value.Length >= min && value.Length <= max && !value.Contains('\0');
        });

    /// <summary>Text of a closed list.</summary>
    public static Field<string> OneOf(string name, params string[] values) => new(
        name, true, RejectionCode.InvalidRequest, new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. values.Select(value => (JsonNode)value)]) },
        (JsonElement json, out string value) =>
        {
            value = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
            return values.Contains(value);
        });

    /// <summary>
    /// An integer of a range: a JSON number whose value is an integer (1, 1.0, 1e2), or as a string only <c>-?(0|[1-9][0-9]*)</c>.
    /// </summary>
    public static Field<long> Integer(string name, long min, long max) => new(
        name, true, RejectionCode.InvalidRequest, new JsonObject { ["type"] = new JsonArray("integer", "string"), ["format"] = "int64", ["minimum"] = min, ["maximum"] = max },
        (JsonElement json, out long value) => TryInteger(json, out value) && value >= min && value <= max);

    /// <summary>A list of texts.</summary>
    public static Field<IReadOnlyList<string>> Texts(string name, int min, int max, RejectionCode code = RejectionCode.InvalidRequest) => new(
        name, true, code, new JsonObject { ["type"] = "array", ["minItems"] = min, ["maxItems"] = max, ["items"] = new JsonObject { ["type"] = "string" } },
        (JsonElement json, out IReadOnlyList<string> value) =>
        {
            var texts = new List<string>();
            value = texts;
            if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() < min || json.GetArrayLength() > max)
            {
                return false;
            }

            foreach (JsonElement item in json.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String)
                {
                    return false;
                }

                texts.Add(item.GetString()!);
            }

            return true;
        });

    /// <summary>An object, kept as it is.</summary>
    public static Field<JsonElement> Object(string name, RejectionCode code = RejectionCode.InvalidRequest) => new(
        name, true, code, new JsonObject { ["type"] = "object" },
        (JsonElement json, out JsonElement value) => (value = json).ValueKind == JsonValueKind.Object);

    /// <summary>Any JSON, kept as it is.</summary>
    public static Field<JsonElement> Any(string name) => new(
        name, true, RejectionCode.InvalidRequest, [],
        (JsonElement json, out JsonElement value) => (value = json).ValueKind != JsonValueKind.Undefined);

    /// <summary>An integer of JSON, exactly.</summary>
    internal static bool TryInteger(JsonElement json, out long value)
    {
        value = 0;
        if (json.ValueKind == JsonValueKind.String)
        {
            string text = json.GetString()!;
            ReadOnlySpan<char> digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
            return digits.Length is > 0 and <= 19 && digits.IndexOfAnyExceptInRange('0', '9') < 0 && (digits.Length == 1 || digits[0] != '0')
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        }

        if (json.ValueKind != JsonValueKind.Number)
        {
            return false;
        }

        if (json.TryGetInt64(out value))
        {
            return true;
        }

        // 1.0 and 1e2 are integers too; decimal holds every one of them exactly, and refuses what is out of its range.
        string raw = json.GetRawText();
        if (raw.Length <= MaxIntegerLength && !raw.Contains("e-", StringComparison.OrdinalIgnoreCase) && decimal.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)
            && exact == decimal.Truncate(exact) && exact is >= long.MinValue and <= long.MaxValue)
        {
            value = (long)exact;
            return true;
        }

        return false;
    }

    private delegate bool TryParse<T>(string text, out T value);

    private static Field<T> Parsed<T>(string name, RejectionCode code, string pattern, TryParse<T> parse) => new(name, true, code, Text(pattern),
        (JsonElement json, out T value) =>
        {
            value = default!;
            return json.ValueKind == JsonValueKind.String && parse(json.GetString()!, out value);
        });

    private static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static bool ReadPublicKey(JsonElement json, out string value)
    {
        value = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
        Span<byte> key = stackalloc byte[Ed25519.PublicKeySizeBytes];
        return Hex.TryDecode(value, key) && Ed25519.IsAcceptablePublicKey(key);
    }
}
