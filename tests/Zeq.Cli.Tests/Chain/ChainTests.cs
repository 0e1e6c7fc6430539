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
    public async Task An_exported_chain_is_checked_without_its_home()
    {
        using var user = new CommandLineUser();
        await user.RegisterAsync(_home);
        string first = (string)(await user.JsonAsync("chain", "event", "--type", "note", "--payload", """{"text":"hellö","n":1.5}"""))["state_hash"]!;
        await user.JsonAsync("chain", "event", "--payload", "[1]", "--public");
        await user.JsonAsync("chain", "state", new string('c', 64));
        await user.JsonAsync("chain", "erase", "1", "--yes");
        string file = user.PathOf("mine.chain.jsonl");
        JsonObject exported = await user.JsonAsync("chain", "export", "-o", file);
        Assert.Equal(4, (long)exported["rows"]!);
        (await user.RunAsync("chain", "export", "-o", file)).MustFail(2, "FILE");

        // Somebody without a profile checks it; only the head tells a rewritten chain.
        using var reader = new CommandLineUser();
        JsonObject verdict = await reader.JsonAsync("chain", "validate", file);
        Assert.Equal((4, (string?)exported["head_hash"]), ((long)verdict["count"]!, (string?)verdict["head_hash"]));
        await reader.JsonAsync("chain", "validate", file, "--expect-seq", "1", "--expect-hash", first);
        (await reader.RunAsync("chain", "validate", file, "--expect-seq", "1", "--expect-hash", new string('0', 64))).MustFail(1, "HEAD_MISMATCH");

        string[] lines = await File.ReadAllLinesAsync(file);
        async Task DamagedAsync(string code, IEnumerable<string> damaged)
        {
            string path = reader.PathOf("damaged.jsonl");
            await File.WriteAllLinesAsync(path, damaged);
            (await reader.RunAsync("chain", "validate", path)).MustFail(1, code);
        }

        await DamagedAsync("CUT_OFF", lines[..^1]);
        await DamagedAsync("MALFORMED", [.. lines[..3], lines[^1]]);
        await DamagedAsync("CUT_OFF", [.. lines, lines[1]]);
        await DamagedAsync("SEQ_GAP", [lines[0], .. lines[2..]]);
        await DamagedAsync("PAYLOAD_HASH_MISMATCH", lines.Select(line => line.Replace("[1]", "[2]", StringComparison.Ordinal)));
        await DamagedAsync("STATE_HASH_MISMATCH", lines.Select(line => line.Replace("\"type\":\"note\"", "\"type\":\"nota\"", StringComparison.Ordinal)));
        await DamagedAsync("GENESIS_MISMATCH", lines.Select((line, i) => i == 0 ? line.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal) : line));
        await DamagedAsync("NO_EXPORT", lines[1..]);
        await DamagedAsync("NO_EXPORT", ["{}"]);
        (await reader.RunAsync("chain", "validate", reader.PathOf("nothing.jsonl"))).MustFail(2, "FILE");
    }

    [Fact]
    public async Task Machines_are_made_shared_and_watched()
    {
        using var user = new CommandLineUser();
        using var other = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        (string friend, _) = await other.RegisterAsync(_home);
        string name = "lab-" + zid[^6..];
        string key = user.PathOf("lab.key");
        JsonObject made = await user.JsonAsync("machine", "create", name, "--name", "The lab", "-o", key);
        Assert.Null(made["api_key"]);
        Assert.StartsWith("zsm_", await File.ReadAllTextAsync(key), StringComparison.Ordinal);
        Assert.Contains((await user.JsonAsync("machine", "list"))["machines"]!.AsArray(), machine => (string?)machine!["slug"] == name);
        (await other.RunAsync("machine", "show", name)).MustFail(1, "MACHINE_NOT_FOUND");

        await user.JsonAsync("machine", "add", friend, "--role", "operator", "--machine", name);
        Assert.Equal("operator", (string?)Assert.Single((await user.JsonAsync("machine", "members", name))["members"]!.AsArray())!["role"]);
        await other.JsonAsync("chain", "event", name, "--payload", "\"from a friend\"");
        CommandLineUser.Run watched = await user.RunAsync("chain", "watch", name, "--after", "0", "--count", "1", "--json");
        Assert.True(watched.ExitCode == 0, watched.ToString());
        Assert.Contains("from a friend", watched.Out, StringComparison.Ordinal);
        await user.JsonAsync("machine", "remove", friend, "--machine", name);
        (await other.RunAsync("chain", "event", name, "--payload", "1")).MustFail(1, "MACHINE_NOT_FOUND");

        string prefix = (await File.ReadAllTextAsync(key))[..12];
        Assert.Equal(prefix, (string?)Assert.Single((await user.JsonAsync("machine", "keys", name))["keys"]!.AsArray())!["prefix"]);
        await user.JsonAsync("machine", "revoke", prefix, "--machine", name);
        Assert.Empty((await user.JsonAsync("machine", "keys", name))["keys"]!.AsArray());

        string secret = user.PathOf("lab.machine-key");
        JsonObject first = await user.JsonAsync("machine", "public-key", name, "--new", "-o", secret);
        Assert.Equal(65, (await File.ReadAllTextAsync(secret)).Length);
        (await user.RunAsync("machine", "public-key", name, "--new", "-o", user.PathOf("wrong.machine-key"))).MustFail(1, "PREV_REQUIRED");
        JsonObject second = await user.JsonAsync("machine", "public-key", name, "--new", "-o", user.PathOf("next.machine-key"), "--previous", secret);
        Assert.Equal((string?)first["public_key"], (string?)second["prev"]);
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
