using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Coins of this home, for their holders and for everybody (spec 10 §3, §4 and §9).</summary>
internal static class EnvelopeEndpoints
{
    private const int MaxPage = 200;

    private static readonly Field<string> Status = Fields.OneOf("status", "active", "bearer", "migrated", "burned").Optional();
    private static readonly Field<TokenId> After = Fields.TokenId.Named("after").Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<Origin> ToOrigin = Fields.ToOrigin.Optional();
    private static readonly Field<long> Before = Fields.Integer("before", 0, long.MaxValue).Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/envelopes/transfer", "The holder sends a whole coin.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Body = [Fields.TokenId, Fields.Recipient, ToOrigin],
            Answer = WireJson.Default.TransferAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin, RejectionCode.SelfTransfer, RejectionCode.NotOwner,
                RejectionCode.TokenNotFound, RejectionCode.RecipientNotFound, RejectionCode.NotActive, RejectionCode.Staked,
            ],
            IsIdempotent = true,
            Handle = TransferAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/envelopes/{token_id}/recall", "The sender takes back a payment that nobody accepted.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Fields.TokenId],
            Answer = WireJson.Default.RecallAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound, RejectionCode.TicketSpent],
            IsIdempotent = true,
            Handle = RecallAsync,
        };
        yield return new ApiRoute("GET", "/api/tally/envelopes", "The caller's coins.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Query = [Status, After, PageLimit],
            Answer = WireJson.Default.EnvelopeListAnswer,
            Handle = ListAsync,
        };
        yield return new ApiRoute("GET", "/api/tally/envelopes/{token_id}", "A coin's full row, for its holder.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Fields.TokenId],
            Answer = WireJson.Default.EnvelopeAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound],
            Handle = async call => await FindAsync(call).ConfigureAwait(false) is { } coin && coin.IsHeldBy(call.Caller.Zid, call.Context.Origin)
                ? call.Ok(new EnvelopeAnswer(true, coin.ToBody(Zeqond.FromUnixMs(call.NowMs))))
                : call.Refuse(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours."),
        };
        yield return new ApiRoute("GET", "/api/tally/envelopes/{token_id}/proof", "A coin's signed claim: the light proof, which shows no holder.")
        {
            Path = [Fields.TokenId],
            Answer = WireJson.Default.ProofAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound],
            Handle = async call => await FindAsync(call).ConfigureAwait(false) is { } coin ? call.Ok(coin.ToProof()) : Miss(call),
        };
        yield return new ApiRoute("GET", "/api/tally/envelopes/{token_id}/authority", "A coin's home and height, never its holder.")
        {
            Path = [Fields.TokenId],
            Answer = WireJson.Default.AuthorityAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound],
            Handle = async call =>
            {
                if (await FindAsync(call).ConfigureAwait(false) is not { } coin)
                {
                    return Miss(call);
                }

                long now = call.NowMs;
                return call.Ok(new AuthorityAnswer(
                    true, coin.TokenId.Text, coin.HomeOrigin.Text, coin.SpendSeq, WireMap.StatusText(coin.Status), Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)));
            },
        };
        yield return new ApiRoute("GET", "/api/tally/supply", "The sums of all envelopes, as of the last multiple of 64 Zeqonds.")
        {
            Answer = WireJson.Default.SupplyAnswer,
            Handle = SupplyAsync,
        };
        yield return new ApiRoute("GET", "/api/tally/history", "The caller's moves, newest first.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Query = [Before, PageLimit],
            Answer = WireJson.Default.HistoryAnswer,
            Handle = static call => HistoryEndpoint.AnswerAsync(call, Before, PageLimit),
        };
    }

    private static ValueTask<Envelope?> FindAsync(ApiCall call) => call.Reader.FindAsync(Envelope.Table, call.Get(Fields.TokenId).Text, call.Aborted);

    /// <summary>A coin that does not exist costs as much as ten that do: names cannot be tried out (spec 05 rule 27).</summary>
    private static Reply Miss(ApiCall call)
    {
        call.Services.Limits.Charge(RateLimits.Default, call.ClientId, RateLimits.MissCost - 1);
        return call.Refuse(RejectionCode.TokenNotFound, "This coin does not exist here.");
    }

    private static async Task<Reply> TransferAsync(ApiCall call)
    {
        Origin? toOrigin = call.Maybe(ToOrigin);
        if (toOrigin is { } origin && !call.Services.MayBeHome(origin))
        {
            return call.Refuse(RejectionCode.InvalidOrigin, "to_origin is an https origin.");
        }

        Envelope? coin = await FindAsync(call).ConfigureAwait(false);
        bool held = coin is not null && coin.IsHeldBy(call.Caller.Zid, call.Context.Origin);
        return await call.ExecuteAsync(
            new TransferEnvelope(call.Caller, call.Get(Fields.TokenId), call.Get(Fields.Recipient), toOrigin, held), Answer).ConfigureAwait(false);
    }

    /// <summary>The answer of a move; the same for the holder's and for the ticket's.</summary>
    internal static TransferAnswer Answer(MoveResult moved, Moment now) => new(
        true, moved.Coin.TokenId.Text, moved.Move.To.Text, moved.Move.ToOrigin.Text, moved.Coin.ValueZqt, Transfer.Id(moved.Move), moved.Receipt.ToBody(), moved.ClaimTicket,
        now.Zeqond.Value, now.Phase());

    /// <summary>The newest move below the epochs that a restore has put on it; null where the newest move is no epoch.</summary>
    public static async ValueTask<Move?> BelowEpochsAsync(ApiCall call, Move last)
    {
        if (last.Kind != MoveKind.Epoch)
        {
            return null;
        }

        Query<Move> previous = new Query<Move>(Move.Table).Where("token_id", last.TokenId.Text)
            .Where("spend_seq", Comparison.Less, Cell.Of(last.SpendSeq)).OrderBy(true, "token_id", "spend_seq");
        await foreach (Move move in call.Reader.QueryAsync(previous, call.Aborted).ConfigureAwait(false))
        {
            if (move.Kind != MoveKind.Epoch)
            {
                return move;
            }
        }

        return null;
    }

    private static async Task<Reply> RecallAsync(ApiCall call)
    {
        TokenId token = call.Get(Fields.TokenId);

        // Whoever may take it back sent it last, so the newest moves answer at once; only a stranger's question reads all of this coin's.
        Query<Move> sent = new Query<Move>(Move.Table).Where("token_id", token.Text)
            .Where("from_zid", call.Caller.Zid.Text).Where("from_origin", call.Context.Origin.Text).OrderBy(true, "token_id", "spend_seq").Take(1);
        bool wasSender = false;
        await foreach (Move _ in call.Reader.QueryAsync(sent, call.Aborted).ConfigureAwait(false))
        {
            wasSender = true;
        }

        Move? last = await call.Reader.FindAsync(Move.Table, token.Text, call.Aborted).ConfigureAwait(false);
        Move? before = last is null ? null : await BelowEpochsAsync(call, last).ConfigureAwait(false);
        return await call.ExecuteAsync(
            new RecallEnvelope(call.Caller, token, wasSender, before),
            (moved, now) => new RecallAnswer(true, moved.Receipt.ToBody(), now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    private static async Task<Reply> ListAsync(ApiCall call)
    {
        long limit = call.Maybe(PageLimit) ?? MaxPage;
        Query<Envelope> query = new Query<Envelope>(Envelope.Table).Where("issued_to", call.Caller.Zid.Text).Where("holder_origin", call.Context.Origin.Text);
        if (call.MaybeText(Status) is { } status)
        {
            EnvelopeStatus wanted = Enum.GetValues<EnvelopeStatus>().Single(value => WireMap.StatusText(value) == status);
            query = query.Where("status", Comparison.Equal, Cell.Of((long)wanted));
        }

        if (call.TryGet(After, out TokenId after))
        {
            query = query.Where("token_id", Comparison.Greater, Cell.Of(after.Text));
        }

        var now = Zeqond.FromUnixMs(call.NowMs);
        var coins = new List<EnvelopeBody>();
        await foreach (Envelope coin in call.Reader.QueryAsync(query.OrderBy(false, "issued_to", "holder_origin", "token_id").Take((int)limit + 1), call.Aborted).ConfigureAwait(false))
        {
            coins.Add(coin.ToBody(now));
        }

        bool hasMore = coins.Count > limit;
        if (hasMore)
        {
            coins.RemoveAt(coins.Count - 1);
        }

        return call.Ok(new EnvelopeListAnswer(true, coins, hasMore ? coins[^1].TokenId : null));
    }

    private static async Task<Reply> SupplyAsync(ApiCall call)
    {
        Supply supply = await call.Reader.FindAsync(Supply.Table, Supply.Key, call.Aborted).ConfigureAwait(false) ?? Supply.None;
        supply = supply.At(Zeqond.FromUnixMs(call.NowMs));
        SupplySums s = supply.Shown;
        return call.Ok(new SupplyAnswer(
            true, s.Minted, s.Burned, s.MigratedOut, s.MigratedIn, s.InCirculation, s.Active, s.Bearer, Zeqond.FromUnixMs(call.NowMs).Value / Supply.WindowZeqonds * Supply.WindowZeqonds));
    }
}
