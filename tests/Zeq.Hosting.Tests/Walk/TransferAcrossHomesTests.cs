using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>The main job of the system: a coin minted at one home changes hands at two, and every record of it holds.</summary>
public sealed class TransferAcrossHomesTests
{
    [Fact]
    public async Task ACoinTravelsFromAThroughBToWhomeverItsHoldersChoose()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        Account minter = await a.RegisterAsync();
        Account first = await b.RegisterAsync();
        Account second = await b.RegisterAsync();
        Coin coin = await a.MintCoinAsync(minter);

        // Sent to B, imported and accepted there.
        Answer sent = (await homes.SendAsync(minter, coin, first.Zid)).Expect();
        Answer imported = (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), first.ApiKey)).Expect();
        Assert.Equal("held", imported.String("claim.status"));
        Assert.Equal(coin.ValueZqt, imported.Long("claim.value_zqt"));
        Assert.Equal(sent.Long("receipt.spend_seq") + 1, imported.Long("claim.spend_seq"));
        Assert.Equal("unknown", imported.String("claim.issuer"));

        // Onward to a third ZID at B, which holds it at once.
        Answer onward = (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = second.Zid, to_origin = b.Origin }, first.ApiKey)).Expect();
        Assert.False(onward.Has("claim_ticket"));
        Assert.Equal("held", onward.String("claim.status"));
        Assert.Equal(["spent"], await StatusesAsync(b, first));
        Assert.Equal(["held"], await StatusesAsync(b, second));

        // Published: the row is public, though the machine is private.
        Answer published = (await b.PostAsync("/api/tally/claims/publish", new { token_id = coin.TokenId }, second.ApiKey)).Expect();
        Answer row = (await b.GetAsync($"/api/chain/{published.String("slug")}/rows/{published.Long("seq")}")).Expect();
        Assert.Equal("claim_published", row.String("row.type"));
        Assert.Equal(second.Zid, row.String("row.payload.receipt.to"));
        Assert.Equal(second.Zid, row.String("row.payload.receipt.from"));
        Assert.DoesNotContain(first.Zid, row.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(minter.Zid, row.Text[..row.Text.IndexOf("token_id", StringComparison.Ordinal)], StringComparison.Ordinal);

        // Home to a ZID at A; another coin to a holder at a home that is down, whose ticket is handed out.
        Account heir = await a.RegisterAsync();
        Answer back = (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = heir.Zid }, second.ApiKey)).Expect();
        Assert.Equal(a.Origin, back.String("to_origin"));
        Assert.Equal(heir.Zid, (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}", heir.ApiKey)).Expect().String("envelope.issued_to"));
        Coin other = await a.MintCoinAsync(minter);
        await homes.PayAsync(minter, other, first);
        Answer away = (await b.PostAsync(
            "/api/tally/claims/transfer", new { token_id = other.TokenId, to = "ZEQ07123456789", to_origin = "http://127.0.0.1:9" }, first.ApiKey)).Expect();
        Assert.Equal(64, away.String("claim_ticket").Length);
        Assert.True((await a.PostAsync("/api/tally/receipt/verify", TwoHomes.ImportOf(away))).Expect().Bool("ticket_valid"));

        // Both chains, both stores.
        foreach ((TestHome home, Account owner) in ((TestHome, Account)[])[(a, minter), (a, heir), (b, first), (b, second)])
        {
            Answer verdict = (await home.GetAsync($"/api/chain/{owner.Slug}/pohc/validate", owner.ApiKey)).Expect();
            Assert.True(verdict.Bool("valid"), verdict.Text);
            Assert.True(verdict.Long("count") > 0);
        }

        Assert.True((await a.GetAsync("/api/chain/zeq-sys/pohc/validate", a.AdminKey)).Expect().Bool("valid"));
        await homes.AssertSoundAsync();
    }

    private static async Task<string[]> StatusesAsync(TestHome home, Account account)
    {
        Answer list = (await home.GetAsync($"/api/tally/claims/{account.Zid}", account.ApiKey)).Expect();
        return [.. list["claims"].EnumerateArray().Select(claim => claim.GetProperty("status").GetString()!)];
    }
}
