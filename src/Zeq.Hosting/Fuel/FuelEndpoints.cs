using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Fuel (spec 10 §2).</summary>
internal static class FuelEndpoints
{
    private static readonly Field<Zid> ZidMember = Fields.ZidField("zid");
    private static readonly Field<long> Paid = Fields.Integer("paid", 1, GrantFuel.MaxPaid);
    private static readonly Field<string> Reference = Fields.Line("reference", 1, 128);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("GET", "/api/tally/credits/{zid}", "The fuel of an account, for itself and the admin.")
        {
            Auth = RouteAuth.AnyOrAdmin,
            RateLimit = RateLimits.Tally,
            Path = [ZidMember],
            Answer = WireJson.Default.CreditsAnswer,
            Refuses = [RejectionCode.ZidNotFound],
            Handle = ShowAsync,
        };
        yield return new ApiRoute("POST", "/api/tally/credits/claim", "Tops free fuel up, once per UTC day.")
        {
            Auth = RouteAuth.Wallet,
            RateLimit = RateLimits.Tally,
            Answer = WireJson.Default.CreditsAnswer,
            Refuses = [RejectionCode.AlreadyClaimed, RejectionCode.ClaimNotNeeded],
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(new ClaimDailyFuel(call.Caller.Zid), Answer),
        };
        yield return new ApiRoute("POST", "/api/tally/credits/grant", "Adds paid fuel, once per reference.")
        {
            Auth = RouteAuth.Admin,
            Body = [ZidMember, Paid, Reference],
            Answer = WireJson.Default.CreditsAnswer,
            Refuses = [RejectionCode.ZidNotFound, RejectionCode.ReferenceConflict],
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(new GrantFuel(call.Get(ZidMember), call.Get(Paid), call.Get(Reference)), Answer),
        };
        yield return new ApiRoute("POST", "/api/tally/credits/transfer", "Always refused: credits never move.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.Tally,
            Answer = WireJson.Default.CreditsAnswer,
            Refuses = [RejectionCode.Gone],
            Handle = call => Task.FromResult(call.Refuse(RejectionCode.Gone, "Credits never move; coins do.")),
        };
    }

    private static CreditsAnswer Answer(FuelPool pool, Moment now) => new(true, pool.Zid.Text, pool.Free, pool.Burn, pool.Paid, pool.Balance, now.Zeqond.Value, now.Phase());

    private static async Task<Reply> ShowAsync(ApiCall call)
    {
        Zid zid = call.Get(ZidMember);
        if (!call.IsAdmin && call.MaybeCaller?.Zid != zid)
        {
            return call.Refuse(RejectionCode.Forbidden, "Fuel is shown to its own account.");
        }

        FuelPool? pool = await call.Reader.FindAsync(FuelPool.Table, zid.Text, call.Aborted).ConfigureAwait(false);
        return pool is null ? call.Refuse(RejectionCode.ZidNotFound, "This ZID does not exist here.") : call.Ok(Answer(pool, new Moment(call.NowMs, default)));
    }
}
