using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Homes that lie to their peers: rule 14 of spec 05, and spec 00, "Talking to another home".</summary>
public sealed class PeerRulesTests
{
    private const string Token = "ZT-zeq07000000001-1000-0123456789abcdef";

    [Fact]
    public async Task Rule14_AnAnswerWithoutTheHomesSignatureCountsForNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account holder = await home.RegisterAsync();
        var liar = new TestKey();
        byte[] other = "{}"u8.ToArray();
        int lies = 0;
        foreach (Func<FakeHome, string, byte[], byte[], string?> lie in (Func<FakeHome, string, byte[], byte[], string?>[])
            [
                (_, _, _, _) => null, (_, _, _, _) => "", (_, _, _, _) => new string('0', 128),
                (f, route, request, body) => liar.Sign(AnswerSignature.SignedBytes(route, request, body, new Zeqond(f.Now))),
                (f, route, _, body) => f.Key.Sign(AnswerSignature.SignedBytes(route, other, body, new Zeqond(f.Now))),
                (f, route, request, _) => f.Key.Sign(AnswerSignature.SignedBytes(route, request, other, new Zeqond(f.Now))),
                (f, _, request, body) => f.Key.Sign(AnswerSignature.SignedBytes("POST /api/tally/envelopes/transfer-claim", request, body, new Zeqond(f.Now))),
                (f, route, request, body) => f.Key.Sign(AnswerSignature.SignedBytes(route, request, body, new Zeqond(f.Now + 1))),
            ])
        {
            await using FakeHome fake = await FakeHome.StartAsync();
            fake.HolderOrigin = home.Origin;
            fake.Sign = (route, request, body) => lie(fake, route, request, body);
            (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
            Assert.DoesNotContain("/api/tally/envelopes/accept-claim", fake.Calls);
            lies++;
        }

        Assert.Equal(8, lies);
        Assert.Equal(0, (await home.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect()["claims"].GetArrayLength());
    }

    [Fact]
    public async Task Rule14_ALieAtTheAcceptanceLeavesTheStepOpenUntilTheTruthComes()
    {
        await using TestHome home = await TestHome.StartAsync();
        await using FakeHome fake = await FakeHome.StartAsync();
        fake.HolderOrigin = home.Origin;
        Account holder = await home.RegisterAsync();
        JsonObject payment = fake.Payment(Token, holder.Zid, home);
        bool lies = true;
        fake.Sign = (route, request, body) =>
            lies && route.EndsWith("accept-claim", StringComparison.Ordinal) ? null : fake.Key.Sign(AnswerSignature.SignedBytes(route, request, body, new Zeqond(fake.Now)));
        (await home.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        lies = false;

        // Signed, but of something else.
        foreach (Action<JsonObject> bend in (Action<JsonObject>[])
            [
                body => body["value_zqt"] = 41, body => body["value_zqt"] = 0, body => body["receipt"]!["to"] = "ZEQ07000000005", body => body["receipt"]!["spend_seq"] = 7,
                body => body["receipt"]!["to_origin"] = fake.Origin, body => body["receipt"] = null, body => body["claim_ticket"] = "short", body => body["receipt"]!["token_id"] = Token.Replace('f', 'e'),
                body => body["value_zqt"] = "six", body => body.Remove("claim_ticket"),
            ])
        {
            fake.Reply = (path, request) =>
            {
                (int status, JsonObject body) = fake.Honest(path, request);
                if (path.EndsWith("accept-claim", StringComparison.Ordinal))
                {
                    bend(body);
                }

                return (status, body);
            };
            (await home.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        }

        fake.Reply = fake.Honest;
        Assert.Equal("held", (await home.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Expect().String("claim.status"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule14_AChangedNodeKeyWaitsForTheAdmin()
    {
        await using TestHome home = await TestHome.StartAsync();
        await using FakeHome fake = await FakeHome.StartAsync();
        fake.HolderOrigin = home.Origin;
        Account holder = await home.RegisterAsync();
        (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Expect();
        fake.Key = new TestKey();
        JsonObject second = fake.Payment(Token.Replace('f', 'e'), holder.Zid, home);
        (await home.PostAsync("/api/tally/claims/import", second, holder.ApiKey)).Refused(502, "PEER_KEY_CHANGED");
        (await home.PostAsync($"/api/tally/claims/{Token}/refresh", null, holder.ApiKey)).Refused(502, "PEER_KEY_CHANGED");
        (await home.PostAsync("/api/admin/peers", new { origin = fake.Origin, public_key = fake.Key.PublicKey }, home.AdminKey)).Expect();
        (await home.PostAsync("/api/tally/claims/import", second, holder.ApiKey)).Expect();
    }

    [Fact]
    public async Task Rule14_ACardThatNamesAnotherHomePinsNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        await using FakeHome fake = await FakeHome.StartAsync();
        fake.HolderOrigin = home.Origin;
        Account holder = await home.RegisterAsync();
        Func<JsonObject> honest = fake.Card;
        foreach ((string name, JsonNode? value) in ((string, JsonNode?)[])
            [("origin", "https://bank.example"), ("public_key", new string('0', 64)), ("public_key", "01" + new string('0', 62)), ("public_key", null), ("origin", null), ("public_key", 7)])
        {
            fake.Card = () =>
            {
                JsonObject card = honest();
                card[name] = value?.DeepClone();
                return card;
            };
            (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        }

        fake.Card = honest;
        (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Expect();
    }

    [Fact]
    public async Task Rule9_ATrustedIssuerWithoutAProofOfTheCoinIsNotTrusted()
    {
        await using FakeHome issuer = await FakeHome.StartAsync();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(issuer.Origin)] = new TrustedIssuer(issuer.Key.PublicKey) });
        issuer.HolderOrigin = home.Origin;
        Account holder = await home.RegisterAsync();
        foreach (JsonObject proof in (JsonObject[])
            [
                [], new JsonObject { ["ok"] = true, ["claim"] = null, ["node_sig"] = null }, new JsonObject { ["ok"] = "yes", ["claim"] = 5 },
                new JsonObject { ["ok"] = true, ["claim"] = new JsonObject { ["kind"] = "zeq-envelope/v1" }, ["node_sig"] = new string('0', 128), ["node_pubkey"] = issuer.Key.PublicKey, ["node_sig_alg"] = "ed25519" },
            ])
        {
            issuer.Reply = (path, request) => path.EndsWith("/proof", StringComparison.Ordinal) ? (200, proof.DeepClone().AsObject()) : issuer.Honest(path, request);
            (await home.PostAsync("/api/tally/claims/import", issuer.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        }

        Assert.Equal(0, (await home.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect()["claims"].GetArrayLength());
    }

    [Fact]
    public async Task APeerThatAnswersNonsenseNeverMakesThisHomeFail()
    {
        Func<HttpContext, Task>[] nonsense =
        [
            http => http.Response.WriteAsync("<html>hello</html>"),
            http => http.Response.WriteAsync(new string('x', 100_000)),
            http => JsonAsync(http, 200, "{\"ok\":tru"),
            http => JsonAsync(http, 200, "[]"),
            http => JsonAsync(http, 200, "null"),
            http => JsonAsync(http, 200, "{\"zeqond\":" + new string('9', 400) + "}"),
            http => JsonAsync(http, 200, "{\"a\":\"" + new string('x', 70_000) + "\"}"),
            http => JsonAsync(http, 200, string.Concat(Enumerable.Repeat("[", 5_000))),
            http => JsonAsync(http, 500, "{}"),
            http => JsonAsync(http, 429, "{\"ok\":false}"),
            http => JsonAsync(http, 204, ""),
            http =>
            {
                http.Response.Headers.Location = "http://127.0.0.1:1/";
                http.Response.StatusCode = 302;
                return Task.CompletedTask;
            },
            http =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
        ];
        await using TestHome home = await TestHome.StartAsync();
        Account holder = await home.RegisterAsync();
        foreach (Func<HttpContext, Task> answer in nonsense)
        {
            // Once at the card, once behind a true card.
            foreach (bool isCardTrue in (bool[])[false, true])
            {
                await using FakeHome fake = await FakeHome.StartAsync();
                fake.Raw = async http =>
                {
                    if (isCardTrue && http.Request.Path == "/api/identity")
                    {
                        return false;
                    }

                    await answer(http);
                    return true;
                };
                (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
            }
        }
    }

    [Fact]
    public async Task ASignedRefusalIsNeverTakenForThisHomesOwnFailure()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account holder = await home.RegisterAsync();
        foreach (string code in (string[])["INTERNAL_ERROR", "OUTCOME_UNKNOWN", "UNAUTHORIZED", "INSUFFICIENT_BALANCE", "RATE_LIMITED", "PEER_KEY_CHANGED", "RECIPIENT_NOT_FOUND", "NO_SUCH_CODE", ""])
        {
            await using FakeHome fake = await FakeHome.StartAsync();
            fake.HolderOrigin = home.Origin;
            fake.Reply = (_, _) => (409, fake.Error(code));
            (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(403, "RECEIPT_REJECTED");
            fake.Reply = (path, request) => path.EndsWith("verify", StringComparison.Ordinal) ? fake.Honest(path, request) : (409, fake.Error(code));
            (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(403, "RECEIPT_REJECTED");
            fake.Reply = fake.Honest;
            (await home.PostAsync("/api/tally/claims/import", fake.Payment(Token, holder.Zid, home), holder.ApiKey)).Expect();
            fake.Reply = (_, _) => (409, fake.Error(code));
            (await home.PostAsync($"/api/tally/claims/{Token}/refresh", new { home_origin = fake.Origin }, holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
            (await home.PostAsync("/api/tally/claims/transfer", new { token_id = Token, home_origin = fake.Origin, to = "ZEQ07000000008" }, holder.ApiKey)).Expect4xx();
        }
    }

    [Fact]
    public async Task StepsThatAHostileHomeLeavesOpenHoldUpNobodyElses()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        await using FakeHome hostile = await FakeHome.StartAsync();
        await using FakeHome honest = await FakeHome.StartAsync();
        (hostile.HolderOrigin, honest.HolderOrigin) = (home.Origin, home.Origin);
        Account holder = await home.RegisterAsync();

        // Forty steps whose home answers, signed, what fits none of them; then one of an honest home that was away.
        hostile.Reply = (path, request) =>
        {
            (int status, JsonObject body) = hostile.Honest(path, request);
            body["value_zqt"] = path.EndsWith("verify", StringComparison.Ordinal) ? 6 : 41;
            return (status, body);
        };
        for (int i = 0; i < 40; i++)
        {
            (await home.PostAsync("/api/tally/claims/import", hostile.Payment($"ZT-zeq07000000001-{1000 + i}-0123456789abcdef", holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        }

        honest.Reply = (path, request) => path.EndsWith("verify", StringComparison.Ordinal) ? honest.Honest(path, request) : (500, honest.Error("INTERNAL_ERROR"));
        time.PassZeqonds(60);
        (await home.PostAsync("/api/tally/claims/import", honest.Payment(Token, holder.Zid, home), holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        honest.Reply = honest.Honest;
        for (int tries = 0; tries < 300; tries++)
        {
            time.PassZeqonds(1);
            Answer list = (await home.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect();
            if (list["claims"].GetArrayLength() == 1)
            {
                Assert.Equal(honest.Origin, list["claims"][0].GetProperty("home_origin").GetString());
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("the honest home's step was never settled: " + string.Join("\n", home.Logs.Lines.Where(line => line.Text.StartsWith("Zeq", StringComparison.Ordinal)).TakeLast(8)));
    }

    private static Task JsonAsync(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        if (status == 204)
        {
            return Task.CompletedTask;
        }

        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    }
}
