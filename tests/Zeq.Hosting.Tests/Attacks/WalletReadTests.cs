namespace Zeq.Hosting.Tests;

/// <summary>A helper's machine key computes; it does not look into the wallet (spec 05 rule 3).</summary>
public class WalletReadTests
{
    [Theory]
    [InlineData("/api/tally/envelopes")]
    [InlineData("/api/tally/history")]
    public async Task AHelpersMachineKeyReadsNoCoins(string path)
    {
        await using TestHome home = await TestHome.StartAsync();
        var account = await home.RegisterAsync();
        (await home.GetAsync(path, account.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.GetAsync(path, account.ApiKey)).Expect(200);
    }
}
