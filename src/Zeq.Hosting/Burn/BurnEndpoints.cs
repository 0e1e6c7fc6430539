using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>The one-way valve (spec 10 §7).</summary>
internal static class BurnEndpoints
{
    private static readonly Field<IReadOnlyList<string>> Ids = Fields.Texts("ids", 1, BurnTransaction.MaxTokens);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/tally/envelopes/burn", "Coins become burn credits, all or none; the same coins again answer the first burn.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Body = [Ids],
            Answer = WireJson.Default.BurnAnswer,
            Refuses = [RejectionCode.InvalidTokenId, RejectionCode.NotEligible],
            IsIdempotent = true,
            Handle = BurnAsync,
        };
    }

    private static async Task<Reply> BurnAsync(ApiCall call)
    {
        (IReadOnlyList<TokenId> tokens, Reply? refusal) = CoinSelection.Read(call, Ids);
        return refusal ?? await call.ExecuteAsync(
            new BurnEnvelopes(call.Caller, tokens, await CoinSelection.HeldAsync(call, tokens).ConfigureAwait(false)), Answer).ConfigureAwait(false);
    }

    private static BurnAnswer Answer(BurnResult result, Moment now)
    {
        BurnRow burn = result.Burn;
        return new BurnAnswer(
            true, burn.BurnTx, burn.Zeqond.Value, result.Coins.Count, burn.SumValueZqt, burn.RateBps, burn.Credited, burn.Destroyed,
            [.. result.Coins.Select(coin => new BurnedEnvelope(coin.TokenId.Text, coin.ValueZqt))]);
    }
}
