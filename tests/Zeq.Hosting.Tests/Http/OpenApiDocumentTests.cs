using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>The document itself; that its promises hold, every other test proves by <see cref="OpenApiContract"/>.</summary>
public sealed class OpenApiDocumentTests
{
    [Fact]
    public async Task TheDocumentIsWhole()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        JsonElement document = home.Contract.Document;
        Assert.Equal("3.1.0", document.GetProperty("openapi").GetString());
        var ids = new List<string>();
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                ids.Add(operation.Value.GetProperty("operationId").GetString()!);
                string[] parameters = operation.Value.TryGetProperty("parameters", out JsonElement list)
                    ? [.. list.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!)]
                    : [];
                Assert.Equal(path.Name.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}')).Order(), parameters.Order());
                Assert.All(parameters, name => Assert.True(list.EnumerateArray().Single(p => p.GetProperty("name").GetString() == name).GetProperty("required").GetBoolean()));
            }
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.True(ids.Count > 30);
        int references = 0;
        Walk(document);
        Assert.True(references > 100);

        void Walk(JsonElement json)
        {
            foreach (JsonElement inner in json.ValueKind switch
            {
                JsonValueKind.Object => json.EnumerateObject().Select(member => member.Value),
                JsonValueKind.Array => json.EnumerateArray(),
                _ => [],
            })
            {
                Walk(inner);
            }

            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("$ref", out JsonElement reference) && reference.ValueKind == JsonValueKind.String)
            {
                references++;
                string target = reference.GetString()!;
                Assert.StartsWith("#/components/schemas/", target, StringComparison.Ordinal);
                Assert.True(document.GetProperty("components").GetProperty("schemas").TryGetProperty(target["#/components/schemas/".Length..], out _), target);
            }
        }
    }
}
