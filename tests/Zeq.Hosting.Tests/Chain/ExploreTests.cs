namespace Zeq.Hosting.Tests;

/// <summary>Pages of a chain.</summary>
public sealed class ExploreTests
{
    [Fact]
    public async Task APageOfLargePayloads_EndsEarly_AndTheNextOneGoesOnWhereItEnded()
    {
        const int Rows = 40;
        const int PayloadLength = 250_000;
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string large = new('x', PayloadLength);
        for (int i = 0; i < Rows; i++)
        {
            (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = large }, owner.ApiKey)).Expect(201);
        }

        var seen = new List<long>();
        long? after = 0;
        int pages = 0;
        while (after is not null)
        {
            Answer page = (await home.GetAsync($"/api/chain/{owner.Slug}/explore?limit=500&after={after}", owner.ApiKey)).Expect();
            Assert.True(page.Body.Length < (5 << 20), $"a page of {page.Body.Length} bytes");
            seen.AddRange(page["rows"].EnumerateArray().Select(row => row.GetProperty("seq").GetInt64()));
            after = page["next_after"].ValueKind == System.Text.Json.JsonValueKind.Null ? null : page.Long("next_after");
            pages++;
        }

        Assert.True(pages > 1);
        Assert.Equal(Enumerable.Range(1, Rows).Select(i => (long)i), seen);
    }
}
