using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>One coin, asked for by many at once, or while its home is away.</summary>
public sealed class RaceTests
{
    [Fact]
    public async Task OneCoinSentToManyAtOnceGoesToOne()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account sender = await home.RegisterAsync();
        Account[] others = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => home.RegisterAsync()));
        for (int round = 0; round < 5; round++)
        {
            Coin coin = await home.MintCoinAsync(sender);
            Answer[] answers = await Task.WhenAll(others.Select(other => home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, sender.ApiKey)));
            Answer won = Assert.Single(answers, answer => answer.Status == 200);
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.True((answer.Status, answer.Code) is (403, "NOT_OWNER") or (404, "TOKEN_NOT_FOUND"), answer.Text));
            Account holder = others.Single(other => other.Zid == won.String("to"));
            (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}", holder.ApiKey)).Expect();
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task OneTicketUsedManyTimesAtOnceMovesOnce()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (Account sender, Account holder) = (await homes.A.RegisterAsync(), await homes.B.RegisterAsync());
        Account[] friends = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => homes.A.RegisterAsync()));
        Coin coin = await homes.A.MintCoinAsync(sender);
        Answer sent = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();

        // The recipient's import, several times, against the sender who uses the ticket that it has seen.
        Task<Answer>[] imports = [.. Enumerable.Range(0, 4).Select(_ => homes.B.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey))];
        Task<Answer>[] thefts =
        [
            .. friends.Select(friend => homes.A.PostAsync(
                "/api/tally/envelopes/transfer-claim", new { token_id = coin.TokenId, holder_zid = holder.Zid, to = friend.Zid, claim_ticket = sent.String("claim_ticket") })),
        ];
        Answer[] imported = await Task.WhenAll(imports);
        Answer[] stolen = await Task.WhenAll(thefts);
        int moves = stolen.Count(answer => answer.Status == 200);
        bool isHeld = imported.Any(answer => answer.Status == 200);
        Assert.True(isHeld ? moves == 0 : moves == 1, $"held {isHeld}, moved {moves} times");
        Assert.All(imported, answer => Assert.True(isHeld ? answer.Status == 200 : answer.Code is "SUPERSEDED" or "RECEIPT_REJECTED", answer.Text));
        await homes.AssertSoundAsync();
    }

    [Fact]
    public async Task WhileTheHomeIsAwayAMoveIsInFlightAndGoesNowhereElse()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (Account sender, Account holder, Account heir, Account other) =
            (await homes.A.RegisterAsync(), await homes.B.RegisterAsync(), await homes.A.RegisterAsync(), await homes.A.RegisterAsync());
        Coin coin = await homes.A.MintCoinAsync(sender);
        await homes.PayAsync(sender, coin, holder);
        await homes.A.StopAsync();
        (await homes.B.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = heir.Zid }, holder.ApiKey)).Refused(502, "PEER_UNREACHABLE");
        (await homes.B.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = other.Zid }, holder.ApiKey)).Refused(409, "IN_FLIGHT");
        (await homes.B.PostAsync("/api/tally/claims/publish", new { token_id = coin.TokenId }, holder.ApiKey)).Refused(409, "SUPERSEDED");
        await homes.A.StartAgainAsync();

        // The same request, or the worker before it, settles it; the first answer is the answer.
        for (int tries = 0; ; tries++)
        {
            Answer answer = await homes.B.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = heir.Zid }, holder.ApiKey);
            if (answer.Status == 200)
            {
                Assert.Equal(heir.Zid, answer.String("to"));
                break;
            }

            answer.Refused(502, "PEER_UNREACHABLE");
            Assert.True(tries < 200, "the move was never settled");
            await Task.Delay(200);
        }

        (await homes.A.GetAsync($"/api/tally/envelopes/{coin.TokenId}", heir.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }
}
