using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli.Tests;

/// <summary>A coin goes into a file and comes out of it: at its home, at another home, or back to who exported it.</summary>
public sealed class BearerTests : IAsyncLifetime
{
    private const string Pin = "correct horse battery";
    private TestHome _a = null!;

    public async ValueTask InitializeAsync() => _a = await TestHome.StartAsync();

    public ValueTask DisposeAsync() => _a.DisposeAsync();

    [Fact]
    public async Task A_coin_goes_by_file_to_another_account_once()
    {
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        await bob.RegisterAsync(_a);
        string coin = await ada.MintAsync(_a, adasZid), file = ada.PathOf("coin.ZEQ");
        JsonObject exported = await ada.JsonAsync("bearer", "export", coin, "-o", file, "--generate");
        string passphrase = (string)exported["passphrase"]!;
        Assert.Equal((66, 6), ((int)exported["passphrase_bits"]!, passphrase.Split('-').Length));
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.ReadHeader(await File.ReadAllBytesAsync(file), out ZeqFileHeader header));
        Assert.Equal((ZeqFileKdf.Argon2id, 65_536), (header.Kdf, header.Cost));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.Equal(0, (long)(await ada.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
        (await ada.RunAsync("send", coin, adasZid)).MustFail(1, "SELF_TRANSFER");
        (await bob.RunWithAsync("some other passphrase\n", ["bearer", "redeem", file])).MustFail(1, "WRONG_PIN_OR_DAMAGED");
        CommandLineUser.Run redeemed = await bob.RunWithAsync(passphrase + "\n", ["bearer", "redeem", file, "--json"]);
        Assert.True(redeemed.ExitCode == 0, redeemed.ToString());
        Assert.Equal((coin, 2, "active"), ((string?)redeemed.Document!["token_id"], (int)redeemed.Document["spend_seq"]!, (string?)redeemed.Document["status"]));
        Assert.Equal(6, (long)(await bob.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
        (await ada.RunWithAsync(passphrase + "\n", ["bearer", "redeem", file])).MustFail(1, "SUPERSEDED");
        CommandLineUser.Run late = await ada.RunAsync("bearer", "reclaim", coin);
        Assert.True(late.ExitCode == 1, late.ToString());
    }

    [Fact]
    public async Task Reclaiming_makes_every_copy_void()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_a);
        string coin = await ada.MintAsync(_a, zid), first = ada.PathOf("one.ZEQ"), second = ada.PathOf("two.ZEQ");
        ada.Environment["ZEQ_PIN"] = Pin;
        await ada.JsonAsync("bearer", "export", coin, "-o", first, "--kdf", "pbkdf2", "--cost", "210000");

        // A second export at the same height locks the same coin again.
        await ada.JsonAsync("bearer", "export", coin, "-o", second, "--cost", "19456");
        Assert.Equal("pbkdf2-hmac-sha-512", (string?)(await ada.JsonAsync("bearer", "inspect", first))["kdf"]);
        Assert.Equal(1, (int)(await ada.JsonAsync("bearer", "open", second))["spend_seq"]!);
        Assert.Equal("valid", (string?)(await ada.JsonAsync("bearer", "open", first))["signature"]);
        JsonObject reclaimed = await ada.JsonAsync("bearer", "reclaim", coin);
        Assert.Equal("active", (string?)reclaimed["status"]);
        (await ada.RunAsync("bearer", "redeem", first)).MustFail(1, "SUPERSEDED");
        (await ada.RunAsync("bearer", "redeem", second)).MustFail(1, "SUPERSEDED");
        (await ada.RunAsync("bearer", "export", coin, "-o", second)).MustFail(2, "FILE");
        Assert.Equal(6, (long)(await ada.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
    }

    [Fact]
    public async Task A_coin_goes_by_link_to_a_home_that_trusts_its_home()
    {
        await using TestHome b = await TestHome.StartAsync();
        using var ada = new CommandLineUser();
        using var bob = new CommandLineUser();
        (string adasZid, _) = await ada.RegisterAsync(_a);
        await bob.RegisterAsync(b);
        string coin = await ada.MintAsync(_a, adasZid);
        ada.Environment["ZEQ_PIN"] = bob.Environment["ZEQ_PIN"] = Pin;
        bob.Environment["ZEQ_ADMIN_KEY"] = TestHome.AdminKey;
        JsonObject exported = await ada.JsonAsync("bearer", "export", coin, "-o", ada.PathOf("coin.ZEQ"), "--cost", "19456", "--qr", "terminal");
        string link = (string)exported["link"]!;
        Assert.StartsWith(_a.Url + "/claim#zeqcoin:v2:", link, StringComparison.Ordinal);
        Assert.True(exported["qr"]!.AsArray().Count > 20);

        (await bob.RunAsync("bearer", "redeem", link)).MustFail(1, "ISSUER_NOT_TRUSTED");
        string nodeKey = (string)(await ada.JsonAsync("node", "status"))["public_key"]!;
        await bob.JsonAsync("issuer", "trust", _a.Url, "--node-key", nodeKey, "--max", "100");
        Assert.Equal(_a.Url, (string?)(await bob.JsonAsync("issuer", "list"))["issuers"]![0]!["origin"]);
        JsonObject redeemed = await bob.JsonAsync("bearer", "redeem", link);
        Assert.Equal(($"{coin}@{_a.Url}", 6), ((string?)redeemed["migrated_from"], (int)redeemed["value_zqt"]!));
        Assert.Equal(6, (long)(await bob.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
        (await ada.RunAsync("bearer", "reclaim", coin)).MustFail(1, "ALREADY_MIGRATED");
        CommandLineUser.Run again = await ada.RunAsync("bearer", "redeem", link);
        again.MustFail(1, "ALREADY_MIGRATED");

        // The coin that was minted for it is a coin like any other: it goes into a file too.
        string minted = (string)redeemed["token_id"]!, file = bob.PathOf("minted.ZEQ");
        await bob.JsonAsync("bearer", "export", minted, "-o", file, "--cost", "19456");
        Assert.Equal("valid", (string?)(await bob.JsonAsync("bearer", "open", file))["signature"]);
        await bob.JsonAsync("bearer", "redeem", file);
        Assert.Equal("no", (bool)(await bob.JsonAsync("issuer", "distrust", _a.Url))["trusted"]! ? "yes" : "no");
    }

    [Fact]
    public async Task Without_a_name_the_file_is_named_by_coin_and_height_and_an_image_goes_beside_it()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_a);
        string coin = await ada.MintAsync(_a, zid), file = ada.PathOf("coin.ZEQ");
        ada.Environment["ZEQ_PIN"] = Pin;
        JsonObject exported = await ada.JsonAsync("bearer", "export", coin, "-o", file, "--cost", "19456", "--qr", "svg");
        Assert.Equal(ada.PathOf("coin.svg"), (string?)exported["qr_file"]);
        if (QrReader.IsThere)
        {
            QrReader.PaintSvg(await File.ReadAllTextAsync(ada.PathOf("coin.svg")), ada.PathOf("painted.pgm"));
            Assert.Equal((string?)exported["link"], await QrReader.ReadAsync(ada.PathOf("painted.pgm")));
        }

        File.Delete(file);
        (await ada.RunAsync("bearer", "export", coin, "-o", file, "--cost", "19456", "--qr", "svg")).MustFail(2, "FILE");
        JsonObject named = await ada.JsonAsync("bearer", "export", coin, "--cost", "19456");
        string made = (string)named["file"]!;
        Assert.EndsWith($"{coin}-1.ZEQ", made, StringComparison.Ordinal);
        await ada.JsonAsync("bearer", "export", coin, "--cost", "19456");
        File.Delete(made);
    }

    [Fact]
    public async Task What_a_chosen_PIN_is_worth_is_said_and_nothing_typed_makes_a_passphrase()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_a);
        string coin = await ada.MintAsync(_a, zid);
        string[] export = ["bearer", "export", coin, "--cost", "19456", "-o"];
        foreach ((string typed, string code) in ((string, string)[])[("short\n", "INVALID_PIN"), ("12345678901\n", "INVALID_PIN"), ("", "NO_PIN")])
        {
            ada.Environment.Remove("ZEQ_PIN");
            CommandLineUser.Run refused = await ada.RunWithAsync(typed, [.. export, ada.PathOf("refused.ZEQ")]);
            refused.MustFail(2, code);
            Assert.False(File.Exists(ada.PathOf("refused.ZEQ")));
        }

        Assert.Equal(6, (long)(await ada.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
        CommandLineUser.Run chosen = await ada.RunWithAsync(Pin + "\n", [.. export, ada.PathOf("chosen.ZEQ")]);
        Assert.True(chosen.ExitCode == 0, chosen.ToString());
        Assert.Contains(BearerPin.Limit, chosen.Error, StringComparison.Ordinal);
        Assert.Contains("--generate", chosen.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(Pin, chosen.ToString(), StringComparison.Ordinal);
        Assert.Equal(BearerPin.Limit, (string?)(await ada.RunWithAsync(Pin + "\n", [.. export, ada.PathOf("json.ZEQ"), "--json"])).Document!["pin_limit"]);
        CommandLineUser.Run made = await ada.RunWithAsync("\n", [.. export, ada.PathOf("made.ZEQ")]);
        Assert.Contains("66 bits", made.Out, StringComparison.Ordinal);
        (await ada.RunAsync([.. export, ada.PathOf("both.ZEQ"), "--generate", "--pin-file", "x"])).MustFail(2, "USAGE");
    }

    [Fact]
    public async Task A_coin_that_another_program_exported_is_sealed_offline()
    {
        using var ada = new CommandLineUser();
        (string zid, _) = await ada.RegisterAsync(_a);
        string coin = await ada.MintAsync(_a, zid), json = ada.PathOf("coin.json");
        using (var client = ZeqClient.Create(new ZeqClientOptions { Origin = Origin.Parse(_a.Url), Key = ada.KeyOf() }))
        {
            ExportAnswer answer = await client.Bearer.ExportAsync(TokenId.Parse(coin));
            await File.WriteAllBytesAsync(json, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Default.ExportAnswer));
        }

        Func<ZeqClientOptions, ZeqClient> connect = ada.Connect;
        ada.Connect = _ => throw new InvalidOperationException("Sealing is offline.");
        ada.Environment["ZEQ_PIN"] = Pin;
        string file = ada.PathOf("coin.ZEQ");
        Assert.Equal(coin, (string?)(await ada.JsonAsync("bearer", "seal", json, "-o", file))["token_id"]);
        string good = await File.ReadAllTextAsync(json), dearer = good.Replace("\"value_zqt\":6", "\"value_zqt\":7", StringComparison.Ordinal);
        int own = good.IndexOf("\"value_zqt\":6", StringComparison.Ordinal);
        foreach (string wrong in (string[])["{}", "[]", "nonsense", dearer, dearer[..(own + 14)] + good[(own + 14)..]])
        {
            await File.WriteAllTextAsync(json, wrong);
            (await ada.RunAsync("bearer", "seal", json, "-o", ada.PathOf("other.ZEQ"))).MustFail(2, "INVALID_COIN");
        }

        ada.Connect = connect;
        await ada.JsonAsync("bearer", "redeem", file);
        Assert.Equal(6, (long)(await ada.JsonAsync("coins", "--status", "active"))["sum_value_zqt"]!);
    }
}
