using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>Each method asks for its route.</summary>
public sealed class RouteTests
{
    private static readonly Zid Zid = Zid.Parse("ZEQ07000000001");
    private static readonly Zid Other = Zid.Parse("ZEQ07000000002");
    private static readonly TokenId Token = TokenId.Parse("ZT-zeq07000000001-12-0123456789abcdef");
    private static readonly VoteId Vote = VoteId.Parse("VT-12-0123456789abcdef");
    private static readonly Slug Slug = Slug.Parse("zeq07000000001");
    private static readonly Guid Contract = Guid.Parse("019ab2c4-0000-7000-8000-000000000000");
    private static readonly Origin B = Origin.Parse("https://b.example");
    private static readonly string Hash = new('a', 64);

    private static readonly (string Expected, string? Body, Func<ZeqClient, Task> Call)[] Routes =
    [
        ("GET api/zeq/pulse", null, c => c.Time.GetPulseAsync()),
        ("POST api/identity/register", """{"display_name":"Ada"}""", c => c.Identity.RegisterAsync("Ada")),
        ("DELETE api/identity/public-key", null, c => c.Identity.CancelRecoveryKeyAsync()),
        ("GET api/identity/keys?after=x%26y", null, c => c.Identity.ListKeysAsync("x&y")),
        ("POST api/identity/keys", """{"label":"l"}""", c => c.Identity.AddKeyAsync("l")),
        ("DELETE api/identity/keys/zeq_ak_12345", null, c => c.Identity.RevokeKeyAsync("zeq_ak_12345")),
        ("GET api/identity", null, c => c.Identity.GetNodeAsync()),
        ("GET api/identity/whoami", null, c => c.Identity.WhoAmIAsync()),
        ("POST api/zeq/compute", """{"operators":["KO42"],"inputs":{},"machine":"m","funding_limit":["paid"]}""",
            c => c.Compute.ComputeAsync(new ComputeRequest(["KO42"], JsonDocument.Parse("{}").RootElement, "m", ["paid"]))),
        ("POST api/zeq/verify", """{"proof":"p","operators":["KO42"],"R_t":"1.000000","zeqond":3,"key_prefix":"k","result_digest":"d"}""",
            c => c.Compute.VerifyAsync(new VerifyProofRequest("p", ["KO42"], "1.000000", 3, "k", "d"))),
        ("GET api/zeq/operators", null, c => c.Compute.ListOperatorsAsync()),
        ("GET api/tally/cost?operators=KO42%2CNM19", null, c => c.Compute.GetCostAsync(["KO42", "NM19"])),
        ("GET api/tally/credits/ZEQ07000000001", null, c => c.Fuel.GetCreditsAsync(Zid)),
        ("POST api/tally/credits/claim", null, c => c.Fuel.ClaimAsync()),
        ("POST api/tally/credits/grant", """{"zid":"z","paid":1,"reference":"r"}""", c => c.Fuel.GrantAsync(new GrantRequest("z", 1, "r"))),
        ("POST api/tally/envelopes/transfer", $$"""{"token_id":"{{Token}}","to":"{{Other}}","to_origin":"https://b.example"}""", c => c.Envelopes.TransferAsync(Token, Other, B)),
        ("POST api/tally/envelopes/transfer", $$"""{"token_id":"{{Token}}","to":"{{Other}}"}""", c => c.Envelopes.TransferAsync(Token, Other)),
        ("GET api/tally/envelopes?status=active&after=x&limit=7", null, c => c.Envelopes.ListAsync("active", "x", 7)),
        ($"GET api/tally/envelopes/{Token}", null, c => c.Envelopes.GetAsync(Token)),
        ($"GET api/tally/envelopes/{Token}/proof", null, c => c.Envelopes.GetProofAsync(Token)),
        ($"GET api/tally/envelopes/{Token}/authority", null, c => c.Envelopes.GetAuthorityAsync(Token)),
        ($"POST api/tally/envelopes/{Token}/recall", null, c => c.Envelopes.RecallAsync(Token)),
        ("POST api/tally/envelopes/transfer-claim", """{"token_id":"t","holder_zid":"h","to":"z","claim_ticket":"c"}""",
            c => c.Envelopes.TransferClaimAsync(new TransferClaimRequest("t", "h", "z", "c"))),
        ("POST api/tally/receipt/verify", """{"token_id":"t","from":"f","to":"z","to_origin":"o","spend_seq":1,"zeqond":2,"home_origin":"h","mac":"m"}""",
            c => c.Envelopes.VerifyReceiptAsync(new ReceiptVerifyRequest("t", "f", "z", "o", 1, 2, "h", "m"))),
        ("GET api/tally/supply", null, c => c.Envelopes.GetSupplyAsync()),
        ("GET api/tally/history?before=9&limit=3", null, c => c.Envelopes.GetHistoryAsync("9", 3)),
        ("POST api/tally/envelopes/burn", $$"""{"ids":["{{Token}}"]}""", c => c.Burn.BurnAsync([Token])),
        ("POST api/tally/votes", """{"title":"t","options":["a","b"],"closes_zeqond":9}""", c => c.Votes.CreateAsync(new VoteRequest("t", ["a", "b"], 9))),
        ("GET api/tally/votes?after=x&limit=7", null, c => c.Votes.ListAsync("x", 7)),
        ($"GET api/tally/votes/{Vote}", null, c => c.Votes.GetAsync(Vote)),
        ($"POST api/tally/votes/{Vote}/ballots", $$"""{"option":"a","token_ids":["{{Token}}"]}""", c => c.Votes.CastAsync(Vote, "a", [Token])),
        ($"DELETE api/tally/votes/{Vote}/ballots", null, c => c.Votes.WithdrawAsync(Vote)),
        ("GET api/tally/claims/ZEQ07000000001", null, c => c.Claims.ListAsync(Zid)),
        ("POST api/tally/claims/import", """{"token_id":"t","from":"f","to":"z","to_origin":"o","spend_seq":1,"zeqond":2,"home_origin":"h","mac":"m","claim_ticket":"c"}""",
            c => c.Claims.ImportAsync(new ImportRequest("t", "f", "z", "o", 1, 2, "h", "m", "c"))),
        ("POST api/tally/claims/transfer", $$"""{"token_id":"{{Token}}","to":"{{Other}}","home_origin":"https://b.example"}""",
            c => c.Claims.TransferAsync(Token, Other, homeOrigin: B)),
        ("POST api/tally/claims/publish", $$"""{"token_id":"{{Token}}","include_sender":true}""", c => c.Claims.PublishAsync(Token, includeSender: true)),
        ($"POST api/tally/claims/{Token}/refresh", """{"home_origin":"https://b.example"}""", c => c.Claims.RefreshAsync(Token, B)),
        ($"POST api/tally/envelopes/{Token}/export", null, c => c.Bearer.ExportAsync(Token)),
        ($"POST api/tally/envelopes/{Token}/reclaim", null, c => c.Bearer.ReclaimAsync(Token)),
        ("GET api/chain/zeq07000000001/state", null, c => c.Chain.GetStateAsync(Slug)),
        ("GET api/chain/zeq07000000001/rows/4", null, c => c.Chain.GetRowAsync(Slug, 4)),
        ("GET api/chain/zeq07000000001/explore?from=1&to=2&type=note&after=3&limit=4", null, c => c.Chain.ExploreAsync(Slug, 1, 2, "note", 3, 4)),
        ($"GET api/chain/zeq07000000001/pohc/validate?from=1&to=2&expect_seq=2&expect_hash={Hash}", null, c => c.Chain.ValidateAsync(Slug, 1, 2, 2, Hash)),
        ("POST api/chain/zeq07000000001/event", """{"type":"note","hash":"h","public":true}""", c => c.Chain.WriteEventAsync(Slug, new EventRequest("note", Hash: "h", Public: true))),
        ("GET api/chain/state-machines/zeq07000000001", null, c => c.Chain.GetMachineAsync(Slug)),
        ("PATCH api/chain/state-machines/zeq07000000001", """{"is_public":true}""", c => c.Chain.UpdateMachineAsync(Slug, new MachineRequest(true))),
        ("POST api/chain/state-machines/zeq07000000001/keys", """{"role":"operator"}""", c => c.Chain.AddMachineKeyAsync(Slug, new NewKeyRequest(Role: "operator"))),
        ("POST api/chain/state-machines", """{"slug":"lab","is_public":true,"display_name":"d","purpose":"p"}""", c => c.Chain.CreateMachineAsync(new NewMachineRequest("lab", true, "d", "p"))),
        ("GET api/chain/state-machines?after=lab&limit=7", null, c => c.Chain.ListMachinesAsync("lab", 7)),
        ("GET api/chain/state-machines/zeq07000000001/keys?after=zsm_AbCdEfGh&limit=7", null, c => c.Chain.ListMachineKeysAsync(Slug, "zsm_AbCdEfGh", 7)),
        ("DELETE api/chain/state-machines/zeq07000000001/keys/zsm_AbCdEfGh", null, c => c.Chain.RevokeMachineKeyAsync(Slug, "zsm_AbCdEfGh")),
        ("POST api/chain/state-machines/zeq07000000001/members", $$"""{"zid":"{{Other}}","role":"admin"}""", c => c.Chain.SetMemberAsync(Slug, Other, "admin")),
        ("GET api/chain/state-machines/zeq07000000001/members?limit=7", null, c => c.Chain.ListMembersAsync(Slug, limit: 7)),
        ($"DELETE api/chain/state-machines/zeq07000000001/members/{Other}", null, c => c.Chain.RemoveMemberAsync(Slug, Other)),
        ("GET api/keyex/zeq07000000001/pubkey", null, c => c.KeyExchange.GetKeyAsync(Slug)),
        ("GET api/keyex/zeq07000000001/pubkey", null, c => c.KeyExchange.HandshakeAsync(Slug, new UnauthenticatedFirstContact())),
        ("POST api/keyex/zeq07000000001/rotate", null, c => c.KeyExchange.RotateAsync(Slug)),
        ("GET api/chain/zeq07000000001/public-key", null, c => c.Chain.GetPublicKeyAsync(Slug)),
        ("GET api/chain/zeq07000000001/block?zeqond=5&after=3&limit=4", null, c => c.Chain.GetBlockAsync(Slug, 5, 3, 4)),
        ("POST api/chain/zeq07000000001/state", $$"""{"state_hash":"{{Hash}}"}""", c => c.Chain.WriteStateAsync(Slug, Hash)),
        ("DELETE api/chain/zeq07000000001/rows/4/payload", null, c => c.Chain.ErasePayloadAsync(Slug, 4)),
        ("POST api/chain/zeq07000000001/explore/ticket", null, c => c.Chain.GetExploreTicketAsync(Slug)),
        ("GET api/chain/zeq07000000001/explore/sse", null, async c => await c.Chain.WatchAsync(Slug, 3).GetAsyncEnumerator().MoveNextAsync()),
        ("GET api/chain/contracts/templates", null, c => c.Contracts.GetTemplatesAsync()),
        ("POST api/chain/zeq07000000001/contracts", """{"name":"n"}""", c => c.Contracts.DeployAsync(Slug, JsonDocument.Parse("""{"name":"n"}""").RootElement)),
        ("POST api/chain/zeq07000000001/contracts", """{"template_id":"escrow","params":{}}""",
            c => c.Contracts.DeployTemplateAsync(Slug, new TemplateRequest("escrow", JsonDocument.Parse("{}").RootElement))),
        ("POST api/chain/zeq07000000001/contracts/import", """{"definition":{}}""", c => c.Contracts.ImportAsync(Slug, new ContractImportRequest(JsonDocument.Parse("{}").RootElement))),
        ("GET api/chain/zeq07000000001/contracts?after=x&limit=7", null, c => c.Contracts.ListAsync(Slug, "x", 7)),
        ($"GET api/chain/zeq07000000001/contracts/{Contract}", null, c => c.Contracts.GetAsync(Slug, Contract)),
        ($"GET api/chain/zeq07000000001/contracts/{Contract}/export", null, c => c.Contracts.ExportAsync(Slug, Contract)),
        ($"POST api/chain/zeq07000000001/contracts/{Contract}/transition", """{"to":"open"}""", c => c.Contracts.TransitionAsync(Slug, Contract, new TransitionRequest("open"))),
        ($"POST api/chain/zeq07000000001/contracts/{Contract}/dry-run", """{"to":"open"}""", c => c.Contracts.DryRunAsync(Slug, Contract, new TransitionRequest("open"))),
        ($"POST api/chain/zeq07000000001/contracts/{Contract}/verify", null, c => c.Contracts.VerifyAsync(Slug, Contract)),
        ($"POST api/chain/zeq07000000001/contracts/{Contract}/pause", null, c => c.Contracts.PauseAsync(Slug, Contract)),
        ($"POST api/chain/zeq07000000001/contracts/{Contract}/resume", null, c => c.Contracts.ResumeAsync(Slug, Contract)),
        ("POST api/admin/machines", $$"""{"zid":"{{Other}}","most":17}""", c => c.Admin.AllowMachinesAsync(Other, 17)),
        ("POST api/admin/peers", $$"""{"origin":"https://b.example","public_key":"{{Hash}}"}""", c => c.Admin.ConfirmPeerAsync(B, Hash)),
        ("POST api/admin/issuers", $$"""{"origin":"https://b.example","public_key":"{{Hash}}","max_outstanding":5}""", c => c.Admin.TrustIssuerAsync(B, Hash, 5)),
        ("DELETE api/admin/issuers", """{"origin":"https://b.example"}""", c => c.Admin.DistrustIssuerAsync(B)),
        ("GET api/admin/issuers", null, c => c.Admin.ListIssuersAsync()),
        ("POST api/admin/home/restored", """{"restore_id":"r"}""", c => c.Admin.HomeRestoredAsync("r")),
        ("POST api/admin/clock/confirm", null, c => c.Admin.ConfirmClockAsync()),
    ];

    [Fact]
    public async Task Each_method_asks_for_its_route()
    {
        foreach ((string expected, string? body, Func<ZeqClient, Task> call) in Routes)
        {
            using var home = new ScriptedHome().Refuse(418, "TEAPOT");
            using ZeqClient client = home.Client(attempts: 1);
            await Assert.ThrowsAsync<ZeqApiException>(() => call(client));
            ScriptedHome.Seen seen = Assert.Single(home.Requests);
            Assert.Equal(expected, $"{seen.Method} {seen.Url["https://a.example/".Length..]}");
            Assert.Equal(body, seen.Body);
            Assert.Equal(body is null ? null : "application/json", seen.ContentType);
        }
    }

    [Fact]
    public async Task Every_mutation_with_a_key_has_an_idempotency_key()
    {
        string[] without = ["api/identity/register", "api/zeq/verify", "api/tally/receipt/verify", "api/tally/envelopes/transfer-claim", "api/chain/zeq07000000001/explore/ticket", $"api/chain/zeq07000000001/contracts/{Contract}/dry-run", $"api/chain/zeq07000000001/contracts/{Contract}/verify"];
        foreach ((string expected, string? _, Func<ZeqClient, Task> call) in Routes)
        {
            using var home = new ScriptedHome().Refuse(418, "TEAPOT");
            using ZeqClient client = home.Client(attempts: 1);
            await Assert.ThrowsAsync<ZeqApiException>(() => call(client));
            bool isMutation = !expected.StartsWith("GET ", StringComparison.Ordinal) && !without.Any(path => expected.EndsWith(path, StringComparison.Ordinal));
            Assert.True(isMutation == (home.Requests[0].IdempotencyKey is not null), expected);
        }
    }

    [Fact]
    public void A_remembered_row_is_seq_and_hash_together()
    {
        using var home = new ScriptedHome();
        using ZeqClient client = home.Client();
        Assert.Throws<ArgumentException>(() => { _ = client.Chain.ValidateAsync(Slug, expectSeq: 1); });
        Assert.Throws<ArgumentException>(() => { _ = client.Chain.ValidateAsync(Slug, expectSeq: 1, expectHash: "AA"); });
    }
}
