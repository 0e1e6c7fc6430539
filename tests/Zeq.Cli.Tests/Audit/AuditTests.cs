namespace Zeq.Cli.Tests;

/// <summary>The auditor on a store of a home that runs.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task An_audit_reads_a_live_store_and_fails_on_another_homes_key()
    {
        await using TestHome home = await TestHome.StartAsync();
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(home);
        await user.MintAsync(home, zid);
        CommandLineUser.Run good = await user.RunAsync("audit", "--storage", "sqlite:" + home.StorePath, "--origin", home.Url, "--json");
        Assert.True(good.ExitCode == 0, good.ToString());
        Assert.Equal(1, (long)good.Document!["counts"]!["envelopes"]!);

        CommandLineUser.Run bad = await user.RunAsync("audit", "--storage", "sqlite:" + home.StorePath, "--node-key", new string('a', 64), "--json");
        bad.MustFail(1, "AUDIT_FAILED");
        Assert.False((bool)bad.Document!["ok"]!);
        Assert.NotEmpty(bad.Document!["findings"]!.AsArray());
    }

    [Fact]
    public async Task What_is_no_store_is_misuse()
    {
        using var user = new CommandLineUser();
        string file = user.PathOf("x.db");
        await File.WriteAllTextAsync(file, "no database");
        (await user.RunAsync("audit", "--storage", "sqlite:" + file)).MustFail(2, "STORE");
    }
}
