using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>Contracts from the command line.</summary>
public sealed class ContractTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task A_contract_is_deployed_moved_shown_paused_exported_and_verified()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_home);
        ada.Environment["ZEQ_ADMIN_KEY"] = TestHome.AdminKey;
        await ada.JsonAsync("admin", "grant", zid, "100", "--reference", "fuel", "--origin", _home.Url);
        Assert.Equal(5, (await ada.JsonAsync("contract", "templates"))["templates"]!.AsArray().Count);
        string id = (string)(await ada.JsonAsync("contract", "deploy", "--template", "force_threshold_alarm", "--params", """{"limit_n":5}"""))["id"]!;
        JsonObject would = await ada.JsonAsync("contract", "dry-run", id, "alarm", "--input", """{"mass_kg":2,"acceleration_ms2":3}""");
        Assert.Equal((true, 3), ((bool)would["would"]!, (int)would["cost"]!));
        (await ada.RunAsync("contract", "dry-run", id, "alarm", "--input", """{"mass_kg":1,"acceleration_ms2":3}""")).MustFail(1, "CONDITION_FAILED");
        (await ada.RunAsync("contract", "transition", id, "alarm", "--input", """{"mass_kg":1,"acceleration_ms2":3}""")).MustFail(1, "CONDITION_FAILED");
        JsonObject rang = await ada.JsonAsync("contract", "transition", id, "alarm", "--input", """{"mass_kg":2,"acceleration_ms2":3}""");
        Assert.Equal(("alarm", "armed"), ((string)rang["new_state"]!, (string)rang["previous_state"]!));
        Assert.Equal(2, (await ada.JsonAsync("contract", "show", id))["transitions"]!.AsArray().Count);
        Assert.Single((await ada.JsonAsync("contract", "list"))["contracts"]!.AsArray());
        Assert.Equal("paused", (string)(await ada.JsonAsync("contract", "pause", id))["contract"]!["status"]!);
        (await ada.RunAsync("contract", "transition", id, "retired")).MustFail(1, "PAUSED");
        await ada.JsonAsync("contract", "resume", id);
        Assert.True((bool)(await ada.JsonAsync("contract", "verify", id))["valid"]!);

        string folder = Directory.CreateTempSubdirectory("zeq-contract-").FullName;
        try
        {
            string file = Path.Combine(folder, "contract.json");
            await File.WriteAllTextAsync(file, (await ada.JsonAsync("contract", "export", id)).ToJsonString());
            JsonObject imported = await ada.JsonAsync("contract", "import", file);
            Assert.Equal("armed", (string)imported["contract"]!["current_state"]!);
            await File.WriteAllTextAsync(file, """{"name":"n","version":"1","states":{"a":{"initial":true}},"transitions":[{"from":"a","to":"a","operator":"KO42"}]}""");
            await ada.JsonAsync("contract", "deploy", file);
            await File.WriteAllTextAsync(file, "{}");
            (await ada.RunAsync("contract", "deploy", file)).MustFail(1, "INVALID_CONTRACT");
            (await ada.RunAsync("contract", "import", file)).MustFail(2, "USAGE");
            await File.WriteAllTextAsync(file, "nonsense");
            (await ada.RunAsync("contract", "deploy", file)).MustFail(2, "USAGE");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        (await ada.RunAsync("contract", "deploy")).MustFail(2, "USAGE");
        (await ada.RunAsync("contract", "show", "nothing")).MustFail(2, "USAGE");
        (await ada.RunAsync("contract", "show", "019ab2c4-0000-7000-8000-000000000000")).MustFail(1, "CONTRACT_NOT_FOUND");
        (await ada.RunAsync("contract", "deploy", "--template", "nothing")).MustFail(1, "TEMPLATE_NOT_FOUND");
        foreach (string[] line in (string[][])[["contract", "list"], ["contract", "show", id], ["contract", "templates"], ["contract", "verify", id], ["contract", "export", id], ["contract", "transition", id, "retired"]])
        {
            CommandLineUser.Run run = await ada.RunAsync(line);
            Assert.True(run.ExitCode == 0 && run.Out.Trim().Length > 0 && run.Error.Length == 0, run.ToString());
        }

        Assert.True((bool)(await ada.JsonAsync("audit", "--storage", "sqlite:" + _home.StorePath))["ok"]!);
    }
}
