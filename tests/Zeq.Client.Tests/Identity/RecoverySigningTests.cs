using System.Globalization;
using System.Text;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>Recovery keys sign the dialled origin and the present Zeqond (spec 05 rule 6).</summary>
public sealed class RecoverySigningTests
{
    private const long Now = 2_000_000_000;
    private static readonly Zid Zid = Zid.Parse("ZEQ07000000001");

    [Fact]
    public async Task Register_signs_the_dialled_origin_whatever_the_home_says()
    {
        using RecoverySigner signer = Signer();
        using var home = new ScriptedHome().Answer(201, Registered(signer.Zid.Text));
        using ZeqClient client = home.Client(key: null, new StoppedClock(Now));
        RegisterAnswer answer = await client.Identity.RegisterAsync(signer, "Ada");
        Assert.Equal(signer.Zid.Text, answer.Zid);
        JsonElement body = JsonDocument.Parse(home.Requests[0].Body!).RootElement;
        Assert.Equal((signer.PublicKeyHex, Now, "Ada"), (body.GetProperty("public_key").GetString(), body.GetProperty("zeqond").GetInt64(), body.GetProperty("display_name").GetString()));
        AssertSigned($"zeq-register|https://a.example|{signer.PublicKeyHex}|{Now}", body.GetProperty("signature").GetString()!, signer.PublicKeyHex);
    }

    [Fact]
    public async Task Register_refuses_an_account_of_another_key()
    {
        using RecoverySigner signer = Signer();
        using var home = new ScriptedHome().Answer(201, Registered("ZEQ07999999999"));
        using ZeqClient client = home.Client(key: null);
        ZeqUnreachableException e = await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Identity.RegisterAsync(signer));
        Assert.DoesNotContain("zeq_ak_", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_stamp_is_signed_once_more_with_the_homes_clock()
    {
        using RecoverySigner signer = Signer();
        using var home = new ScriptedHome().Refuse(400, "STALE_REQUEST").Answer(200, Pulse(Now + 500)).Answer(200, """{"ok":true,"zid":"ZEQ07000000001","api_key":"k","zeqond":1,"phase":0}""");
        using ZeqClient client = home.Client(key: null, new StoppedClock(Now));
        await client.Identity.RecoverAsync(Zid, signer);
        Assert.Equal(["/api/identity/recover", "/api/zeq/pulse", "/api/identity/recover"], home.Requests.Select(r => new Uri(r.Url).AbsolutePath));
        JsonElement body = JsonDocument.Parse(home.Requests[2].Body!).RootElement;
        Assert.Equal(Now + 500, body.GetProperty("zeqond").GetInt64());
        AssertSigned($"zeq-recover|https://a.example|ZEQ07000000001|{Now + 500}", body.GetProperty("signature").GetString()!, signer.PublicKeyHex);
    }

    [Fact]
    public async Task A_stamp_that_stays_stale_is_given_up()
    {
        using RecoverySigner signer = Signer();
        using var home = new ScriptedHome().Refuse(400, "STALE_REQUEST").Answer(200, Pulse(Now)).Refuse(400, "STALE_REQUEST");
        using ZeqClient client = home.Client(key: null);
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Identity.RecoverAsync(Zid, signer));
        Assert.Equal("STALE_REQUEST", e.Code);
        Assert.Equal(3, home.Requests.Count);
    }

    [Fact]
    public async Task A_replacement_is_signed_by_both_keys()
    {
        using RecoverySigner signer = Signer();
        using RecoverySigner old = Signer();
        using var home = new ScriptedHome().Answer(202, """{"ok":true,"effective_zeqond":5,"zeqond":1,"phase":0}""");
        using ZeqClient client = home.Client(time: new StoppedClock(Now));
        await client.Identity.SetRecoveryKeyAsync(Zid, signer, old);
        JsonElement body = JsonDocument.Parse(home.Requests[0].Body!).RootElement;
        string text = $"zeq-recovery-key|https://a.example|ZEQ07000000001|{signer.PublicKeyHex}|{Now}";
        AssertSigned(text, body.GetProperty("signature").GetString()!, signer.PublicKeyHex);
        AssertSigned(text, body.GetProperty("old_signature").GetString()!, old.PublicKeyHex);
    }

    [Fact]
    public void A_signer_is_mute_and_gone_after_its_disposal()
    {
        RecoverySigner signer = Signer();
        Assert.Equal(nameof(RecoverySigner), signer.ToString());
        signer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => signer.SignHex("x"u8));
    }

    private static RecoverySigner Signer()
    {
        using RecoveryWords words = RecoveryWords.Generate();
        return new RecoverySigner(words);
    }

    private static void AssertSigned(string text, string signature, string publicKey) =>
        Assert.True(SignedStamp.Verify(Encoding.UTF8.GetBytes(text), signature, publicKey), text);

    private static string Registered(string zid) => $$"""{"ok":true,"zid":"{{zid}}","api_key":"zeq_ak_secret","slug":"s","machine_key":"zsm_x","zeqond":1,"phase":0}""";

    private static string Pulse(long zeqond) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"ok":true,"zeqond":{{zeqond}},"phase":0,"R_t":1.0,"pulse_hz":1.287,"zeqond_ms":777,"alpha":0.00129,"unix_ms":1,"next_zeqond_in_ms":1}""");

    private sealed class StoppedClock(long zeqond) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(new Zeqond(zeqond).StartUnixMs + 5);
    }
}
