using System.CommandLine;

namespace Zeq.Cli.Tests;

/// <summary>Every command line that is wrong ends with one line on stderr and exit code 2, before any home is asked.</summary>
public sealed class WrongInputTests
{
    private const string Token = "ZT-zeq07000000001-12-0123456789abcdef";
    private const string Zid = "ZEQ07000000001";
    private const string Home = "https://a.example";

    public static TheoryData<string> WrongLines() =>
    [
        "",
        "bogus",
        "register",
        "register --origin a.example",
        "register --origin https://A.example",
        "register --origin http://a.example",
        "register --origin https://a.example/path",
        "register --origin https://a.example extra",
        "login --origin nonsense",
        "login extra",
        "login",
        "whoami extra",
        "recover",
        "recover --origin https://a.example",
        $"recover --zid {Zid}",
        "recover --origin https://a.example --zid ZEQ1",
        "recovery-key",
        "recovery-key set extra",
        "recovery-key cancel extra",
        "keys",
        "keys list extra",
        "keys add extra",
        "keys revoke",
        "keys revoke short",
        "keys revoke zeq_ak/12345",
        "node",
        "node status --origin x",
        "compute",
        "compute mass_kg=2",
        "compute NM19 mass_kg=two",
        "compute NM19 mass_kg=NaN",
        "compute NM19 mass_kg=1e999",
        "compute NM19 =2",
        "compute NM19 mass_kg=1 mass_kg=2",
        "compute nonsense!",
        "compute KO42 --funding gold",
        "compute KO42 --funding free,free",
        "compute KO42 --machine under_score",
        "compute A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17",
        "cost",
        "cost KO42=1 --origin https://a.example",
        "operators extra",
        "operators --origin x",
        "fuel extra",
        "fuel claim extra",
        "coins --status rich",
        "coins --limit 0",
        "coins --limit many",
        "coin",
        "coin ZT-x",
        $"coin {Token} extra",
        "proof",
        "proof ZT-x",
        $"proof {Token} --node-key AA",
        $"proof {Token} --verify /nonexistent/file",
        "send",
        "send ZT-x",
        $"send {Token}",
        $"send {Token} ZEQ1",
        $"send {Token} {Zid} nonsense",
        $"send {Token} {Zid} https://b.example extra",
        "send claims extra",
        "send claim",
        $"send claim {Token}",
        $"send claim {Token} ZEQ1",
        $"send claim {Token} {Zid} b.example",
        $"send claim {Token} {Zid} --home-origin x",
        "send claim publish",
        "send claim publish ZT-x",
        "send recall",
        "send recall ZT-x",
        "burn",
        "burn ZT-x",
        $"burn {Token} ZT-x",
        $"burn {Token} {Token}",
        "vote",
        "vote create",
        "vote create title",
        "vote create title yes --in 1d",
        "vote create title yes no",
        "vote create title yes no --in soon",
        "vote create title yes no --in 0d",
        "vote create title yes no --in 1d --closes 5",
        "vote create title yes no --closes 0",
        "vote list extra",
        "vote list --limit 0",
        "vote show",
        "vote show VT-x",
        "vote cast VT-1-0123456789abcdef",
        "vote cast VT-1-0123456789abcdef yes",
        "vote cast VT-1-0123456789abcdef yes ZT-x",
        $"vote cast VT-x yes {Token}",
        "vote withdraw",
        "vote withdraw VT-x",
        "claim",
        "claim import",
        "claim import /nonexistent/file",
        "claim refresh",
        "claim refresh ZT-x",
        "bearer",
        "bearer export",
        "bearer export ZT-x",
        $"bearer export {Token}",
        $"bearer export {Token} --kdf scrypt",
        $"bearer export {Token} --qr gif",
        "bearer redeem",
        "bearer redeem /nonexistent/file",
        "bearer reclaim",
        "bearer reclaim ZT-x",
        "bearer seal",
        "bearer seal /nonexistent/file",
        "bearer seal /nonexistent/file --cost 0",
        "bearer inspect",
        "bearer inspect /nonexistent/file",
        "bearer open",
        "bearer open /nonexistent/file",
        "bearer open /nonexistent/file --node-key AA",
        "bearer open /nonexistent/file extra",
        "bearer link",
        "bearer link /nonexistent/file --home x",
        "bearer qr",
        "bearer qr /nonexistent/file --format gif",
        "bearer qr /nonexistent/file --format terminal -o x.png",
        "bearer ndef",
        "bearer ndef /nonexistent/file",
        "history --limit 0",
        "history extra",
        "supply --origin x",
        "machine",
        "machine show under_score",
        "machine create under_score",
        "machine list --limit 201",
        "machine list --after under_score",
        "machine keys under_score",
        "machine revoke short",
        "machine members under_score",
        "machine add ZEQ1",
        "machine add ZEQ07000000001 --role owner",
        "machine remove ZEQ1",
        "machine public-key under_score",
        "machine publish under_score",
        "machine key --role owner",
        "chain",
        "chain explore under_score",
        "chain explore --limit 501",
        "chain explore --after -1",
        "chain validate --from 0",
        "chain validate --expect-seq 1",
        "chain validate --expect-hash AA",
        "chain validate under_score",
        "chain export under_score",
        "chain watch --after -1",
        "chain watch --count 0",
        "chain state AA",
        "chain erase",
        "chain erase 0 --yes",
        "chain event",
        "chain event --hash AA",
        "chain event --payload {",
        "chain event --payload 1 --hash aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "admin",
        $"admin grant {Zid}",
        $"admin grant {Zid} 5",
        $"admin grant {Zid} 0 --reference r",
        $"admin grant {Zid} -1 --reference r",
        "admin grant ZEQ1 5 --reference r",
        "home",
        "home restored extra",
        "clock",
        "clock confirm extra",
        "peer",
        "peer confirm",
        "peer confirm https://b.example",
        "peer confirm https://b.example AA",
        "peer confirm x aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "issuer",
        "issuer trust",
        "issuer trust https://b.example",
        "issuer trust https://b.example --node-key AA",
        "issuer distrust",
        "issuer distrust x",
        "issuer list extra",
        "keyex",
        "keyex fingerprint under_score",
        "keyex fingerprint lab --origin x",
        "keyex handshake lab --pin AA",
        $"keyex handshake lab --origin {Home}",
        $"keyex handshake lab --origin {Home} --anchored --unauthenticated",
        "keyex rotate lab extra",
        "m2m",
        "m2m audit",
        $"m2m audit {Home}/alice",
        $"m2m audit {Home}/alice bob",
        $"m2m audit {Home}/alice {Home}/under_score",
        $"m2m audit {Home}/alice {Home}/bob --first-key AA",
        "audit",
        "audit --storage /a/file",
        "audit --storage sqlite:",
        "audit --storage sqlite:/nonexistent/file",
        "audit --storage postgres:Host=x;Password=hunter2",
        "whoami --profile ../x",
        "whoami --profile .x",
        $"coin {Token} --profile nobody",
        $"send {Token} {Zid} --idempotency-key",
        $"supply --origin {Home} --unknown",
    ];

    [Theory]
    [MemberData(nameof(WrongLines))]
    public async Task A_wrong_line_is_misuse(string line)
    {
        using var user = new CommandLineUser { Connect = _ => throw new InvalidOperationException("No home is to be asked.") };
        if (!line.Contains("http://a.example", StringComparison.Ordinal))
        {
            CommandLineUser.Run run = await user.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            Assert.True(run is { ExitCode: 2, Out: "", Code: not null }, run.ToString());
            Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
            return;
        }

        // Whether http is taken is the client's to say.
        user.Connect = Zeq.Client.ZeqClient.Create;
        (await user.RunAsync(line.Split(' '))).MustFail(2, "USAGE");
    }

    [Fact]
    public void Every_command_has_a_wrong_line()
    {
        using var user = new CommandLineUser();
        IEnumerable<string> lines = WrongLines().Select(row => row.Data);
        foreach (string path in CommandTree.Leaves())
        {
            Assert.True(lines.Any(line => line.StartsWith(path, StringComparison.Ordinal)), path);
        }
    }

    [Theory]
    [InlineData("whoami zeq_ak_0123456789012345678901234567890123456789012")]
    [InlineData("login --origin zsm_0123456789012345678901234567890123456789012")]
    public async Task A_key_in_the_arguments_is_refused_and_not_repeated(string line)
    {
        using var user = new CommandLineUser();
        (await user.RunAsync(line.Split(' '))).MustFail(2, "KEY_IN_ARGUMENTS");
    }
}
