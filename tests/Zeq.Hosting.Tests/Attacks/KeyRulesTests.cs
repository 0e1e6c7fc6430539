using System.Text;
using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on keys and on what they may do: rules 1 to 6 of spec 05.</summary>
public sealed class KeyRulesTests
{
    [Fact]
    public async Task Rule1_ACopiedSecretOnAnotherHomeSignsNothingForTheFirst()
    {
        await using TestHome a = await TestHome.StartAsync();
        await using TestHome thief = await TestHome.StartAsync(new HomeSetup { Configure = o => o.HomeSecret = a.HomeSecret });
        Account minter = await a.RegisterAsync();
        Account other = await a.RegisterAsync();
        Coin coin = await a.MintCoinAsync(minter);
        Answer sent = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, minter.ApiKey)).Expect();
        Assert.NotEqual((await a.GetAsync("/api/identity")).String("public_key"), (await thief.GetAsync("/api/identity")).String("public_key"));
        Assert.False((await thief.PostAsync("/api/tally/receipt/verify", sent["receipt"])).Expect().Bool("valid"));
        Assert.True((await a.PostAsync("/api/tally/receipt/verify", sent["receipt"])).Expect().Bool("valid"));
    }

    [Fact]
    public async Task Rule1_TheSecretOfNamesIsNeverTheSecretOfCoins()
    {
        foreach (Func<string, string> form in (Func<string, string>[])[s => s, s => s.ToUpperInvariant()])
        {
            ZeqStartException refusal = await Assert.ThrowsAsync<ZeqStartException>(
                () => TestHome.StartAsync(new HomeSetup { Configure = o => o.NodeSecret = form(o.HomeSecret!) }));
            Assert.Contains("ZEQ_NODE_SECRET", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rule2_AChangedOriginOrSecretStopsTheStart()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        await home.StopAsync();
        string other = new('7', 64);
        foreach (Action<ZeqOptions> change in (Action<ZeqOptions>[])
            [
                o => o.Origin = Origin.Parse("http://127.0.0.1:1"), o => o.Name = Slug.Parse("other"), o => o.HomeSecret = other, o => o.FieldKey = other, o => o.MeshSecret = other,
                o => o.HomeSecret = null, o => o.FieldKey = null, o => o.MeshSecret = null, o => o.NodeSecret = null, o => o.HomeSecret = "short",
            ])
        {
            ZeqStartException refusal = await Assert.ThrowsAsync<ZeqStartException>(() => home.StartAgainAsync(change));
            Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
            foreach (string secret in (string[])[home.HomeSecret, home.FieldKey, home.MeshSecret, home.NodeSecret, other])
            {
                Assert.DoesNotContain(secret, refusal.ToString(), StringComparison.Ordinal);
            }
        }

        // A rotated field key starts beside the pinned one, and is the pinned one from then on.
        await home.StartAgainAsync(o => (o.FieldKey, o.FieldKeyPrevious) = (other, home.FieldKey));
        await home.StopAsync();
        await Assert.ThrowsAsync<ZeqStartException>(() => home.StartAgainAsync());
        await home.StartAgainAsync(o => o.FieldKey = other);
        (await home.GetAsync("/api/identity/whoami", account.ApiKey)).Expect();
    }

    [Fact]
    public async Task Rule3_AHelpersMachineKeyMovesNoValue()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        Account other = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(owner);
        string operatorKey = await IssueAsync(home, owner, "operator");
        foreach (string key in (string[])[owner.MachineKey, operatorKey, home.AdminKey])
        {
            foreach ((string path, object body) in ((string, object)[])
                [
                    ("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }), ($"/api/tally/envelopes/{coin.TokenId}/recall", new { }),
                    ("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = other.Zid }), ("/api/tally/claims/publish", new { token_id = coin.TokenId }),
                    ($"/api/tally/claims/{coin.TokenId}/refresh", new { }), ("/api/tally/credits/claim", new { }), ("/api/identity/keys", new { }),
                    ("/api/tally/claims/import", Import(coin, owner)),
                ])
            {
                (await home.PostAsync(path, body, key)).Refused(403, "FORBIDDEN");
            }

            (await home.GetAsync("/api/identity/keys", key)).Refused(403, "FORBIDDEN");
            (await home.SendAsync("DELETE", "/api/identity/public-key", null, key)).Refused(403, "FORBIDDEN");
        }

        // Nor does it issue keys, nor publish the machine; computing is what it is for.
        foreach (string key in (string[])[owner.MachineKey, operatorKey])
        {
            (await home.PostAsync($"/api/chain/state-machines/{owner.Slug}/keys", new { role = "admin" }, key)).Refused(403, "FORBIDDEN");
            (await home.SendAsync("PATCH", $"/api/chain/state-machines/{owner.Slug}", TestHome.Json(new { is_public = true }), key)).Refused(403, "FORBIDDEN");
        }

        await home.GrantAsync(owner.Zid, 20);
        (await home.PostAsync("/api/zeq/compute", Compute(91), operatorKey)).Expect();
        string viewer = await IssueAsync(home, owner, "viewer");
        (await home.PostAsync("/api/zeq/compute", Compute(92), viewer)).Refused(403, "FORBIDDEN");
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = 1 }, viewer)).Refused(403, "FORBIDDEN");
        (await home.PostAsync("/api/zeq/compute", new { operators = Nm19, inputs = new { }, machine = other.Slug }, owner.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");

        // An admin key that the owner's account key issued is a wallet; the row keeps which key acted.
        string wallet = await IssueAsync(home, owner, "admin");
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, wallet)).Expect();
        Answer newest = (await home.GetAsync($"/api/chain/{owner.Slug}/explore?type=transfer_out", owner.ApiKey)).Expect();
        JsonElement row = newest["rows"].EnumerateArray().Single();
        Assert.StartsWith(row.GetProperty("key_prefix").GetString()!, wallet, StringComparison.Ordinal);
        Assert.Equal(owner.Zid, row.GetProperty("actor_zid").GetString());
        (await home.PostAsync("/api/identity/keys", new { }, wallet)).Refused(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Rule3_TheAdminKeyActsForNoAccountAndNobodyActsForTheAdmin()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        (await home.PostAsync("/api/tally/credits/grant", new { zid = account.Zid, paid = 5, reference = "r" }, account.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync("/api/tally/credits/grant", new { zid = account.Zid, paid = 5, reference = "r" }, home.AdminKey + "x")).Refused(401, "UNAUTHORIZED");
        (await home.PostAsync("/api/tally/credits/grant", new { zid = account.Zid, paid = 5, reference = "r" })).Refused(401, "UNAUTHORIZED");
        (await home.PostAsync("/api/admin/peers", new { origin = "http://127.0.0.1:9", public_key = new TestKey().PublicKey }, account.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync("/api/admin/clock/confirm", null, account.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync("/api/admin/home/restored", null, account.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync("/api/zeq/compute", Compute(1), home.AdminKey)).Refused(403, "FORBIDDEN");
        (await home.GetAsync($"/api/tally/credits/{account.Zid}", home.AdminKey)).Expect();
        await using TestHome closed = await TestHome.StartAsync(new HomeSetup { Configure = o => o.IsRegistrationOpen = false });
        (await closed.PostAsync("/api/identity/register", new { })).Refused(401, "UNAUTHORIZED");
        (await closed.PostAsync("/api/identity/register", new { }, closed.AdminKey)).Expect(201);
    }

    [Fact]
    public async Task Rule4_ARegistrationAdoptsNoZidAndNoMachineThatExists()
    {
        await using TestHome home = await TestHome.StartAsync();
        var key = new TestKey();
        Account first = await home.RegisterAsync(key.Registration(home, Now()));
        Assert.Equal(first.Zid.ToLowerInvariant(), first.Slug);
        (await home.PostAsync("/api/identity/register", key.Registration(home, Now()))).Refused(409, "ZID_TAKEN");

        // A stranger's home, and another's key, do not register it either.
        await using TestHome other = await TestHome.StartAsync();
        (await other.PostAsync("/api/identity/register", key.Registration(home, Now()))).Refused(403, "INVALID_SIGNATURE");
        (await home.PostAsync("/api/identity/register", new { public_key = new TestKey().PublicKey, zeqond = Now(), signature = key.Sign("x") })).Refused(403, "INVALID_SIGNATURE");
        (await home.PostAsync("/api/identity/register", new TestKey().Registration(home, Now() + 60))).Refused(409, "STALE_REQUEST");
        (await home.PostAsync("/api/identity/register", new TestKey().Registration(home, Now() - 200))).Refused(409, "STALE_REQUEST");

        // Private until its owner publishes it, and then like a missing one to nobody.
        (await home.GetAsync($"/api/chain/state-machines/{first.Slug}")).Refused(404, "MACHINE_NOT_FOUND");
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{first.Slug}", TestHome.Json(new { is_public = true }), first.ApiKey)).Expect();
        Assert.True((await home.GetAsync($"/api/chain/state-machines/{first.Slug}")).Expect().Bool("machine.is_public"));
    }

    [Fact]
    public async Task Rule5_AnIdempotencyKeyCountsOnlyWithAKeyAndItsAnswersAreSealed()
    {
        await using TestHome home = await TestHome.StartAsync();
        Answer one = (await home.PostAsync("/api/identity/register", new { }, idempotencyKey: "same")).Expect(201);
        Answer two = (await home.PostAsync("/api/identity/register", new { }, idempotencyKey: "same")).Expect(201);
        Assert.NotEqual(one.String("zid"), two.String("zid"));
        (string account, string other) = (one.String("api_key"), two.String("api_key"));
        foreach (string mac in (string[])[new string('a', 64), new string('b', 64)])
        {
            object receipt = new
            {
                token_id = "ZT-x-1-0123456789abcdef", from = one.String("zid"), to = two.String("zid"), to_origin = home.Origin, spend_seq = 1, zeqond = 1, home_origin = home.Origin, mac,
            };
            (await home.PostAsync("/api/tally/receipt/verify", receipt, idempotencyKey: "same")).Expect();
        }

        Answer issued = (await home.PostAsync("/api/identity/keys", new { label = "x" }, account, "k1")).Expect(201);
        Answer again = (await home.PostAsync("/api/identity/keys", new { label = "x" }, account, "k1")).Expect(201);
        Assert.Equal(issued.Text, again.Text);
        (await home.PostAsync("/api/identity/keys", new { label = "y" }, account, "k1")).Refused(422, "IDEMPOTENCY_MISMATCH");

        // Another caller's key of the same name is another one; a refusal is not kept; a malformed key is refused.
        Assert.NotEqual(issued.String("api_key"), (await home.PostAsync("/api/identity/keys", new { label = "x" }, other, "k1")).Expect(201).String("api_key"));
        string zid = one.String("zid");
        (await home.PostAsync("/api/zeq/compute", Compute(1), account, "c1")).Refused(402, "INSUFFICIENT_BALANCE");
        await home.GrantAsync(zid, 100);
        (await home.PostAsync("/api/zeq/compute", Compute(1), account, "c1")).Expect();
        foreach (string malformed in (string[])[new string('k', 129), "a\tb"])
        {
            (await home.PostAsync("/api/identity/keys", new { }, account, malformed)).Refused(400, "INVALID_REQUEST");
        }

        // Equal requests at once are one.
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => home.PostAsync("/api/identity/keys", new { label = "z" }, account, "k2")));
        Assert.Single(answers.Select(answer => answer.Expect(201).String("api_key")).Distinct());

        // Tickets too.
        Coin coin = await home.MintCoinAsync(new Account(zid, account, "", ""));
        object body = new { token_id = coin.TokenId, to = "ZEQ07000000009", to_origin = "http://127.0.0.1:9" };
        Answer sent = (await home.PostAsync("/api/tally/envelopes/transfer", body, account, "t1")).Expect();
        Assert.Equal(sent.Text, (await home.PostAsync("/api/tally/envelopes/transfer", body, account, "t1")).Expect().Text);
        string[] secrets = [account, other, issued.String("api_key"), answers[0].String("api_key"), one.String("machine_key"), sent.String("claim_ticket"), home.AdminKey, home.HomeSecret, home.FieldKey, home.NodeSecret];
        Assert.All(secrets, secret => Assert.DoesNotContain(home.Logs.Lines, line => line.Text.Contains(secret, StringComparison.Ordinal)));
        await home.StopAsync();
        foreach (string file in Directory.GetFiles(home.Folder))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            Assert.All(secrets, secret => Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, Path.GetFileName(file) + " holds a secret in the clear"));
            Assert.All(secrets.Where(secret => secret.Length == 64), secret => Assert.True(bytes.AsSpan().IndexOf(Convert.FromHexString(secret)) < 0));
        }
    }

    [Fact]
    public async Task Rule6_AReplayedRecoveryOpensNothing()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        await using TestHome other = await TestHome.StartAsync(new HomeSetup { Time = time });
        var key = new TestKey();
        Account account = await home.RegisterAsync(key.Registration(home, time.Zeqond.Value));
        string wallet = await IssueAsync(home, account, "admin");
        object Recovery(long zeqond, string? origin = null, TestKey? by = null) =>
            new { zid = account.Zid, zeqond, signature = (by ?? key).Sign($"zeq-recover|{origin ?? home.Origin}|{account.Zid}|{zeqond}") };

        long now = time.Zeqond.Value;
        (await home.PostAsync("/api/identity/recover", Recovery(now + 3))).Refused(409, "STALE_REQUEST");
        (await home.PostAsync("/api/identity/recover", Recovery(now - 129))).Refused(409, "STALE_REQUEST");
        (await home.PostAsync("/api/identity/recover", Recovery(now, other.Origin))).Refused(403, "INVALID_SIGNATURE");
        (await home.PostAsync("/api/identity/recover", Recovery(now, null, new TestKey()))).Refused(403, "INVALID_SIGNATURE");
        Answer recovered = (await home.PostAsync("/api/identity/recover", Recovery(now))).Expect();
        (await home.PostAsync("/api/identity/recover", Recovery(now))).Refused(409, "STALE_REQUEST");
        (await home.PostAsync("/api/identity/recover", Recovery(now - 1))).Refused(409, "STALE_REQUEST");
        foreach (string old in (string[])[account.ApiKey, account.MachineKey, wallet])
        {
            (await home.GetAsync("/api/identity/whoami", old)).Refused(401, "UNAUTHORIZED");
        }

        (await home.GetAsync("/api/identity/whoami", recovered.String("api_key"))).Expect();

        // Who has no recovery key, and who does not exist, look alike.
        Account plain = await home.RegisterAsync();
        Answer none = (await home.PostAsync("/api/identity/recover", new { zid = plain.Zid, zeqond = now, signature = key.Sign("x") })).Refused(403, "INVALID_SIGNATURE");
        Answer missing = (await home.PostAsync("/api/identity/recover", new { zid = "ZEQ07999999999", zeqond = now, signature = key.Sign("x") })).Refused(403, "INVALID_SIGNATURE");
        Assert.Equal(none.Text, missing.Text);
    }

    [Fact]
    public async Task Rule6_ARecoveryKeyTakesADayAndAnyAccountKeyCancelsIt()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account account = await home.RegisterAsync();
        (TestKey thief, TestKey mine) = (new TestKey(), new TestKey());
        object Set(TestKey key, TestKey? old = null)
        {
            long now = time.Zeqond.Value;
            string text = $"zeq-recovery-key|{home.Origin}|{account.Zid}|{key.PublicKey}|{now}";
            return new { public_key = key.PublicKey, zeqond = now, signature = key.Sign(text), old_signature = old?.Sign(text) ?? key.Sign("nothing") };
        }

        object Recover(TestKey key) => new { zid = account.Zid, zeqond = time.Zeqond.Value, signature = key.Sign($"zeq-recover|{home.Origin}|{account.Zid}|{time.Zeqond.Value}") };

        Answer set = (await home.PostAsync("/api/identity/public-key", Set(thief), account.ApiKey)).Expect(202);
        Assert.Equal(time.Zeqond.Value + 111_197, set.Long("effective_zeqond"));
        (await home.PostAsync("/api/identity/recover", Recover(thief))).Refused(403, "INVALID_SIGNATURE");
        string second = (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Expect(201).String("api_key");
        (await home.SendAsync("DELETE", "/api/identity/public-key", null, second)).Expect();
        time.PassZeqonds(111_198);
        (await home.PostAsync("/api/identity/recover", Recover(thief))).Refused(403, "INVALID_SIGNATURE");

        (await home.PostAsync("/api/identity/public-key", Set(mine), account.ApiKey)).Expect(202);
        time.PassZeqonds(111_196);
        (await home.PostAsync("/api/identity/recover", Recover(mine))).Refused(403, "INVALID_SIGNATURE");
        time.PassZeqonds(2);

        // It stands now: only its own signature replaces it.
        (await home.PostAsync("/api/identity/public-key", Set(thief), account.ApiKey)).Refused(409, "RECOVERY_KEY_EXISTS");
        (await home.PostAsync("/api/identity/public-key", Set(thief, thief), account.ApiKey)).Refused(409, "RECOVERY_KEY_EXISTS");
        (await home.PostAsync("/api/identity/public-key", Set(new TestKey(), mine), account.ApiKey)).Expect(202);
        (await home.PostAsync("/api/identity/recover", Recover(mine))).Expect();
        (await home.GetAsync("/api/identity/whoami", account.ApiKey)).Refused(401, "UNAUTHORIZED");
    }

    private static readonly string[] Nm19 = ["NM19"];

    private static long Now() => Zeqond.FromUnixMs(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).Value;

    private static string Compute(int mass) => $$$"""{"operators":["NM19"],"inputs":{"mass_kg":{{{mass}}},"acceleration_ms2":3}}""";

    private static object Import(Coin coin, Account to) => new
    {
        token_id = coin.TokenId, from = to.Zid, to = to.Zid, to_origin = "http://127.0.0.1:9", spend_seq = 1, zeqond = 1, home_origin = "http://127.0.0.1:8", mac = new string('a', 64),
        claim_ticket = new string('a', 64),
    };

    private static async Task<string> IssueAsync(TestHome home, Account owner, string role) =>
        (await home.PostAsync($"/api/chain/state-machines/{owner.Slug}/keys", new { role }, owner.ApiKey)).Expect(201).String("api_key");
}
