using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Votes (spec 10 §8 and §10).</summary>
internal static class VoteEndpoints
{
    private const int MaxPage = 200;

    private static readonly Field<VoteId> Id = Fields.VoteId;
    private static readonly Field<VoteId> After = Fields.VoteId.Named("after").Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<string> Title = Fields.Line("title", 1, Vote.MaxTitleLength);
    private static readonly Field<IReadOnlyList<string>> Options = Fields.Texts("options", Vote.MinOptions, Vote.MaxOptions);
    private static readonly Field<long> Closes = Fields.Integer("closes_zeqond", 1, (1L << 53) - 1);
    private static readonly Field<string> Option = Fields.Line("option", 1, Vote.MaxOptionLength);
    private static readonly Field<IReadOnlyList<string>> TokenIds = Fields.Texts("token_ids", 1, Vote.MaxBallotTokens);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/votes", "Calls a vote.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Body = [Title, Options, Closes],
            Answer = WireJson.Default.VoteAnswer,
            Status = 201,
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(
                new CreateVote(call.Caller, call.Get(Title), call.Get(Options), new Zeqond(call.Get(Closes))), (vote, now) => new VoteAnswer(true, vote.ToBody(now.Zeqond))),
        };
        yield return new ApiRoute("GET", "/api/tally/votes", "The home's votes, those that close last first.")
        {
            Query = [After, PageLimit],
            Answer = WireJson.Default.VoteListAnswer,
            Handle = ListAsync,
        };
        yield return new ApiRoute("GET", "/api/tally/votes/{vote_id}", "A vote and its tally.")
        {
            Path = [Id],
            Answer = WireJson.Default.VoteAnswer,
            Refuses = [RejectionCode.VoteNotFound],
            Handle = async call => await call.Reader.FindAsync(Vote.Table, call.Get(Id).Text, call.Aborted).ConfigureAwait(false) is { } vote
                ? call.Ok(new VoteAnswer(true, vote.ToBody(Zeqond.FromUnixMs(call.NowMs))))
                : call.Refuse(RejectionCode.VoteNotFound, "This vote does not exist here."),
        };
        yield return new ApiRoute("POST", "/api/tally/votes/{vote_id}/ballots", "Stakes coins for an option until the vote closes or they are taken back, all or none.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Id],
            Body = [Option, TokenIds],
            Answer = WireJson.Default.BallotAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.VoteNotFound, RejectionCode.VoteClosed, RejectionCode.NotEligible, RejectionCode.Conflict],
            IsIdempotent = true,
            Handle = CastAsync,
        };
        yield return new ApiRoute("DELETE", "/api/tally/votes/{vote_id}/ballots", "Takes back all of the caller's coins, before the vote closes.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Id],
            Answer = WireJson.Default.BallotAnswer,
            Refuses = [RejectionCode.VoteNotFound, RejectionCode.VoteClosed],
            IsIdempotent = true,
            Handle = async call =>
            {
                IReadOnlyList<TokenId> mine = await StakesAsync(call).ConfigureAwait(false);
                return await call.ExecuteAsync(new WithdrawBallots(call.Caller, call.Get(Id), mine), Answer).ConfigureAwait(false);
            },
        };
    }

    private static VoteBody ToBody(this Vote vote, Zeqond now) => new(
        vote.Id.Text, vote.Title, vote.OptionList, vote.Id.Closes.Value, vote.IsClosedAt(now) ? "closed" : "open",
        vote.OptionList.Zip(vote.WeightList).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));

    private static BallotAnswer Answer(BallotResult done, Moment now) =>
        new(true, [.. done.Tokens.Select(token => token.Text)], done.Weight, done.Vote.ToBody(now.Zeqond), now.Zeqond.Value, now.Phase());

    private static async Task<Reply> CastAsync(ApiCall call)
    {
        (IReadOnlyList<TokenId> tokens, Reply? refusal) = CoinSelection.Read(call, TokenIds);
        if (refusal is not null)
        {
            return refusal;
        }

        int staked = (await StakesAsync(call).ConfigureAwait(false)).Count;
        IReadOnlySet<TokenId> held = await CoinSelection.HeldAsync(call, tokens).ConfigureAwait(false);
        return await call.ExecuteAsync(new CastBallot(call.Caller, call.Get(Id), call.Get(Option), tokens, held, staked), Answer).ConfigureAwait(false);
    }

    /// <summary>The coins that the caller has staked in the vote, as far as anyone may.</summary>
    private static async ValueTask<IReadOnlyList<TokenId>> StakesAsync(ApiCall call)
    {
        var tokens = new List<TokenId>();
        Query<VoteStake> mine = new Query<VoteStake>(VoteStake.Table).Where("vote_id", call.Get(Id).Text).Where("zid", call.Caller.Zid.Text)
            .OrderBy(false, "vote_id", "zid", "token_id");
        await foreach (VoteStake stake in call.Reader.QueryAsync(mine, call.Aborted).ConfigureAwait(false))
        {
            tokens.Add(stake.TokenId);
        }

        return tokens;
    }

    private static async Task<Reply> ListAsync(ApiCall call)
    {
        long limit = call.Maybe(PageLimit) ?? MaxPage;
        var now = Zeqond.FromUnixMs(call.NowMs);
        Query<Vote> query = new Query<Vote>(Vote.Table).OrderBy(true, "vote_id").Take((int)limit + 1);
        if (call.TryGet(After, out VoteId after))
        {
            query = query.Where("vote_id", Comparison.Less, Cell.Of(after.Text));
        }

        var votes = new List<VoteBody>();
        await foreach (Vote vote in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            votes.Add(vote.ToBody(now));
        }

        bool hasMore = votes.Count > limit;
        if (hasMore)
        {
            votes.RemoveAt(votes.Count - 1);
        }

        return call.Ok(new VoteListAnswer(true, votes, hasMore ? votes[^1].Id : null));
    }
}
