using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>The audit of handshakes of machines; what it finds is tested where it is decided.</summary>
public sealed class M2MAuditTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Two_chains_are_fetched_and_walked()
    {
        using var user = new CommandLineUser();
        await user.RegisterAsync(_home);
        foreach (string machine in (string[])["alice", "bob"])
        {
            await user.JsonAsync("machine", "create", machine, "-o", user.PathOf(machine + ".key"));
            await user.JsonAsync("machine", "publish", machine, "--yes");
            await user.JsonAsync("chain", "event", machine, "--payload", "1");
        }

        string[] audit = ["m2m", "audit", _home.Url + "/alice", _home.Url + "/bob"];
        string key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        JsonObject document = await user.JsonAsync([.. audit, "--first-key", key, "--second-key", key]);
        Assert.Empty(document["sessions"]!.AsArray());
        Assert.Equal(1, (await user.RunAsync(audit)).ExitCode);
        (await user.RunAsync("m2m", "audit", "alice", "bob")).MustFail(2, "USAGE");
        (await user.RunAsync("m2m", "audit", _home.Url + "/missing", _home.Url + "/bob")).MustFail(1, "MACHINE_NOT_FOUND");
    }
}
