using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>The one-way valve from the command line.</summary>
public sealed class BurnTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Coins_become_burn_credits_and_a_compute_paid_by_them_mints_nothing()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_home);
        string one = await ada.MintAsync(_home, zid, 2), two = await ada.MintAsync(_home, zid, 3), kept = await ada.MintAsync(_home, zid, 4);
        JsonObject burned = await ada.JsonAsync("burn", one, two);
        Assert.Equal((2, 12, 12, 0), ((int)burned["burned"]!, (int)burned["sum_value_zqt"]!, (int)burned["credited"]!, (int)burned["destroyed"]!));
        Assert.Equal(burned.ToJsonString(), (await ada.JsonAsync("burn", two, one)).ToJsonString());
        Assert.Equal(12, (int)(await ada.JsonAsync("fuel"))["burn_credits"]!);
        JsonObject work = await ada.JsonAsync("compute", "KO42", "NM19", "mass_kg=5", "acceleration_ms2=3");
        Assert.Empty(work["envelopes"]!.AsArray());
        Assert.Equal(3, (int)work["funding"]!["burn"]!);
        Assert.Equal(2, (await ada.JsonAsync("coins", "--status", "burned"))["envelopes"]!.AsArray().Count);
        Assert.Equal(2, (await ada.JsonAsync("history"))["history"]!.AsArray().Count(entry => (string?)entry!["kind"] == "burn"));

        // Each coin that cannot be burned is named under the one line that says why.
        CommandLineUser.Run refused = await ada.RunAsync("burn", kept, one);
        refused.MustFail(1, "NOT_ELIGIBLE");
        Assert.Contains(one, refused.Error, StringComparison.Ordinal);
        Assert.Contains("(NOT_ACTIVE)", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(kept, refused.Error, StringComparison.Ordinal);
        CommandLineUser.Run told = await ada.RunAsync("burn", kept);
        Assert.True(told.ExitCode == 0 && told.Out.Contains("BT-", StringComparison.Ordinal), told.ToString());
        Assert.True((bool)(await ada.JsonAsync("audit", "--storage", "sqlite:" + _home.StorePath))["ok"]!);
    }

    [Fact]
    public async Task A_person_is_asked_before_a_coin_is_burned()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_home);
        string coin = await ada.MintAsync(_home, zid);
        ada.IsTerminal = true;
        (await ada.RunWithAsync("n\n", ["burn", coin])).MustFail(1, "NOT_CONFIRMED");
        (await ada.RunWithAsync("", ["burn", coin])).MustFail(2, "NOT_CONFIRMED");
        Assert.Equal(0, (await ada.RunWithAsync("y\n", ["burn", coin])).ExitCode);
        Assert.Equal(0, (await ada.RunAsync("burn", coin, "--yes")).ExitCode);
    }
}
