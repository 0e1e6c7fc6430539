namespace Zeq.Protocol.Tests;

public class VoteAuditTests
{
    private static readonly string Zeros = new('0', 64);

    public static TheoryData<string, Func<Vote, Vote>> Votes => new()
    {
        { "tally", v => v with { Weights = "1,0,0" } },
        { "tally moved", v => v with { Weights = string.Join(',', v.WeightList.Reverse()) } },
        { "no tally", v => v with { Weights = "" } },
        { "negative tally", v => v with { Weights = "-1,0,0" } },
        { "shorter tally", v => v with { Weights = "1,0" } },
        { "options", v => v with { Options = """["x","b","c"]""" } },
        { "no options", v => v with { Options = "nothing" } },
        { "title", v => v with { Title = "other" } },
        { "creator", v => v with { Creator = Zid.FromNumber(1) } },
        { "no creator", v => v with { Creator = Zid.FromNumber(3) } },
        { "time", v => v with { Zeqond = new Zeqond(v.Zeqond.Value - 1) } },
        { "time after the close", v => v with { Zeqond = v.Id.Closes } },
        { "time too early", v => v with { Zeqond = new Zeqond(v.Id.Closes.Value - Vote.MaxZeqondsAhead - 1) } },
        { "row", v => v with { Row = v.Row with { StateHash = Zeros } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Votes))]
    public Task A_damaged_vote_is_named_first(string what, Func<Vote, Vote> damage)
    {
        Assert.NotEmpty(what);
        return ValveStory.FindsFirstAsync("votes", s => s.Open.Id.Text, (store, story) => store.Change(Vote.Table, v => v.Id == story.Open.Id, damage));
    }

    public static TheoryData<string, Func<VoteStake, VoteStake>> Stakes => new()
    {
        { "choice", s => s with { Choice = 0 } },
        { "no choice", s => s with { Choice = 3 } },
        { "weight", s => s with { ValueZqt = s.ValueZqt + 1 } },
        { "time", s => s with { Zeqond = s.VoteId.Closes } },
        { "later than its row", s => s with { Zeqond = new Zeqond(s.Zeqond.Value + 100) } },
        { "row", s => s with { Row = s.Row with { Seq = s.Row.Seq - 1 } } },
        { "row's hash", s => s with { Row = s.Row with { StateHash = Zeros } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Stakes))]
    public Task A_damaged_stake_is_named_first(string what, Func<VoteStake, VoteStake> damage)
    {
        Assert.NotEmpty(what);
        return ValveStory.FindsFirstAsync(
            "vote_stakes", s => VoteStake.KeyOf(s.Open.Id, s.Staked), (store, story) => store.Change(VoteStake.Table, s => s.TokenId == story.Staked, damage));
    }

    [Fact]
    public Task A_stake_in_a_closed_vote_is_checked_too() => ValveStory.FindsFirstAsync(
        "vote_stakes", s => VoteStake.KeyOf(s.Closed.Id, s.Moved),
        (store, story) => store.Change(VoteStake.Table, s => s.VoteId == story.Closed.Id, s => s with { Choice = 0 }));

    public static TheoryData<string, Func<Envelope, Envelope>> Coins => new()
    {
        { "The coin is staked in a vote that does not exist.", e => e with { StakedIn = "VT-9-0123456789abcdef" } },
        { "The coin is staked in a vote that does not exist.", e => e with { StakedIn = "nothing" } },
        { "A coin is staked that is not active, or whose holder is at another home.", e => e with { Status = EnvelopeStatus.Bearer } },
        { "A coin is staked that is not active, or whose holder is at another home.", e => e with { HolderOrigin = TestHome.There } },
        { "The coin is staked in a vote that has no such stake of its holder.", e => e with { IssuedTo = Zid.FromNumber(2) } },
        { "The vote is open, and does not hold the coin that is staked in it.", e => e with { StakedIn = null } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Coins))]
    public Task A_coin_and_its_stake_that_disagree_are_named(string reason, Func<Envelope, Envelope> damage) =>
        ValveStory.FindsAsync(reason, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Staked, damage));

    [Fact]
    public Task A_coin_whose_stake_is_gone_is_named_first() => ValveStory.FindsFirstAsync(
        "tally_tokens", s => s.Staked.Text, (store, story) => store.Remove(VoteStake.Table, s => s.TokenId == story.Staked));

    [Fact]
    public Task A_coin_staked_in_a_vote_that_it_never_voted_in_is_named_first() => ValveStory.FindsFirstAsync(
        "tally_tokens", s => s.Staked.Text, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Staked, e => e with { StakedIn = story.Closed.Id.Text }));

    [Fact]
    public Task Stakes_of_a_vote_that_is_gone_are_named() => ValveStory.FindsAsync(
        "The stake is in a vote that does not exist.", (store, story) => store.Remove(Vote.Table, v => v.Id == story.Closed.Id));

    [Fact]
    public Task A_row_of_a_vote_that_is_gone_is_named() => ValveStory.FindsAsync(
        "The home's row is of a vote that does not exist, or that names another row.", (store, story) => store.Remove(Vote.Table, v => v.Id == story.Closed.Id));

    [Fact]
    public Task A_stake_that_is_gone_from_a_closed_vote_with_its_part_of_the_tally_is_named_first() => ValveStory.FindsFirstAsync(
        "vote_stakes", s => VoteStake.KeyOf(s.Closed.Id, s.Moved),
        (store, story) =>
        {
            // The coin has gone on since and votes elsewhere, so it does not miss the stake either.
            VoteStake gone = store.All(VoteStake.Table).Single(s => s.VoteId == story.Closed.Id);
            store.Remove(VoteStake.Table, s => s.VoteId == story.Closed.Id);
            store.Change(Vote.Table, v => v.Id == story.Closed.Id, v => v with
            {
                Weights = string.Join(',', v.WeightList.Select((weight, i) => i == gone.Choice ? weight - gone.ValueZqt : weight)),
            });
        });

    [Fact]
    public Task A_stake_that_was_taken_back_and_stands_again_is_named() => ValveStory.FindsAsync(
        "The coin is staked, or was taken back, more often than the voter's chain says that it was staked.",
        (store, story) =>
        {
            // The withdrawn stake of the other coin of Anna's first ballot, put back with the tally and the coin to match.
            VoteStake real = store.All(VoteStake.Table).Single(s => s.TokenId == story.Staked);
            ChainRow ballot = store.All(ChainRow.Table).First(r => r.Type == VoteStake.ChainRowType && r.Slug == story.Anna.OwnMachine && r.Payload!.Contains(story.Open.Id.Text));
            Envelope coin = store.All(Envelope.Table).Single(e => e.StakedIn is null && ballot.Payload!.Contains(e.TokenId.Text));
            store.Add(VoteStake.Table, real with { TokenId = coin.TokenId, ValueZqt = coin.ValueZqt, Choice = 2, Zeqond = ballot.Zeqond, Row = RowRef.Of(ballot) });
            store.Change(Envelope.Table, e => e.TokenId == coin.TokenId, e => e with { StakedIn = story.Open.Id.Text });
            store.Change(Vote.Table, v => v.Id == story.Open.Id, v => v with
            {
                Weights = string.Join(',', v.WeightList.Select((weight, i) => i == 2 ? weight + coin.ValueZqt : weight)),
            });
        });

    [Fact]
    public Task A_stake_that_its_ballot_does_not_name_is_found() => ValveStory.FindsAsync("The ballot's chain row does not say what its stake says.", (store, story) =>
    {
        // A coin slipped into another's ballot, with tally and coin to match.
        VoteStake real = store.All(VoteStake.Table).Single(s => s.TokenId == story.Staked);
        Envelope free = store.All(Envelope.Table).First(e => e.IssuedTo == story.Anna && e.Status == EnvelopeStatus.Active && e.StakedIn is null);
        store.Add(VoteStake.Table, real with { TokenId = free.TokenId, ValueZqt = free.ValueZqt });
        store.Change(Envelope.Table, e => e.TokenId == free.TokenId, e => e with { StakedIn = story.Open.Id.Text });
        store.Change(Vote.Table, v => v.Id == story.Open.Id, v => v with
        {
            Weights = string.Join(',', v.WeightList.Select((weight, i) => i == real.Choice ? weight + free.ValueZqt : weight)),
        });
    });
}
