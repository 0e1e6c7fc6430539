using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// Every vote's tally is the sum of its stakes, every stake is a coin's, held by the voter and by the vote, and what the voters' chains say was staked and not taken
/// back is a stake (spec 10 §8, spec 05 rule 19).
/// </summary>
internal static class VoteAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        Zeqond newest = await NewestAsync(run).ConfigureAwait(false);
        await using RowCursor<Vote> votes = await run.OpenAsync(Vote.Table).ConfigureAwait(false);
        await using RowCursor<VoteStake> stakes = await run.OpenAsync(VoteStake.Table).ConfigureAwait(false);
        while (votes.Current is { } vote)
        {
            await ReportOrphansAsync(run, stakes, vote.Id.Text).ConfigureAwait(false);
            run.Counts = run.Counts with { Votes = run.Counts.Votes + 1 };
            Tally? tally = Tally.Of(vote);
            string? problem = tally is null
                ? "The vote's options or sums have not their form."
                : await ProblemAsync(vote, run).ConfigureAwait(false);
            run.FindIf(Vote.Table, vote.Id.Text, problem);
            var ballots = new BallotRows(run);
            while (stakes.Current is { } stake && stake.VoteId == vote.Id)
            {
                run.Ballots.AddRight(BallotName(stake));
                bool mustBeHeld = newest < vote.Id.Closes;
                run.FindIf(
                    VoteStake.Table,
                    VoteStake.KeyOf(stake.VoteId, stake.TokenId),
                    tally is null ? null : tally.Add(stake) ?? await StakeProblemAsync(stake, tally, mustBeHeld, ballots, run).ConfigureAwait(false));
                await stakes.MoveNextAsync().ConfigureAwait(false);
            }

            run.FindIf(Vote.Table, vote.Id.Text, tally is null or { IsSum: true } ? null : "The vote's tally is not the sum of what is staked.");
            await votes.MoveNextAsync().ConfigureAwait(false);
        }

        await ReportOrphansAsync(run, stakes, null).ConfigureAwait(false);
    }

    /// <summary>What is wrong with a coin that says it is staked.</summary>
    public static async ValueTask<string?> CoinProblemAsync(Envelope coin, AuditRun run)
    {
        if (!VoteId.TryParse(coin.StakedIn, out VoteId id) || await run.FindRowAsync(Vote.Table, id.Text).ConfigureAwait(false) is null)
        {
            return "The coin is staked in a vote that does not exist.";
        }

        if (coin.Status != EnvelopeStatus.Active || coin.HolderOrigin != run.Origin)
        {
            return "A coin is staked that is not active, or whose holder is at another home.";
        }

        VoteStake? stake = await run.FindRowAsync(VoteStake.Table, VoteStake.KeyOf(id, coin.TokenId)).ConfigureAwait(false);
        return stake?.Zid == coin.IssuedTo ? null : "The coin is staked in a vote that has no such stake of its holder.";
    }

    /// <summary>What is wrong with the home's row of a vote: the vote has to name it too.</summary>
    public static async ValueTask<string?> RowProblemAsync(ChainRow row, AuditRun run)
    {
        foreach (string name in BallotNames(row))
        {
            if (row.Type == VoteStake.ChainRowType)
            {
                run.Ballots.AddLeft(name);
            }
            else
            {
                run.Ballots.AddRight(name);
            }
        }

        Vote? vote = BurnAudit.PayloadText(row.Payload, "vote_id") is { } id ? await run.FindRowAsync(Vote.Table, id).ConfigureAwait(false) : null;
        return vote is not null && (row.Type != Vote.ChainRowType || vote.Row == RowRef.Of(row)) ? null : "The home's row is of a vote that does not exist, or that names another row.";
    }

    /// <summary>
    /// The other way round, after votes and chains: each coin of a ballot's row is a stake, or was taken back by a row of its voter's chain. Without this, a stake could
    /// be deleted and the tally lowered to match, once the vote no longer holds its coin.
    /// </summary>
    public static async Task PairBallotsAsync(AuditRun run)
    {
        Query<ChainRow> rows = new(ChainRow.Table);
        await foreach ((string name, bool isBallot) in run.Ballots.UnpairedAsync(
            NamesAsync(run, rows.Where("type", VoteStake.ChainRowType)),
            JoinAsync(NamesAsync(run, rows.Where("type", VoteStake.WithdrawRowType)), run.KeysAsync(new Query<VoteStake>(VoteStake.Table), BallotName))).ConfigureAwait(false))
        {
            run.Find(
                VoteStake.Table,
                name[(name.IndexOf('|', StringComparison.Ordinal) + 1)..],
                isBallot ? "The voter's chain says that this coin was staked and not taken back, and there is no such stake." : "The coin is staked, or was taken back, more often than the voter's chain says that it was staked.");
        }
    }

    /// <summary>The newest Zeqond that any chain shows: a vote that closes later has not closed by anything that was written.</summary>
    private static async ValueTask<Zeqond> NewestAsync(AuditRun run)
    {
        Zeqond newest = default;
        await using RowCursor<ChainHead> heads = await run.OpenAsync(ChainHead.Table).ConfigureAwait(false);
        for (; heads.Current is { } head; await heads.MoveNextAsync().ConfigureAwait(false))
        {
            newest = Zeqond.Max(newest, head.Zeqond);
        }

        return newest;
    }

    /// <summary>What tells a voter's coin in a vote, in stakes and in rows: the voter's machine, and the key of the stake.</summary>
    private static string BallotName(VoteStake stake) => $"{stake.Zid.OwnMachine.Text}|{VoteStake.KeyOf(stake.VoteId, stake.TokenId)}";

    /// <summary>The same of each coin that the home's row of a ballot or withdrawal names.</summary>
    private static IEnumerable<string> BallotNames(ChainRow row) =>
        row is { IsSystem: true, Type: VoteStake.ChainRowType or VoteStake.WithdrawRowType } && BurnAudit.PayloadText(row.Payload, "vote_id") is { } vote
            ? TokensOf(row.Payload).Select(token => $"{row.Slug.Text}|{vote}|{token}")
            : [];

    private static async IAsyncEnumerable<string> NamesAsync(AuditRun run, Query<ChainRow> query)
    {
        await using RowCursor<ChainRow> rows = await run.OpenAsync(query).ConfigureAwait(false);
        for (; rows.Current is { } row; await rows.MoveNextAsync().ConfigureAwait(false))
        {
            foreach (string name in BallotNames(row))
            {
                yield return name;
            }
        }
    }

    private static async IAsyncEnumerable<string> JoinAsync(params IAsyncEnumerable<string>[] streams)
    {
        foreach (IAsyncEnumerable<string> stream in streams)
        {
            await foreach (string name in stream.ConfigureAwait(false))
            {
                yield return name;
            }
        }
    }

    private static HashSet<string> TokensOf(string? payload)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(payload ?? "{}");
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("token_ids", out JsonElement tokens)
                && tokens.ValueKind == JsonValueKind.Array
                ? [.. tokens.EnumerateArray().Where(token => token.ValueKind == JsonValueKind.String).Select(token => token.GetString()!)]
                : [];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            return [];
        }
    }

    private static async ValueTask ReportOrphansAsync(AuditRun run, RowCursor<VoteStake> stakes, string? before)
    {
        while (stakes.Current is { } stake && (before is null || string.CompareOrdinal(stake.VoteId.Text, before) < 0))
        {
            run.Ballots.AddRight(BallotName(stake));
            run.Find(VoteStake.Table, VoteStake.KeyOf(stake.VoteId, stake.TokenId), "The stake is in a vote that does not exist.");
            await stakes.MoveNextAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask<string?> ProblemAsync(Vote vote, AuditRun run)
    {
        if (vote.Zeqond.Value < 0 || vote.Id.Closes <= vote.Zeqond || vote.Id.Closes.Value - vote.Zeqond.Value > Vote.MaxZeqondsAhead)
        {
            return "The vote does not close within its time after it was called.";
        }

        if (vote.Creator.IsSystem || await run.FindRowAsync(IdentityRow.Table, vote.Creator.Text).ConfigureAwait(false) is null)
        {
            return "The vote was called by no account of this home.";
        }

        return await RowReference.ProblemAsync(run, vote.Row, vote.Creator.OwnMachine, Vote.ChainRowType, vote.Zeqond, vote.ChainPayload(), "vote").ConfigureAwait(false);
    }

    private static async ValueTask<string?> StakeProblemAsync(VoteStake stake, Tally tally, bool mustBeHeld, BallotRows ballots, AuditRun run)
    {
        Envelope? coin = await run.FindRowAsync(Envelope.Table, stake.TokenId.Text).ConfigureAwait(false);
        if (coin is null || coin.ValueZqt != stake.ValueZqt)
        {
            return "The stake is of a coin that does not exist, or is not worth that.";
        }

        if (stake.Zeqond >= stake.VoteId.Closes)
        {
            return "The ballot was cast after the vote was closed.";
        }

        if (mustBeHeld && coin.StakedIn != stake.VoteId.Text)
        {
            return "The vote is open, and does not hold the coin that is staked in it.";
        }

        if (stake.Zid.IsSystem || await run.FindRowAsync(IdentityRow.Table, stake.Zid.Text).ConfigureAwait(false) is null)
        {
            return "The voter is no account of this home.";
        }

        return await RowReference.ProblemAsync(run, stake.Row, stake.Zid.OwnMachine, VoteStake.ChainRowType, stake.Zeqond, null, "ballot").ConfigureAwait(false)
            ?? (await ballots.HasAsync(stake, tally.Options[(int)stake.Choice]).ConfigureAwait(false) ? null : "The ballot's chain row does not say what its stake says.");
    }

    /// <summary>The stakes of one vote so far.</summary>
    private sealed class Tally
    {
        private readonly IReadOnlyList<long> _said;
        private readonly Int128[] _sums;

        private Tally(IReadOnlyList<string> options, IReadOnlyList<long> said) => (Options, _said, _sums) = (options, said, new Int128[options.Count]);

        public IReadOnlyList<string> Options { get; }

        public bool IsSum => _sums.Zip(_said).All(pair => pair.First == pair.Second);

        /// <summary>Null where the vote's fields have not their form.</summary>
        public static Tally? Of(Vote vote)
        {
            try
            {
                IReadOnlyList<string> options = vote.OptionList;
                IReadOnlyList<long> said = vote.WeightList;
                return options.Count is >= Vote.MinOptions and <= Vote.MaxOptions && options.Distinct(StringComparer.Ordinal).Count() == options.Count && said.Count == options.Count
                    ? new Tally(options, said) : null;
            }
            catch (Exception malformed) when (malformed is FormatException or OverflowException)
            {
                return null;
            }
        }

        public string? Add(VoteStake stake)
        {
            if (stake.Choice < 0 || stake.Choice >= _sums.Length)
            {
                return "The stake is for no option of the vote.";
            }

            _sums[stake.Choice] += stake.ValueZqt;
            return null;
        }
    }

    /// <summary>What the chain rows of ballots say; the last few are kept read, since a ballot's coins follow each other closely.</summary>
    private sealed class BallotRows(AuditRun run)
    {
        private const int MaxKept = 32;
        private readonly Queue<(RowRef Row, string? Option, string? Vote, HashSet<string> Tokens)> _kept = new();

        public async ValueTask<bool> HasAsync(VoteStake stake, string option)
        {
            foreach (var kept in _kept)
            {
                if (kept.Row == stake.Row)
                {
                    return Says(kept);
                }
            }

            ChainRow? row = await run.FindChainRowAsync(stake.Zid.OwnMachine, stake.Row.Seq).ConfigureAwait(false);
            var read = (stake.Row, BurnAudit.PayloadText(row?.Payload, "option"), BurnAudit.PayloadText(row?.Payload, "vote_id"), TokensOf(row?.Payload));
            _kept.Enqueue(read);
            if (_kept.Count > MaxKept)
            {
                _kept.Dequeue();
            }

            return Says(read);

            bool Says((RowRef Row, string? Option, string? Vote, HashSet<string> Tokens) ballot) =>
                ballot.Option == option && ballot.Vote == stake.VoteId.Text && ballot.Tokens.Contains(stake.TokenId.Text);
        }
    }
}
