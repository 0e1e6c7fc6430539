using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>A coin of one home in the hands of another's account: the three forms of the seed, and what may go wrong between them.</summary>
public sealed class TwoHomesTests : IAsyncLifetime
{
    private TestHome _a = null!;
    private TestHome _b = null!;

    public async ValueTask InitializeAsync() => (_a, _b) = (await TestHome.StartAsync(), await TestHome.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task A_coin_goes_to_another_home_onward_and_back()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        using var eve = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        (string bobsZid, _) = await bob.RegisterAsync(_b);
        (string evesZid, _) = await eve.RegisterAsync(_b);
        string coin = await ada.MintAsync(_a, adasZid);
        string file = ada.PathOf("coin.receipt.json");

        (await ada.RunAsync("send", coin, bobsZid, _b.Url, "-o", file)).MustFail(2, "NOT_CONFIRMED");
        (await ada.RunWithAsync("n\n", ["send", coin, bobsZid, _b.Url, "-o", file])).MustFail(1, "NOT_CONFIRMED");
        Assert.False(File.Exists(file));
        CommandLineUser.Run sent = await ada.RunWithAsync("yes\n", ["send", coin, bobsZid, _b.Url, "-o", file]);
        Assert.True(sent.ExitCode == 0, sent.ToString());
        Assert.Contains($"{bobsZid} @ {_b.Url}", sent.Error, StringComparison.Ordinal);
        string ticket = (string)JsonNode.Parse(await File.ReadAllTextAsync(file))!["claim_ticket"]!;
        Assert.DoesNotContain(ticket, sent.Out, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        (await eve.RunAsync("claim", "import", file)).MustFail(1, "NOT_OWNER");
        JsonObject imported = await bob.JsonAsync("claim", "import", file);
        Assert.Equal("held", (string?)imported["claim"]!["status"]);
        Assert.Equal(coin, (string?)(await bob.JsonAsync("send", "claims"))["claims"]![0]!["token_id"]);
        (await ada.RunAsync("send", "recall", coin)).MustFail(1, "TICKET_SPENT");
        Assert.Equal("held", (string?)(await bob.JsonAsync("claim", "refresh", coin))["claim"]!["status"]);
        JsonObject published = await bob.JsonAsync("send", "claim", "publish", coin);
        Assert.True((long)published["seq"]! > 0);

        JsonObject onward = await bob.JsonAsync("send", "claim", coin, evesZid, _b.Url, "--yes");
        Assert.Null(onward["claim_ticket"]);
        Assert.Equal("spent", (string?)(await bob.JsonAsync("send", "claims"))["claims"]![0]!["status"]);
        Assert.Equal("held", (string?)(await eve.JsonAsync("send", "claims"))["claims"]![0]!["status"]);
        (await bob.RunAsync("send", "claim", coin, adasZid, "--yes")).MustKeepPromises(isJson: false, isTerminal: false);

        (await eve.RunAsync("send", "claim", coin, adasZid)).MustFail(2, "NOT_CONFIRMED");
        await eve.JsonAsync("send", "claim", coin, adasZid, "--yes");
        Assert.Equal(6, (long)(await ada.JsonAsync("coins"))["sum_value_zqt"]!);

        CommandLineUser.Run audit = await ada.RunAsync("audit", "--storage", "sqlite:" + _a.StorePath);
        Assert.True(audit.ExitCode == 0, audit.ToString());
        audit = await ada.RunAsync("audit", "--storage", "sqlite:" + _b.StorePath, "--json");
        Assert.True(audit.ExitCode == 0, audit.ToString());
    }

    [Fact]
    public async Task A_coin_goes_on_to_a_third_home_with_a_fresh_receipt_file()
    {
        await using TestHome third = await TestHome.StartAsync();
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        using var cleo = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        (string bobsZid, _) = await bob.RegisterAsync(_b);
        (string cleosZid, _) = await cleo.RegisterAsync(third);
        string coin = await ada.MintAsync(_a, adasZid);
        (string first, string second) = (ada.PathOf("1.json"), ada.PathOf("2.json"));
        JsonObject sent = await ada.JsonAsync("send", coin, bobsZid, _b.Url, "-o", first, "--yes");
        Assert.Null(sent["claim_ticket"]);
        Assert.Equal(first, (string?)sent["receipt_file"]);
        await bob.JsonAsync("claim", "import", first);
        JsonObject onward = await bob.JsonAsync("send", "claim", coin, cleosZid, third.Url, "-o", second, "--yes");
        Assert.Equal(second, (string?)onward["receipt_file"]);
        Assert.Null(onward["claim_ticket"]);
        Assert.Equal("held", (string?)(await cleo.JsonAsync("claim", "import", second))["claim"]!["status"]);
        (await bob.RunAsync("claim", "import", first)).MustKeepPromises(isJson: false, isTerminal: false);
        Assert.Equal("spent", (string?)(await bob.JsonAsync("send", "claims"))["claims"]![0]!["status"]);
    }

    [Fact]
    public async Task A_payment_that_was_not_accepted_comes_back()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        (string bobsZid, _) = await bob.RegisterAsync(_b);
        string coin = await ada.MintAsync(_a, adasZid);
        string file = ada.PathOf("coin.receipt.json");
        await ada.JsonAsync("send", coin, bobsZid, _b.Url, "-o", file, "--yes");
        await ada.JsonAsync("send", "recall", coin);
        (await bob.RunAsync("claim", "import", file)).MustFail(1, "SUPERSEDED");
        Assert.Equal(6, (long)(await ada.JsonAsync("coins"))["sum_value_zqt"]!);
    }

    [Fact]
    public async Task A_forged_receipt_and_a_damaged_file_are_refused()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        (string bobsZid, _) = await bob.RegisterAsync(_b);
        string coin = await ada.MintAsync(_a, adasZid);
        string file = ada.PathOf("coin.receipt.json");
        await ada.JsonAsync("send", coin, bobsZid, _b.Url, "-o", file, "--yes");
        JsonObject receipt = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        receipt["mac"] = new string('0', 64);
        string forged = ada.PathOf("forged.json");
        await File.WriteAllTextAsync(forged, receipt.ToJsonString());
        (await bob.RunAsync("claim", "import", forged)).MustFail(1, "RECEIPT_REJECTED");
        foreach (string bad in (string[])["", "[]", "{}", "{\"claim_ticket\":\"x\"}", new string(' ', 20_000)])
        {
            await File.WriteAllTextAsync(forged, bad);
            CommandLineUser.Run run = await bob.RunAsync("claim", "import", forged);
            Assert.True(run.ExitCode == 2, run.ToString());
        }

        (await ada.RunAsync("send", coin, bobsZid, _b.Url, "-o", file, "--yes")).MustFail(2, "FILE");
        (await bob.RunAsync("send", "claim", coin, adasZid, "--yes")).MustFail(1, "CLAIM_NOT_FOUND");
    }
}
