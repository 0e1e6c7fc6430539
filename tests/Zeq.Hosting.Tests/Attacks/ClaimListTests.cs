using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>What the list of claims says of its sums (spec 05 rule 9).</summary>
public sealed class ClaimListTests
{
    // Seen red with sums over other claims than the page's, and over claims that are not held.
    [Fact]
    public async Task Rule9_SumsAreOfThePageAndThoseOfAllPagesAreTheWhole()
    {
        await using TestHome a = await TestHome.StartAsync();
        await using TestHome b = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(a.Context.Keys.NodePublicKey) });
        (Account sender, Account holder) = (await a.RegisterAsync(), await b.RegisterAsync());
        long held = 0;
        for (int i = 0; i < 5; i++)
        {
            Coin coin = await a.MintCoinAsync(sender);
            Answer sent = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = holder.Zid, to_origin = b.Origin }, sender.ApiKey)).Expect();
            (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect();
            if (i == 0)
            {
                (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = sender.Zid }, holder.ApiKey)).Expect();
            }
            else
            {
                held += coin.ValueZqt;
            }
        }

        (long whole, int pages, string? after) = (0, 0, null);
        do
        {
            Answer page = (await b.GetAsync($"/api/tally/claims/{holder.Zid}?limit=2{(after is null ? "" : "&after=" + after)}", holder.ApiKey)).Expect();
            long shown = page["claims"].EnumerateArray().Where(claim => claim.GetProperty("status").GetString() == "held").Sum(claim => claim.GetProperty("value_zqt").GetInt64());
            long summed = 0;
            foreach (JsonElement sum in page["page_sums"].EnumerateArray())
            {
                Assert.Equal(a.Origin, sum.GetProperty("home_origin").GetString());
                summed += sum.GetProperty("value_zqt").GetInt64();
            }

            Assert.Equal(shown, summed);
            (whole, pages, after) = (whole + summed, pages + 1, page["next_after"].GetString());
        }
        while (after is not null);
        Assert.Equal((held, 3), (whole, pages));
    }
}
