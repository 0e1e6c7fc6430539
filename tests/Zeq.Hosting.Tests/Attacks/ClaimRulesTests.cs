using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on coins between homes: rules 9 to 13 of spec 05.</summary>
public sealed class ClaimRulesTests
{
    [Fact]
    public async Task Rule9_ANamesakeOfACoinIsAnotherClaim()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        await using FakeHome copier = await FakeHome.StartAsync();
        copier.HolderOrigin = homes.B.Origin;
        (Account minter, Account holder) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync());
        Coin coin = await homes.A.MintCoinAsync(minter);
        await homes.PayAsync(minter, coin, holder);

        // A home that gives its coin the name of A's: it is one more claim, never the first one's.
        Answer copy = (await homes.B.PostAsync("/api/tally/claims/import", copier.Payment(coin.TokenId, holder.Zid, homes.B), holder.ApiKey)).Expect();
        Assert.Equal(copier.Origin, copy.String("claim.home_origin"));
        Assert.Equal("unknown", copy.String("claim.issuer"));
        foreach ((string path, object body) in ((string, object)[])
            [
                ("/api/tally/claims/publish", new { token_id = coin.TokenId }), ($"/api/tally/claims/{coin.TokenId}/refresh", new { }),
                ("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = "ZEQ07000000002", to_origin = homes.A.Origin }),
            ])
        {
            (await homes.B.PostAsync(path, body, holder.ApiKey)).Refused(409, "AMBIGUOUS_CLAIM");
        }

        (await homes.B.PostAsync($"/api/tally/claims/{coin.TokenId}/refresh", new { home_origin = homes.A.Origin }, holder.ApiKey)).Expect();
        Answer back = (await homes.B.PostAsync(
            "/api/tally/claims/transfer", new { token_id = coin.TokenId, to = minter.Zid, home_origin = homes.A.Origin }, holder.ApiKey)).Expect();
        Assert.Equal(homes.A.Origin, back.String("to_origin"));
        Assert.Equal(0, (await homes.B.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect()["page_sums"].GetArrayLength());
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule9_OnlyAPinnedIssuersProofMakesAClaimTrusted()
    {
        await using TestHome a = await TestHome.StartAsync();
        await using TestHome b = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(a.Context.Keys.NodePublicKey) });
        await using TestHome wary = await TestHome.StartAsync(new HomeSetup { Configure = o => o.Issuers[Origin.Parse(a.Origin)] = new TrustedIssuer(new TestKey().PublicKey) });
        (Account minter, Account holder, Account wrong) = (await a.RegisterAsync(), await b.RegisterAsync(), await wary.RegisterAsync());
        Coin coin = await a.MintCoinAsync(minter);
        Answer sent = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = holder.Zid, to_origin = b.Origin }, minter.ApiKey)).Expect();
        Assert.Equal("trusted", (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect().String("claim.issuer"));
        Answer list = (await b.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect();
        Assert.Equal(coin.ValueZqt, list["page_sums"][0].GetProperty("value_zqt").GetInt64());

        // A home whose pinned key is another one takes no word of it.
        Coin other = await a.MintCoinAsync(minter);
        sent = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = other.TokenId, to = wrong.Zid, to_origin = wary.Origin }, minter.ApiKey)).Expect();
        (await wary.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), wrong.ApiKey)).Refused(502, "PEER_KEY_CHANGED");
        Assert.Equal(0, (await wary.GetAsync($"/api/tally/claims/{wrong.Zid}", wrong.ApiKey)).Expect()["claims"].GetArrayLength());
    }

    [Fact]
    public async Task Rule10_ASenderCannotTakeBackWhatWasAccepted()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account sender, Account holder, Account friend) = (await a.RegisterAsync(), await b.RegisterAsync(), await a.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);

        // Mistyped and unaccepted: it comes back, and its ticket is dead.
        Answer typo = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();
        (await a.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, friend.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        Answer recalled = (await a.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, sender.ApiKey)).Expect();
        Assert.Equal(sender.Zid, recalled.String("receipt.to"));
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(typo), holder.ApiKey)).Refused(409, "SUPERSEDED");

        // Accepted: whatever the sender has seen opens nothing.
        Answer sent = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();
        string ticket = sent.String("claim_ticket");
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect();
        (await a.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, sender.ApiKey)).Refused(409, "TICKET_SPENT");
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = holder.Zid, to = friend.Zid, claim_ticket = ticket })).Refused(409, "TICKET_SPENT");
        (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = friend.Zid }, sender.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        (await homes.SendAsync(sender, coin, holder.Zid)).Refused(404, "TOKEN_NOT_FOUND");
        (await a.PostAsync(
            "/api/tally/envelopes/accept-claim",
            new { token_id = coin.TokenId, holder_zid = holder.Zid, claim_ticket = ticket, acceptance = new string('1', 64), home_sig = new string('2', 128) })).Refused(409, "TICKET_SPENT");

        // The import repeated is the first one; the coin still moves for its holder alone.
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect();
        Assert.Equal(4, (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Expect().Long("spend_seq"));
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = friend.Zid }, holder.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule10_ARawTicketAcceptsNothing()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        await using TestHome stranger = await TestHome.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account sender, Account holder) = (await a.RegisterAsync(), await b.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);
        Answer sent = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();
        string acceptance = new('5', 64);
        byte[] text = AcceptClaim.SignedText(Origin.Parse(a.Origin), TokenId.Parse(coin.TokenId), Zid.Parse(holder.Zid), Origin.Parse(b.Origin), sent.Long("receipt.spend_seq"), acceptance);
        byte[] asStranger = AcceptClaim.SignedText(
            Origin.Parse(a.Origin), TokenId.Parse(coin.TokenId), Zid.Parse(holder.Zid), Origin.Parse(stranger.Origin), sent.Long("receipt.spend_seq"), acceptance);
        object Accept(string signature, string ticket) => new
        {
            token_id = coin.TokenId, holder_zid = holder.Zid, claim_ticket = ticket, acceptance, home_sig = signature, holder_origin = stranger.Origin, to_origin = stranger.Origin,
        };

        // Another home's key, also over its own origin and with its origin in the request; the sender's own home; nobody's.
        string ticket = sent.String("claim_ticket");
        foreach (string signature in (string[])
            [stranger.Context.Keys.Sign(text), stranger.Context.Keys.Sign(asStranger), a.Context.Keys.Sign(text), b.Context.Keys.Sign(asStranger), new string('0', 128)])
        {
            (await a.PostAsync("/api/tally/envelopes/accept-claim", Accept(signature, ticket))).Refused(403, "INVALID_ACCEPTANCE");
        }

        (await a.PostAsync("/api/tally/envelopes/accept-claim", Accept(b.Context.Keys.Sign(text), new string('6', 64)))).Refused(403, "INVALID_TICKET");
        Assert.Equal(1, (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Long("spend_seq"));

        // The holder's own home may, once; the same acceptance repeated is the first result, any other is late.
        Answer accepted = (await a.PostAsync("/api/tally/envelopes/accept-claim", Accept(b.Context.Keys.Sign(text), ticket))).Expect();
        Assert.Equal(accepted.String("claim_ticket"), (await a.PostAsync("/api/tally/envelopes/accept-claim", Accept(b.Context.Keys.Sign(text), ticket))).Expect().String("claim_ticket"));
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Refused(409, "SUPERSEDED");
    }

    [Fact]
    public async Task Rule10_AHomeWhoseHolderItIsNotImportsNothing()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        await using TestHome third = await TestHome.StartAsync();
        var key = new TestKey();
        Account sender = await homes.A.RegisterAsync();
        Account holder = await homes.B.RegisterAsync(key.Registration(homes.B, Now()));
        Account namesake = await third.RegisterAsync(key.Registration(third, Now()));
        Account thief = await homes.B.RegisterAsync();
        Assert.Equal(holder.Zid, namesake.Zid);
        Coin coin = await homes.A.MintCoinAsync(sender);
        JsonObject import = TwoHomes.ImportOf((await homes.SendAsync(sender, coin, holder.Zid)).Expect());
        (await third.PostAsync("/api/tally/claims/import", import, namesake.ApiKey)).Refused(400, "INVALID_ORIGIN");
        (await homes.B.PostAsync("/api/tally/claims/import", import, thief.ApiKey)).Refused(403, "NOT_OWNER");
        foreach ((string name, JsonNode value) in ((string, JsonNode)[])
            [("to_origin", third.Origin), ("spend_seq", 2), ("mac", new string('0', 64)), ("from", holder.Zid), ("claim_ticket", new string('0', 64)), ("zeqond", 1)])
        {
            JsonObject forged = import.DeepClone().AsObject();
            forged[name] = value;
            (TestHome at, string apiKey) = name == "to_origin" ? (third, namesake.ApiKey) : (homes.B, holder.ApiKey);
            (await at.PostAsync("/api/tally/claims/import", forged, apiKey)).Refused(403, "RECEIPT_REJECTED");
        }

        (await homes.B.PostAsync("/api/tally/claims/import", import, holder.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule11_ARetryByOtherMeansIsNoRetry()
    {
        await using TestHome a = await TestHome.StartAsync();
        (Account sender, Account other) = (await a.RegisterAsync(), await a.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);
        const string Away = "http://127.0.0.1:9";
        object send = new { token_id = coin.TokenId, to = "ZEQ07000000001", to_origin = Away };
        Answer first = (await a.PostAsync("/api/tally/envelopes/transfer", send, sender.ApiKey)).Expect();
        Answer again = (await a.PostAsync("/api/tally/envelopes/transfer", send, sender.ApiKey)).Expect();
        Assert.Equal(first["receipt"].GetRawText(), again["receipt"].GetRawText());

        // The remote holder moves on with its ticket, back to the very same ZID and on: the sender's retry must not see the new ticket.
        object onward = new { token_id = coin.TokenId, holder_zid = "ZEQ07000000001", to = "ZEQ07000000002", to_origin = Away, claim_ticket = first.String("claim_ticket") };
        Answer moved = (await a.PostAsync("/api/tally/envelopes/transfer-claim", onward)).Expect();
        (await a.PostAsync("/api/tally/envelopes/transfer", send, sender.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        Assert.Equal(moved.String("claim_ticket"), (await a.PostAsync("/api/tally/envelopes/transfer-claim", onward)).Expect().String("claim_ticket"));
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = "ZEQ07000000001", to = other.Zid, claim_ticket = first.String("claim_ticket") }))
            .Refused(409, "TICKET_SPENT");
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = "ZEQ07000000001", to = "ZEQ07000000002", to_origin = Away, claim_ticket = new string('0', 64) }))
            .Refused(403, "INVALID_TICKET");

        // Home to the sender by ticket, whose retry of long ago is a new transfer then, at a new height.
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = "ZEQ07000000002", to = sender.Zid, claim_ticket = moved.String("claim_ticket") })).Expect();
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", onward)).Refused(409, "TICKET_SPENT");
        Answer fresh = (await a.PostAsync("/api/tally/envelopes/transfer", send, sender.ApiKey)).Expect();
        Assert.Equal(4, fresh.Long("receipt.spend_seq"));

        // What a namesake elsewhere did with its ticket is no move of the sender here, and its ticket is not for the sender's eyes.
        Coin second = await a.MintCoinAsync(sender);
        Answer toNamesake = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = second.TokenId, to = sender.Zid, to_origin = Away }, sender.ApiKey)).Expect();
        (await a.PostAsync(
            "/api/tally/envelopes/transfer-claim",
            new { token_id = second.TokenId, holder_zid = sender.Zid, to = "ZEQ07000000003", to_origin = Away, claim_ticket = toNamesake.String("claim_ticket") })).Expect();
        (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = second.TokenId, to = "ZEQ07000000003", to_origin = Away }, sender.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        await a.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule12_ALostTicketComesBackToTheHomeThatAcceptedAlone()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        await using TestHome stranger = await TestHome.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account sender, Account holder, Account friend) = (await a.RegisterAsync(), await b.RegisterAsync(), await a.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);
        Answer sent = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();
        object Ask(TestHome by, long seq, long? at = null)
        {
            var stamp = new Zeqond(at ?? Now());
            byte[] text = RemoteHolder.ReissueText(Origin.Parse(a.Origin), TokenId.Parse(coin.TokenId), Zid.Parse(holder.Zid), Origin.Parse(b.Origin), seq, stamp);
            return new { token_id = coin.TokenId, holder = holder.Zid, spend_seq = seq, zeqond = stamp.Value, home_sig = by.Context.Keys.Sign(text) };
        }

        (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(b, 1))).Refused(403, "INVALID_ACCEPTANCE");
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect();
        (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(stranger, 2))).Refused(403, "INVALID_ACCEPTANCE");
        (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(b, 2, Now() - 140))).Refused(409, "STALE_REQUEST");
        (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(b, 1))).Refused(409, "TICKET_SPENT");
        string ticket = (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(b, 2))).Expect().String("claim_ticket");
        Answer moved = (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = holder.Zid, to = friend.Zid, claim_ticket = ticket })).Expect();
        Assert.Equal(3, moved.Long("receipt.spend_seq"));
        (await a.PostAsync("/api/tally/envelopes/reissue-claim", Ask(b, 3))).Refused(403, "INVALID_ACCEPTANCE");

        // What was moved behind its back is superseded for its holder here, by a refresh or by the next move.
        Assert.Equal("superseded", (await b.PostAsync($"/api/tally/claims/{coin.TokenId}/refresh", null, holder.ApiKey)).Expect().String("claim.status"));
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = friend.Zid }, holder.ApiKey)).Refused(409, "SUPERSEDED");
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule12_ARefusedMoveLeavesTheClaimHeldAndASettledOneAnswersAgain()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (Account sender, Account holder, Account friend) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync(), await homes.A.RegisterAsync());
        Coin coin = await homes.A.MintCoinAsync(sender);
        await homes.PayAsync(sender, coin, holder);
        (await homes.B.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = "ZEQ07999999999" }, holder.ApiKey)).Refused(404, "RECIPIENT_NOT_FOUND");
        Answer list = (await homes.B.GetAsync($"/api/tally/claims/{holder.Zid}", holder.ApiKey)).Expect();
        Assert.Equal("held", list["claims"][0].GetProperty("status").GetString());

        object away = new { token_id = coin.TokenId, to = "ZEQ07000000001", to_origin = "http://127.0.0.1:9" };
        Answer moved = (await homes.B.PostAsync("/api/tally/claims/transfer", away, holder.ApiKey)).Expect();
        Assert.Equal(moved.String("claim_ticket"), (await homes.B.PostAsync("/api/tally/claims/transfer", away, holder.ApiKey)).Expect().String("claim_ticket"));
        (await homes.B.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = friend.Zid }, holder.ApiKey)).Refused(409, "SUPERSEDED");

        // Once its new holder has moved it, the old answer is no answer any more.
        (await homes.A.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = "ZEQ07000000001", to = friend.Zid, claim_ticket = moved.String("claim_ticket") })).Expect();
        (await homes.B.PostAsync("/api/tally/claims/transfer", away, holder.ApiKey)).Refused(409, "SUPERSEDED");
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule12_TransferClaimMovesNoCoinOfALocalHolder()
    {
        await using TestHome a = await TestHome.StartAsync();
        (Account sender, Account other) = (await a.RegisterAsync(), await a.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);

        // Even the true ticket of that height, which the home never hands out for a local holder.
        string ticket = ClaimTicket.Of(a.Context.Keys.ClaimTicket, TokenId.Parse(coin.TokenId), Zid.Parse(sender.Zid), 0);
        (await a.PostAsync("/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = sender.Zid, to = other.Zid, claim_ticket = ticket })).Refused(403, "INVALID_TICKET");
        (await a.PostAsync(
            "/api/tally/envelopes/accept-claim",
            new { token_id = coin.TokenId, holder_zid = sender.Zid, claim_ticket = ticket, acceptance = new string('1', 64), home_sig = a.Context.Keys.Sign("x"u8) })).Refused(403, "INVALID_TICKET");
    }

    [Fact]
    public async Task Rule13_ANamesakeAtAnotherHomeIsAnotherParty()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        var key = new TestKey();
        (Account sender, Account holder) = (await a.RegisterAsync(), await b.RegisterAsync());
        Account atA = await a.RegisterAsync(key.Registration(a, Now()));
        Account atB = await b.RegisterAsync(key.Registration(b, Now()));
        Assert.Equal(atA.Zid, atB.Zid);
        Coin coin = await a.MintCoinAsync(sender);
        await homes.PayAsync(sender, coin, holder);
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = atB.Zid }, holder.ApiKey)).Refused(409, "AMBIGUOUS_RECIPIENT");
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = "ZEQ07999999999", to_origin = b.Origin }, holder.ApiKey)).Refused(404, "RECIPIENT_NOT_FOUND");
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = atB.Zid, to_origin = b.Origin }, holder.ApiKey)).Expect();

        // The namesake at the coin's home owns nothing of it.
        (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}", atA.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        Assert.Equal(0, (await a.GetAsync("/api/tally/envelopes", atA.ApiKey)).Expect()["envelopes"].GetArrayLength());
        Assert.Equal(0, (await a.GetAsync("/api/tally/history", atA.ApiKey)).Expect()["history"].GetArrayLength());
        (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = sender.Zid }, atA.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        (await a.PostAsync($"/api/tally/envelopes/{coin.TokenId}/recall", null, atA.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");

        // From one namesake to the other is no transfer to oneself.
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = atA.Zid, to_origin = b.Origin }, atB.ApiKey)).Refused(400, "SELF_TRANSFER");
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = atA.Zid, to_origin = a.Origin }, atB.ApiKey)).Expect();
        (await a.GetAsync($"/api/tally/envelopes/{coin.TokenId}", atA.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }

    private static long Now() => Zeqond.FromUnixMs(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).Value;
}
