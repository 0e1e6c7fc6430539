using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on contracts: rules 3, 17, 18, 21, 22 and 24 of spec 05.</summary>
public sealed class ContractRulesTests
{
    private const string Treasury = """
        {"name":"treasury","version":"1","context":{"one":null,"two":null,"three":null},"states":{"shut":{"initial":true},"open":{"terminal":true}},
         "transitions":[{"from":"shut","to":"open","operator":"KO42","by":{"any":2,"of":["context.one","context.two","context.three"]}}]}
        """;

    [Fact]
    public async Task Rule03_OnlyTheZidsOwnKeysActAsTheZid()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account buyer, Account thief) = (await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home));
        string path = await ContractTests.DeployAsync(
            home, owner, new { template_id = "escrow", @params = new { buyer = buyer.Zid, seller = owner.Zid, arbiter = owner.Zid } });

        // To a stranger a private machine's contract is not there; the owner is no buyer; the buyer's machine key of the registration is no wallet key.
        (await home.PostAsync(path + "/transition", new { to = "funded" }, thief.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync(path, thief.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync(path)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.PostAsync(path + "/transition", new { to = "funded" }, owner.ApiKey)).Refused(403, "NOT_YOUR_MOVE");
        (await home.PostAsync(path + "/transition", new { to = "funded" }, buyer.MachineKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync(path, buyer.ApiKey)).Expect();
        Answer funded = (await home.PostAsync(path + "/transition", new { to = "funded" }, buyer.ApiKey)).Expect();

        // Who has no role on the machine stamps its own, and pays itself.
        Answer coin = (await home.GetAsync($"/api/tally/envelopes/{funded.String("tally.token_id")}", buyer.ApiKey)).Expect();
        Assert.Equal((buyer.Slug, buyer.Zid), (coin.String("envelope.machine"), coin.String("envelope.minted_by")));
        Assert.Equal(100, (await home.GetAsync($"/api/tally/credits/{owner.Zid}", owner.ApiKey)).Expect().Long("paid_credits"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule03_AMembersRoleCountsAndEndsWithItsMembership()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account member) = (await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home));
        string path = await ContractTests.DeployAsync(home, owner, ContractTests.Handshake);
        string members = $"/api/chain/state-machines/{owner.Slug}/members";
        (await home.PostAsync(members, new { zid = member.Zid, role = "viewer" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(path + "/transition", new { to = "accepted_pending" }, member.ApiKey)).Refused(403, "NOT_YOUR_MOVE");
        (await home.PostAsync(path + "/pause", null, member.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(ContractTests.Root(owner), ContractTests.Handshake, member.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(members, new { zid = member.Zid, role = "operator" }, owner.ApiKey)).Expect(201);
        Answer moved = (await home.PostAsync(path + "/transition", new { to = "accepted_pending" }, member.ApiKey)).Expect();
        Assert.Equal(owner.Slug, (await home.GetAsync($"/api/tally/envelopes/{moved.String("tally.token_id")}", member.ApiKey)).Expect().String("envelope.machine"));
        (await home.SendAsync("DELETE", $"{members}/{member.Zid}", null, owner.ApiKey)).Expect();
        (await home.PostAsync(path + "/transition", new { to = "keyed" }, member.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule17_AStrangerSeesOfAPublicMachineWhatCameSinceItIsPublic_AndMovesNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account stranger) = (await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home));
        string older = await ContractTests.DeployAsync(home, owner, Treasury.Replace("null", $"\"{owner.Zid}\"", StringComparison.Ordinal).Replace("\"any\":2", "\"any\":1", StringComparison.Ordinal));
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{owner.Slug}", TestHome.Json(new { is_public = true }), owner.ApiKey)).Expect();
        string newer = await ContractTests.DeployAsync(home, owner, ContractTests.Handshake);
        (await home.PostAsync(newer + "/transition", new { to = "keyed" }, owner.ApiKey)).Refused(409, "NO_TRANSITION");
        (await home.GetAsync(older)).Refused(404, "CONTRACT_NOT_FOUND");
        (await home.GetAsync(older + "/export", stranger.ApiKey)).Refused(404, "CONTRACT_NOT_FOUND");
        Assert.Equal(newer, $"{ContractTests.Root(owner)}/{Assert.Single((await home.GetAsync(ContractTests.Root(owner))).Expect()["contracts"].EnumerateArray()).GetProperty("id").GetString()}");

        // Failed tries are on no chain: they are not a stranger's to see.
        Assert.Empty((await home.GetAsync(newer)).Expect()["transitions"].EnumerateArray());
        (await home.PostAsync(newer + "/transition", new { to = "accepted_pending" }, stranger.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(newer + "/dry-run", new { to = "accepted_pending" }, stranger.ApiKey)).Refused(403, "FORBIDDEN");
        Assert.Equal(1, (await home.GetAsync(newer, owner.ApiKey)).Expect().Long("contract.failed_tries"));
        Assert.True((await home.PostAsync(newer + "/verify")).Expect().Bool("valid"));
    }

    [Fact]
    public async Task Rule18_NobodyWritesAContractsRowsButTheHome()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        foreach (string type in (string[])["contract", "contract_transition", "contract_approval", "contract_paused", "contract_resumed", "contract_x"])
        {
            (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { type, payload = new { } }, owner.ApiKey)).Refused(400, "INVALID_TYPE");
        }
    }

    [Fact]
    public async Task Rule21_ATransitionIsNeverTheSameCompute()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = new ManualTime() });
        Account owner = await ContractTests.WithFuelAsync(home);
        string path = await ContractTests.DeployAsync(home, owner, """{"name":"n","version":"1","states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42"}]}""");
        Answer one = (await home.PostAsync(path + "/transition", new { to = "s" }, owner.ApiKey)).Expect(), two = (await home.PostAsync(path + "/transition", new { to = "s" }, owner.ApiKey)).Expect();
        Assert.Equal(one.Long("zeqond"), two.Long("zeqond"));
        Assert.NotEqual(one.String("tally.token_id"), two.String("tally.token_id"));
        Assert.Equal(96, (await home.GetAsync($"/api/tally/credits/{owner.Zid}", owner.ApiKey)).Expect().Long("paid_credits"));

        // The coin's digest is of what the row says.
        Answer row = (await home.GetAsync($"/api/chain/{owner.Slug}/rows/{two.Long("seq")}", owner.ApiKey)).Expect();
        using JsonDocument inputs = JsonDocument.Parse($$"""{"contract_id":"{{row.String("row.payload.contract_id")}}","transition_id":"{{row.String("row.transition_id")}}","input":{} }""");
        Assert.Equal(
            ComputeDigest.Of(inputs.RootElement, ["KO42"], "Hz", 1.287),
            (await home.GetAsync($"/api/tally/envelopes/{two.String("tally.token_id")}/proof")).Expect().String("claim.result_digest"));
    }

    [Fact]
    public async Task Rule22_ApprovalsAreDifferentPeoplesForTheSameThing()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account one, Account two, Account other) = (await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home));
        string path = await ContractTests.DeployAsync(home, one, Treasury.Insert(1, $"\"params\":{{\"one\":\"{one.Zid}\",\"two\":\"{two.Zid}\",\"three\":\"{two.Zid}\"}},"));
        Task<Answer> AskAsync(string key, int amount) => home.PostAsync(path + "/transition", new { to = "open", input = new { amount } }, key);

        (await AskAsync(other.ApiKey, 5)).Refused(404, "MACHINE_NOT_FOUND");
        Answer first = (await AskAsync(one.ApiKey, 5)).Expect();
        Assert.Equal(("shut", 1L, 2L, JsonValueKind.Null), (first.String("new_state"), first.Long("approvals.given"), first.Long("approvals.needed"), first["tally"].ValueKind));
        Assert.Equal("contract_approval", (await home.GetAsync($"/api/chain/{one.Slug}/rows/{first.Long("seq")}", one.ApiKey)).Expect().String("row.type"));

        // Twice the same person is one; a second key is the same person; another amount is another thing.
        string second = (await home.PostAsync("/api/identity/keys", new { label = "second" }, one.ApiKey)).Expect(201).String("api_key");
        Assert.Equal("shut", (await AskAsync(one.ApiKey, 5)).Expect().String("new_state"));
        Assert.Equal("shut", (await AskAsync(second, 5)).Expect().String("new_state"));
        Assert.Equal("shut", (await AskAsync(two.ApiKey, 500)).Expect().String("new_state"));
        Assert.Equal("open", (await AskAsync(two.ApiKey, 5)).Expect().String("new_state"));
        Assert.True((await home.PostAsync(path + "/verify", null, two.ApiKey)).Expect().Bool("valid"));
        Assert.Equal(100, (await home.GetAsync($"/api/tally/credits/{one.Zid}", one.ApiKey)).Expect().Long("paid_credits"));
        await home.AssertSoundAsync();

        foreach (string wrong in (string[])["0", "3", "1.5", "\"2\""])
        {
            (await home.PostAsync(
                ContractTests.Root(one),
                Treasury.Insert(1, $"\"params\":{{\"one\":\"{one.Zid}\",\"two\":\"{two.Zid}\",\"three\":\"{two.Zid}\"}},").Replace("\"any\":2", "\"any\":" + wrong, StringComparison.Ordinal), one.ApiKey))
                .Refused(400, "INVALID_CONTRACT");
        }
    }

    [Fact]
    public async Task Rule22_TheLastTwoApproversAtOnceFireItOnce()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account one, Account two) = (await ContractTests.WithFuelAsync(home), await ContractTests.WithFuelAsync(home));
        for (int i = 0; i < 5; i++)
        {
            string path = await ContractTests.DeployAsync(home, one, Treasury.Insert(1, $"\"params\":{{\"one\":\"{one.Zid}\",\"two\":\"{two.Zid}\",\"three\":\"{two.Zid}\"}},"));
            Answer[] both = await Task.WhenAll(new[] { one, two }.Select(account => home.PostAsync(path + "/transition", new { to = "open" }, account.ApiKey)));
            Assert.Equal(1, both.Count(answer => answer.Expect().String("new_state") == "open"));
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task OfManyWhoAskAtOnceOneWinsAndOnePays()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await ContractTests.WithFuelAsync(home);
        string path = await ContractTests.DeployAsync(home, owner, ContractTests.Handshake);
        Answer[] all = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => home.PostAsync(path + "/transition", new { to = "accepted_pending", input = new { n } }, owner.ApiKey)));
        Assert.Single(all, answer => answer.Status == 200);
        Assert.All(all.Where(answer => answer.Status != 200), answer => answer.Refused(409, "NO_TRANSITION"));
        Assert.Equal(98, (await home.GetAsync($"/api/tally/credits/{owner.Zid}", owner.ApiKey)).Expect().Long("paid_credits"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule24_TriggersAndContractsAreBounded_AndAPausedContractStandsStill()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await ContractTests.WithFuelAsync(home);
        string loop = """{"from":"s","to":"s","operator":"KO42","trigger":{"kind":"recurring","every_zeqonds":1000}}""";
        string Loops(int count) => $$"""{"name":"n","version":"1","states":{"s":{"initial":true} },"transitions":[{{string.Join(',', Enumerable.Repeat(loop, count))}}]}""";
        (await home.PostAsync(ContractTests.Root(owner), Loops(17), owner.ApiKey)).Refused(400, "INVALID_CONTRACT");
        string path = await ContractTests.DeployAsync(home, owner, Loops(16));
        (await home.PostAsync(
            ContractTests.Root(owner), Loops(1).Replace("{\"kind\":\"recurring\",\"every_zeqonds\":1000}", """{"kind":"on_aggregate","event":"e","fn":"count","over_zeqonds":86401,"op":">","value":1}""", StringComparison.Ordinal), owner.ApiKey))
            .Refused(400, "INVALID_CONTRACT");

        // All at once: no two get through the same gap.
        Answer[] deployed = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => home.PostAsync(ContractTests.Root(owner), ContractTests.Handshake, owner.ApiKey)));
        Assert.Equal(63, deployed.Count(answer => answer.Status == 201));
        Assert.All(deployed.Where(answer => answer.Status != 201), answer => answer.Refused(409, "TOO_MANY_CONTRACTS"));

        Assert.Equal("paused", (await home.PostAsync(path + "/pause", null, owner.ApiKey)).Expect().String("contract.status"));
        (await home.PostAsync(path + "/transition", new { to = "s" }, owner.ApiKey)).Refused(409, "PAUSED");
        Assert.Equal("active", (await home.PostAsync(path + "/resume", null, owner.ApiKey)).Expect().String("contract.status"));
        (await home.PostAsync(path + "/transition", new { to = "s" }, owner.ApiKey)).Expect();
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task AConditionIsRefusedBeforeItIsReadWhereItIsTooLong()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        foreach (string condition in (string[])[new string('(', 100_000), new string('!', 1_000), string.Concat(Enumerable.Repeat("(", 33)) + "true" + string.Concat(Enumerable.Repeat(")", 33))])
        {
            Answer refused = (await home.PostAsync(
                ContractTests.Root(owner), new { name = "n", version = "1", states = new { s = new { initial = true } }, transitions = new[] { new { from = "s", to = "s", @operator = "KO42", condition } } },
                owner.ApiKey)).Refused(400, "INVALID_CONTRACT");
            Assert.Equal("transitions[0].condition", Assert.Single(refused["details"].EnumerateArray()).GetProperty("subject").GetString());
        }
    }
}
