using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>First contact with a machine.</summary>
public sealed class KeyExchangeTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task A_handshake_wants_to_know_how_the_machine_is_known()
    {
        using var user = new CommandLineUser();
        using var stranger = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string machine = zid.ToLowerInvariant();
        (await stranger.RunAsync("keyex", "fingerprint", machine, "--origin", _home.Url)).MustFail(1, "MACHINE_NOT_FOUND");
        await user.JsonAsync("machine", "publish", "--yes");
        string fingerprint = (string)(await stranger.JsonAsync("keyex", "fingerprint", machine, "--origin", _home.Url))["fingerprint"]!;
        Assert.Equal(fingerprint, (string?)(await user.JsonAsync("keyex", "fingerprint"))["fingerprint"]);

        string[] handshake = ["keyex", "handshake", machine, "--origin", _home.Url];
        (await stranger.RunAsync(handshake)).MustFail(2, "USAGE");
        (await stranger.RunAsync([.. handshake, "--anchored", "--unauthenticated"])).MustFail(2, "USAGE");
        (await stranger.RunAsync([.. handshake, "--anchored"])).MustFail(1, "NOT_WITNESSED");
        (await stranger.RunAsync([.. handshake, "--pin", new string('0', 64)])).MustFail(1, "PEER_KEY_CHANGED");
        JsonObject pinned = await stranger.JsonAsync([.. handshake, "--pin", fingerprint]);
        Assert.Equal((fingerprint, true), ((string?)pinned["fingerprint"], (bool)pinned["authenticated"]!));
        Assert.False((bool)(await stranger.JsonAsync([.. handshake, "--unauthenticated"]))["authenticated"]!);

        (await user.RunAsync("keyex", "rotate")).MustFail(2, "NOT_CONFIRMED");
        Assert.NotEqual(fingerprint, (string?)(await user.JsonAsync("keyex", "rotate", "--yes"))["fingerprint"]);
        (await stranger.RunAsync([.. handshake, "--pin", fingerprint])).MustFail(1, "PEER_KEY_CHANGED");
    }
}
