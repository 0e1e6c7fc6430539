using System.Text.Json;
using System.Xml.Linq;

namespace Zeq.Hosting.Tests;

/// <summary>Contracts through the doors (spec 20 §3 and §6).</summary>
public sealed class ContractTests
{
    /// <summary>The definition of the protocol's own text.</summary>
    internal const string Handshake = """
        {"name":"m2m_handshake","version":"1.0","states":{"proposed":{"initial":true},"accepted_pending":{},"keyed":{},"active":{"terminal":true}},
         "transitions":[{"from":"proposed","to":"accepted_pending","operator":"KO42","proof_required":false,"auto":false},
          {"from":"accepted_pending","to":"keyed","operator":"KO42","proof_required":false,"auto":false},{"from":"keyed","to":"active","operator":"KO42","proof_required":false,"auto":false}],
         "observers":[],"audit_clock":true,"zeqond_tick_rate":1}
        """;

    internal static string Root(Account owner) => $"/api/chain/{owner.Slug}/contracts";

    internal static async Task<Account> WithFuelAsync(TestHome home, long paid = 100)
    {
        Account account = await home.RegisterAsync();
        await home.GrantAsync(account.Zid, paid);
        return account;
    }

    internal static async Task<string> DeployAsync(TestHome home, Account owner, object definition) =>
        $"{Root(owner)}/{(await home.PostAsync(Root(owner), definition, owner.ApiKey)).Expect(201).String("id")}";

    [Fact]
    public async Task TheHandshakeOfTheProtocolRunsToItsEnd()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await WithFuelAsync(home);
        Answer deployed = (await home.PostAsync(Root(alice), Handshake, alice.ApiKey)).Expect(201);
        string path = $"{Root(alice)}/{deployed.String("id")}";
        Assert.Equal(("proposed", "active", "m2m_handshake"), (deployed.String("contract.current_state"), deployed.String("contract.status"), deployed.String("contract.name")));

        Answer proposed = (await home.PostAsync(path + "/transition", new { to = "accepted_pending", input = new { peer_slug = "bob", session_nonce = "00ff" } }, alice.MachineKey)).Expect();
        Assert.Equal(("accepted_pending", "proposed"), (proposed.String("new_state"), proposed.String("previous_state")));
        Assert.False(proposed.Has("proof_digest"));

        // The row that B reads: public also on a private machine, with the input in it, and the envelope is A's.
        Answer row = (await home.GetAsync($"/api/chain/{alice.Slug}/rows/{proposed.Long("seq")}")).Expect();
        Assert.Equal(("contract_transition", "s1", proposed.String("state_hash"), "00ff"),
            (row.String("row.type"), row.String("row.flags"), row.String("row.state_hash"), row.String("row.payload.input.session_nonce")));
        Answer coin = (await home.GetAsync($"/api/tally/envelopes/{proposed.String("tally.token_id")}", alice.ApiKey)).Expect();
        Assert.Equal((alice.Slug, 4L), (coin.String("envelope.machine"), coin.Long("envelope.value_zqt")));

        (await home.PostAsync(path + "/transition", new { to = "active" }, alice.ApiKey)).Refused(409, "NO_TRANSITION");
        (await home.PostAsync(path + "/transition", new { to = "keyed" }, alice.ApiKey)).Expect();
        (await home.PostAsync(path + "/transition", new { to = "active" }, alice.ApiKey)).Expect();
        (await home.PostAsync(path + "/transition", new { to = "nowhere" }, alice.ApiKey)).Refused(400, "UNKNOWN_STATE");

        Answer shown = (await home.GetAsync(path, alice.ApiKey)).Expect();
        Assert.Equal(("ended", "active", 3L, 1L), (shown.String("contract.status"), shown.String("contract.current_state"), shown.Long("contract.transitions"), shown.Long("contract.failed_tries")));
        Assert.Equal(["true", "true", "false", "true"], shown["transitions"].EnumerateArray().Select(one => one.GetProperty("success").GetRawText()));
        Assert.Equal("NO_TRANSITION", shown["transitions"][2].GetProperty("code").GetString());
        Answer verified = (await home.PostAsync(path + "/verify", null, alice.ApiKey)).Expect();
        Assert.Equal((true, 3L, JsonValueKind.Null), (verified.Bool("valid"), verified.Long("count"), verified["broken_at"].ValueKind));
        Assert.Equal(94, (await home.GetAsync($"/api/tally/credits/{alice.Zid}", alice.ApiKey)).Expect().Long("paid_credits"));
        Assert.True((await home.GetAsync($"/api/chain/{alice.Slug}/pohc/validate", alice.ApiKey)).Expect().Bool("valid"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task EveryFaultOfADefinitionIsNamedAtOnce()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await home.RegisterAsync();
        Answer refused = (await home.PostAsync(
            Root(alice), """{"name":"x","version":"1","states":{"a":{},"b":{"terminal":true}},"transitions":[{"from":"b","to":"c","operator":"ZZ1","condition":"("}]}""", alice.ApiKey)).Refused(400, "INVALID_CONTRACT");
        Assert.Equal(
            ["states", "transitions[0].condition", "transitions[0].from", "transitions[0].operator", "transitions[0].to"],
            refused["details"].EnumerateArray().Select(detail => detail.GetProperty("subject").GetString()!).Order(StringComparer.Ordinal));
        (await home.PostAsync(Root(alice), "{}", alice.ApiKey)).Refused(400, "INVALID_CONTRACT");
        (await home.PostAsync(Root(alice), new { template_id = "nothing" }, alice.ApiKey)).Refused(404, "TEMPLATE_NOT_FOUND");
        Answer escrow = (await home.PostAsync(Root(alice) + "/custom", new { template_id = "escrow", @params = new { buyer = alice.Zid, other = 1 } }, alice.ApiKey)).Refused(400, "INVALID_CONTRACT");
        Assert.Contains(escrow["details"].EnumerateArray(), detail => detail.GetProperty("subject").GetString() == "params.other");
        Assert.Contains(escrow["details"].EnumerateArray(), detail => detail.GetProperty("message").GetString()!.StartsWith("context.seller has to hold a ZID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TemplatesAreListedDeployedExportedImportedAndDrawn()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account alice, Account bob) = (await WithFuelAsync(home), await WithFuelAsync(home));
        Answer templates = (await home.GetAsync("/api/chain/contracts/templates")).Expect();
        Assert.Equal(["escrow", "force_threshold_alarm", "heartbeat_monitor", "m2m_handshake", "subscription"], templates["templates"].EnumerateArray().Select(one => one.GetProperty("id").GetString()!));
        string path = await DeployAsync(home, alice, new { template_id = "subscription", @params = new { subscriber = bob.Zid, provider = alice.Zid, period_zeqonds = 50 } });
        (await home.PostAsync(path + "/transition", new { to = "active" }, bob.ApiKey)).Expect();

        Answer exported = (await home.GetAsync(path + "/export", alice.ApiKey)).Expect();
        Assert.Equal(bob.Zid, exported.String("params.subscriber"));
        Answer imported = (await home.PostAsync(Root(bob) + "/import", exported.Text, bob.ApiKey)).Expect(201);
        Assert.Equal(("offered", 0L), (imported.String("contract.current_state"), imported.Long("contract.transitions")));
        string copy = $"{Root(bob)}/{imported.String("id")}";
        Assert.Equal(exported.String("definition_hash"), (await home.GetAsync(copy + "/export", bob.ApiKey)).Expect().String("definition_hash"));

        Answer svg = (await home.GetAsync(path + "/diagram", alice.ApiKey)).Expect();
        Assert.Equal("image/svg+xml", svg.Content.ContentType!.MediaType);
        Assert.Contains("active (current)", XDocument.Parse(svg.Text).ToString(), StringComparison.Ordinal);
        Assert.Contains("sandbox", string.Join(' ', svg.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.StartsWith("stateDiagram-v2", (await home.GetAsync(path + "/diagram?format=mermaid", alice.ApiKey)).Expect().Text, StringComparison.Ordinal);
        (await home.GetAsync(path + "/diagram?format=png", alice.ApiKey)).Refused(400, "INVALID_REQUEST");

        string[] ids = [.. (await home.GetAsync(Root(alice), alice.ApiKey)).Expect()["contracts"].EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];
        Assert.Equal(path, $"{Root(alice)}/{Assert.Single(ids)}");
        await DeployAsync(home, alice, Handshake);
        Answer page = (await home.GetAsync(Root(alice) + "?limit=1", alice.ApiKey)).Expect();
        Assert.Single((await home.GetAsync($"{Root(alice)}?after={page.String("next_after")}", alice.ApiKey)).Expect()["contracts"].EnumerateArray());
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task ADryRunSaysWhatWouldBeAndDoesNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await WithFuelAsync(home, 3);
        string path = await DeployAsync(home, alice, new { template_id = "force_threshold_alarm" });
        string before = await StoreDigest.OfAsync(home);
        Answer would = (await home.PostAsync(path + "/dry-run", new { to = "alarm", input = new { mass_kg = 20, acceleration_ms2 = 1 } }, alice.ApiKey)).Expect();
        Assert.Equal((true, 3L, "NM19"), (would.Bool("would"), would.Long("cost"), would.String("operator")));
        Answer no = (await home.PostAsync(path + "/dry-run", new { to = "alarm", input = new { mass_kg = 1, acceleration_ms2 = 1 } }, alice.ApiKey)).Expect();
        Assert.Equal((false, "CONDITION_FAILED"), (no.Bool("would"), no.String("code")));
        Assert.Equal("CONDITION_ERROR", (await home.PostAsync(path + "/dry-run", new { to = "alarm" }, alice.ApiKey)).Expect().String("code"));
        Assert.Equal(before, await StoreDigest.OfAsync(home));
        Answer rang = (await home.PostAsync(path + "/transition", new { to = "alarm", input = new { mass_kg = 20, acceleration_ms2 = 1 } }, alice.ApiKey)).Expect();
        Assert.Equal(64, rang.String("proof_digest").Length);
        Assert.Equal("INSUFFICIENT_BALANCE", (await home.PostAsync(path + "/dry-run", new { to = "retired" }, alice.ApiKey)).Expect().String("code"));
        (await home.PostAsync(path + "/transition", new { to = "retired" }, alice.ApiKey)).Refused(402, "INSUFFICIENT_BALANCE");
    }

    [Fact]
    public async Task AFundingThatMintsNothingTransitionsAllTheSame()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account alice = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(alice);
        (await home.PostAsync("/api/tally/envelopes/burn", new { ids = new[] { coin.TokenId } }, alice.ApiKey)).Expect();
        string path = await DeployAsync(home, alice, Handshake);
        Answer moved = (await home.PostAsync(path + "/transition", new { to = "accepted_pending" }, alice.ApiKey)).Expect();
        Assert.Equal(JsonValueKind.Null, moved["tally"].ValueKind);
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task TriggersFireByTheNodesOwnClockAndATransitionIsRepeatedByItsKeyAlone()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account alice = await WithFuelAsync(home);
        string path = await DeployAsync(home, alice, """
            {"name":"n","version":"1","states":{"a":{"initial":true},"b":{},"c":{"terminal":true}},
             "transitions":[{"from":"a","to":"b","operator":"KO42","by":[],"trigger":{"kind":"after","zeqonds":100}},{"from":"b","to":"c","operator":"KO42"}]}
            """);
        (await home.PostAsync(path + "/transition", new { to = "b" }, alice.ApiKey)).Refused(403, "NOT_YOUR_MOVE");
        time.PassZeqonds(100);
        for (int i = 0; i < 200 && (await home.GetAsync(path, alice.ApiKey)).Expect().String("contract.current_state") == "a"; i++)
        {
            await Task.Delay(50);
        }

        Answer shown = (await home.GetAsync(path, alice.ApiKey)).Expect();
        Assert.Equal(("b", "zeq-sys-auto", true), (shown.String("contract.current_state"), shown["transitions"][0].GetProperty("key_prefix").GetString(), shown["transitions"][0].GetProperty("automatic").GetBoolean()));
        Assert.Equal(("idle", 1L), (shown["contract.triggers"][0].GetProperty("status").GetString(), shown["contract.triggers"][0].GetProperty("fires").GetInt64()));

        Answer first = (await home.PostAsync(path + "/transition", new { to = "c" }, alice.ApiKey, idempotencyKey: "once")).Expect();
        Assert.Equal(first.Text, (await home.PostAsync(path + "/transition", new { to = "c" }, alice.ApiKey, idempotencyKey: "once")).Expect().Text);
        (await home.PostAsync(path + "/transition", new { to = "c" }, alice.ApiKey)).Refused(409, "NO_TRANSITION");
        await home.AssertSoundAsync();
    }
}
