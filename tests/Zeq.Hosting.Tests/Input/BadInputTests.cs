using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>
/// Every mutating route of the OpenAPI document with everything that its fields cannot be: always a 4xx with a code, never a change.
/// </summary>
public sealed class BadInputTests
{
    private const int MaxBodyBytes = 256 * 1024;

    /// <summary>A value of a field's own form, by its name.</summary>
    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        ["token_id"] = "\"ZT-zeq07000000001-1000-0123456789abcdef\"", ["to"] = "\"ZEQ07000000001\"", ["from"] = "\"ZEQ07000000002\"", ["holder"] = "\"ZEQ07000000002\"",
        ["holder_zid"] = "\"ZEQ07000000002\"", ["zid"] = "\"ZEQ07000000003\"", ["to_origin"] = "\"http://127.0.0.1:9\"", ["home_origin"] = "\"http://127.0.0.1:9\"", ["origin"] = "\"http://127.0.0.1:9\"",
        ["spend_seq"] = "1", ["zeqond"] = "5", ["paid"] = "5", ["operators"] = "[\"NM19\"]", ["inputs"] = "{}", ["funding_limit"] = "[\"paid\"]", ["R_t"] = "\"1.000000\"",
        ["key_prefix"] = "\"zeq_ak_12345\"", ["reference"] = "\"r\"", ["role"] = "\"viewer\"", ["is_public"] = "true", ["to_zid"] = "\"ZEQ07000000003\"", ["max_outstanding"] = "7", ["most"] = "5", ["public"] = "true", ["include_sender"] = "true", ["payload"] = "1",
        ["ids"] = "[\"ZT-zeq07000000001-1000-0123456789abcdef\"]", ["token_ids"] = "[\"ZT-zeq07000000001-1000-0123456789abcdef\"]", ["options"] = "[\"a\",\"b\"]", ["closes_zeqond"] = "5",
        ["type"] = "\"note\"", ["public_key"] = $"\"{new TestKey().PublicKey}\"",
    };

    [Fact]
    public async Task NoFieldTakesWhatItCannotBeOnAnyRoute()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        await home.MintCoinAsync(account);
        string before = await StoreDigest.OfAsync(home);
        int requests = 0;
        foreach ((string method, string path, string? key, JsonElement operation) in Mutations(home, account))
        {
            if (!operation.TryGetProperty("requestBody", out JsonElement requestBody))
            {
                continue;
            }

            JsonElement schema = requestBody.GetProperty("content").GetProperty("application/json").GetProperty("schema");
            string[] required = schema.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
            foreach (JsonProperty field in schema.GetProperty("properties").EnumerateObject())
            {
                foreach (string? bad in Bad(field.Value, required.Contains(field.Name)))
                {
                    string body = "{" + string.Join(",", schema.GetProperty("properties").EnumerateObject()
                        .Select(member => (member.Name, Value: member.Name == field.Name ? bad : Sample(member.Name, member.Value)))
                        .Where(member => member.Value is not null).Select(member => $"\"{member.Name}\":{member.Value}")) + "}";
                    Answer answer = await home.SendAsync(method, path, TestHome.Json(body), key);
                    Assert.True(answer.Status == 400 && answer.Code.Length > 0, $"{method} {path} took {body[..Math.Min(body.Length, 300)]}: {answer.Status} {answer.Text}");
                    requests++;
                }
            }
        }

        Assert.True(requests > 800, $"only {requests} requests were made");
        Assert.Equal(before, await StoreDigest.OfAsync(home));
    }

    [Fact]
    public async Task NoRouteTakesABodyThatIsNoJsonObject()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string before = await StoreDigest.OfAsync(home);
        foreach ((string method, string path, string? key, JsonElement operation) in Mutations(home, account))
        {
            foreach (byte[] body in Malformed())
            {
                Answer answer = await home.SendAsync(method, path, TestHome.Json(body), key);
                Assert.True((answer.Status, answer.Code) == (400, "INVALID_JSON"), $"{method} {path} took {Encoding.Latin1.GetString(body)[..Math.Min(body.Length, 80)]}: {answer.Status} {answer.Text}");
            }

            foreach (string? type in (string?[])["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonx", "nonsense", null])
            {
                var content = new ByteArrayContent("{}"u8.ToArray());
                if (type is not null)
                {
                    content.Headers.TryAddWithoutValidation("Content-Type", type);
                }

                (await home.SendAsync(method, path, content, key)).Refused(415, "UNSUPPORTED_MEDIA_TYPE");
            }

            if (operation.TryGetProperty("requestBody", out JsonElement body2) && body2.GetProperty("required").GetBoolean())
            {
                Answer empty = await home.SendAsync(method, path, null, key);
                Assert.True(empty.Status == 400, $"{method} {path} took no body: {empty.Text}");
                (await home.SendAsync(method, path, TestHome.Json(Array.Empty<byte>()), key)).Expect4xx();
            }
        }

        Assert.Equal(before, await StoreDigest.OfAsync(home));
    }

    [Fact]
    public async Task ABodyOverItsLimitIsRefusedOnEveryRouteHoweverItComes()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string before = await StoreDigest.OfAsync(home);
        byte[] tooLarge = Encoding.ASCII.GetBytes("{\"a\":\"" + new string('x', MaxBodyBytes) + "\"}");
        foreach ((string method, string path, string? key, _) in Mutations(home, account))
        {
            // Said in advance: refused before it is read, also without a key.
            foreach (string? anyKey in (string?[])[key, null])
            {
                (await home.SendAsync(method, path, TestHome.Json(tooLarge), anyKey, change: request => request.Headers.ExpectContinue = true)).Refused(413, "TOO_LARGE");
            }

            // Not said: refused when it grows too long.
            (await home.SendAsync(method, path, TestHome.Json(tooLarge), key, change: request => request.Headers.TransferEncodingChunked = true)).Refused(413, "TOO_LARGE");
        }

        Assert.Equal(before, await StoreDigest.OfAsync(home));

        // The last byte that fits does fit.
        string most = "{\"a\":\"" + new string('x', MaxBodyBytes - 8) + "\"}";
        Assert.Equal(MaxBodyBytes, most.Length);
        (await home.PostAsync("/api/identity/keys", most, account.ApiKey)).Expect(201);
    }

    [Fact]
    public async Task ChecksComeInTheirOrder()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account account, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        string path = $"/api/chain/state-machines/{other.Slug}/keys";
        ByteArrayContent Plain(string text)
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
            return content;
        }

        (await home.SendAsync("POST", path, Plain(new string('x', MaxBodyBytes + 1)), change: request => request.Headers.ExpectContinue = true)).Refused(413, "TOO_LARGE");
        (await home.SendAsync("POST", path, Plain("{nonsense"))).Refused(401, "UNAUTHORIZED");
        (await home.SendAsync("POST", path, Plain("{nonsense"), account.ApiKey)).Refused(415, "UNSUPPORTED_MEDIA_TYPE");
        (await home.PostAsync(path, "{nonsense", account.ApiKey)).Refused(400, "INVALID_JSON");
        (await home.PostAsync(path, new { role = "tsar" }, account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.PostAsync(path, new { role = "viewer" }, account.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.PostAsync(path, new { role = "viewer" }, other.MachineKey)).Refused(403, "FORBIDDEN");

        // Every field at fault is named at once.
        Answer all = (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = 1, to = "x", to_origin = "y" }, account.ApiKey)).Refused(400, "INVALID_TOKEN_ID");
        Assert.Equal(["to", "to_origin", "token_id"], all["details"].EnumerateArray().Select(detail => detail.GetProperty("subject").GetString()!).Order());
        Coin coin = await home.MintCoinAsync(account);
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = account.Zid }, account.ApiKey)).Refused(400, "SELF_TRANSFER");
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = "ZEQ-SYS" }, account.ApiKey)).Refused(400, "INVALID_RECIPIENT");
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = "ZEQ07999999999" }, other.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
    }

    [Fact]
    public async Task IntegersComeInEveryFormThatIsOne()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        long paid = 0;
        int reference = 0;
        foreach ((string form, long value) in ((string, long)[])[("5", 5), ("5.0", 5), ("1e2", 100), ("1E+1", 10), ("0.5e1", 5), ("\"7\"", 7), ("50e-1", 5)])
        {
            Answer answer = await home.PostAsync(
                "/api/tally/credits/grant", $$"""{"zid":"{{account.Zid}}","paid":{{form}},"reference":"r{{reference++}}"}""", home.AdminKey);
            if (form == "50e-1" && answer.Status == 400)
            {
                // A form that no writer of JSON makes; it may be refused, but not misread.
                continue;
            }

            Assert.Equal(paid += value, answer.Expect().Long("paid_credits"));
        }
    }

    [Fact]
    public async Task NoQueryAndNoPathMakesAHomeFail()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string explore = $"/api/chain/{account.Slug}/explore";
        foreach (string query in (string[])
            ["limit=0", "limit=-1", "limit=501", "limit=x", "limit=1.5", "limit=99999999999999999999", "limit=", "limit=1&limit=2", "from=%00", "to=-1", "type=", "type=a&type=b", "after=1e1", "after=%FF", "limit=%F0%9F%92%A9"])
        {
            (await home.GetAsync($"{explore}?{query}", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        }

        foreach (string path in (string[])["/api/tally/envelopes/nothing/proof", "/api/tally/envelopes/ZT-x-1-0123456789ABCDEF/authority", "/api/tally/envelopes/ZT-x-99999999999999999999-0123456789abcdef/proof"])
        {
            (await home.GetAsync(path)).Refused(400, "INVALID_TOKEN_ID");
        }

        (await home.GetAsync("/api/tally/envelopes?status=lost", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.GetAsync("/api/tally/envelopes?after=x", account.ApiKey)).Refused(400, "INVALID_TOKEN_ID");
        (await home.GetAsync($"/api/chain/{account.Slug}/rows/{long.MaxValue}", account.ApiKey)).Refused(404, "ROW_NOT_FOUND");
        (await home.GetAsync($"/api/chain/{account.Slug}/rows/0", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.GetAsync("/api/chain/a%20b/state")).Refused(400, "INVALID_SLUG");
        (await home.GetAsync("/api/chain/a%7Cb/state")).Refused(400, "INVALID_SLUG");
        (await home.GetAsync($"{explore}?after={long.MaxValue}&from={long.MaxValue}", account.ApiKey)).Expect();
        (await home.GetAsync($"/api/chain/{account.Slug}/pohc/validate?after={long.MaxValue}", account.ApiKey)).Expect();

        // Unknown routes and methods.
        foreach (string path in (string[])["/", "/api", "/api/", "/api/nothing", "/api/tally/envelopes/a/b/c", "/api/%2e%2e/etc/passwd", "//api/identity"])
        {
            (await home.SendAsync("GET", path, null)).Refused(404, "NOT_FOUND");
        }

        foreach ((string method, string path, string allow) in ((string, string, string)[])
            [("GET", "/api/identity/register", "POST"), ("PUT", "/api/identity/keys", "GET, POST"), ("DELETE", "/api/tally/supply", "GET"), ("PROPFIND", "/api/zeq/pulse", "GET")])
        {
            Answer refused = (await home.SendAsync(method, path, null)).Refused(405, "METHOD_NOT_ALLOWED");
            Assert.Equal(allow, string.Join(", ", refused.Content.Allow));
        }

        // What the web server itself refuses has no body, but is no 5xx.
        using var raw = new HttpClient { BaseAddress = new Uri(home.Origin) };
        foreach ((string path, string? header) in ((string, string?)[])
            [("/api/zeq/pulse?x=" + new string('y', 20_000), null), ("/api/zeq/pulse", new string('z', 40_000)), ("/api/chain/%00/state", null), ("/api/chain/%/state", null), ("/api/chain/%ff%fe/state", null)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, home.Origin + path);
            if (header is not null)
            {
                request.Headers.TryAddWithoutValidation("X-Long", header);
            }

            using HttpResponseMessage response = await raw.SendAsync(request);
            Assert.InRange((int)response.StatusCode, 400, 499);
        }

        foreach (string authorization in (string[])["", "Bearer", "Bearer ", "Basic abc", "Bearer " + new string('x', 5_000), "Bearer zeq_ak_", "Bearer zeq_ak_" + new string('A', 43), "Bearer a b c"])
        {
            (await home.SendAsync("GET", "/api/identity/whoami", null, change: request => request.Headers.TryAddWithoutValidation("Authorization", authorization))).Refused(401, "UNAUTHORIZED");
        }
    }

    [Fact]
    public async Task APayloadMayBeAnythingThatHasACanonicalForm()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string events = $"/api/chain/{account.Slug}/event";
        foreach (string payload in (string[])["\"a\\u0000b\"", "[]", "{}", "false", "1e300", "\"|\"", Nested(31), "\"\\ud83d\\ude00\"", "{\"\":1}", "-0", "12345678901234567890"])
        {
            (await home.PostAsync(events, $$"""{"payload":{{payload}}}""", account.ApiKey)).Expect(201);
        }

        foreach (string payload in (string[])["1e400", Nested(32), "\"\\ud800\"", "{\"\\udfff\":1}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "NaN", "01"])
        {
            (await home.PostAsync(events, $$"""{"payload":{{payload}}}""", account.ApiKey)).Refused(400, "INVALID_JSON");
        }

        (await home.PostAsync(events, "{}", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.PostAsync(events, $$"""{"payload":1,"hash":"{{new string('a', 64)}}"}""", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        Assert.True((await home.GetAsync($"/api/chain/{account.Slug}/pohc/validate", account.ApiKey)).Expect().Bool("valid"));
        await home.AssertSoundAsync();
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static IEnumerable<(string Method, string Path, string? Key, JsonElement Operation)> Mutations(TestHome home, Account account)
    {
        foreach (JsonProperty path in home.Contract.Document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject().Where(method => method.Name != "get"))
            {
                string concrete = path.Name.Replace("{token_id}", "ZT-zeq07000000001-1000-0123456789abcdef").Replace("{vote_id}", "VT-9999999999-0123456789abcdef").Replace("{slug}", account.Slug).Replace("{seq}", "1").Replace("{zid}", "ZEQ07000000003").Replace("{prefix}", account.ApiKey[..ApiKeyRow.PrefixLength]);
                Assert.DoesNotContain('{', concrete);
                string security = operation.Value.TryGetProperty("security", out JsonElement schemes) ? schemes.GetRawText() : "";
                string? key = security.Contains("account", StringComparison.Ordinal) ? account.ApiKey : security.Contains("admin", StringComparison.Ordinal) ? home.AdminKey : null;
                yield return (operation.Name.ToUpperInvariant(), concrete, key, operation.Value);
            }
        }
    }

    private static string Sample(string name, JsonElement schema)
    {
        if (Samples.TryGetValue(name, out string? sample))
        {
            return sample;
        }

        if (schema.TryGetProperty("pattern", out JsonElement pattern) && pattern.GetString() is { } text && text.StartsWith("^[0-9a-f]{", StringComparison.Ordinal))
        {
            return "\"" + new string('a', int.Parse(text[10..text.IndexOf('}')], CultureInfo.InvariantCulture)) + "\"";
        }

        return schema.TryGetProperty("minLength", out _) ? "\"abc\"" : throw new InvalidOperationException($"no sample of {name}");
    }

    /// <summary>Values that a schema cannot mean; null: the member is absent.</summary>
    private static IEnumerable<string?> Bad(JsonElement schema, bool isRequired)
    {
        if (isRequired)
        {
            yield return null;
            yield return "null";
        }

        if (!schema.TryGetProperty("type", out JsonElement type))
        {
            yield return "\"\\ud800\"";
            yield break;
        }

        if (type.ValueKind == JsonValueKind.Array)
        {
            foreach (string bad in (string[])
                [
                    "\"x\"", "\"1.0\"", "1.5", "-1", "\"-1\"", "1e400", "1e30", "9223372036854775808", "\"9223372036854775808\"", "-9223372036854775809", "\"01\"", "\"+1\"", "\" 1\"", "\"1e2\"", "\"\"",
                    "\"1\\u0000\"", "\"\\u0661\"", "true", "[]", "[1]", "{}", "0.1e1000", "1e-400", "1" + new string('0', 5_000),
                ])
            {
                yield return bad;
            }

            yield break;
        }

        string[] wrong = type.GetString() switch
        {
            "string" when schema.TryGetProperty("pattern", out _) || schema.TryGetProperty("enum", out _) =>
                ["5", "true", "[]", "{}", "\"\"", "\"|\"", "\"a|b\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\ud800x\"", "\" \"", "\"-1\"", "\"\u00e4\"", $"\"{new string('z', 10_000)}\""],
            "string" => ["5", "true", "[]", "{}", "\"a\\u0000b\"", "\"\\udc00\"", $"\"{new string('z', schema.GetProperty("maxLength").GetInt32() + 1)}\"", .. schema.GetProperty("minLength").GetInt32() > 0 ? (string[])["\"\""] : []],
            "boolean" => ["5", "0", "\"yes\"", "\"\"", "[]", "{}"],
            "array" => ["5", "\"x\"", "{}", "true", "[]", "[5]", "[null]", "[[]]", "[\"\\ud800\"]", "[" + string.Join(",", Enumerable.Repeat("\"NM19\"", 2_000)) + "]"],
            "object" => ["5", "\"x\"", "[]", "true", "{\"a\":\"\\ud800\"}"],
            _ => throw new InvalidOperationException(schema.GetRawText()),
        };
        foreach (string bad in wrong)
        {
            yield return bad;
        }
    }

    private static IEnumerable<byte[]> Malformed()
    {
        foreach (string text in (string[])
            [
                "{", "}", "[]", "[{}]", "null", "5", "\"x\"", "{\"a\":1", "{\"a\":1}}", "{a:1}", "{\"a\":1,}", "{'a':1}", "{\"a\":1}//", " ", "{\"a\":1,\"a\":2}", "{\"x\":{\"a\":1,\"a\":1}}", "{\"a\":NaN}",
                "{\"a\":\"\n\"}", "{\"\\ud800\":1}", "{\"a\":" + Nested(33) + "}", "{\"a\":" + Nested(10_000) + "}", string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), "{\"to\":\"x\",\"\\u0074o\":\"y\"}",
            ])
        {
            yield return Encoding.UTF8.GetBytes(text);
        }

        yield return [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'];
        yield return [.. "{\"a\":\""u8, 0xFF, 0xFE, .. "\"}"u8];
        yield return [.. "{\""u8, 0xC0, 0x80, .. "\":1}"u8];
        yield return [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8];
        yield return Encoding.Unicode.GetBytes("{}");
        yield return [0];
    }
}
