using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on chains and on the audit: rules 4 and 16 to 21 of spec 05.</summary>
public sealed class ChainRulesTests
{
    [Fact]
    public async Task Rule16_AReattributedOrRewrittenRowBreaksItsChain()
    {
        Func<ChainRow, ChainRow?> tamper = row => row;
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { WrapStore = store => new TamperedStore(store, row => row is ChainRow chain ? tamper(chain) : row) });
        Account account = await home.RegisterAsync();
        for (int i = 1; i <= 4; i++)
        {
            (await home.PostAsync($"/api/chain/{account.Slug}/event", new { type = "note", payload = new { i } }, account.ApiKey)).Expect(201);
        }

        string validate = $"/api/chain/{account.Slug}/pohc/validate";
        Assert.True((await home.GetAsync(validate, account.ApiKey)).Expect().Bool("valid"));
        await home.AssertSoundAsync();
        foreach (Func<ChainRow, ChainRow?> change in (Func<ChainRow, ChainRow?>[])
            [
                row => row with { Actor = new Actor("ZEQ07000000001", row.Actor.KeyPrefix) }, row => row with { Actor = new Actor(row.Actor.Zid, "zsm_somebody") },
                row => row with { Flags = "s0" }, row => row with { Flags = "c1" }, row => row with { Payload = "{\"i\":9}" }, row => row with { Type = "other" },
                row => row with { Zeqond = new Zeqond(row.Zeqond.Value + 1) }, row => row with { TransitionId = row.TransitionId.Replace('-', '0') },
                row => row with { Salt = new byte[32] }, row => row with { ActorHash = new string('0', 64) }, row => row with { PayloadHash = new string('0', 64) },
                row => row with { StateHash = new string('0', 64) }, row => row with { PrevHash = new string('0', 64) }, _ => null,
            ])
        {
            tamper = row => row.Seq == 3 ? change(row) : row;
            Answer verdict = (await home.GetAsync(validate, account.ApiKey)).Expect();
            Assert.False(verdict.Bool("valid"), "not noticed");
            Assert.Contains(verdict.Long("broken_at.seq"), (long[])[3, 4]);
            Assert.False((await home.AuditAsync()).Ok);
        }
    }

    [Fact]
    public async Task Rule17_AStrangerSeesNeitherActorNorPayloadOfAPrivateRow()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = new { secret = "s1" } }, owner.ApiKey)).Expect(201);
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = new { open = "s2" }, @public = true }, owner.ApiKey)).Expect(201);

        // A private machine: only the row with a public payload, and only alone.
        (await home.GetAsync($"/api/chain/{owner.Slug}/rows/1")).Refused(404, "MACHINE_NOT_FOUND");
        Assert.Equal("s2", (await home.GetAsync($"/api/chain/{owner.Slug}/rows/2")).Expect().String("row.payload.open"));
        foreach (string path in (string[])["explore", "state", "pohc/validate"])
        {
            (await home.GetAsync($"/api/chain/{owner.Slug}/{path}")).Refused(404, "MACHINE_NOT_FOUND");
        }

        // Published: older rows stay as private as they were.
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{owner.Slug}", TestHome.Json(new { is_public = true }), owner.ApiKey)).Expect();
        Coin coin = await home.MintCoinAsync(owner);
        Answer rows = (await home.GetAsync($"/api/chain/{owner.Slug}/explore")).Expect();
        foreach (JsonElement row in rows["rows"].EnumerateArray())
        {
            bool isOpen = row.GetProperty("is_public_payload").GetBoolean();
            foreach (string hidden in (string[])["salt", "actor_zid", "key_prefix", "payload"])
            {
                Assert.Equal(isOpen, row.TryGetProperty(hidden, out _));
            }
        }

        Assert.Equal(1, rows["rows"].EnumerateArray().Count(row => row.GetProperty("is_public_payload").GetBoolean()));
        Assert.DoesNotContain(coin.TokenId, rows.Text, StringComparison.Ordinal);

        // The home's own chain is the admin's.
        (await home.GetAsync("/api/chain/zeq-sys/explore", owner.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync("/api/chain/zeq-sys/rows/1")).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync("/api/chain/zeq-sys/explore", home.AdminKey)).Expect();
    }

    [Fact]
    public async Task Rule17_APrivateMachineAndAMissingOneAreTheSame()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account owner, Account stranger) = (await home.RegisterAsync(), await home.RegisterAsync());
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = 1 }, owner.ApiKey)).Expect(201);
        const string Missing = "zeq07000000000";
        foreach ((string method, string path, string? body) in ((string, string, string?)[])
            [
                ("GET", "/api/chain/state-machines/{0}", null), ("GET", "/api/chain/{0}/state", null), ("GET", "/api/chain/{0}/rows/1", null), ("GET", "/api/chain/{0}/rows/99", null),
                ("GET", "/api/chain/{0}/explore", null), ("GET", "/api/chain/{0}/pohc/validate", null), ("PATCH", "/api/chain/state-machines/{0}", "{\"is_public\":true}"),
                ("POST", "/api/chain/state-machines/{0}/keys", "{\"role\":\"viewer\"}"), ("POST", "/api/chain/{0}/event", "{\"payload\":1}"),
                ("GET", "/api/chain/state-machines/{0}/keys", null), ("DELETE", "/api/chain/state-machines/{0}/keys/zsm_AbCdEfGh", null), ("GET", "/api/chain/state-machines/{0}/members", null),
                ("POST", "/api/chain/state-machines/{0}/members", "{\"zid\":\"ZEQ07000000001\",\"role\":\"viewer\"}"), ("DELETE", "/api/chain/state-machines/{0}/members/ZEQ07000000001", null),
                ("POST", "/api/chain/{0}/state", $"{{\"state_hash\":\"{new string('a', 64)}\"}}"), ("GET", "/api/chain/{0}/block?zeqond=1", null), ("DELETE", "/api/chain/{0}/rows/1/payload", null),
                ("GET", "/api/chain/{0}/public-key", null), ("GET", "/api/chain/{0}/explore/sse", null), ("POST", "/api/chain/{0}/explore/ticket", null),
                ("POST", "/api/chain/{0}/public-key", $"{{\"public_key\":\"{new TestKey().PublicKey}\",\"sig_self\":\"{new string('a', 128)}\"}}"),
            ])
        {
            foreach (string? key in (string?[])[null, stranger.ApiKey, stranger.MachineKey])
            {
                Answer hidden = await home.SendAsync(method, path.Replace("{0}", owner.Slug), body is null ? null : TestHome.Json(body), key);
                Answer missing = await home.SendAsync(method, path.Replace("{0}", Missing), body is null ? null : TestHome.Json(body), key);
                Assert.Equal((missing.Status, missing.Text), (hidden.Status, hidden.Text));
                Assert.Equal(Names(missing), Names(hidden));
                Assert.True(hidden.Status == 404 || (key is null && hidden.Status == 401), hidden.Text);
            }
        }

        static string Names(Answer answer) => string.Join(",", answer.Headers.Concat(answer.Content).Select(header => header.Key).Order());
    }

    [Fact]
    public async Task Rule18_NobodyForgesARowOfTheHome()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        foreach (string type in (string[])
            [
                "transfer_in", "transfer_out", "claim_accepted", "claim_published", "envelope_burn", "move", "mint", "burn", "contract", "contract_transition", "payload_erased", "keyex_x",
                "machine_key", "secret_x", "dns_x", "tunnel_x", "vpn_x", "vote_x", "state", "compute", "restored",
            ])
        {
            (await home.PostAsync($"/api/chain/{account.Slug}/event", new { type, payload = 1 }, account.ApiKey)).Refused(400, "INVALID_TYPE");
        }

        foreach (string type in (string[])["Mint", "mint ", "transfer|in", "ä"])
        {
            (await home.PostAsync($"/api/chain/{account.Slug}/event", new { type, payload = 1 }, account.ApiKey)).Refused(400, "INVALID_TYPE");
        }

        // What callers write is marked as theirs, whatever they say.
        (await home.PostAsync($"/api/chain/{account.Slug}/event", new { type = "minted", payload = 1, flags = "s1", actor_zid = "ZEQ-SYS" }, account.ApiKey)).Expect(201);
        Answer row = (await home.GetAsync($"/api/chain/{account.Slug}/rows/1", account.ApiKey)).Expect();
        Assert.Equal(("c0", account.Zid), (row.String("row.flags"), row.String("row.actor_zid")));
    }

    [Fact]
    public async Task Rule19_TheAuditSeesUnpaidWorkAndAHolderWithoutAMove()
    {
        Func<object, object?> tamper = row => row;
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { WrapStore = store => new TamperedStore(store, row => tamper(row)) });
        (Account owner, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(owner);
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, owner.ApiKey)).Expect();
        await home.AssertSoundAsync();
        foreach (Func<object, object?> change in (Func<object, object?>[])
            [
                row => row is Envelope e ? e with { IssuedTo = Zid.Parse(owner.Zid) } : row,
                row => row is Envelope e ? e with { HolderOrigin = Origin.Parse("https://thief.example") } : row,
                row => row is Envelope e ? e with { SpendSeq = 7 } : row,
                row => row is Envelope e ? e with { ValueZqt = e.ValueZqt + 1 } : row,
                row => row is Envelope e ? e with { MintedBy = Zid.Parse(other.Zid) } : row,
                row => row is Envelope ? null : row,
                row => row is Move { SpendSeq: 1 } ? null : row,
                row => row is Move { SpendSeq: 1 } m ? m with { To = Zid.Parse(owner.Zid) } : row,
                row => row is ComputeRow ? null : row,
                row => row is CreditMove ? null : row,
                row => row is CreditGrant ? null : row,
                row => row is FuelPool p && p.Zid.Text == owner.Zid ? p with { Paid = p.Paid + 5 } : row,
                row => row is ChainRow { Type: "transfer_out" } ? null : row,
                row => row is Supply s ? s with { Now = s.Now with { Minted = 999 } } : row,
            ])
        {
            tamper = change;
            Assert.False((await home.AuditAsync()).Ok, "the audit noticed nothing");
        }

        tamper = row => row;
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule20_ACutChainTailShowsToWhomeverRemembersTheHead()
    {
        long cut = long.MaxValue;
        await using TestHome home = await TestHome.StartAsync(new HomeSetup
        {
            WrapStore = store => new TamperedStore(store, row => row switch
            {
                ChainRow chain when chain.Seq > cut && chain.Slug.Text != "zeq-sys" => null,
                _ => row,
            }),
        });
        Account account = await home.RegisterAsync();
        var hashes = new List<string>();
        for (int i = 1; i <= 5; i++)
        {
            hashes.Add((await home.PostAsync($"/api/chain/{account.Slug}/event", new { payload = i }, account.ApiKey)).Expect(201).String("state_hash"));
        }

        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{account.Slug}", TestHome.Json(new { is_public = true }), account.ApiKey)).Expect();
        string validate = $"/api/chain/{account.Slug}/pohc/validate";
        for (int seq = 1; seq <= 5; seq++)
        {
            Assert.True((await home.GetAsync($"{validate}?expect_seq={seq}&expect_hash={hashes[seq - 1]}")).Expect().Bool("valid"));
        }

        Answer other = (await home.GetAsync($"{validate}?expect_seq=3&expect_hash={hashes[0]}")).Expect();
        Assert.Equal((false, "HEAD_MISMATCH", 3L), (other.Bool("valid"), other.String("broken_at.reason"), other.Long("broken_at.seq")));
        Answer partial = (await home.GetAsync($"{validate}?from=3&to=4")).Expect();
        Assert.Equal((true, 2L), (partial.Bool("valid"), partial.Long("count")));
        (await home.GetAsync($"{validate}?expect_seq=3")).Refused(400, "INVALID_REQUEST");
        (await home.GetAsync($"{validate}?from=4&to=3")).Refused(400, "INVALID_REQUEST");

        cut = 3;
        Answer gone = (await home.GetAsync($"{validate}?expect_seq=5&expect_hash={hashes[4]}")).Expect();
        Assert.Equal((false, "HEAD_MISMATCH", 5L), (gone.Bool("valid"), gone.String("broken_at.reason"), gone.Long("broken_at.seq")));
        Assert.Equal(JsonValueKind.Null, gone["broken_at.zeqond"].ValueKind);
        Assert.False((await home.AuditAsync()).Ok);
    }

    [Fact]
    public async Task Rule21_AnyoneRecomputesATokenHashAndAProofIsOfItsResult()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account account = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(account);
        JsonElement claim = (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/proof")).Expect()["claim"];
        string Of(string name) => claim.GetProperty(name).ToString();
        string text = string.Join('|', "zeq/envelope/v1", Of("home_origin"), Of("machine"), Of("minted_zeqond"), Of("result_digest"),
            string.Join(',', claim.GetProperty("operators").EnumerateArray().Select(op => op.GetString())), "user", account.Zid);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Of("token_hash"));
        Assert.EndsWith(Of("token_hash")[..16], coin.TokenId, StringComparison.Ordinal);

        await home.GrantAsync(account.Zid, 40);
        const string Body = """{"operators":["NM19"],"inputs":{"mass_kg":500,"acceleration_ms2":3}}""";
        Answer first = (await home.PostAsync("/api/zeq/compute", Body, account.ApiKey)).Expect();
        object Proof(string digest) => new
        {
            proof = first.String("zeq_proof"), operators = first["operators"], R_t = first.String("R_t"), zeqond = first.Long("zeqond"), key_prefix = first.String("key_prefix"), result_digest = digest,
        };
        Assert.True((await home.PostAsync("/api/zeq/verify", Proof(first.String("result_digest")))).Expect().Bool("valid"));
        Assert.False((await home.PostAsync("/api/zeq/verify", Proof(new string('0', 64)))).Expect().Bool("valid"));

        // The same compute in its Zeqond is the same compute, by whatever key; later it is another one.
        long balance = (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Long("balance");
        Answer again = (await home.PostAsync("/api/zeq/compute", Body, account.MachineKey)).Expect();
        Assert.Equal(first["envelopes"].GetRawText(), again["envelopes"].GetRawText());
        Assert.Equal(balance, (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Long("balance"));
        time.PassZeqonds(1);
        Assert.NotEqual(first["envelopes"].GetRawText(), (await home.PostAsync("/api/zeq/compute", Body, account.ApiKey)).Expect()["envelopes"].GetRawText());
        await home.AssertSoundAsync();
    }
}
