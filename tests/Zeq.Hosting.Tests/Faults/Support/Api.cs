using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>One answer of a home, as it came over the wire.</summary>
internal sealed record WireAnswer(int Status, string Text, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public bool IsOk => Status is >= 200 and < 300;

    public string Code => Json["code"]?.GetValue<string>() ?? "";

    /// <summary>The answer itself where it is a success; a failed test otherwise.</summary>
    public WireAnswer Expect()
    {
        Assert.True(IsOk, $"{Status} {Text}");
        return this;
    }

    public override string ToString() => $"{Status} {Text}";
}

/// <summary>An account at a home.</summary>
internal sealed record Account(string Zid, string Key);

/// <summary>Calls one home over HTTP, without repeating anything by itself.</summary>
internal sealed class Api : IDisposable
{
    public const string AdminKey = "faults-admin-key-0123456789abcdefghij";

    private static int s_inputs = 1;
    private readonly HttpClient _http;

    public Api(string url, int timeoutSeconds = 60)
    {
        Url = url;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 256 })
        {
            BaseAddress = new Uri(url),
            Timeout = TimeSpan.FromSeconds(timeoutSeconds),
        };
    }

    public string Url { get; }

    public async Task<WireAnswer> SendAsync(string method, string path, string? key = null, JsonNode? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Version = HttpVersion.Version11 };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        return new WireAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    public Task<WireAnswer> PostAsync(string path, string? key, JsonNode body, string? idempotencyKey = null) => SendAsync("POST", path, key, body, idempotencyKey);

    public Task<WireAnswer> GetAsync(string path, string? key = null) => SendAsync("GET", path, key);

    /// <summary>Registers an account and buys it fuel.</summary>
    public async Task<Account> RegisterAsync(long paid = 1_000)
    {
        JsonNode made = (await PostAsync("/api/identity/register", null, new JsonObject())).Expect().Json;
        var account = new Account(made["zid"]!.GetValue<string>(), made["api_key"]!.GetValue<string>());
        if (paid > 0)
        {
            (await PostAsync(
                "/api/tally/credits/grant", AdminKey, new JsonObject { ["zid"] = account.Zid, ["paid"] = paid, ["reference"] = "grant-" + account.Zid })).Expect();
        }

        return account;
    }

    /// <summary>A compute that the account pays for: its request.</summary>
    public static JsonObject Compute() => new()
    {
        ["operators"] = new JsonArray("NM19"),
        ["inputs"] = new JsonObject { ["mass_kg"] = Interlocked.Increment(ref s_inputs), ["acceleration_ms2"] = 3 },
    };

    /// <summary>Mints one coin; its token_id.</summary>
    public async Task<string> MintAsync(Account owner)
    {
        JsonNode computed = (await PostAsync("/api/zeq/compute", owner.Key, Compute())).Expect().Json;
        return computed["envelopes"]![0]!["token_id"]!.GetValue<string>();
    }

    public Task<WireAnswer> TransferAsync(Account from, string token, string to, string? toOrigin = null, string? idempotencyKey = null)
    {
        var body = new JsonObject { ["token_id"] = token, ["to"] = to };
        if (toOrigin is not null)
        {
            body["to_origin"] = toOrigin;
        }

        return PostAsync("/api/tally/envelopes/transfer", from.Key, body, idempotencyKey);
    }

    /// <summary>Sends a coin to another home; the body with which its recipient imports it.</summary>
    public async Task<JsonObject> SendAwayAsync(Account from, string token, Account to, string toOrigin)
    {
        JsonNode sent = (await TransferAsync(from, token, to.Zid, toOrigin)).Expect().Json;
        var import = (JsonObject)sent["receipt"]!.DeepClone();
        import["claim_ticket"] = sent["claim_ticket"]!.GetValue<string>();
        return import;
    }

    public Task<WireAnswer> ImportAsync(Account by, JsonObject import) => PostAsync("/api/tally/claims/import", by.Key, import);

    public Task<WireAnswer> TransferClaimAsync(Account by, string token, string to, string? toOrigin = null)
    {
        var body = new JsonObject { ["token_id"] = token, ["to"] = to };
        if (toOrigin is not null)
        {
            body["to_origin"] = toOrigin;
        }

        return PostAsync("/api/tally/claims/transfer", by.Key, body);
    }

    /// <summary>The account's claim on a coin, or null.</summary>
    public async Task<JsonNode?> ClaimAsync(Account of, string token)
    {
        JsonNode list = (await GetAsync("/api/tally/claims/" + of.Zid, of.Key)).Expect().Json;
        return list["claims"]!.AsArray().SingleOrDefault(claim => claim!["token_id"]!.GetValue<string>() == token);
    }

    /// <summary>The height of a coin at its home.</summary>
    public async Task<long> HeightAsync(string token) =>
        (await GetAsync($"/api/tally/envelopes/{token}/authority")).Expect().Json["spend_seq"]!.GetValue<long>();

    public void Dispose() => _http.Dispose();
}
