using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on bearer coins through their doors: spec 05 rules 3, 7, 8, 14, 26 and 28, spec 10 §6.</summary>
public sealed class BearerRulesTests
{
    private const string RedeemPath = "/api/tally/coins/redeem";
    private const string MigratePath = "/api/tally/coins/migrate-out";

    [Fact]
    public async Task ACoinLeavesAndComesBackOnce()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account alice, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(alice);
        Answer exported = (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        Assert.Equal(exported["coin"].GetRawText(), (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect()["coin"].GetRawText());
        Assert.DoesNotContain(alice.Zid, exported["coin"].GetRawText().Replace(exported["coin"].GetProperty("claim").GetRawText(), "", StringComparison.Ordinal).Replace(coin.TokenId, "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

        // Exported, it is locked.
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = bob.Zid }, alice.ApiKey)).Refused(409, "NOT_ACTIVE");
        (await home.PostAsync(Export(coin), new { }, bob.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        (await home.PostAsync(Reclaim(coin), new { }, bob.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");

        Answer redeemed = (await RedeemAsync(home, exported, bob)).Expect();
        Assert.Equal((coin.TokenId, 2, "active"), (redeemed.String("token_id"), redeemed.Long("spend_seq"), redeemed.String("status")));
        Assert.Equal(2, (await RedeemAsync(home, exported, bob)).Expect().Long("spend_seq"));
        (await RedeemAsync(home, exported, alice)).Refused(409, "SUPERSEDED");
        (await home.PostAsync(Reclaim(coin), new { }, alice.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        (await home.PostAsync(Reclaim(coin), new { }, bob.ApiKey)).Refused(409, "NOT_BEARER");

        // Taken back, every copy is worthless.
        Answer second = (await home.PostAsync(Export(coin), new { }, bob.ApiKey)).Expect();
        Answer back = (await home.PostAsync(Reclaim(coin), new { }, bob.ApiKey)).Expect();
        Assert.Equal(4, back.Long("spend_seq"));
        Assert.Equal(4, (await home.PostAsync(Reclaim(coin), new { }, bob.ApiKey)).Expect().Long("spend_seq"));
        (await RedeemAsync(home, second, alice)).Refused(409, "SUPERSEDED");
        (await RedeemAsync(home, exported, alice)).Refused(409, "SUPERSEDED");
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task ACoinIsRedeemedElsewhereOnceAndLivesThere()
    {
        await using Homes homes = await Homes.StartAsync();
        (Account alice, Account bob, Account dora) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync(), await homes.B.RegisterAsync());
        Coin coin = await homes.A.MintCoinAsync(alice);
        Answer exported = (await homes.A.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        Answer redeemed = (await RedeemAsync(homes.B, exported, bob)).Expect();
        Assert.Equal((coin.ValueZqt, 0, $"{coin.TokenId}@{homes.A.Origin}"), (redeemed.Long("value_zqt"), redeemed.Long("spend_seq"), redeemed.String("migrated_from")));
        Assert.Equal(redeemed.String("token_id"), (await RedeemAsync(homes.B, exported, bob)).Expect().String("token_id"));
        (await RedeemAsync(homes.B, exported, dora)).Refused(409, "ALREADY_MIGRATED");
        (await RedeemAsync(homes.A, exported, alice)).Refused(409, "ALREADY_MIGRATED");
        (await homes.A.PostAsync(Reclaim(coin), new { }, alice.ApiKey)).Refused(409, "ALREADY_MIGRATED");
        Assert.Equal("migrated", (await homes.A.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Expect().String("status"));

        // What was minted is a coin like any other: its proof holds, it moves, it is exported and comes home as a new one.
        string token = redeemed.String("token_id");
        Answer proof = (await homes.B.GetAsync($"/api/tally/envelopes/{token}/proof")).Expect();
        Assert.True(Zeq.Client.LightProof.TryRead(proof.Body, out Zeq.Client.LightProof? light) && light.Verify(homes.B.Context.Keys.NodePublicKey));
        Assert.Equal(redeemed.String("migrated_from"), light.Claim.MigratedFrom);
        Assert.Equal("mint", (await homes.B.GetAsync("/api/tally/history", bob.ApiKey)).Expect()["history"][0].GetProperty("kind").GetString());
        (await homes.B.PostAsync("/api/tally/envelopes/transfer", new { token_id = token, to = dora.Zid }, bob.ApiKey)).Expect();
        (await RedeemAsync(homes.B, exported, bob)).Refused(409, "ALREADY_MIGRATED");
        Answer again = (await homes.B.PostAsync($"/api/tally/envelopes/{token}/export", new { }, dora.ApiKey)).Expect();
        Answer home = (await RedeemAsync(homes.A, again, alice)).Expect();
        Assert.Equal((coin.ValueZqt, $"{token}@{homes.B.Origin}"), (home.Long("value_zqt"), home.String("migrated_from")));
        await homes.A.AssertSoundAsync();
        await homes.B.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule8_NoHomeMintsForAnIssuerThatItDoesNotTrust()
    {
        await using FakeHome printer = await FakeHome.StartAsync();
        await using TestHome home = await TestHome.StartAsync();
        Account bob = await home.RegisterAsync();
        JsonObject coin = Forge(printer.Origin, printer.Key);

        // Refused before anybody is asked.
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Refused(403, "ISSUER_NOT_TRUSTED");
        Assert.Empty(printer.Calls);

        // The pinned key counts, whatever the coin and the issuer's own card show.
        string pinned = new TestKey().PublicKey;
        (await home.PostAsync("/api/admin/issuers", new { origin = printer.Origin, public_key = pinned }, home.AdminKey)).Expect();
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Refused(400, "INVALID_COIN");
        var claimed = (JsonObject)coin.DeepClone();
        claimed["node_pubkey"] = pinned;
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = claimed }, bob.ApiKey)).Refused(400, "INVALID_COIN");
        Assert.Empty(printer.Calls);

        // Trusted no longer, it is refused again; trusted under its key, it is asked.
        (await home.SendAsync("DELETE", "/api/admin/issuers", TestHome.Json($$"""{"origin":"{{printer.Origin}}"}"""), home.AdminKey)).Expect();
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Refused(403, "ISSUER_NOT_TRUSTED");
        (await home.PostAsync("/api/admin/issuers", new { origin = printer.Origin, public_key = printer.Key.PublicKey }, home.AdminKey)).Expect();
        printer.Reply = (_, request) => Migrate(printer, request, home, (_, _) => { });
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Expect();
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule8_AMigrationIsTheOneThatWasAskedForOrNothingIsMinted()
    {
        await using FakeHome issuer = await FakeHome.StartAsync();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(issuer.Origin)] = new TrustedIssuer(issuer.Key.PublicKey) });
        Account bob = await home.RegisterAsync();
        int number = 0;
        foreach ((string name, JsonNode value) in ((string, JsonNode)[])
            [
                ("value_zqt", 40), ("value_zqt", 5), ("token_id", "ZT-m-5-0123456789abcdef"), ("to_zid", "ZEQ07000000001"), ("to_origin", "http://127.0.0.1:9"),
                ("origin_spend_seq", 2), ("home_origin", "http://127.0.0.1:9"), ("kind", "zeq-migration/v2"), ("extra", 1), ("value_zqt", 41),
            ])
        {
            issuer.Reply = (_, request) => Migrate(issuer, request, home, (migration, isSigned) =>
            {
                // Signed as changed, or changed after it was signed: neither mints.
                if (isSigned == (number % 2 == 0))
                {
                    migration[name] = value.DeepClone();
                }
            });
            JsonObject coin = Forge(issuer.Origin, issuer.Key, ++number);
            (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Refused(502, "PEER_UNREACHABLE");
            (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = coin.DeepClone() }, bob.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        }

        Assert.Equal(0, (await home.GetAsync("/api/tally/envelopes", bob.ApiKey)).Expect()["envelopes"].GetArrayLength());

        // A coin of 41 ZEQ is none, however it is signed.
        JsonObject tooMuch = Forge(issuer.Origin, issuer.Key, 50, value: 41);
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = tooMuch }, bob.ApiKey)).Refused(400, "INVALID_COIN");
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule8_AnIssuersCoinsStayBelowItsLimit()
    {
        await using TestHome a = await TestHome.StartAsync();
        await using TestHome b = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(a.Context.Keys.NodePublicKey, 13) });
        (Account alice, Account bob) = (await a.RegisterAsync(), await b.RegisterAsync());
        var coins = new List<(Coin Coin, Answer Exported)>();
        for (int i = 0; i < 3; i++)
        {
            Coin coin = await a.MintCoinAsync(alice);
            coins.Add((coin, (await a.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect()));
        }

        Assert.Equal(6, coins[0].Coin.ValueZqt);
        Answer first = (await RedeemAsync(b, coins[0].Exported, bob)).Expect();
        (await RedeemAsync(b, coins[1].Exported, bob)).Expect();
        (await RedeemAsync(b, coins[2].Exported, bob)).Refused(403, "ISSUER_LIMIT");
        Assert.Equal("bearer", (await a.GetAsync($"/api/tally/envelopes/{coins[2].Coin.TokenId}/authority")).Expect().String("status"));

        // One of them ends here: there is room again. The admin's word stands above the configuration.
        (await a.PostAsync("/api/admin/issuers", new { origin = b.Origin, public_key = b.Context.Keys.NodePublicKey }, a.AdminKey)).Expect();
        Answer out1 = (await b.PostAsync($"/api/tally/envelopes/{first.String("token_id")}/export", new { }, bob.ApiKey)).Expect();
        (await RedeemAsync(b, coins[2].Exported, bob)).Refused(403, "ISSUER_LIMIT");
        (await RedeemAsync(a, out1, alice)).Expect();
        (await RedeemAsync(b, coins[2].Exported, bob)).Expect();
        Coin more = await a.MintCoinAsync(alice);
        Answer last = (await a.PostAsync(Export(more), new { }, alice.ApiKey)).Expect();
        (await RedeemAsync(b, last, bob)).Refused(403, "ISSUER_LIMIT");
        (await b.PostAsync("/api/admin/issuers", new { origin = a.Origin, public_key = a.Context.Keys.NodePublicKey, max_outstanding = 18 }, b.AdminKey)).Expect();
        (await RedeemAsync(b, last, bob)).Expect();
        await a.AssertSoundAsync();
        await b.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule8_AfterRemovalCoinsThatLiveHereStay()
    {
        await using Homes homes = await Homes.StartAsync();
        (Account alice, Account bob) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync());
        (Coin one, Coin two) = (await homes.A.MintCoinAsync(alice), await homes.A.MintCoinAsync(alice));
        Answer first = (await homes.A.PostAsync(Export(one), new { }, alice.ApiKey)).Expect();
        Answer second = (await homes.A.PostAsync(Export(two), new { }, alice.ApiKey)).Expect();
        (await RedeemAsync(homes.B, first, bob)).Expect();
        (await homes.B.SendAsync("DELETE", "/api/admin/issuers", TestHome.Json($$"""{"origin":"{{homes.A.Origin}}"}"""), homes.B.AdminKey)).Expect();
        (await RedeemAsync(homes.B, second, bob)).Refused(403, "ISSUER_NOT_TRUSTED");
        (await RedeemAsync(homes.B, first, bob)).Expect();
        Assert.Equal(1, (await homes.B.GetAsync("/api/tally/envelopes", bob.ApiKey)).Expect()["envelopes"].GetArrayLength());
        (await homes.B.SendAsync("DELETE", "/api/admin/issuers", TestHome.Json("""{"origin":"https://nobody.example"}"""), homes.B.AdminKey)).Refused(404, "ISSUER_NOT_FOUND");
        (await homes.B.PostAsync("/api/admin/issuers", new { origin = homes.B.Origin, public_key = homes.B.Context.Keys.NodePublicKey }, homes.B.AdminKey)).Refused(400, "INVALID_ORIGIN");
        (await homes.B.PostAsync("/api/admin/issuers", new { origin = homes.A.Origin, public_key = homes.A.Context.Keys.NodePublicKey }, bob.ApiKey)).Refused(403, "FORBIDDEN");
        await homes.B.AssertSoundAsync();
    }

    [Fact]
    public async Task ACoinWhoseMembersDifferFromItsSignedClaimIsNone()
    {
        await using Homes homes = await Homes.StartAsync();
        (Account alice, Account bob) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync());
        Coin coin = await homes.A.MintCoinAsync(alice);
        Answer exported = (await homes.A.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        JsonObject real = JsonNode.Parse(exported["coin"].GetRawText())!.AsObject();
        foreach ((string name, JsonNode? value) in ((string, JsonNode?)[])
            [
                ("value_zqt", 40), ("token_id", "ZT-m-5-0123456789abcdef"), ("token_hash", new string('a', 64)), ("home_origin", homes.B.Origin), ("kind", "zeq-coins"), ("v", 3),
                ("node_sig", new string('0', 128)), ("node_pubkey", new string('0', 64)), ("node_sig_alg", "rsa"), ("claim", null), ("spend_seq", -1), ("bearer_ticket", "x"),
                ("export_zeqond", 1.5), ("claim.value_zqt", 40), ("claim.kind", "zeq-envelope/v2"), ("claim.extra", 1), ("claim.migrated_from", "x"), ("claim.operators", new JsonArray("KO42")),
                ("claim.migrated_from", $"ZT-m-5-0123456789abcdef@{homes.B.Origin}"), ("claim.minted_by", "ZEQ07000000001"), ("claim.machine", "other"),
            ])
        {
            var spoiled = (JsonObject)real.DeepClone();
            JsonObject at = name.StartsWith("claim.", StringComparison.Ordinal) ? spoiled["claim"]!.AsObject() : spoiled;
            at[name.Split('.')[^1]] = value?.DeepClone();
            foreach ((TestHome home, Account who) in ((TestHome, Account)[])[(homes.A, alice), (homes.B, bob)])
            {
                Answer answer = await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = spoiled.DeepClone() }, who.ApiKey);
                Assert.True((answer.Status, answer.Code) == (400, "INVALID_COIN"), $"{name}: {answer.Status} {answer.Text}");
            }
        }

        // A wrong ticket or height opens nothing, at home or through another home.
        foreach ((string name, JsonNode value) in ((string, JsonNode)[])[("bearer_ticket", new string('0', 64)), ("spend_seq", 7)])
        {
            var spoiled = (JsonObject)real.DeepClone();
            spoiled[name] = value.DeepClone();
            (await homes.A.PostAsync(RedeemPath, new JsonObject { ["coin"] = spoiled.DeepClone() }, alice.ApiKey)).Refused(403, "INVALID_TICKET");
            (await homes.B.PostAsync(RedeemPath, new JsonObject { ["coin"] = spoiled.DeepClone() }, bob.ApiKey)).Refused(403, "INVALID_TICKET");
        }

        Assert.Equal("bearer", (await homes.A.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Expect().String("status"));
        (await homes.B.PostAsync(RedeemPath, new JsonObject { ["coin"] = real }, bob.ApiKey)).Expect();
        await homes.A.AssertSoundAsync();
        await homes.B.AssertSoundAsync();
    }

    [Fact]
    public async Task AMigrationGoesToOnePlaceForEver()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(alice);
        Answer exported = (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        (string ticket, long height) = (exported.String("coin.bearer_ticket"), exported.Long("coin.spend_seq"));
        object To(string zid, string origin) => new { token_id = coin.TokenId, spend_seq = height, bearer_ticket = ticket, to_zid = zid, to_origin = origin };
        (await home.PostAsync(MigratePath, To("ZEQ07000000001", home.Origin))).Refused(400, "INVALID_ORIGIN");
        (await home.PostAsync(MigratePath, To("ZEQ-SYS", "http://127.0.0.1:9"))).Refused(400, "INVALID_RECIPIENT");
        Answer migrated = (await home.PostAsync(MigratePath, To("ZEQ07000000001", "http://127.0.0.1:9"))).Expect();
        Assert.Equal(migrated["migration"].GetRawText(), (await home.PostAsync(MigratePath, To("ZEQ07000000001", "http://127.0.0.1:9"))).Expect()["migration"].GetRawText());
        (await home.PostAsync(MigratePath, To("ZEQ07000000002", "http://127.0.0.1:9"))).Refused(409, "ALREADY_MIGRATED");
        (await home.PostAsync(MigratePath, To("ZEQ07000000001", "http://127.0.0.1:10"))).Refused(409, "ALREADY_MIGRATED");
        Assert.True(Migration.TryRead(migrated["migration"].GetRawText(), out Migration? migration) && migration.IsSignedBy(home.Context.Keys.NodePublicKey));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule3_OnlyWalletKeysExportAndRedeem()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(alice);
        (await home.PostAsync(Export(coin), new { }, alice.MachineKey)).Refused(403, "FORBIDDEN");
        Answer exported = (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        (await home.PostAsync(Reclaim(coin), new { }, alice.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = JsonNode.Parse(exported["coin"].GetRawText()) }, alice.MachineKey)).Refused(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Rule26_ARestoreVoidsFilesAndTheirExporterTakesTheCoinBack()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account alice, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(alice);
        Answer old = (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        (await home.PostAsync("/api/admin/home/restored", new { }, home.AdminKey)).Expect();
        (await RedeemAsync(home, old, bob)).Refused(409, "SUPERSEDED");
        Answer fresh = (await home.PostAsync(Export(coin), new { }, alice.ApiKey)).Expect();
        Assert.Equal(1 + Move.EpochStep, fresh.Long("coin.spend_seq"));
        (await RedeemAsync(home, fresh, bob)).Expect();
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task ADeadIssuerLeavesTheCoinToWhoeverAsksAgain()
    {
        await using FakeHome issuer = await FakeHome.StartAsync();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(issuer.Origin)] = new TrustedIssuer(issuer.Key.PublicKey, 6) });
        Account bob = await home.RegisterAsync();
        var body = new JsonObject { ["coin"] = Forge(issuer.Origin, issuer.Key) };
        issuer.Reply = (_, _) => (500, issuer.Error("INTERNAL_ERROR"));
        (await home.PostAsync(RedeemPath, body.DeepClone(), bob.ApiKey)).Refused(502, "PEER_UNREACHABLE");

        // What is under way counts against the limit; what came to nothing does not.
        (await home.PostAsync(RedeemPath, new JsonObject { ["coin"] = Forge(issuer.Origin, issuer.Key, 2) }, bob.ApiKey)).Refused(403, "ISSUER_LIMIT");
        issuer.Reply = (_, _) => (409, issuer.Error("SUPERSEDED"));
        Assert.Equal(409, (await UntilAsync(() => home.PostAsync(RedeemPath, body.DeepClone(), bob.ApiKey))).Status);
        issuer.Reply = (_, request) => Migrate(issuer, request, home, (_, _) => { });
        (await UntilAsync(() => home.PostAsync(RedeemPath, new JsonObject { ["coin"] = Forge(issuer.Origin, issuer.Key, 2) }, bob.ApiKey))).Expect();
        await home.AssertSoundAsync();
    }

    private static async Task<Answer> UntilAsync(Func<Task<Answer>> ask)
    {
        for (int tries = 0; ; tries++)
        {
            Answer answer = await ask();
            if (answer.Status < 500 || tries > 200)
            {
                return answer;
            }

            await Task.Delay(100);
        }
    }

    private static string Export(Coin coin) => $"/api/tally/envelopes/{coin.TokenId}/export";

    private static string Reclaim(Coin coin) => $"/api/tally/envelopes/{coin.TokenId}/reclaim";

    private static Task<Answer> RedeemAsync(TestHome home, Answer exported, Account by) =>
        home.PostAsync(RedeemPath, new JsonObject { ["coin"] = JsonNode.Parse(exported["coin"].GetRawText()) }, by.ApiKey);

    /// <summary>A coin that a home made up out of nothing: well signed by its own key.</summary>
    private static JsonObject Forge(string origin, TestKey key, int number = 1, long value = 6)
    {
        (Origin home, Slug machine, Zeqond minted) = (Origin.Parse(origin), Slug.Parse("printer"), new Zeqond(1_000 + number));
        string digest = new('d', 64);
        string hash = EnvelopeClaim.HashOf(home, machine, minted, digest, "KO42", EnvelopeClaim.UserShare, Zid.FromNumber(1));
        var claim = new EnvelopeClaim(TokenId.Of(machine, minted, hash), hash, value, 0, value, Zid.FromNumber(1), home, machine, minted, ["KO42"], digest, new string('e', 64));
        return new JsonObject
        {
            ["kind"] = "zeq-coin", ["v"] = 2, ["token_id"] = claim.TokenId.Text, ["token_hash"] = hash, ["value_zqt"] = value, ["home_origin"] = origin,
            ["node_sig"] = key.Sign(claim.SignedBytes()), ["node_pubkey"] = key.PublicKey, ["node_sig_alg"] = "ed25519", ["claim"] = JsonNode.Parse(claim.SignedBytes()),
            ["spend_seq"] = 1, ["bearer_ticket"] = new string('b', 64), ["export_zeqond"] = 5,
        };
    }

    /// <summary>What an issuer answers to migrate-out; a test changes it before it is signed, or after.</summary>
    private static (int Status, JsonObject Body) Migrate(FakeHome issuer, JsonObject request, TestHome to, Action<JsonObject, bool> change)
    {
        var migration = new JsonObject
        {
            ["kind"] = Migration.Kind, ["token_id"] = (string)request["token_id"]!, ["to_zid"] = (string)request["to_zid"]!, ["to_origin"] = to.Origin, ["value_zqt"] = 6,
            ["origin_spend_seq"] = 1, ["home_origin"] = issuer.Origin, ["zeqond"] = issuer.Now,
        };
        change(migration, false);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        Zeq.Crypto.Jcs.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(migration), buffer);
        migration["migration_sig"] = issuer.Key.Sign(buffer.WrittenSpan.ToArray());
        change(migration, true);
        return (200, new JsonObject { ["ok"] = true, ["migration"] = migration, ["zeqond"] = issuer.Now, ["phase"] = 0.5 });
    }

    /// <summary>Two homes that trust each other.</summary>
    private sealed class Homes : IAsyncDisposable
    {
        public required TestHome A { get; init; }

        public required TestHome B { get; init; }

        public static async Task<Homes> StartAsync()
        {
            TestHome a = await TestHome.StartAsync();
            TestHome b = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(a.Context.Keys.NodePublicKey) });
            (await a.PostAsync("/api/admin/issuers", new { origin = b.Origin, public_key = b.Context.Keys.NodePublicKey }, a.AdminKey)).Expect();
            return new Homes { A = a, B = b };
        }

        public async ValueTask DisposeAsync()
        {
            await B.DisposeAsync();
            await A.DisposeAsync();
        }
    }
}
