using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>Votes from the command line.</summary>
public sealed class VoteTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task A_vote_is_called_cast_shown_and_taken_back()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_home);
        (string bobsZid, _) = await bob.RegisterAsync(_home);
        string hers = await ada.MintAsync(_home, adasZid, 2), his = await bob.MintAsync(_home, bobsZid, 3);
        JsonObject called = await ada.JsonAsync("vote", "create", "Tea at five?", "yes", "no", "--in", "1h");
        string id = (string)called["vote"]!["id"]!;
        long now = (long)(await ada.JsonAsync("vote", "create", "Other?", "a", "b", "c", "--in", "90s"))["vote"]!["closes_zeqond"]!;
        Assert.InRange((long)called["vote"]!["closes_zeqond"]! - now, 4_500, 4_530);
        Assert.Equal(6, (int)(await ada.JsonAsync("vote", "cast", id, "yes", hers))["weight"]!);
        await bob.JsonAsync("vote", "cast", id, "no", his);
        (await ada.RunAsync("vote", "cast", id, "yes", hers)).MustFail(1, "NOT_ELIGIBLE");
        (await ada.RunAsync("send", hers, bobsZid)).MustFail(1, "STAKED");
        (await ada.RunAsync("burn", hers)).MustFail(1, "NOT_ELIGIBLE");
        Assert.Equal(id, (string?)(await ada.JsonAsync("coin", hers))["envelope"]!["staked_in"]);
        JsonNode tally = (await bob.JsonAsync("vote", "show", id))["vote"]!["tally"]!;
        Assert.Equal((6, 6), ((int)tally["yes"]!, (int)tally["no"]!));
        Assert.Equal(2, (await bob.JsonAsync("vote", "list"))["votes"]!.AsArray().Count);
        Assert.Single((await bob.JsonAsync("vote", "list", "--limit", "1", "--origin", _home.Url))["votes"]!.AsArray());
        JsonObject freed = await ada.JsonAsync("vote", "withdraw", id);
        Assert.Equal((6, 0, 6), ((int)freed["weight"]!, (int)freed["vote"]!["tally"]!["yes"]!, (int)freed["vote"]!["tally"]!["no"]!));
        Assert.Equal(0, (int)(await ada.JsonAsync("vote", "withdraw", id))["weight"]!);
        foreach (string[] line in (string[][])[["vote", "list"], ["vote", "show", id], ["vote", "cast", id, "yes", hers], ["vote", "withdraw", id], ["vote", "create", "t", "a", "b", "--in", "2d"]])
        {
            CommandLineUser.Run run = await ada.RunAsync(line);
            Assert.True(run.ExitCode == 0 && run.Out.Trim().Length > 0 && run.Error.Length == 0, run.ToString());
        }

        Assert.True((bool)(await ada.JsonAsync("audit", "--storage", "sqlite:" + _home.StorePath))["ok"]!);
    }

    [Fact]
    public async Task What_the_home_refuses_is_told()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_home);
        string coin = await ada.MintAsync(_home, zid);
        (await ada.RunAsync("vote", "create", "t", "a", "a", "--in", "1h")).MustFail(1, "INVALID_REQUEST");
        (await ada.RunAsync("vote", "create", "t", "a", "b", "--closes", "5")).MustFail(1, "INVALID_REQUEST");
        (await ada.RunAsync("vote", "show", "VT-5-0123456789abcdef")).MustFail(1, "VOTE_NOT_FOUND");
        (await ada.RunAsync("vote", "cast", "VT-5-0123456789abcdef", "a", coin)).MustFail(1, "VOTE_NOT_FOUND");
    }
}
