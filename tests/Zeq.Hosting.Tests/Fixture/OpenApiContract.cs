using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>
/// Holds every answer against the home's own OpenAPI document: the status and code are documented for the route and method, the members
/// are those of the schema, and the required ones are there.
/// </summary>
internal sealed class OpenApiContract(JsonElement document)
{
    private readonly List<(string[] Segments, JsonElement Path)> _paths =
        [.. document.GetProperty("paths").EnumerateObject().Select(path => (path.Name.Split('/'), path.Value))];

    public JsonElement Document { get; } = document;

    /// <summary>The operation that takes a request, or null.</summary>
    public JsonElement? Find(string method, string path)
    {
        string[] segments = path.Split('?')[0].Split('/');
        foreach ((string[] pattern, JsonElement item) in _paths.OrderBy(entry => entry.Segments.Count(IsParameter)))
        {
            if (pattern.Length == segments.Length && pattern.Zip(segments).All(pair => (IsParameter(pair.First) && pair.Second.Length > 0) || pair.First == pair.Second))
            {
                return item.TryGetProperty(method.ToLowerInvariant(), out JsonElement operation) ? operation : null;
            }
        }

        return null;
    }

    /// <summary>Whether the document says that an operation's answers carry a signature.</summary>
    public static bool IsSigned(JsonElement operation) => operation.GetProperty("description").GetString()!.Contains("x-zeq-answer-sig", StringComparison.Ordinal);

    /// <summary>Asserts that an answer is as documented.</summary>
    public void Check(string method, string path, Answer answer)
    {
        string where = $"{method} {path} -> {answer.Status}: {(answer.Body.Length < 2_000 ? answer.Text : "…")}";
        if (Find(method, path) is not { } operation || !operation.TryGetProperty("tags", out _))
        {
            if (answer.Status >= 400 && path.StartsWith("/api/", StringComparison.Ordinal))
            {
                Assert.True(answer.Status is 404 or 405, where);
                CheckJson(Component("Error"), answer.Json, where, "$");
            }

            return;
        }

        Assert.True(operation.GetProperty("responses").TryGetProperty($"{answer.Status}", out JsonElement response), "undocumented status: " + where);
        Assert.True(response.GetProperty("content").TryGetProperty(answer.Content.ContentType?.MediaType ?? "", out JsonElement content), "undocumented content type: " + where);
        if (answer.Content.ContentType!.MediaType != "application/json")
        {
            return;
        }

        CheckJson(content.GetProperty("schema"), answer.Json, where, "$");
        if (answer.Status >= 400)
        {
            string[] codes = response.GetProperty("description").GetString()!.Split(", ");
            Assert.True(codes.Contains(answer.Code), "undocumented code: " + where);
        }
    }

    private static bool IsParameter(string segment) => segment.StartsWith('{');

    private JsonElement Component(string name) => Document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private void CheckJson(JsonElement schema, JsonElement json, string where, string at)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            Assert.True(schema.ValueKind == JsonValueKind.True, $"{at} is nothing the document allows: {where}");
            return;
        }

        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            string target = reference.GetString()!;
            Assert.True(target.StartsWith("#/components/schemas/", StringComparison.Ordinal), $"a reference that leads nowhere, {target}: {where}");
            CheckJson(Component(target["#/components/schemas/".Length..]), json, where, at);
            return;
        }

        if (schema.TryGetProperty("type", out JsonElement type))
        {
            string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];
            Assert.True(types.Any(t => IsOf(json, t)), $"{at} is no {string.Join(" or ", types)}: {where}");
        }

        if (json.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
        {
            int index = 0;
            foreach (JsonElement item in json.EnumerateArray())
            {
                CheckJson(items, item, where, $"{at}[{index++}]");
            }
        }

        if (json.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out JsonElement properties))
        {
            return;
        }

        foreach (JsonProperty member in json.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(member.Name, out JsonElement inner), $"{at}.{member.Name} is not documented: {where}");
            CheckJson(inner, member.Value, where, $"{at}.{member.Name}");
        }

        if (schema.TryGetProperty("required", out JsonElement required))
        {
            foreach (JsonElement name in required.EnumerateArray())
            {
                Assert.True(json.TryGetProperty(name.GetString()!, out _), $"{at}.{name.GetString()} is missing: {where}");
            }
        }
    }

    private static bool IsOf(JsonElement json, string type) => type switch
    {
        "object" => json.ValueKind == JsonValueKind.Object,
        "array" => json.ValueKind == JsonValueKind.Array,
        "string" => json.ValueKind == JsonValueKind.String,
        "boolean" => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out _),
        "number" => json.ValueKind == JsonValueKind.Number,
        "null" => json.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
