using System.Text.Json.Nodes;

namespace Zeq.Cli.Tests;

/// <summary>Accounts, their profiles, keys and words, against a real home.</summary>
public sealed class AccountTests : IAsyncLifetime
{
    private TestHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Register_shows_24_words_asks_and_keeps_the_key_to_itself()
    {
        using var user = new CommandLineUser();
        CommandLineUser.Run no = await user.RunWithAsync("no\n", ["register", "--origin", _home.Url]);
        no.MustFail(1, "NOT_CONFIRMED");
        (await user.RunAsync("register", "--origin", _home.Url)).MustFail(2, "NOT_CONFIRMED");
        Assert.Empty(Directory.GetFiles(user.ProfileFolder));

        CommandLineUser.Run run = await user.RunWithAsync("y\n", ["register", "--origin", _home.Url, "--name", "Ada"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("24. ", run.Out, StringComparison.Ordinal);
        string file = Assert.Single(Directory.GetFiles(user.ProfileFolder));
        Assert.Equal("default.json", Path.GetFileName(file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(user.ProfileFolder));
        }

        JsonObject self = await user.JsonAsync("whoami");
        Assert.Equal("Ada", (string?)self["display_name"]);
        Assert.NotNull((string?)self["recovery_key"]);
    }

    [Fact]
    public async Task A_profile_is_not_overwritten_by_another_account()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string key = user.KeyOf();
        (await user.RunAsync("register", "--origin", _home.Url, "--yes")).MustFail(2, "PROFILE_EXISTS");
        (await user.RunAsync("recover", "--origin", _home.Url, "--zid", "ZEQ07000000001")).MustFail(2, "PROFILE_EXISTS");
        Assert.Equal(key, user.KeyOf());
        await user.RegisterAsync(_home, "second");
        Assert.NotEqual(zid, (string?)(await user.JsonAsync("whoami", "--profile", "second"))["zid"]);
        (await user.RunWithAsync(user.KeyOf("second") + "\n", ["login", "--origin", _home.Url])).MustFail(2, "PROFILE_EXISTS");
        Assert.Equal(key, user.KeyOf());
    }

    [Fact]
    public async Task ZEQ_PROFILE_names_a_profile_and_the_option_wins()
    {
        using var user = new CommandLineUser();
        (string first, _) = await user.RegisterAsync(_home, "one");
        (string second, _) = await user.RegisterAsync(_home, "two");
        user.Environment["ZEQ_PROFILE"] = "one";
        Assert.Equal(first, (string?)(await user.JsonAsync("whoami"))["zid"]);
        Assert.Equal(second, (string?)(await user.JsonAsync("whoami", "--profile", "two"))["zid"]);
    }

    [Fact]
    public async Task A_profile_that_others_can_read_or_that_is_damaged_is_not_used()
    {
        using var user = new CommandLineUser();
        await user.RegisterAsync(_home);
        string file = Path.Combine(user.ProfileFolder, "default.json");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            (await user.RunAsync("whoami")).MustFail(2, "PROFILE_OPEN");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string good = await File.ReadAllTextAsync(file);
        foreach (string bad in (string[])["", "{", "[]", "{}", good[..^5], good.Replace("\"zid\":\"ZEQ", "\"zid\":\"XEQ", StringComparison.Ordinal), good.Replace("{", "{\"key\":\"x\",", StringComparison.Ordinal)])
        {
            await File.WriteAllTextAsync(file, bad);
            (await user.RunAsync("whoami")).MustFail(2, "PROFILE_DAMAGED");
        }
    }

    [Fact]
    public async Task Recover_with_the_words_voids_the_older_key()
    {
        using var user = new CommandLineUser();
        (string zid, string words) = await user.RegisterAsync(_home);
        string old = user.KeyOf();
        (await user.RunWithAsync("one two three\n", ["recover", "--origin", _home.Url, "--zid", zid])).MustFail(2, "INVALID_WORDS");
        string[] swapped = words.Split(' ');
        (swapped[0], swapped[23]) = (swapped[23], swapped[0]);
        CommandLineUser.Run wrong = await user.RunWithAsync(string.Join(' ', swapped) + "\n", ["recover", "--origin", _home.Url, "--zid", zid]);
        Assert.True(wrong.ExitCode is 1 or 2, wrong.ToString());
        Assert.DoesNotContain(words.Split(' ')[0] + " " + words.Split(' ')[1], wrong.Error, StringComparison.Ordinal);
        Assert.Equal(old, user.KeyOf());

        CommandLineUser.Run run = await user.RunWithAsync(words + "\n", ["recover", "--origin", _home.Url, "--zid", zid, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.NotEqual(old, user.KeyOf());
        Assert.Equal(zid, (string?)(await user.JsonAsync("whoami"))["zid"]);
        (await user.RunWithAsync(old + "\n", ["login", "--origin", _home.Url])).MustFail(1, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Recovery_words_are_replaced_with_the_old_ones_and_cancelled()
    {
        using var user = new CommandLineUser();
        (_, string words) = await user.RegisterAsync(_home);
        using (var other = new CommandLineUser())
        {
            (_, string othersWords) = await other.RegisterAsync(_home);
            (await user.RunWithAsync(othersWords + "\n", ["recovery-key", "set", "--yes"])).MustFail(1, "INVALID_WORDS");
        }

        CommandLineUser.Run run = await user.RunWithAsync(words + "\n", ["recovery-key", "set", "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.NotEqual(words, (string?)run.Document!["recovery_words"]);
        Assert.NotNull((string?)(await user.JsonAsync("whoami"))["pending_recovery_key"]);
        await user.JsonAsync("recovery-key", "cancel");
        Assert.Null((await user.JsonAsync("whoami"))["pending_recovery_key"]);
    }

    [Fact]
    public async Task Keys_go_into_private_files_and_log_in_from_stdin()
    {
        using var user = new CommandLineUser();
        (string zid, _) = await user.RegisterAsync(_home);
        string file = user.PathOf("laptop.key");
        JsonObject added = await user.JsonAsync("keys", "add", "--label", "laptop", "-o", file);
        Assert.Null(added["api_key"]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        (await user.RunAsync("keys", "add", "-o", file)).MustFail(2, "FILE");
        string key = (await File.ReadAllTextAsync(file)).Trim();
        CommandLineUser.Run login = await user.RunWithAsync(key + "\n", ["login", "--origin", _home.Url, "--profile", "laptop"]);
        Assert.True(login.ExitCode == 0, login.ToString());
        Assert.Equal(zid, (string?)(await user.JsonAsync("whoami", "--profile", "laptop"))["zid"]);
        Assert.Contains((await user.JsonAsync("keys", "list"))["keys"]!.AsArray(), k => (string?)k!["label"] == "laptop");

        await user.JsonAsync("keys", "revoke", (string)added["prefix"]!);
        (await user.RunAsync("whoami", "--profile", "laptop")).MustFail(1, "UNAUTHORIZED");
        (await user.RunWithAsync("\n", ["login", "--origin", _home.Url])).MustFail(2, "INVALID_KEY");
        (await user.RunWithAsync("wrong\n", ["login", "--origin", _home.Url])).MustFail(1, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_home_by_another_name_or_with_another_key_is_not_trusted()
    {
        using var user = new CommandLineUser();
        string alias = _home.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        (await user.RunAsync("register", "--origin", alias, "--yes")).MustFail(1, "ORIGIN_MISMATCH");
        await user.RegisterAsync(_home);
        Assert.True((bool)(await user.JsonAsync("node", "status"))["key_is_pinned"]!);
        string file = Path.Combine(user.ProfileFolder, "default.json");
        JsonObject profile = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        profile["node_key"] = new string('a', 64);
        await File.WriteAllTextAsync(file, profile.ToJsonString());
        (await user.RunAsync("node", "status")).MustFail(1, "NODE_KEY_CHANGED");
        (await user.RunWithAsync(user.KeyOf() + "\n", ["login"])).MustFail(1, "NODE_KEY_CHANGED");
        CommandLineUser.Run agreed = await user.RunWithAsync(user.KeyOf() + "\n", ["login", "--replace", "--json"]);
        Assert.True(agreed.ExitCode == 0, agreed.ToString());
        Assert.True((bool)(await user.JsonAsync("node", "status"))["key_is_pinned"]!);
    }

    [Fact]
    public async Task Closed_registration_takes_the_admins_key()
    {
        await using TestHome closed = await TestHome.StartAsync(isRegistrationOpen: false);
        using var user = new CommandLineUser();
        (await user.RunAsync("register", "--origin", closed.Url, "--yes")).MustFail(1, "UNAUTHORIZED");
        CommandLineUser.Run run = await user.RunWithAsync(TestHome.AdminKey + "\n", ["register", "--origin", closed.Url, "--admin", "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
    }
}
