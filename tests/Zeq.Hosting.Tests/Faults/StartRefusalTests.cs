#pragma warning disable CA1416 // File modes: these tests start a node as an operator of a Unix system does.
using System.Net;
using System.Net.Sockets;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// Starts that must not be: one sentence on stderr, exit code 1, nothing written (spec 00, "Keys of a deployment"; spec 05 rules 1
/// and 2).
/// </summary>
[Collection(FaultsCollection.Name)]
public sealed class StartRefusalTests
{
    private const string HomeSecret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const string FieldKey = "102132435465768798a9bacbdcedfe0f102132435465768798a9bacbdcedfe0f";
    private const string MeshSecret = "a mesh secret of more than 32 characters";
    private const string NodeSecret = "a node secret of more than 32 characters";

    // Seen red with the store opened before the secrets were read: a folder with a store and four secrets was left behind.
    [Theory]
    [InlineData("ZEQ_HOME_SECRET", "not-hex-but-very-secret")]
    [InlineData("ZEQ_HOME_SECRET", "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff")]
    [InlineData("ZEQ_FIELD_KEY", "1021")]
    [InlineData("ZEQ_FIELD_KEY_PREV", "xyzxyz")]
    [InlineData("ZEQ_NODE_SECRET", "too short a text")]
    [InlineData("ZEQ_NODE_SECRET", HomeSecret)]
    [InlineData("ZEQ_NODE_SECRET", "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF")]
    [InlineData("ZEQ_MESH_SECRET", "too short as well")]
    [InlineData("ZEQ_ADMIN_KEY", "short admin key")]
    [InlineData("ZEQ_ORIGIN", "https://a.example/path")]
    [InlineData("ZEQ_NAME", "Not A Name")]
    [InlineData("ZEQ_STORAGE", "carved-in:stone")]
    [InlineData("ZEQ_FREE_CREDITS", "-1")]
    [InlineData("ZEQ_REGISTRATION", "ajar")]
    [InlineData("ZEQ_PEERS", "b.example")]
    public async Task A_malformed_setting_is_named_never_shown_and_nothing_is_made(string variable, string value)
    {
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> settings = Settings(folder.Path, url);
        settings[variable] = value;
        (string errors, string output) = await RefusedAsync(url, settings);
        Assert.Contains(variable, errors, StringComparison.Ordinal);
        if (!variable.StartsWith("ZEQ_ORIGIN", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(value, errors + output, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal("", TempFolder.PictureOf(folder.Path));
    }

    // Seen red with ZeqOptions.AllowLoopbackPeers ignored at the start.
    [Fact]
    public async Task An_http_origin_needs_the_development_switch()
    {
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> settings = Settings(folder.Path, url);
        settings.Remove("ZEQ_ALLOW_LOOPBACK_PEERS");
        (string errors, _) = await RefusedAsync(url, settings);
        Assert.Contains("ZEQ_ORIGIN is http", errors, StringComparison.Ordinal);
        Assert.Equal("", TempFolder.PictureOf(folder.Path));
    }

    // Seen red with PinHome accepting any value for a pin that is there.
    [Fact]
    public async Task A_store_starts_only_for_whom_it_was_made()
    {
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> good = Settings(folder.Path, url);
        await StartAndStopAsync(url, good);
        string before = TempFolder.PictureOf(folder.Path);
        foreach ((string variable, string value, string pin) in ((string, string, string)[])
        [
            ("ZEQ_ORIGIN", "http://127.0.0.1:1", "origin"),
            ("ZEQ_NAME", "another-name", "name"),
            ("ZEQ_HOME_SECRET", "ff" + HomeSecret[2..], "another"),
            ("ZEQ_MESH_SECRET", MeshSecret + "!", "mesh_secret"),
            ("ZEQ_FIELD_KEY", "ff" + FieldKey[2..], "field_key"),
        ])
        {
            (string errors, _) = await RefusedAsync(url, new Dictionary<string, string>(good) { [variable] = value });
            Assert.Contains(pin, errors, StringComparison.Ordinal);
            if (variable.Contains("SECRET", StringComparison.Ordinal) || variable.Contains("KEY", StringComparison.Ordinal))
            {
                Assert.DoesNotContain(value, errors, StringComparison.Ordinal);
            }

            Assert.Equal(before, TempFolder.PictureOf(folder.Path));
        }

        // A secret that was given once is given always: none is made for a store that is there.
        var missing = new Dictionary<string, string>(good);
        missing.Remove("ZEQ_HOME_SECRET");
        (string refusal, _) = await RefusedAsync(url, missing);
        Assert.Contains("ZEQ_HOME_SECRET is not set", refusal, StringComparison.Ordinal);
        Assert.Equal(before, TempFolder.PictureOf(folder.Path));

        // The rotation of the field key: the new one with the old beside it, then the new one alone.
        string next = "ff" + FieldKey[2..];
        await StartAndStopAsync(url, new Dictionary<string, string>(good) { ["ZEQ_FIELD_KEY"] = next, ["ZEQ_FIELD_KEY_PREV"] = FieldKey });
        await StartAndStopAsync(url, new Dictionary<string, string>(good) { ["ZEQ_FIELD_KEY"] = next });
        (string old, _) = await RefusedAsync(url, good);
        Assert.Contains("field_key", old, StringComparison.Ordinal);
    }

    // Seen red with the checks of StoreFile.Check left out.
    [Fact]
    public async Task A_file_that_is_no_store_of_this_version_stays_as_it_is()
    {
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> settings = Settings(folder.Path, url);

        await File.WriteAllTextAsync(folder["home.db"], new string('x', 4_000) + "\n");
        await UntouchedAsync("no SQLite database");
        await File.WriteAllTextAsync(folder["home.db"], "short");
        await UntouchedAsync("no SQLite database");
        File.Delete(folder["home.db"]);
        Directory.CreateDirectory(folder["home.db"]);
        await UntouchedAsync("is a folder");
        Directory.Delete(folder["home.db"]);

        await StartAndStopAsync(url, settings);
        byte[] good = await File.ReadAllBytesAsync(folder["home.db"]);
        await BreakableHome.AuditAsync(folder["home.db"]);
        Execute(folder["home.db"], "INSERT INTO schema_migrations (number, name, sha256) SELECT max(number) + 1, 'later', 'x' FROM schema_migrations");
        await UntouchedAsync("newer version");

        // A page in the middle of a good store is overwritten: a sentence, not a stack trace.
        byte[] damaged = [.. good];
        damaged.AsSpan(4_096, damaged.Length - 8_192).Fill(0x5A);
        await File.WriteAllBytesAsync(folder["home.db"], damaged);
        await UntouchedAsync("home.db");

        async Task UntouchedAsync(string says)
        {
            string before = TempFolder.PictureOf(folder.Path);
            (string errors, _) = await RefusedAsync(url, settings);
            Assert.Contains(says, errors, StringComparison.Ordinal);
            Assert.Equal(before, TempFolder.PictureOf(folder.Path));
        }
    }

    // Seen red with the AddressInUseException uncaught, and with the home left open when the web server could not bind (a log beside the store).
    [Fact]
    public async Task A_port_in_use_is_said_and_leaves_the_store_closed()
    {
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> settings = Settings(folder.Path, url);
        await StartAndStopAsync(url, settings);
        string before = TempFolder.PictureOf(folder.Path);
        using var other = new TcpListener(IPAddress.Loopback, new Uri(url).Port) { ExclusiveAddressUse = true };
        other.Start();
        (string errors, _) = await RefusedAsync(url, settings);
        Assert.Contains("in use", errors, StringComparison.Ordinal);
        Assert.Equal(before, TempFolder.PictureOf(folder.Path));
    }

    // Seen red with SocketException and FormatException uncaught in the node.
    [Theory]
    [InlineData("http://192.0.2.1:8777")]
    [InlineData("not a url")]
    [InlineData("http://127.0.0.1:99999")]
    public async Task An_address_that_cannot_be_listened_on_is_said(string url)
    {
        using var folder = new TempFolder();
        await RefusedAsync(url, Settings(folder.Path, "http://127.0.0.1:8777"));
    }

    // Seen red with HomeServices.OpenStore letting the store's exception through.
    [Fact]
    public async Task A_folder_that_can_only_be_read_is_said()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "Needs root, to run the node as somebody with fewer rights.");
        using var folder = new TempFolder();
        string url = Url();
        Dictionary<string, string> settings = Settings(folder.Path, url);
        settings["DOTNET_CLI_HOME"] = "/tmp";
        string[] asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

        // Somebody else's empty folder, then somebody else's store in a folder that may be looked at.
        File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        (string errors, _) = await RefusedAsync(url, settings, asNobody);
        Assert.Contains("home.db", errors, StringComparison.Ordinal);
        Assert.Equal("", TempFolder.PictureOf(folder.Path));

        await StartAndStopAsync(url, settings);
        File.SetUnixFileMode(folder["home.db"], (UnixFileMode)Convert.ToInt32("644", 8));
        string before = TempFolder.PictureOf(folder.Path);
        (errors, _) = await RefusedAsync(url, settings, asNobody);
        Assert.Contains("can only be read", errors, StringComparison.Ordinal);
        Assert.Equal(before, TempFolder.PictureOf(folder.Path));
    }

    private static string Url() => $"http://127.0.0.1:{Ports.Free()}";

    private static Dictionary<string, string> Settings(string data, string url)
    {
        Dictionary<string, string> settings = NodeProcess.Settings(data, url);
        settings["ZEQ_HOME_SECRET"] = HomeSecret;
        settings["ZEQ_FIELD_KEY"] = FieldKey;
        settings["ZEQ_MESH_SECRET"] = MeshSecret;
        settings["ZEQ_NODE_SECRET"] = NodeSecret;
        return settings;
    }

    private static async Task<(string Errors, string Output)> RefusedAsync(string url, IReadOnlyDictionary<string, string> settings, params string[] runAs)
    {
        (int exitCode, string errors, string output) = await NodeProcess.RefuseAsync(url, settings, runAs);
        Assert.Equal(1, exitCode);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors);
        Assert.EndsWith(".", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        return (errors, output);
    }

    private static async Task StartAndStopAsync(string url, IReadOnlyDictionary<string, string> settings)
    {
        using NodeProcess node = await NodeProcess.StartAsync(url, settings);
        Assert.Equal(0, await node.TerminateAsync(TimeSpan.FromSeconds(30)));
    }

    private static void Execute(string path, string sql)
    {
        int code = SQLitePCL.raw.sqlite3_open(path, out SQLitePCL.sqlite3 database);
        using (database)
        {
            Assert.Equal(SQLitePCL.raw.SQLITE_OK, code);
            Assert.Equal(SQLitePCL.raw.SQLITE_OK, SQLitePCL.raw.sqlite3_exec(database, sql));
        }
    }
}
