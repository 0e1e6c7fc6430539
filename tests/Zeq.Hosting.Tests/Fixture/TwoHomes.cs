using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests;

/// <summary>A, where coins are minted, and B, where they are received.</summary>
internal sealed class TwoHomes : IAsyncDisposable
{
    private TwoHomes(TestHome a, TestHome b) => (A, B) = (a, b);

    public TestHome A { get; }

    public TestHome B { get; }

    public static async Task<TwoHomes> StartAsync(HomeSetup? a = null, HomeSetup? b = null)
    {
        TestHome first = await TestHome.StartAsync(a);
        try
        {
            return new TwoHomes(first, await TestHome.StartAsync(b));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <summary>The sender's receipt and ticket, as an import takes them.</summary>
    public static JsonObject ImportOf(Answer transfer)
    {
        var body = JsonNode.Parse(transfer["receipt"].GetRawText())!.AsObject();
        body["claim_ticket"] = transfer.String("claim_ticket");
        return body;
    }

    /// <summary>A holder at A sends a coin to a ZID at B.</summary>
    public Task<Answer> SendAsync(Account from, Coin coin, string to) =>
        A.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to, to_origin = B.Origin }, from.ApiKey);

    /// <summary>Sends a coin from A to an account at B, which imports it.</summary>
    public async Task<Answer> PayAsync(Account from, Coin coin, Account to)
    {
        Answer sent = (await SendAsync(from, coin, to.Zid)).Expect();
        return (await B.PostAsync("/api/tally/claims/import", ImportOf(sent), to.ApiKey)).Expect();
    }

    public async Task AssertSoundAsync()
    {
        await A.AssertSoundAsync();
        await B.AssertSoundAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}
