using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Bearer coins: out into a file, back, and in again at their home or at another (spec 10 §6).</summary>
internal static class BearerEndpoints
{
    private static readonly Field<long> ExportedSeq = Fields.Integer("spend_seq", 1, (1L << 53) - 1);
    private static readonly Field<string> Ticket = Fields.LowerHex("bearer_ticket", 64);
    private static readonly Field<Zid> ToZid = Fields.ZidField("to_zid", RejectionCode.InvalidRecipient);
    private static readonly Field<BearerCoin> Coin = new("coin", true, RejectionCode.InvalidCoin, Schema(),
        (JsonElement json, out BearerCoin value) => BearerCoinJson.TryRead(json, out value!));

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/envelopes/{token_id}/export", "The holder exports a coin: whoever has the answer can redeem it.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Fields.TokenId],
            Answer = WireJson.Default.ExportAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound, RejectionCode.NotOwner, RejectionCode.NotActive, RejectionCode.Staked],
            IsIdempotent = true,
            Handle = ExportAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/envelopes/{token_id}/reclaim", "Who exported a coin takes it back: every copy of its file is superseded.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Path = [Fields.TokenId],
            Answer = WireJson.Default.ReclaimAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.TokenNotFound, RejectionCode.NotOwner, RejectionCode.NotBearer, RejectionCode.AlreadyMigrated],
            IsIdempotent = true,
            Handle = async call =>
            {
                TokenId token = call.Get(Fields.TokenId);
                return await call.ExecuteAsync(
                    new ReclaimEnvelope(call.Caller, token, await IsHeldAsync(call, token).ConfigureAwait(false)),
                    (moved, now) => new ReclaimAnswer(
                        true, moved.Coin.TokenId.Text, moved.Coin.ValueZqt, moved.Coin.SpendSeq, WireMap.StatusText(moved.Coin.Status), moved.Receipt.ToBody(),
                        now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
            },
        };
        yield return new ApiRoute("POST", "/api/tally/coins/redeem", "The bearer of a coin redeems it: at its home, or at a home that trusts its issuer.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Body = [Coin],
            Answer = WireJson.Default.RedeemAnswer,
            Refuses =
            [
                RejectionCode.InvalidCoin, RejectionCode.InvalidTicket, RejectionCode.IssuerNotTrusted, RejectionCode.IssuerLimit, RejectionCode.TokenNotFound,
                RejectionCode.Superseded, RejectionCode.AlreadyMigrated, RejectionCode.Conflict, RejectionCode.PeerUnreachable, RejectionCode.PeerKeyChanged,
            ],
            IsIdempotent = true,
            Handle = async call =>
            {
                using BearerCoin coin = call.Get(Coin);
                return await RedeemAsync(call, coin).ConfigureAwait(false);
            },
        };
        yield return new ApiRoute("POST", "/api/tally/coins/migrate-out", "Another home redeems a coin of this one: it ends here, and that home mints for it.")
        {
            RateLimit = RateLimits.TransferClaim,
            Body = [Fields.TokenId, ExportedSeq, Ticket, ToZid, Fields.ToOrigin],
            Answer = WireJson.Default.MigrateOutAnswer,
            Refuses =
            [
                RejectionCode.InvalidTokenId, RejectionCode.InvalidRecipient, RejectionCode.InvalidOrigin, RejectionCode.TokenNotFound, RejectionCode.InvalidTicket,
                RejectionCode.Superseded, RejectionCode.AlreadyMigrated,
            ],
            SignsAnswer = true,
            Handle = MigrateOutAsync,
        };
    }

    private static async Task<Reply> ExportAsync(ApiCall call)
    {
        TokenId token = call.Get(Fields.TokenId);
        return await call.ExecuteAsync(
            new ExportEnvelope(call.Caller, token, await IsHeldAsync(call, token).ConfigureAwait(false)),
            (exported, now) =>
            {
                using BearerCoin coin = exported.ToBearerCoin();
                return new ExportAnswer(true, CoinBody.Of(coin), now.Zeqond.Value, now.Phase());
            }).ConfigureAwait(false);
    }

    private static async Task<Reply> RedeemAsync(ApiCall call, BearerCoin coin)
    {
        Origin here = call.Context.Origin;
        if (coin.Claim.HomeOrigin != here)
        {
            // Another home is asked for this: as often as for claims (spec 05 rule 15).
            if (call.Services.Limits.TryTake(RateLimits.Claims, call.ClientId) is { } wait)
            {
                return call.Refuse(RejectionCode.RateLimited, "Too many redeems of other homes' coins; try again later.") with { RetryAfterSeconds = wait };
            }

            StepResult<Redeemed> result = await call.Services.Redeems.RedeemAsync(call.Caller, coin, call.Aborted).ConfigureAwait(false);
            return result.Value is { } redeemed
                ? await call.KeepAsync(now => new RedeemAnswer(
                    true, redeemed.Coin.TokenId.Text, redeemed.Coin.ValueZqt, redeemed.Coin.SpendSeq, WireMap.StatusText(redeemed.Coin.Status), here.Text,
                    redeemed.Coin.MigratedFrom, null, MigrationBody.Of(redeemed.Migration), now.Zeqond.Value, now.Phase())).ConfigureAwait(false)
                : Reply.Refuse(result.Why!, call.NowMs);
        }

        if (!coin.ProofHolds(call.Context.Keys.NodePublicKey))
        {
            return call.Refuse(RejectionCode.InvalidCoin, "This home did not sign this coin.");
        }

        Envelope? row = await call.Reader.FindAsync(Envelope.Table, coin.Claim.TokenId.Text, call.Aborted).ConfigureAwait(false);
        return row is null
            ? call.Refuse(RejectionCode.TokenNotFound, "This coin does not exist here.")
            : await call.ExecuteAsync(
                new RedeemEnvelope(call.Caller, row.TokenId, coin.SpendSeq, Hex.Encode(coin.Ticket), row.IssuedTo),
                (moved, now) => new RedeemAnswer(
                    true, moved.Coin.TokenId.Text, moved.Coin.ValueZqt, moved.Coin.SpendSeq, WireMap.StatusText(moved.Coin.Status), here.Text, moved.Coin.MigratedFrom,
                    moved.Receipt.ToBody(), null, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    private static async Task<Reply> MigrateOutAsync(ApiCall call)
    {
        Origin toOrigin = call.Get(Fields.ToOrigin);
        if (!call.Services.MayBeHome(toOrigin))
        {
            return call.Refuse(RejectionCode.InvalidOrigin, "to_origin is an https origin.");
        }

        Envelope? row = await call.Reader.FindAsync(Envelope.Table, call.Get(Fields.TokenId).Text, call.Aborted).ConfigureAwait(false);
        return await call.ExecuteAsync(
            new MigrateOut(call.Get(Fields.TokenId), call.Get(ExportedSeq), call.Get(Ticket), call.Get(ToZid), toOrigin, row?.IssuedTo ?? Zid.System),
            (migration, now) => new MigrateOutAnswer(true, MigrationBody.Of(migration), now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    private static async ValueTask<bool> IsHeldAsync(ApiCall call, TokenId token) =>
        await call.Reader.FindAsync(Envelope.Table, token.Text, call.Aborted).ConfigureAwait(false) is { } coin && coin.IsHeldBy(call.Caller.Zid, call.Context.Origin);

    private static JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["description"] = "The coin of an export, as it was answered there or opened from its file.",
        ["required"] = new JsonArray(
            "kind", "v", "token_id", "token_hash", "value_zqt", "home_origin", "node_sig", "node_pubkey", "node_sig_alg", "claim", "spend_seq", "bearer_ticket",
            "export_zeqond"),
    };
}
