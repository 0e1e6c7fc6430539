using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>Fuel, computes and coins at one home, and the light proof without it.</summary>
public sealed class CoinTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Fuel_becomes_a_coin_and_the_coin_moves()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_home);
        (string bobsZid, _) = await bob.RegisterAsync(_home);
        (await ada.RunAsync("compute", "KO42", "NM19", "mass_kg=2", "acceleration_ms2=3")).MustFail(1, "INSUFFICIENT_BALANCE");
        string coin = await ada.MintAsync(_home, adasZid);
        Assert.Equal(0, (long)(await ada.JsonAsync("fuel"))["balance"]!);
        JsonObject coins = await ada.JsonAsync("coins", "--status", "active");
        Assert.Equal(6, (long)coins["sum_value_zqt"]!);
        Assert.Equal(coin, (string?)(await ada.JsonAsync("coin", coin))["envelope"]!["token_id"]);

        JsonObject sent = await ada.JsonAsync("send", coin, bobsZid);
        Assert.Equal(1, (long)sent["receipt"]!["spend_seq"]!);
        Assert.Null(sent["receipt_file"]);
        (await ada.RunAsync("coin", coin)).MustFail(1, "TOKEN_NOT_FOUND");
        (await ada.RunAsync("send", "recall", coin)).MustFail(1, "TICKET_SPENT");
        Assert.Equal(6, (long)(await bob.JsonAsync("coins"))["sum_value_zqt"]!);
        Assert.Equal(2, (await ada.JsonAsync("history"))["history"]!.AsArray().Count);
        (await ada.RunAsync("fuel", "claim")).MustKeepPromises(isJson: false, isTerminal: false);
    }

    [Fact]
    public async Task Every_reading_command_answers_people_and_programs()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string coin = await user.MintAsync(_home, zid);
        string[] lines =
        [
            "whoami", "keys list", "node status", "cost KO42 NM19", "operators", "fuel", "coins", $"coin {coin}", $"proof {coin}", "history", "supply", "send claims",
            "machine show", "chain explore", "chain validate", "machine publish --yes",
        ];
        foreach (string line in lines)
        {
            CommandLineUser.Run run = await user.RunAsync(line.Split(' '));
            Assert.True(run.ExitCode == 0 && run.Out.Trim().Length > 0 && run.Error.Length == 0, run.ToString());
            Assert.True((bool)(await user.JsonAsync(line.Split(' ')))["ok"]!);
        }
    }

    [Fact]
    public async Task A_proof_is_checked_offline_against_the_pinned_key()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string coin = await user.MintAsync(_home, zid);
        string file = user.PathOf("coin.proof.json");
        await user.JsonAsync("proof", coin, "-o", file);
        (await user.RunAsync("proof", coin, "-o", file)).MustFail(2, "FILE");
        string nodeKey = (string)(await user.JsonAsync("node", "status"))["public_key"]!;

        // From here on nobody is asked.
        user.Connect = _ => throw new InvalidOperationException("Verification is offline.");
        await user.JsonAsync("proof", coin, "--verify", file);
        using var stranger = new CommandLineUser { Connect = user.Connect };
        (await stranger.RunAsync("proof", coin, "--verify", file)).MustFail(2, "NO_NODE_KEY");
        await stranger.JsonAsync("proof", coin, "--verify", file, "--node-key", nodeKey);
        (await stranger.RunAsync("proof", coin, "--verify", file, "--node-key", new string('a', 64))).MustFail(1, "INVALID_PROOF");
        (await user.RunAsync("proof", coin[..^1] + (coin[^1] == 'a' ? 'b' : 'a'), "--verify", file)).MustFail(1, "INVALID_PROOF");

        JsonObject changed = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        changed["claim"]!["value_zqt"] = 40;
        await File.WriteAllTextAsync(file, changed.ToJsonString());
        (await user.RunAsync("proof", coin, "--verify", file)).MustFail(1, "INVALID_PROOF");
        await File.WriteAllTextAsync(file, "{}");
        (await user.RunAsync("proof", coin, "--verify", file)).MustFail(1, "INVALID_PROOF");
    }

    [Fact]
    public async Task The_same_idempotency_key_computes_once()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        user.Environment["ZEQ_ADMIN_KEY"] = TestHome.AdminKey;
        await user.JsonAsync("admin", "grant", zid, "100", "--reference", "r");
        string[] line = ["compute", "NM19", "mass_kg=5", "acceleration_ms2=3", "--funding", "paid", "--idempotency-key", "settle-1"];
        JsonObject first = await user.JsonAsync(line);
        JsonObject again = await user.JsonAsync(line);
        Assert.Equal((string?)first["zeq_proof"], (string?)again["zeq_proof"]);
        Assert.Equal(97, (long)(await user.JsonAsync("fuel"))["paid_credits"]!);
        (await user.RunAsync("compute", "NM19", "mass_kg=6", "acceleration_ms2=3", "--funding", "free")).MustFail(1, "INSUFFICIENT_BALANCE");
        (await user.RunAsync("compute", "XX99")).MustFail(1, "INVALID_OPERATOR");
    }

    [Fact]
    public async Task The_admins_commands_need_the_admins_key()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        (await user.RunWithAsync("not-the-admin\n", ["admin", "grant", zid, "5", "--reference", "r"])).MustFail(1, "UNAUTHORIZED");
        CommandLineUser.Run asked = await user.RunWithAsync(TestHome.AdminKey + "\n", ["admin", "grant", zid, "5", "--reference", "r", "--json"]);
        Assert.Equal(5, (long)asked.Document!["paid_credits"]!);
        user.Environment["ZEQ_ADMIN_KEY"] = TestHome.AdminKey;
        Assert.Equal(5, (long)(await user.JsonAsync("admin", "grant", zid, "5", "--reference", "r"))["paid_credits"]!);
        (await user.RunAsync("admin", "grant", zid, "6", "--reference", "r")).MustFail(1, "REFERENCE_CONFLICT");
        await user.JsonAsync("clock", "confirm");
        await user.JsonAsync("peer", "confirm", "http://127.0.0.1:9", (string)(await user.JsonAsync("node", "status"))["public_key"]!);
        string coin = await user.MintAsync(_home, zid);
        (await user.RunWithAsync("n\n", ["home", "restored"])).MustFail(1, "NOT_CONFIRMED");
        JsonObject restored = await user.JsonAsync("home", "restored", "--yes");
        Assert.Equal(1, (long)restored["raised"]!);
        Assert.Equal(1_000_000, (long)(await user.JsonAsync("coin", coin))["envelope"]!["spend_seq"]!);
        await user.JsonAsync("home", "restored", "--yes", "--restore-id", (string)restored["restore_id"]!);
    }
}
