using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Cli.Tests;

/// <summary>Locked coins without any home.</summary>
public sealed class OfflineTests : IDisposable
{
    private static readonly LockedCoin Locked = new();
    private readonly CommandLineUser _user = new() { Connect = _ => throw new InvalidOperationException("Nobody is to be asked.") };
    private readonly string _file;

    public OfflineTests()
    {
        _file = _user.PathOf("coin.ZEQ");
        File.WriteAllBytes(_file, Locked.File);
    }

    public void Dispose() => _user.Dispose();

    [Fact]
    public async Task A_file_shows_its_header_without_a_PIN()
    {
        JsonObject shown = await _user.JsonAsync("bearer", "inspect", _file);
        Assert.Equal(("argon2id", 19_456, Locked.File.Length), ((string?)shown["kdf"], (int)shown["cost"]!, (int)shown["size_bytes"]!));
        Assert.Null(shown["link_origin"]);
        Assert.Equal("https://a.example", (string?)(await _user.JsonAsync("bearer", "inspect", Locked.Link))["link_origin"]);
        Assert.Equal(0, (await _user.RunWithAsync(Locked.Link + "\n", ["bearer", "inspect", "-"])).ExitCode);
    }

    [Fact]
    public async Task A_PIN_comes_from_a_line_a_file_or_the_environment_and_opens_it()
    {
        CommandLineUser.Run asked = await _user.RunWithAsync(LockedCoin.Pin + "\n", ["bearer", "open", _file, "--json"]);
        Check(asked);
        CommandLineUser.Run fromLink = await _user.RunWithAsync(Locked.Link + "\n" + LockedCoin.Pin + "\n", ["bearer", "open", "-", "--json"]);
        Check(fromLink);
        string pinFile = _user.PathOf("pin");
        await File.WriteAllTextAsync(pinFile, LockedCoin.Pin + "\r\nsecond line");
        Check(await _user.RunAsync("bearer", "open", _file, "--pin-file", pinFile, "--json"));
        _user.Environment["ZEQ_PIN"] = LockedCoin.Pin;
        Check(await _user.RunAsync("bearer", "open", _file, "--json"));
        CommandLineUser.Run forPeople = await _user.RunAsync("bearer", "open", _file);
        Assert.Contains("6 ZEQ", forPeople.Out, StringComparison.Ordinal);
        Assert.Contains("not checked", forPeople.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(Locked.TicketHex, forPeople.ToString(), StringComparison.Ordinal);

        static void Check(CommandLineUser.Run run)
        {
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.Equal(Locked.Coin.Claim.TokenId.Text, (string?)run.Document!["token_id"]);
            Assert.Equal((6, 3, "unchecked"), ((int)run.Document["value_zqt"]!, (int)run.Document["spend_seq"]!, (string?)run.Document["signature"]));
            Assert.DoesNotContain(Locked.TicketHex, run.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(LockedCoin.Pin, run.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_signature_is_held_against_a_key_that_the_reader_knows()
    {
        _user.Environment["ZEQ_PIN"] = LockedCoin.Pin;
        Assert.Equal("valid", (string?)(await _user.JsonAsync("bearer", "open", _file, "--node-key", Locked.NodeKey))["signature"]);
        (await _user.RunAsync("bearer", "open", _file, "--node-key", new string('a', 64))).MustFail(1, "INVALID_PROOF");
    }

    [Fact]
    public async Task Each_fault_of_a_file_has_its_code()
    {
        (string Code, int At, byte Value)[] faults =
        [
            ("NOT_A_ZEQ_FILE", 0, 0), ("UNSUPPORTED_VERSION", 4, 3), ("UNSUPPORTED_KDF", 5, 9), ("COST_OUT_OF_RANGE", 6, 255), ("WRONG_PIN_OR_DAMAGED", 40, (byte)(Locked.File[40] ^ 1)),
        ];
        foreach ((string code, int at, byte value) in faults)
        {
            byte[] bytes = [.. Locked.File];
            bytes[at] = value;
            await File.WriteAllBytesAsync(_file, bytes);
            (await Open(LockedCoin.Pin)).MustFail(1, code);
        }

        await File.WriteAllBytesAsync(_file, Locked.File[..^60]);
        (await Open(LockedCoin.Pin)).MustFail(1, "TRUNCATED");
        await File.WriteAllBytesAsync(_file, new byte[5000]);
        (await Open(LockedCoin.Pin)).MustFail(2, "TOO_LARGE");
        await File.WriteAllBytesAsync(_file, Locked.File);
        CommandLineUser.Run wrong = await Open("another PIN of somebody");
        wrong.MustFail(1, "WRONG_PIN_OR_DAMAGED");
        Assert.DoesNotContain("somebody", wrong.ToString(), StringComparison.Ordinal);
        (await _user.RunAsync("bearer", "open", _file)).MustFail(2, "NO_PIN");

        Task<CommandLineUser.Run> Open(string pin) => _user.RunWithAsync(pin + "\n", ["bearer", "open", _file]);
    }

    [Fact]
    public async Task A_link_that_names_another_home_is_refused_once_the_coin_is_open()
    {
        _user.Environment["ZEQ_PIN"] = LockedCoin.Pin;
        (await _user.RunAsync("bearer", "open", CoinLink.Of(Origin.Parse("https://evil.example"), Locked.File))).MustFail(1, "INVALID_LINK");
        (await _user.RunAsync("bearer", "open", Locked.Link[..^1] + "=")).MustFail(1, "INVALID_LINK");
        (await _user.RunAsync("bearer", "open", Locked.Link.Replace(":v2:", ":v3:", StringComparison.Ordinal))).MustFail(1, "UNSUPPORTED_VERSION");
        Assert.Equal(0, (await _user.RunAsync("bearer", "open", Locked.Link)).ExitCode);
    }

    [Fact]
    public async Task A_link_is_one_line_and_names_the_coins_home()
    {
        CommandLineUser.Run named = await _user.RunAsync("bearer", "link", _file, "--home", "https://a.example");
        Assert.Equal(Locked.Link, named.Out.TrimEnd());
        Assert.Equal(Locked.Link, (string?)(await _user.RunWithAsync(LockedCoin.Pin + "\n", ["bearer", "link", _file, "--json"])).Document!["link"]);
        (await _user.RunWithAsync("wrong wrong wrong\n", ["bearer", "link", _file])).MustFail(1, "WRONG_PIN_OR_DAMAGED");
    }

    [Fact]
    public async Task An_NDEF_message_holds_the_link()
    {
        string ndef = _user.PathOf("coin.ndef");
        await _user.JsonAsync("bearer", "ndef", Locked.Link, "-o", ndef);
        Assert.True(NdefUri.TryDecode(await File.ReadAllBytesAsync(ndef), out string? link));
        Assert.Equal(Locked.Link, link);
        (await _user.RunAsync("bearer", "ndef", Locked.Link, "-o", ndef)).MustFail(2, "FILE");
    }

    [Fact]
    public async Task A_QR_code_reads_back_from_PNG_SVG_and_the_terminal()
    {
        Assert.SkipUnless(QrReader.IsThere, "zbarimg is not installed");
        string png = _user.PathOf("coin.png"), svg = _user.PathOf("coin.svg"), painted = _user.PathOf("painted.pgm");
        await _user.JsonAsync("bearer", "qr", Locked.Link, "-o", png);
        Assert.Equal(Locked.Link, await QrReader.ReadAsync(png));

        await _user.JsonAsync("bearer", "qr", _file, "--home", "https://a.example", "-o", svg);
        QrReader.PaintSvg(await File.ReadAllTextAsync(svg), painted);
        Assert.Equal(Locked.Link, await QrReader.ReadAsync(painted));

        string[] lines = (await _user.RunAsync("bearer", "qr", Locked.Link)).Out.TrimEnd('\n').Split('\n');
        QrReader.PaintLines([.. lines.Select(line => line.TrimEnd('\r'))], painted);
        Assert.Equal(Locked.Link, await QrReader.ReadAsync(painted));

        string[] fromDocument = [.. (await _user.JsonAsync("bearer", "qr", Locked.Link))["qr"]!.AsArray().Select(line => (string)line!)];
        Assert.Equal(lines.Select(line => line.TrimEnd('\r')), fromDocument);
    }

    [Fact]
    public async Task On_a_terminal_both_colours_are_set_unless_nobody_wants_colours()
    {
        _user.IsTerminal = true;
        CommandLineUser.Run coloured = await _user.RunAsync("bearer", "qr", Locked.Link);
        Assert.All(coloured.Out.TrimEnd('\n').Split('\n').Where(line => line.Length > 0), line => Assert.StartsWith("\u001b[38;5;15;48;5;0m", line, StringComparison.Ordinal));
        _user.Environment["NO_COLOR"] = "1";
        Assert.DoesNotContain('\u001b', (await _user.RunAsync("bearer", "qr", Locked.Link)).Out);
    }

    [Fact]
    public async Task Images_are_the_owners_alone_and_replace_nothing()
    {
        string png = _user.PathOf("coin.png");
        await _user.JsonAsync("bearer", "qr", Locked.Link, "-o", png);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(png));
        }

        (await _user.RunAsync("bearer", "qr", Locked.Link, "-o", png)).MustFail(2, "FILE");
        (await _user.RunAsync("bearer", "qr", Locked.Link, "-o", _user.PathOf("coin.gif"))).MustFail(2, "USAGE");
        (await _user.RunAsync("bearer", "qr", Locked.Link, "--format", "png")).MustFail(2, "USAGE");
    }
}
