using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>Machines and their chains.</summary>
public sealed class ChainTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Events_are_written_read_and_validated()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string machine = zid.ToLowerInvariant();
        JsonObject first = await user.JsonAsync("chain", "event", "--type", "note", "--payload", """{"text":"hello"}""");
        CommandLineUser.Run piped = await user.RunWithAsync("""{"n":1}""", ["chain", "event", "--payload", "-", "--public", "--json"]);
        Assert.True(piped.ExitCode == 0, piped.ToString());
        await user.JsonAsync("chain", "event", "--hash", new string('a', 64));
        JsonObject rows = await user.JsonAsync("chain", "explore", "--type", "note");
        Assert.Equal("hello", (string?)Assert.Single(rows["rows"]!.AsArray())!["payload"]!["text"]);
        JsonObject page = await user.JsonAsync("chain", "explore", machine, "--limit", "2");
        Assert.Equal(2, page["rows"]!.AsArray().Count);
        Assert.Single((await user.JsonAsync("chain", "explore", "--after", ((long)page["next_after"]!).ToString(System.Globalization.CultureInfo.InvariantCulture)))["rows"]!.AsArray());

        // Bounds of time hold every row between them, and are inclusive.
        JsonArray all = (await user.JsonAsync("chain", "explore"))["rows"]!.AsArray();
        string Zeqond(int row, int plus) => ((long)all[row]!["zeqond"]! + plus).ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(3, (await user.JsonAsync("chain", "explore", "--from", Zeqond(0, 0), "--to", Zeqond(2, 0)))["rows"]!.AsArray().Count);
        Assert.Empty((await user.JsonAsync("chain", "explore", "--from", Zeqond(2, 1)))["rows"]!.AsArray());
        Assert.Empty((await user.JsonAsync("chain", "explore", "--to", Zeqond(0, -1)))["rows"]!.AsArray());

        Assert.Equal(3, (long)(await user.JsonAsync("chain", "validate"))["count"]!);
        await user.JsonAsync("chain", "validate", "--expect-seq", "1", "--expect-hash", (string)first["state_hash"]!);
        (await user.RunAsync("chain", "validate", "--expect-seq", "1", "--expect-hash", new string('b', 64))).MustFail(1, "HEAD_MISMATCH");
        (await user.RunAsync("chain", "event", "--type", "mint", "--payload", "1")).MustFail(1, "INVALID_TYPE");
    }

    [Fact]
    public async Task A_published_machine_is_read_without_a_profile()
    {
        using var user = new CommandLineUser();
        using var stranger = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string machine = zid.ToLowerInvariant();
        (await stranger.RunAsync("chain", "validate", machine, "--origin", _home.Url)).MustFail(1, "MACHINE_NOT_FOUND");
        (await user.RunAsync("machine", "publish")).MustFail(2, "NOT_CONFIRMED");
        await user.JsonAsync("machine", "publish", "--yes");
        await user.JsonAsync("chain", "event", "--type", "note", "--payload", "1");
        await stranger.JsonAsync("chain", "validate", machine, "--origin", _home.Url);
        Assert.NotEmpty((await stranger.JsonAsync("chain", "explore", machine, "--origin", _home.Url))["rows"]!.AsArray());
        Assert.False((bool)(await user.JsonAsync("machine", "publish", "--private"))["machine"]!["is_public"]!);
    }

    [Fact]
    public async Task A_machines_key_goes_into_a_private_file()
    {
        using var user = new CommandLineUser();
        await user.RegisterAsync(_home);
        string file = user.PathOf("robot.key");
        JsonObject made = await user.JsonAsync("machine", "key", "--role", "viewer", "--label", "robot", "-o", file);
        Assert.Equal("viewer", (string?)made["role"]);
        Assert.StartsWith("zsm_", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Null(made["api_key"]);
    }
}
