using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>What a home answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The raw body.</param>
/// <param name="Headers">The headers of the answer.</param>
/// <param name="Content">The headers of its content.</param>
internal sealed record Answer(int Status, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders Content)
{
    private JsonElement? _json;

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => _json ??= JsonDocument.Parse(Body).RootElement;

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The code of a refusal; empty for a success.</summary>
    public string Code => Json.TryGetProperty("code", out JsonElement code) ? code.GetString()! : "";

    /// <summary>A member of the body, by its path of names joined by dots.</summary>
    public JsonElement this[string path]
    {
        get
        {
            JsonElement json = Json;
            foreach (string name in path.Split('.'))
            {
                json = json.GetProperty(name);
            }

            return json;
        }
    }

    /// <summary>Whether the body has a member.</summary>
    public bool Has(string name) => Json.TryGetProperty(name, out _);

    public string String(string path) => this[path].GetString()!;

    public long Long(string path) => this[path].GetInt64();

    public bool Bool(string path) => this[path].GetBoolean();

    /// <summary>Asserts a success of a status.</summary>
    public Answer Expect(int status = 200)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Text}");
        return this;
    }

    /// <summary>Asserts a refusal.</summary>
    public Answer Refused(int status, string code)
    {
        Assert.True(Status == status && Code == code, $"expected {status} {code}, got {Status}: {Text}");
        return this;
    }
}

/// <summary>An account at a home.</summary>
internal sealed record Account(string Zid, string ApiKey, string Slug, string MachineKey);

/// <summary>A coin that a compute minted.</summary>
internal sealed record Coin(string TokenId, long ValueZqt, string Machine);
