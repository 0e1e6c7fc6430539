using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>Votes through the doors (spec 10 §8 and §10).</summary>
public sealed class VoteTests
{
    private const string Root = "/api/tally/votes";
    private static readonly string[] YesNo = ["yes", "no"];

    /// <summary>Calls a vote with the options yes and no that stays open for the test; its id.</summary>
    internal static async Task<string> OpenAsync(TestHome home, Account account, long zeqonds = 10_000)
    {
        long now = (await home.GetAsync("/api/zeq/pulse")).Expect().Long("zeqond");
        return (await home.PostAsync(Root, new { title = "Tea?", options = YesNo, closes_zeqond = now + zeqonds }, account.ApiKey)).Expect(201).String("vote.id");
    }

    private static Task<Answer> CastAsync(TestHome home, string vote, string option, Account voter, params string[] coins) =>
        home.PostAsync($"{Root}/{vote}/ballots", new { option, token_ids = coins }, voter.ApiKey);

    private static async Task<(long Yes, long No)> TallyAsync(TestHome home, string vote)
    {
        Answer answer = (await home.GetAsync($"{Root}/{vote}")).Expect();
        return (answer.Long("vote.tally.yes"), answer.Long("vote.tally.no"));
    }

    [Fact]
    public async Task TheTallyIsTheSumOfTheStakesAndTheyDoNotMoveUntilItCloses()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account ada, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin first = await home.MintCoinAsync(ada), second = await home.MintCoinAsync(ada), his = await home.MintCoinAsync(bob);
        string vote = await OpenAsync(home, ada, 100);
        Assert.Equal((0, 0), await TallyAsync(home, vote));
        Answer cast = (await CastAsync(home, vote, "yes", ada, first.TokenId, second.TokenId)).Expect();
        Assert.Equal(first.ValueZqt + second.ValueZqt, cast.Long("weight"));
        (await CastAsync(home, vote, "no", bob, his.TokenId)).Expect();
        Assert.Equal((first.ValueZqt + second.ValueZqt, his.ValueZqt), await TallyAsync(home, vote));

        // Locked: not sent here or elsewhere, not burned, not staked a second time.
        Assert.Equal(vote, (await home.GetAsync($"/api/tally/envelopes/{first.TokenId}", ada.ApiKey)).Expect().String("envelope.staked_in"));
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = first.TokenId, to = bob.Zid }, ada.ApiKey)).Refused(409, "STAKED");
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = first.TokenId, to = bob.Zid, to_origin = "http://127.0.0.1:9" }, ada.ApiKey)).Refused(409, "STAKED");
        Assert.Equal("STAKED", Details(await home.PostAsync("/api/tally/envelopes/burn", new { ids = new[] { first.TokenId } }, ada.ApiKey)));
        Assert.Equal("STAKED", Details(await CastAsync(home, vote, "yes", ada, first.TokenId)));
        string other = await OpenAsync(home, bob, 200);
        Assert.Equal("STAKED", Details(await CastAsync(home, other, "yes", ada, first.TokenId)));

        // The last Zeqond before the close still takes a ballot; the close takes none, and gives none back.
        time.PassZeqonds(99);
        Coin late = await home.MintCoinAsync(bob), tooLate = await home.MintCoinAsync(bob);
        (await CastAsync(home, vote, "no", bob, late.TokenId)).Expect();
        time.PassZeqonds(1);
        (await CastAsync(home, vote, "no", bob, tooLate.TokenId)).Refused(409, "VOTE_CLOSED");
        (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, ada.ApiKey)).Refused(409, "VOTE_CLOSED");
        Answer closed = (await home.GetAsync($"{Root}/{vote}")).Expect();
        Assert.Equal(("closed", first.ValueZqt + second.ValueZqt, his.ValueZqt + late.ValueZqt), (closed.String("vote.status"), closed.Long("vote.tally.yes"), closed.Long("vote.tally.no")));

        // The coins are free again without anybody's doing, and where they go changes no tally.
        Assert.False((await home.GetAsync($"/api/tally/envelopes/{first.TokenId}", ada.ApiKey)).Expect()["envelope"].TryGetProperty("staked_in", out _));
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = first.TokenId, to = bob.Zid }, ada.ApiKey)).Expect();
        (await home.PostAsync("/api/tally/envelopes/burn", new { ids = new[] { second.TokenId } }, ada.ApiKey)).Expect();
        (await CastAsync(home, other, "no", bob, his.TokenId, first.TokenId)).Expect();
        Assert.Equal((first.ValueZqt + second.ValueZqt, his.ValueZqt + late.ValueZqt), await TallyAsync(home, vote));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task BallotsAreTakenBackBeforeTheClose()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account ada, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin first = await home.MintCoinAsync(ada), second = await home.MintCoinAsync(ada), his = await home.MintCoinAsync(bob);
        string vote = await OpenAsync(home, ada);
        (await CastAsync(home, vote, "yes", ada, first.TokenId)).Expect();
        (await CastAsync(home, vote, "no", ada, second.TokenId)).Expect();
        (await CastAsync(home, vote, "yes", bob, his.TokenId)).Expect();
        Answer freed = (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, ada.ApiKey)).Expect();
        Assert.Equal((first.ValueZqt + second.ValueZqt, 2), (freed.Long("weight"), freed["token_ids"].GetArrayLength()));
        Assert.Equal((his.ValueZqt, 0), await TallyAsync(home, vote));
        Assert.Equal(0, (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, ada.ApiKey)).Expect().Long("weight"));

        // Free to move, and to vote again in other hands.
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = first.TokenId, to = bob.Zid }, ada.ApiKey)).Expect();
        (await CastAsync(home, vote, "no", bob, first.TokenId)).Expect();
        Assert.Equal((his.ValueZqt, first.ValueZqt), await TallyAsync(home, vote));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task OneCoinIsInOneBallotUnderSixtyFourRacers()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account ada = await home.RegisterAsync();
        string[] votes = [await OpenAsync(home, ada), await OpenAsync(home, ada)];
        for (int round = 0; round < 3; round++)
        {
            Coin coin = await home.MintCoinAsync(ada);
            (long Yes, long No)[] before = [await TallyAsync(home, votes[0]), await TallyAsync(home, votes[1])];
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => CastAsync(home, votes[n % 2], n % 4 < 2 ? "yes" : "no", ada, coin.TokenId)));
            Assert.Single(answers, answer => answer.Status == 200);
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal("STAKED", Details(answer)));
            (long Yes, long No)[] after = [await TallyAsync(home, votes[0]), await TallyAsync(home, votes[1])];
            Assert.Equal(coin.ValueZqt, after.Sum(tally => tally.Yes + tally.No) - before.Sum(tally => tally.Yes + tally.No));
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task BallotsAndWithdrawalsAtOnceLeaveATallyThatIsTheSum()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account[] voters = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => home.RegisterAsync()));
        string vote = await OpenAsync(home, voters[0]);
        Coin[] coins = await Task.WhenAll(voters.Select(home.MintCoinAsync));
        await Task.WhenAll(Enumerable.Range(0, 96).Select(n => n % 3 == 2
            ? home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, voters[n % 4].ApiKey)
            : CastAsync(home, vote, n % 2 == 0 ? "yes" : "no", voters[n % 4], coins[n % 4].TokenId)));
        long staked = 0;
        for (int i = 0; i < voters.Length; i++)
        {
            Answer coin = (await home.GetAsync($"/api/tally/envelopes/{coins[i].TokenId}", voters[i].ApiKey)).Expect();
            staked += coin["envelope"].TryGetProperty("staked_in", out _) ? coins[i].ValueZqt : 0;
        }

        (long yes, long no) = await TallyAsync(home, vote);
        Assert.Equal(staked, yes + no);
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task NobodyVotesWithWhatItDoesNotHold()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account ada, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin hers = await home.MintCoinAsync(ada), his = await home.MintCoinAsync(bob), gone = await home.MintCoinAsync(ada);
        string vote = await OpenAsync(home, ada);
        (await home.PostAsync("/api/tally/envelopes/burn", new { ids = new[] { gone.TokenId } }, ada.ApiKey)).Expect();
        string before = await StoreDigest.OfAsync(home);
        Answer mixed = (await CastAsync(home, vote, "yes", ada, hers.TokenId, his.TokenId, gone.TokenId)).Refused(409, "NOT_ELIGIBLE");
        Assert.Equal(
            new[] { (his.TokenId, "TOKEN_NOT_FOUND"), (gone.TokenId, "NOT_ACTIVE") }.Order(),
            mixed["details"].EnumerateArray().Select(detail => (detail.GetProperty("token_id").GetString()!, detail.GetProperty("code").GetString()!)).Order());
        (await CastAsync(home, vote, "maybe", ada, hers.TokenId)).Refused(400, "INVALID_REQUEST");
        (await CastAsync(home, vote, "yes", ada, hers.TokenId, hers.TokenId)).Refused(400, "INVALID_REQUEST");
        (await CastAsync(home, vote, "yes", ada, "x")).Refused(400, "INVALID_TOKEN_ID");
        (await CastAsync(home, "VT-9999999999-0123456789abcdef", "yes", ada, hers.TokenId)).Refused(404, "VOTE_NOT_FOUND");
        (await CastAsync(home, "nothing", "yes", ada, hers.TokenId)).Refused(400, "INVALID_REQUEST");
        (await home.GetAsync($"{Root}/VT-9999999999-0123456789abcdef")).Refused(404, "VOTE_NOT_FOUND");
        (await home.PostAsync($"{Root}/{vote}/ballots", new { option = "yes", token_ids = new[] { hers.TokenId } }, ada.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, ada.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null)).Refused(401, "UNAUTHORIZED");
        Assert.Equal(before, await StoreDigest.OfAsync(home));

        // What Bob takes back is his own, and he has nothing there.
        (await CastAsync(home, vote, "yes", ada, hers.TokenId)).Expect();
        Assert.Equal(0, (await home.SendAsync("DELETE", $"{Root}/{vote}/ballots", null, bob.ApiKey)).Expect().Long("weight"));
        Assert.Equal((hers.ValueZqt, 0), await TallyAsync(home, vote));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task AVoteHasATitleAFewOptionsAndACloseThatIsAhead()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account ada = await home.RegisterAsync();
        long now = (await home.GetAsync("/api/zeq/pulse")).Expect().Long("zeqond");
        string[] two = ["a", "b"];
        async Task RefusedAsync(object vote) => (await home.PostAsync(Root, vote, ada.ApiKey)).Refused(400, "INVALID_REQUEST");
        await RefusedAsync(new { title = "t", options = two, closes_zeqond = now });
        await RefusedAsync(new { title = "t", options = two, closes_zeqond = now + 40_000_001 });
        foreach (string[] wrong in (string[][])[["a"], ["a", "a"], ["a", ""], ["a", "b\u0007"], ["a", new string('b', 101)]])
        {
            await RefusedAsync(new { title = "t", options = wrong, closes_zeqond = now + 1 });
        }

        await RefusedAsync(new { title = "t", options = Enumerable.Range(0, 17).Select(n => $"o{n}"), closes_zeqond = now + 1 });
        await RefusedAsync(new { title = new string('t', 201), options = two, closes_zeqond = now + 1 });
        await RefusedAsync(new { title = "a\nb", options = two, closes_zeqond = now + 1 });
        string[] sixteen = [.. Enumerable.Range(0, 16).Select(n => $"Ø|{n} \"{n}\"")];
        Answer made = (await home.PostAsync(Root, new { title = "Größe?", options = sixteen, closes_zeqond = now + 40_000_000 }, ada.ApiKey)).Expect(201);
        Assert.Equal(sixteen, made["vote.options"].EnumerateArray().Select(option => option.GetString()!));
        Assert.Equal(sixteen, made["vote.tally"].EnumerateObject().Select(option => option.Name));
        Assert.Equal(("Größe?", now + 40_000_000, "open"), (made.String("vote.title"), made.Long("vote.closes_zeqond"), made.String("vote.status")));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task VotesAreListedInPagesThoseThatCloseLastFirst()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account ada = await home.RegisterAsync();
        var ids = new List<string>();
        foreach (long ahead in (long[])[500, 100, 900, 300, 700])
        {
            ids.Add(await OpenAsync(home, ada, ahead));
        }

        var seen = new List<string>();
        string? after = null;
        do
        {
            Answer page = (await home.GetAsync($"{Root}?limit=2{(after is null ? "" : "&after=" + after)}")).Expect();
            seen.AddRange(page["votes"].EnumerateArray().Select(vote => vote.GetProperty("id").GetString()!));
            after = page["next_after"].ValueKind == JsonValueKind.Null ? null : page.String("next_after");
        }
        while (after is not null);
        Assert.Equal([ids[2], ids[4], ids[0], ids[3], ids[1]], seen);
    }

    [Fact]
    public async Task AClockThatStepsBackOverTheCloseLetsNoCoinVoteTwice()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account ada, Account bob) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(ada);
        string vote = await OpenAsync(home, ada, 50);
        (await CastAsync(home, vote, "yes", ada, coin.TokenId)).Expect();
        time.PassZeqonds(50);
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = bob.Zid }, ada.ApiKey)).Expect();
        time.StepWall(TimeSpan.FromMilliseconds(-777 * 10));
        Assert.Equal("STAKED", Details(await CastAsync(home, vote, "yes", bob, coin.TokenId)));
        Assert.Equal((coin.ValueZqt, 0), await TallyAsync(home, vote));
        await home.AssertSoundAsync();
    }

    private static string Details(Answer refused) =>
        Assert.Single(refused.Refused(409, "NOT_ELIGIBLE")["details"].EnumerateArray()).GetProperty("code").GetString()!;
}
