using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Coins of other homes, for their holders here (spec 10 §5).</summary>
internal static class ClaimEndpoints
{
    private const int MaxPage = 200;

    private static readonly Field<Zid> From = Fields.ZidField("from", RejectionCode.InvalidRequest);
    private static readonly Field<Zid> ZidMember = Fields.ZidField("zid");
    private static readonly Field<string> Mac = Fields.LowerHex("mac", 64);
    private static readonly Field<Origin> ToOrigin = Fields.ToOrigin.Optional();
    private static readonly Field<Origin> HomeOrigin = Fields.HomeOrigin.Optional();
    private static readonly Field<TokenId> After = Fields.TokenId.Named("after").Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<bool> IncludeSender = Fields.Flag("include_sender").Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/claims/import", "Takes a payment from another home: verified there, accepted there, then held here.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Claims,
            Body = [Fields.TokenId, From, Fields.Recipient, Fields.ToOrigin, Fields.SpendSeq, Fields.Zeqond, Fields.HomeOrigin, Mac, Fields.ClaimTicket],
            Answer = WireJson.Default.ClaimAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin, RejectionCode.NotOwner, RejectionCode.ReceiptRejected,
                RejectionCode.Superseded, RejectionCode.PeerUnreachable, RejectionCode.PeerKeyChanged, RejectionCode.TokenNotFound,
            ],
            IsIdempotent = true,
            Handle = ImportAsync,
        };
        yield return new ApiRoute("GET", "/api/tally/claims/{zid}", "The caller's claims.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [ZidMember],
            Query = [After, PageLimit],
            Answer = WireJson.Default.ClaimListAnswer,
            Refuses = [RejectionCode.Forbidden],
            Handle = ListAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/claims/{token_id}/refresh", "Asks the coin's home how a claim stands.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Claims,
            Path = [Fields.TokenId],
            Body = [HomeOrigin],
            Answer = WireJson.Default.ClaimAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidOrigin, RejectionCode.ClaimNotFound, RejectionCode.AmbiguousClaim, RejectionCode.PeerUnreachable,
                RejectionCode.PeerKeyChanged,
            ],
            IsIdempotent = true,
            Handle = call => WithClaimAsync(call, async claim =>
                await call.Services.Claims.RefreshAsync(claim, call.Aborted).ConfigureAwait(false) is { Why: { } why } ? Reply.Refuse(why, call.NowMs)
                : await KeepClaimAsync(call, claim).ConfigureAwait(false)),
        };
        yield return new ApiRoute("POST", "/api/tally/claims/transfer", "Moves a claim onward through the coin's home.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Claims,
            Body = [Fields.TokenId, Fields.Recipient, ToOrigin, HomeOrigin],
            Answer = WireJson.Default.ClaimTransferAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin, RejectionCode.SelfTransfer, RejectionCode.ClaimNotFound,
                RejectionCode.RecipientNotFound, RejectionCode.AmbiguousClaim, RejectionCode.AmbiguousRecipient, RejectionCode.InFlight, RejectionCode.Superseded,
                RejectionCode.Conflict, RejectionCode.TokenNotFound, RejectionCode.PeerUnreachable, RejectionCode.PeerKeyChanged,
            ],
            IsIdempotent = true,
            Handle = TransferAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/claims/publish", "Publishes a held claim, anchored at the coin's home.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Body = [Fields.TokenId, HomeOrigin, IncludeSender],
            Answer = WireJson.Default.PublishAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.InvalidOrigin, RejectionCode.ClaimNotFound, RejectionCode.AmbiguousClaim, RejectionCode.Superseded],
            IsIdempotent = true,
            Handle = call => WithClaimAsync(call, claim => PublishAsync(call, claim)),
        };
    }

    private static async Task<Reply> ImportAsync(ApiCall call)
    {
        var receipt = new Receipt(
            call.Get(Fields.TokenId), call.Get(From), call.Get(Fields.Recipient), call.Get(Fields.ToOrigin), call.Get(Fields.SpendSeq),
            new Zeqond(call.Get(Fields.Zeqond)), call.Get(Fields.HomeOrigin), call.Get(Mac));
        Origin here = call.Context.Origin;
        if (receipt.ToOrigin != here || receipt.HomeOrigin == here || !call.Services.MayBeHome(receipt.HomeOrigin))
        {
            return call.Refuse(RejectionCode.InvalidOrigin, "An import is of another home's coin, sent to this home.");
        }

        if (receipt.To != call.Caller.Zid)
        {
            return call.Refuse(RejectionCode.NotOwner, "The receipt names another recipient.");
        }

        StepResult<ClaimRow> result = await call.Services.Claims.ImportAsync(receipt, call.Get(Fields.ClaimTicket), call.Aborted).ConfigureAwait(false);
        return result.Value is { } claim
            ? await call.KeepAsync(now => new ClaimAnswer(true, claim.ToBody(), now.Zeqond.Value, now.Phase())).ConfigureAwait(false)
            : Reply.Refuse(result.Why!, call.NowMs);
    }

    private static async Task<Reply> ListAsync(ApiCall call)
    {
        Zid zid = call.Get(ZidMember);
        if (zid != call.Caller.Zid)
        {
            return call.Refuse(RejectionCode.Forbidden, "Claims are shown to their holder.");
        }

        Query<ClaimRow> query = new Query<ClaimRow>(ClaimRow.Table).Where("zid", zid.Text);
        if (call.TryGet(After, out TokenId after))
        {
            query = query.Where("token_id", Comparison.Greater, Cell.Of(after.Text));
        }

        var claims = new List<ClaimBody>();
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        long limit = call.Maybe(PageLimit) ?? MaxPage;
        bool hasMore = false;
        await foreach (ClaimRow claim in call.Reader.QueryAsync(query.OrderBy(false, "zid", "token_id"), call.Aborted).ConfigureAwait(false))
        {
            // Coins of one name share a page: the place after it is a name.
            if (claims.Count >= limit && claims[^1].TokenId != claim.TokenId.Text)
            {
                hasMore = true;
                break;
            }

            claims.Add(claim.ToBody());
            if (claim is { IsTrusted: true, Status: ClaimStatus.Held })
            {
                sums[claim.HomeOrigin.Text] = sums.GetValueOrDefault(claim.HomeOrigin.Text) + claim.ValueZqt;
            }
        }

        return call.Ok(new ClaimListAnswer(true, claims, hasMore ? claims[^1].TokenId : null, [.. sums.Select(sum => new ClaimSum(sum.Key, sum.Value))]));
    }

    private static Task<Reply> TransferAsync(ApiCall call)
    {
        Origin? toOrigin = call.Maybe(ToOrigin);
        return toOrigin is { } origin && !call.Services.MayBeHome(origin)
            ? Task.FromResult(call.Refuse(RejectionCode.InvalidOrigin, "to_origin is an https origin."))
            : WithClaimAsync(call, async claim =>
            {
                // The claim's own home named explicitly is the same as none named; but then no namesake here can be meant.
                StepResult<ClaimTransferAnswer> result = await call.Services.Claims.TransferAsync(call.Caller, claim, call.Get(Fields.Recipient), toOrigin, call.Aborted).ConfigureAwait(false);
                return result.Value is { } answer
                    ? await call.KeepAsync(now => answer with { Zeqond = now.Zeqond.Value, Phase = now.Phase() }).ConfigureAwait(false)
                    : Reply.Refuse(result.Why!, call.NowMs);
            });
    }

    private static async Task<Reply> PublishAsync(ApiCall call, ClaimRow claim)
    {
        bool includeSender = call.TryGet(IncludeSender, out bool include) && include;
        Executed<ClaimRow> executed = await call.Home.ExecuteAsync(new PublishClaim(call.Caller, claim.HomeOrigin, claim.TokenId, includeSender), call.Aborted).ConfigureAwait(false);
        if (executed.Decision is not Accepted<ClaimRow> { Result: { PublishedSeq: { } seq } })
        {
            return ApiCall.Refused(executed);
        }

        Slug machine = call.Caller.Zid.OwnMachine;
        ChainRow row = (await ChainEndpoints.FindRowAsync(call, machine, seq).ConfigureAwait(false))!;
        return await call.KeepAsync(now => new PublishAnswer(true, machine.Text, seq, row.StateHash, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    private static async Task<Reply> KeepClaimAsync(ApiCall call, ClaimRow claim)
    {
        ClaimRow fresh = (await call.Services.Claims.FindClaimAsync(claim.HomeOrigin, claim.TokenId, claim.Holder, call.Aborted).ConfigureAwait(false))!;
        return await call.KeepAsync(now => new ClaimAnswer(true, fresh.ToBody(), now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    /// <summary>Finds the caller's claim by coin and home; without a home, where only one matches (spec 05 rule 9).</summary>
    private static async Task<Reply> WithClaimAsync(ApiCall call, Func<ClaimRow, Task<Reply>> handle)
    {
        Query<ClaimRow> query = new Query<ClaimRow>(ClaimRow.Table).Where("zid", call.Caller.Zid.Text).Where("token_id", call.Get(Fields.TokenId).Text);
        if (call.TryGet(HomeOrigin, out Origin home))
        {
            query = query.Where("home_origin", home.Text);
        }

        var found = new List<ClaimRow>();
        await foreach (ClaimRow claim in call.Reader.QueryAsync(query.Take(2), call.Aborted).ConfigureAwait(false))
        {
            found.Add(claim);
        }

        return found.Count switch
        {
            0 => call.Refuse(RejectionCode.ClaimNotFound, "There is no such claim."),
            1 => await handle(found[0]).ConfigureAwait(false),
            _ => call.Refuse(RejectionCode.AmbiguousClaim, "Several homes have a coin of this name: say home_origin."),
        };
    }
}
