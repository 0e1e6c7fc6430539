using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>Keys and tickets reach neither exceptions, nor texts, nor URLs.</summary>
public sealed class SecretsTests
{
    private static readonly Zid Zid = Zid.Parse("ZEQ07000000001");

    [Fact]
    public async Task A_refusal_that_quotes_the_key_does_not_carry_it()
    {
        using var home = new ScriptedHome().Refuse(401, "UNAUTHORIZED", $"The key {ScriptedHome.Key} is unknown.");
        using ZeqClient client = home.Client();
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Identity.WhoAmIAsync());
        Assert.DoesNotContain(ScriptedHome.Key, e.ToString(), StringComparison.Ordinal);
        Assert.Contains("is unknown.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_cannot_steer_a_terminal()
    {
        using var home = new ScriptedHome().Answer(400, """{"ok":false,"error":"a\u001b[2Jb\u202ec\nd","code":"X\u0007","zeqond":1,"phase":0}""");
        using ZeqClient client = home.Client();
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Identity.WhoAmIAsync());
        Assert.Equal(("a [2Jb c d", "X "), (e.Message, e.Code));
    }

    [Fact]
    public async Task An_unreachable_home_does_not_give_the_key_away()
    {
        using var home = new ScriptedHome().Break();
        using ZeqClient client = home.Client(attempts: 1);
        ZeqUnreachableException e = await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Identity.WhoAmIAsync());
        Assert.DoesNotContain(ScriptedHome.Key, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_client_and_options_hold_no_key()
    {
        using var home = new ScriptedHome();
        using ZeqClient client = home.Client();
        Assert.DoesNotContain(ScriptedHome.Key, client.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedHome.Key, new ZeqClientOptions { Origin = ScriptedHome.Origin, Key = ScriptedHome.Key }.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zeq_ak_ä")]
    [InlineData("zeq_ak_a b")]
    [InlineData("zeq_ak_a\r\nx: y")]
    public void A_key_of_the_wrong_form_is_refused_without_being_quoted(string key)
    {
        using var http = new HttpClient();
        ArgumentException e = Assert.Throws<ArgumentException>(() => new ZeqClient(http, ScriptedHome.Origin, key));
        Assert.DoesNotContain(key, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_key_never_becomes_a_url()
    {
        using var home = new ScriptedHome();
        using ZeqClient client = home.Client();
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => client.Identity.RevokeKeyAsync(ScriptedHome.Key));
        Assert.DoesNotContain(ScriptedHome.Key, e.ToString(), StringComparison.Ordinal);
        Assert.Empty(home.Requests);
    }

    [Fact]
    public void Bodies_with_a_secret_do_not_print_it()
    {
        const string secret = "SECRET";
        var receipt = new ReceiptBody("t", "f", "t", "o", 1, 1, "h", "mac");
        object[] bodies =
        [
            new RegisterAnswer(true, "z", secret, "s", secret, 1, 0),
            new NewKeyAnswer(true, secret, "p", "r", 1, 0),
            new RecoverAnswer(true, "z", secret, 1, 0),
            new TransferAnswer(true, "t", "t", "o", 1, "i", receipt, secret, 1, 0),
            new ClaimTransferAnswer(true, "t", "t", "o", receipt, secret, null, 1, 0),
            new ImportRequest("t", "f", "t", "o", 1, 1, "h", "m", secret),
            new ReceiptVerifyRequest("t", "f", "t", "o", 1, 1, "h", "m", secret),
            new AcceptClaimRequest("t", "h", secret, secret, "s"),
            new AcceptClaimAnswer(true, receipt, secret, 1, 1, 0),
            new TransferClaimRequest("t", "h", "t", secret),
            new ReissueClaimAnswer(true, secret, 1, 1, 1, 0),
        ];
        Assert.All(bodies, body => Assert.DoesNotContain(secret, body.ToString(), StringComparison.Ordinal));
    }
}
