namespace Zeq.Hosting.Tests;

/// <summary>A helper's machine key computes; it does not look into the wallet (spec 05 rule 3).</summary>
public class WalletReadTests
{
    // Seen red with each of the three routes taking any key.
    [Theory]
    [InlineData("/api/tally/envelopes")]
    [InlineData("/api/tally/envelopes/COIN")]
    [InlineData("/api/tally/history")]
    public async Task AHelpersMachineKeyReadsNoCoins(string path)
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(account);
        path = path.Replace("COIN", coin.TokenId, StringComparison.Ordinal);
        Answer refused = (await home.GetAsync(path, account.MachineKey)).Refused(403, "FORBIDDEN");
        Assert.DoesNotContain(coin.TokenId, refused.Text, StringComparison.Ordinal);
        Assert.Contains(coin.TokenId, (await home.GetAsync(path, account.ApiKey)).Expect().Text, StringComparison.Ordinal);
    }
}
