using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// What the home of a coin answers to holders and homes elsewhere (spec 10 §4 and §5). No account is needed; the answers are signed for
/// other homes (spec 05 rule 14).
/// </summary>
internal static class HomeClaimEndpoints
{
    private static readonly Field<Zid> From = Fields.ZidField("from", RejectionCode.InvalidRequest);
    private static readonly Field<Zid> Holder = Fields.ZidField("holder");
    private static readonly Field<Zid> HolderZid = Fields.ZidField("holder_zid");
    private static readonly Field<Origin> ToOrigin = Fields.ToOrigin.Optional();
    private static readonly Field<string> Mac = Fields.LowerHex("mac", 64);
    private static readonly Field<string> OptionalTicket = Fields.ClaimTicket.Optional();
    private static readonly Field<string> Acceptance = Fields.LowerHex("acceptance", 64);
    private static readonly Field<string> HomeSig = Fields.LowerHex("home_sig", 128);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/receipt/verify", "Whether a receipt is this home's, and whether the coin still stands there.")
        {
            RateLimit = RateLimits.ReceiptVerify,
            Body = [Fields.TokenId, From, Fields.Recipient, ToOrigin, Fields.SpendSeq, Fields.Zeqond, Fields.HomeOrigin, Mac, OptionalTicket],
            Answer = WireJson.Default.ReceiptVerifyAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin],
            SignsAnswer = true,
            Handle = VerifyAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/envelopes/accept-claim", "The home of the new holder accepts a payment: from then on it is final.")
        {
            RateLimit = RateLimits.TransferClaim,
            Body = [Fields.TokenId, HolderZid, Fields.ClaimTicket, Acceptance, HomeSig],
            Answer = WireJson.Default.AcceptClaimAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound, RejectionCode.InvalidTicket, RejectionCode.InvalidAcceptance, RejectionCode.TicketSpent,
                RejectionCode.NotActive, RejectionCode.PeerUnreachable, RejectionCode.PeerKeyChanged,
            ],
            SignsAnswer = true,
            Handle = AcceptAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/envelopes/transfer-claim", "A remote holder moves a coin onward with its ticket.")
        {
            RateLimit = RateLimits.TransferClaim,
            Body = [Fields.TokenId, HolderZid, Fields.Recipient, ToOrigin, Fields.ClaimTicket],
            Answer = WireJson.Default.TransferAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin, RejectionCode.SelfTransfer, RejectionCode.TokenNotFound,
                RejectionCode.RecipientNotFound, RejectionCode.InvalidTicket, RejectionCode.TicketSpent, RejectionCode.NotActive,
            ],
            SignsAnswer = true,
            Handle = call => call.Maybe(ToOrigin) is { } origin && !call.Services.MayBeHome(origin)
                ? Task.FromResult(call.Refuse(RejectionCode.InvalidOrigin, "to_origin is an https origin."))
                : call.ExecuteAsync(
                    new TransferClaim(call.Get(Fields.TokenId), call.Get(HolderZid), call.Get(Fields.Recipient), call.Maybe(ToOrigin), call.Get(Fields.ClaimTicket)),
                    EnvelopeEndpoints.Answer),
        };
        yield return new ApiRoute("POST", "/api/tally/envelopes/reissue-claim", "The home that accepted a coin gets its current ticket again.")
        {
            RateLimit = RateLimits.TransferClaim,
            Body = [Fields.TokenId, Holder, Fields.SpendSeq, Fields.Zeqond, HomeSig],
            Answer = WireJson.Default.ReissueClaimAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound, RejectionCode.InvalidAcceptance, RejectionCode.StaleRequest, RejectionCode.TicketSpent],
            SignsAnswer = true,
            Handle = ReissueAsync,
        };
    }

    private static async Task<Reply> VerifyAsync(ApiCall call)
    {
        // An absent to_origin counts as home_origin (spec 10 §10).
        var receipt = new Receipt(
            call.Get(Fields.TokenId), call.Get(From), call.Get(Fields.Recipient), call.Maybe(ToOrigin) ?? call.Get(Fields.HomeOrigin), call.Get(Fields.SpendSeq),
            new Zeqond(call.Get(Fields.Zeqond)), call.Get(Fields.HomeOrigin), call.Get(Mac));
        bool isValid = receipt.HomeOrigin == call.Context.Origin && receipt.Holds(call.Context.Keys.Receipt);
        Envelope? coin = isValid ? await call.Reader.FindAsync(Envelope.Table, receipt.TokenId.Text, call.Aborted).ConfigureAwait(false) : null;
        bool isCurrent = coin is not null && coin.SpendSeq == receipt.SpendSeq && coin.IsHeldBy(receipt.To, receipt.ToOrigin) && coin.Status == EnvelopeStatus.Active;
        bool? ticketValid = call.MaybeText(OptionalTicket) is { } ticket
            ? isValid && ClaimTicket.Holds(call.Context.Keys.ClaimTicket, receipt.TokenId, receipt.To, receipt.SpendSeq, ticket)
            : null;
        long now = call.NowMs;
        return call.Ok(
            new ReceiptVerifyAnswer(true, isValid, isCurrent, ticketValid, coin?.SpendSeq, coin?.ValueZqt, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)), now);
    }

    private static async Task<Reply> AcceptAsync(ApiCall call)
    {
        TokenId token = call.Get(Fields.TokenId);
        Zid holder = call.Get(HolderZid);
        string acceptance = call.Get(Acceptance);
        Envelope? coin = await call.Reader.FindAsync(Envelope.Table, token.Text, call.Aborted).ConfigureAwait(false);
        Move? last = await call.Reader.FindAsync(Move.Table, token.Text, call.Aborted).ConfigureAwait(false);
        if (coin is null || last is null)
        {
            return call.Refuse(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        // The same acceptance again is for the height before the one that it made; a restore since then has changed no hands.
        Move? beforeEpoch = await EnvelopeEndpoints.BelowEpochsAsync(call, last).ConfigureAwait(false);
        Move made = beforeEpoch ?? last;
        bool isRepeat = made.Kind == MoveKind.Accept && made.ProofHash == MoveWriter.ProofHash(acceptance);
        long height = isRepeat ? made.SpendSeq - 1 : coin.SpendSeq;
        if (!isRepeat && RemoteHolder.Refusal(coin, holder, call.Get(Fields.ClaimTicket), call.Context) is { } refusal)
        {
            return Reply.Refuse(refusal, call.NowMs);
        }

        // Whose home it is says the coin's row, never the request.
        Origin holderOrigin = coin.HolderOrigin;
        string? key = isRepeat ? made.HolderKey : null;
        if (key is null)
        {
            (key, Rejection? why) = await call.Services.Peers.NodeKeyAsync(holderOrigin, null, call.Aborted).ConfigureAwait(false);
            if (key is null)
            {
                return Reply.Refuse(why!, call.NowMs);
            }
        }

        if (!SignedStamp.Verify(AcceptClaim.SignedText(call.Context.Origin, token, holder, holderOrigin, height, acceptance), call.Get(HomeSig), key))
        {
            return call.Refuse(RejectionCode.InvalidAcceptance, "The holder's home did not sign this acceptance.");
        }

        if (ChargeHome(call, holderOrigin) is { } limited)
        {
            return limited;
        }

        return await call.ExecuteAsync(
            new AcceptClaim(token, holder, holderOrigin, key, call.Get(Fields.ClaimTicket), acceptance, height, beforeEpoch),
            (moved, now) => new AcceptClaimAnswer(true, moved.Receipt.ToBody(), moved.ClaimTicket!, moved.Coin.ValueZqt, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    private static async Task<Reply> ReissueAsync(ApiCall call)
    {
        TokenId token = call.Get(Fields.TokenId);
        Envelope? coin = await call.Reader.FindAsync(Envelope.Table, token.Text, call.Aborted).ConfigureAwait(false);
        Move? last = await call.Reader.FindAsync(Move.Table, token.Text, call.Aborted).ConfigureAwait(false);
        if (coin is null || last is null)
        {
            return call.Refuse(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        long now = call.NowMs;
        (string? ticket, Rejection? why) = RemoteHolder.Reissue(
            coin, last, call.Get(Holder), call.Get(Fields.SpendSeq), new Zeqond(call.Get(Fields.Zeqond)), call.Get(HomeSig), Zeqond.FromUnixMs(now), call.Context);
        return ticket is null
            ? Reply.Refuse(why!, now)
            : ChargeHome(call, coin.HolderOrigin)
                ?? call.Ok(new ReissueClaimAnswer(true, ticket, coin.SpendSeq, coin.ValueZqt, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)), now);
    }

    /// <summary>Signed calls of a home are limited by home, not by address: many homes may stand behind one (spec 05 rule 15).</summary>
    private static Reply? ChargeHome(ApiCall call, Origin home)
    {
        call.Services.Limits.Charge(RateLimits.TransferClaim, call.ClientId, -1);
        return call.Services.Limits.TryTake(RateLimits.PeerHome, home.Text) is { } wait
            ? call.Refuse(RejectionCode.RateLimited, "Too many calls of this home; try again later.") with { RetryAfterSeconds = wait }
            : null;
    }
}
