using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Tickets and acceptances that are lost, or seem to be: rules 10, 12 and 26 of spec 05.</summary>
public sealed class LostTicketTests
{
    private const string Token = "ZT-zeq07000000001-1000-0123456789abcdef";

    // Seen red with RefreshClaim giving the ticket up once the home shows a higher height.
    [Fact]
    public async Task Rule12_AHomeThatShowsAHigherHeightForAWhileCostsNoTicket()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        await using FakeHome coins = await FakeHome.StartAsync();
        Account holder = await HoldAsync(home, coins);

        // The home shows another height, also a day later, and has no ticket for it.
        (long height, string? reissued, string? shown) = (9, null, null);
        coins.Reply = (path, request) => Answer(coins, path, request, height, reissued, ticket => shown = ticket);
        Assert.Equal("superseded", (await RefreshAsync(home, holder)).String("claim.status"));
        time.PassZeqonds(111_200);
        (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey)).Expect();
        Assert.Equal("superseded", (await RefreshAsync(home, holder)).String("claim.status"));

        // It was a mistake of its own: the claim is held again, and the first ticket still opens the coin.
        height = 2;
        Answer back = await RefreshAsync(home, holder);
        Assert.Equal(("held", 2L), (back.String("claim.status"), back.Long("claim.spend_seq")));
        (await home.PostAsync("/api/tally/claims/transfer", new { token_id = Token, to = "ZEQ07000000008" }, holder.ApiKey)).Expect();
        Assert.Equal(new string('c', 64), shown);
        await home.AssertSoundAsync();
    }

    // Seen red with a refresh that asks for a ticket only where the height is above the claim's.
    [Fact]
    public async Task Rule12_ATicketReplacedByAHeightThatWasNoneComesBack()
    {
        await using TestHome home = await TestHome.StartAsync();
        await using FakeHome coins = await FakeHome.StartAsync();
        Account holder = await HoldAsync(home, coins);
        (long height, string? reissued, string? shown) = (7, new string('e', 64), null);
        coins.Reply = (path, request) => Answer(coins, path, request, height, reissued, ticket => shown = ticket);
        Answer raised = await RefreshAsync(home, holder);
        Assert.Equal(("held", 7L), (raised.String("claim.status"), raised.Long("claim.spend_seq")));

        // The home's store went back: without a ticket a lower height says nothing, with one it is where the claim stands.
        (height, reissued) = (2, null);
        Assert.Equal(7, (await RefreshAsync(home, holder)).Long("claim.spend_seq"));
        reissued = new string('c', 64);
        Answer lowered = await RefreshAsync(home, holder);
        Assert.Equal(("held", 2L), (lowered.String("claim.status"), lowered.Long("claim.spend_seq")));
        (await home.PostAsync("/api/tally/claims/transfer", new { token_id = Token, to = "ZEQ07000000008" }, holder.ApiKey)).Expect();
        Assert.Equal(new string('c', 64), shown);
        await home.AssertSoundAsync();
    }

    // Seen red with an acceptance repeated after a restore taken for a new one (403 INVALID_TICKET, the coin opened by nobody).
    [Fact]
    public async Task Rule26_AnAcceptanceWhoseAnswerWasLostBeforeARestoreIsStillAClaim()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account sender, Account holder, Account heir) = (await a.RegisterAsync(), await b.RegisterAsync(), await a.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);
        JsonObject import = TwoHomes.ImportOf((await homes.SendAsync(sender, coin, holder.Zid)).Expect());

        // B recorded the import and asked; A accepted; the answer never came.
        string acceptance = new('5', 64);
        var receipt = new Receipt(
            TokenId.Parse(coin.TokenId), Zid.Parse(sender.Zid), Zid.Parse(holder.Zid), Origin.Parse(b.Origin), (long)import["spend_seq"]!, new Zeqond((long)import["zeqond"]!),
            Origin.Parse(a.Origin), (string)import["mac"]!);
        string stepId = PeerStep.IdOf(PeerStepKind.Import, receipt.HomeOrigin, receipt.TokenId, receipt.SpendSeq, receipt.To);
        byte[] secrets = System.Text.Encoding.UTF8.GetBytes($"{{\"acceptance\":\"{acceptance}\",\"claim_ticket\":\"{import["claim_ticket"]}\"}}");
        using (var seal = new FieldSeal(Convert.FromHexString(b.FieldKey), []))
        {
            await b.Home.ExecuteAsync(new OpenImport(receipt, seal.Seal(secrets, "tally.step." + stepId, holder.Zid, 1)));
        }

        string signature = b.Context.Keys.Sign(AcceptClaim.SignedText(receipt.HomeOrigin, receipt.TokenId, receipt.To, receipt.ToOrigin, receipt.SpendSeq, acceptance));
        object accept = new { token_id = coin.TokenId, holder_zid = holder.Zid, claim_ticket = (string)import["claim_ticket"]!, acceptance, home_sig = signature };
        Answer first = (await a.PostAsync("/api/tally/envelopes/accept-claim", accept)).Expect();

        // Restored, twice: every height is raised, every ticket is dead; the sender has no way back.
        (await a.PostAsync("/api/admin/home/restored", null, a.AdminKey)).Expect();
        (await a.PostAsync("/api/admin/home/restored", null, a.AdminKey)).Expect();
        (await a.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, sender.ApiKey)).Refused(409, "TICKET_SPENT");
        Answer again = (await a.PostAsync("/api/tally/envelopes/accept-claim", accept)).Expect();
        Assert.Equal((first["receipt"].GetRawText(), first.String("claim_ticket")), (again["receipt"].GetRawText(), again.String("claim_ticket")));
        (await a.PostAsync("/api/tally/envelopes/accept-claim", new { token_id = coin.TokenId, holder_zid = holder.Zid, claim_ticket = (string)import["claim_ticket"]!, acceptance = new string('6', 64), home_sig = signature }))
            .Refused(403, "INVALID_TICKET");

        // The import has a claim, the claim a refresh, and the refresh the ticket.
        Answer held = (await b.PostAsync("/api/tally/claims/import", import, holder.ApiKey)).Expect();
        Assert.Equal(("held", 2L), (held.String("claim.status"), held.Long("claim.spend_seq")));
        Answer fresh = (await b.PostAsync($"/api/tally/claims/{coin.TokenId}/refresh", null, holder.ApiKey)).Expect();
        Assert.Equal(("held", 2_000_002L), (fresh.String("claim.status"), fresh.Long("claim.spend_seq")));
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = heir.Zid }, holder.ApiKey)).Expect();
        (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}", heir.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }

    // Seen red with a refused import that forgets its acceptance: SUPERSEDED for ever.
    [Fact]
    public async Task Rule12_AHomeThatSaysNoAfterItAcceptedCostsNoAcceptance()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        await using FakeHome coins = await FakeHome.StartAsync();
        coins.HolderOrigin = homes.B.Origin;
        Account holder = await homes.B.RegisterAsync();

        // It accepts, and the answer is lost; then it runs on a backup that knows no such coin; then it is itself again.
        var acceptances = new List<string>();
        (int Status, JsonObject Body) Lost(string path, JsonObject request) => path.EndsWith("accept-claim", StringComparison.Ordinal) ? Take(request, (500, coins.Error("INTERNAL_ERROR"))) : coins.Honest(path, request);
        (int Status, JsonObject Body) Old(string path, JsonObject request) => Take(request, (404, coins.Error("TOKEN_NOT_FOUND")));
        (int Status, JsonObject Body) Itself(string path, JsonObject request)
        {
            (int status, JsonObject body) = coins.Honest(path, request);
            if (path.EndsWith("verify", StringComparison.Ordinal))
            {
                (body["current"], body["spend_seq"]) = (false, 2);
                return (status, body);
            }

            return (string)request["acceptance"]! == acceptances[0] ? Take(request, (status, body)) : (409, coins.Error("TICKET_SPENT"));
        }

        (int Status, JsonObject Body) Take(JsonObject request, (int Status, JsonObject Body) answer)
        {
            acceptances.Add((string)request["acceptance"]!);
            return answer;
        }

        JsonObject payment = coins.Payment(Token, holder.Zid, homes.B);
        coins.Reply = Lost;
        (await homes.B.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        coins.Reply = Old;
        (await homes.B.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        coins.Reply = Itself;
        Assert.Equal("held", (await homes.B.PostAsync("/api/tally/claims/import", payment, holder.ApiKey)).Expect().String("claim.status"));
        Assert.Single(acceptances.Distinct());
        await homes.B.AssertSoundAsync();
    }

    // Seen red with an acceptance taken although the holder's home shows no key.
    [Fact]
    public async Task Rule10_AHoldersHomeThatIsDownAcceptsNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account sender = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(sender);
        Answer sent = (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = "ZEQ07000000001", to_origin = "http://127.0.0.1:9" }, sender.ApiKey)).Expect();
        object accept = new { token_id = coin.TokenId, holder_zid = "ZEQ07000000001", claim_ticket = sent.String("claim_ticket"), acceptance = new string('5', 64), home_sig = new string('6', 128) };
        (await home.PostAsync("/api/tally/envelopes/accept-claim", accept)).Refused(502, "PEER_UNREACHABLE");
        Assert.Equal(1, (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Expect().Long("spend_seq"));
        (await home.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, sender.ApiKey)).Expect();
        await home.AssertSoundAsync();
    }

    private static async Task<Account> HoldAsync(TestHome home, FakeHome coins)
    {
        coins.HolderOrigin = home.Origin;
        Account holder = await home.RegisterAsync();
        (await home.PostAsync("/api/tally/claims/import", coins.Payment(Token, holder.Zid, home), holder.ApiKey)).Expect();
        return holder;
    }

    private static async Task<Answer> RefreshAsync(TestHome home, Account holder) =>
        (await home.PostAsync($"/api/tally/claims/{Token}/refresh", null, holder.ApiKey)).Expect();

    /// <summary>A home whose coin stands at a height; it gives a ticket for it, or none, and notes the one that it is shown.</summary>
    private static (int Status, JsonObject Body) Answer(FakeHome coins, string path, JsonObject request, long height, string? reissued, Action<string> show)
    {
        switch (path)
        {
            case "/api/tally/receipt/verify":
                (int status, JsonObject body) = coins.Honest(path, request);
                (body["current"], body["spend_seq"]) = (height == (long)request["spend_seq"]!, height);
                return (status, body);
            case "/api/tally/envelopes/reissue-claim":
                return reissued is null
                    ? (409, coins.Error("TICKET_SPENT"))
                    : (200, new JsonObject { ["ok"] = true, ["claim_ticket"] = reissued, ["spend_seq"] = height, ["value_zqt"] = 6, ["zeqond"] = coins.Now, ["phase"] = 0.5 });
            case "/api/tally/envelopes/transfer-claim":
                show((string)request["claim_ticket"]!);
                string to = (string)request["to"]!;
                return (200, new JsonObject
                {
                    ["ok"] = true, ["token_id"] = Token, ["to"] = to, ["value_zqt"] = 6, ["transfer_id"] = new string('1', 32),
                    ["receipt"] = coins.Receipt(Token, (string)request["holder_zid"]!, to, coins.Origin, height + 1), ["zeqond"] = coins.Now, ["phase"] = 0.5,
                });
            default:
                return coins.Honest(path, request);
        }
    }
}
