using System.Text.Json;

namespace Zeq.Hosting.Tests.Http;

/// <summary>The caller's history (spec 10 §9): what it minted, gave and got, newest first, each once.</summary>
public class HistoryTests
{
    [Fact]
    public async Task MintsAndMovesOfBothSidesStandInItNewestFirst()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account a = await home.RegisterAsync(), b = await home.RegisterAsync();
        Coin first = await home.MintCoinAsync(a), second = await home.MintCoinAsync(a);
        await MoveAsync(home, first, a, b);
        await MoveAsync(home, first, b, a);
        await MoveAsync(home, second, a, b);

        JsonElement[] ofA = await HistoryAsync(home, a, 100), ofB = await HistoryAsync(home, b, 100);
        Assert.Equal(["transfer", "transfer", "transfer", "mint", "mint"], ofA.Select(entry => entry.GetProperty("kind").GetString()));
        Assert.Equal(3, ofB.Length);
        Assert.Equal(
            ofB.Select(entry => entry.GetRawText()), ofA.Take(3).Select(entry => entry.GetRawText()));
        JsonElement last = ofA[0];
        Assert.Equal((second.TokenId, a.Zid, b.Zid, 1), (
            last.GetProperty("token_id").GetString(), last.GetProperty("from").GetString(), last.GetProperty("to").GetString(), last.GetProperty("spend_seq").GetInt32()));
        Assert.All(ofA.Where(entry => entry.GetProperty("kind").GetString() == "mint"), mint => Assert.Equal(a.Zid, mint.GetProperty("to").GetString()));
        Assert.Equal(ofA.Select(entry => entry.GetProperty("zeqond").GetInt64()).OrderDescending(), ofA.Select(entry => entry.GetProperty("zeqond").GetInt64()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task PagesTogetherAreTheWhole(int limit)
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account a = await home.RegisterAsync(), b = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(a);
        for (int i = 0; i < 6; i++)
        {
            await MoveAsync(home, coin, i % 2 == 0 ? a : b, i % 2 == 0 ? b : a);
            await home.PostAsync($"/api/chain/{a.Slug}/event", new { type = "note", payload = new { i } }, a.ApiKey);
            await Task.Delay(i % 3 == 0 ? 800 : 1);
        }

        string[] whole = [.. (await HistoryAsync(home, a, 100)).Select(entry => entry.GetRawText())];
        Assert.Equal(7, whole.Length);
        Assert.Equal(whole, (await HistoryAsync(home, a, limit)).Select(entry => entry.GetRawText()));
    }

    private static async Task MoveAsync(TestHome home, Coin coin, Account from, Account to) =>
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = to.Zid }, from.ApiKey)).Expect();

    private static async Task<JsonElement[]> HistoryAsync(TestHome home, Account of, int limit)
    {
        var all = new List<JsonElement>();
        for (string? before = null; ;)
        {
            Answer page = (await home.GetAsync($"/api/tally/history?limit={limit}{(before is null ? "" : "&before=" + before)}", of.ApiKey)).Expect();
            all.AddRange(page["history"].EnumerateArray());
            if (page["next_after"].ValueKind == JsonValueKind.Null)
            {
                return [.. all];
            }

            before = page["next_after"].GetRawText();
            Assert.True(all.Count < 100);
        }
    }
}
