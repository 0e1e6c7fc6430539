using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>What spec 00 says of every route: the order of checks, the form of lists, what the document and the settings promise.</summary>
public sealed class WireRulesTests
{
    [Fact]
    public async Task AKeyIsAskedForBeforeAnyFieldIsLookedAt()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account account = await home.RegisterAsync();
        (await home.GetAsync("/api/tally/credits/nobody")).Refused(401, "UNAUTHORIZED");
        (await home.GetAsync("/api/tally/credits/nobody", account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.GetAsync($"/api/tally/credits/{account.Zid}", home.AdminKey)).Expect();
    }

    [Fact]
    public async Task AMachineKeySeesNeitherClaimsNorHowAnAccountIsRecovered()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        var key = new TestKey();
        Account account = await home.RegisterAsync(key.Registration(home, Zeqond.FromUnixMs(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Value));
        (await home.GetAsync($"/api/tally/claims/{account.Zid}", account.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.GetAsync($"/api/tally/claims/{account.Zid}", account.ApiKey)).Expect();
        Assert.Equal(key.PublicKey, (await home.GetAsync("/api/identity/whoami", account.ApiKey)).Expect().String("recovery_key"));
        Assert.DoesNotContain(key.PublicKey, (await home.GetAsync("/api/identity/whoami", account.MachineKey)).Expect().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryListTakesALimitAndSaysWhereItEnds()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account account = await home.RegisterAsync();
        Account other = await home.RegisterAsync();
        for (int i = 0; i < 2; i++)
        {
            Coin coin = await home.MintCoinAsync(account);
            (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, account.ApiKey)).Expect();
            await home.MintCoinAsync(account);
        }

        foreach ((string path, string plural) in ((string, string)[])
            [
                ("/api/identity/keys", "keys"), ("/api/zeq/operators", "operators"), ("/api/tally/envelopes", "envelopes"),
                ($"/api/tally/claims/{account.Zid}", "claims"), ($"/api/chain/{account.Slug}/explore", "rows"),
            ])
        {
            (await home.GetAsync(path + "?limit=0", account.ApiKey)).Refused(400, "INVALID_REQUEST");
            string[] whole = [.. (await home.GetAsync(path, account.ApiKey)).Expect()[plural].EnumerateArray().Select(item => item.GetRawText())];
            var paged = new List<string>();
            string? after = null;
            do
            {
                Answer page = (await home.GetAsync($"{path}?limit=1{(after is null ? "" : "&after=" + Uri.EscapeDataString(after))}", account.ApiKey)).Expect();
                JsonElement[] items = [.. page[plural].EnumerateArray()];
                Assert.True(items.Length <= 1, path);
                paged.AddRange(items.Select(item => item.GetRawText()));
                after = page["next_after"].ValueKind == JsonValueKind.Null ? null : page["next_after"].ToString();
                Assert.True(paged.Count <= whole.Length, path);
            }
            while (after is not null);
            Assert.Equal(whole, paged);
        }

        JsonElement next = (await home.GetAsync("/api/tally/history?limit=1", account.ApiKey)).Expect()["next_after"];
        Assert.True(next.ValueKind is JsonValueKind.Number or JsonValueKind.Null);
    }

    [Fact]
    public async Task ThePulseShowsEachZeqondOnce()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        await using Stream stream = await http.GetStreamAsync(new Uri(home.Origin + "/api/zeq/pulse/stream"), TestContext.Current.CancellationToken);
        using var lines = new StreamReader(stream);
        var seen = new List<long>();
        while (seen.Count < 4)
        {
            string line = (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!;
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using JsonDocument pulse = JsonDocument.Parse(line[6..]);
                seen.Add(pulse.RootElement.GetProperty("zeqond").GetInt64());
            }
        }

        Assert.Equal(seen.Distinct().Order(), seen);
    }

    [Fact]
    public async Task AReceiptWithoutToOriginIsForTheCoinsHome()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account account = await home.RegisterAsync();
        Account other = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(account);
        JsonElement receipt = (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, account.ApiKey)).Expect()["receipt"];
        var body = receipt.EnumerateObject().Where(member => member.Name != "to_origin").ToDictionary(member => member.Name, member => member.Value);
        Assert.True((await home.PostAsync("/api/tally/receipt/verify", body)).Expect().Bool("current"));
    }

    [Fact]
    public async Task TheDocumentHoldsTheRoutesBesideTheApiAndTheLimitsAsTheyAre()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true, RateLimits = new Dictionary<string, RateLimit> { ["Register"] = new(77, 33) } });
        JsonElement paths = home.Contract.Document.GetProperty("paths");
        Assert.Contains("here 77 in 33 seconds", paths.GetProperty("/api/identity/register").GetProperty("post").GetProperty("description").GetString()!, StringComparison.Ordinal);
        using var http = new HttpClient();
        foreach (string path in (string[])["/healthz", "/readyz", "/openapi/v1.json"])
        {
            JsonElement responses = paths.GetProperty(path).GetProperty("get").GetProperty("responses");
            using HttpResponseMessage answer = await http.GetAsync(new Uri(home.Origin + path), TestContext.Current.CancellationToken);
            MediaTypeHeaderValue type = answer.Content.Headers.ContentType!;
            Assert.True(responses.GetProperty("200").GetProperty("content").TryGetProperty(type.MediaType!, out _), path);
        }

        Assert.True(paths.GetProperty("/readyz").GetProperty("get").GetProperty("responses").TryGetProperty("503", out _));
    }

    [Theory]
    [InlineData("ZEQ_ISSUERS", "https://a.example=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a=lots", false)]
    [InlineData("ZEQ_ISSUERS", "https://a.example=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a=100", true)]
    [InlineData("ZEQ_ISSUERS", "https://a.example=0100000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("Zeq:RateLimits:Tallly:permits", "5", false)]
    [InlineData("Zeq:RateLimits:tally:permits", "5", true)]
    [InlineData("Zeq:RateLimits:Vault:permits", "5", true)]
    public void ASettingThatWouldMeanNothingStopsTheStart(string name, string value, bool isTaken)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new KeyValuePair<string, string?>(name, value)]).Build();
        var options = new ZeqOptions();
        if (isTaken)
        {
            options.Read(configuration);
            Assert.All(options.RateLimits, limit => Assert.Equal(5, limit.Value.Permits));
            Assert.All(options.RateLimits.Keys, key => Assert.True(key is "Tally" or "Vault"));
        }
        else
        {
            Assert.Throws<ZeqStartException>(() => options.Read(configuration));
        }
    }

    [Fact]
    public void AMetricHasItsUnitOnceInItsName()
    {
        using var meter = new Meter("Zeq.WireRulesTests");
        using var text = new PrometheusText();
        meter.CreateHistogram<double>("zeq.wire_rules.a", "ms").Record(1);
        meter.CreateHistogram<double>("zeq.wire_rules.b_ms", "ms").Record(1);
        string written = text.Write();
        Assert.Contains("zeq_wire_rules_a_ms_count 1", written, StringComparison.Ordinal);
        Assert.Contains("zeq_wire_rules_b_ms_count 1", written, StringComparison.Ordinal);
        Assert.DoesNotContain("_ms_ms", written, StringComparison.Ordinal);
    }
}
