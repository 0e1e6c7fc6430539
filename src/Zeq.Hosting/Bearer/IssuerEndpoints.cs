using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Which homes' bearer coins are redeemed here: the admin's to say (spec 05 rule 8).</summary>
internal static class IssuerEndpoints
{
    private const string Path = "/api/admin/issuers";

    private static readonly Field<Origin> IssuerOrigin = Fields.OriginField("origin");
    private static readonly Field<long> MaxOutstanding = Fields.Integer("max_outstanding", 1, (1L << 53) - 1).Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", Path, "Trusts a home as an issuer, under a node key and up to a limit; said again, it is replaced.")
        {
            Auth = RouteAuth.Admin,
            Body = [IssuerOrigin, Fields.PublicKey, MaxOutstanding],
            Answer = WireJson.Default.IssuerAnswer,
            Refuses = [RejectionCode.InvalidOrigin],
            IsIdempotent = true,
            Handle = static call => call.Services.MayBeHome(call.Get(IssuerOrigin))
                ? call.ExecuteAsync(new TrustIssuer(call.Get(IssuerOrigin), new TrustedIssuer(call.Get(Fields.PublicKey), call.Maybe(MaxOutstanding))), Answer)
                : Task.FromResult(call.Refuse(RejectionCode.InvalidOrigin, "An issuer is an https origin.")),
        };
        yield return new ApiRoute("DELETE", Path, "Trusts a home as an issuer no longer; its coins that live here stay.")
        {
            Auth = RouteAuth.Admin,
            Body = [IssuerOrigin],
            Answer = WireJson.Default.IssuerAnswer,
            Refuses = [RejectionCode.InvalidOrigin, RejectionCode.IssuerNotFound],
            IsIdempotent = true,
            Handle = static call => call.ExecuteAsync(
                new DistrustIssuer(call.Get(IssuerOrigin), call.Services.Issuers.Configured(call.Get(IssuerOrigin))), Answer),
        };
        yield return new ApiRoute("GET", Path, "The issuers of the configuration and those that the admin named.")
        {
            Auth = RouteAuth.Admin,
            Answer = WireJson.Default.IssuerListAnswer,
            Handle = ListAsync,
        };
    }

    private static IssuerAnswer Answer(IssuerRow row, Moment now) =>
        new(true, row.Origin.Text, row.PublicKey, row.MaxOutstandingZqt, row.IsTrusted, now.Zeqond.Value, now.Phase());

    private static async Task<Reply> ListAsync(ApiCall call)
    {
        var issuers = new SortedDictionary<string, IssuerBody>(StringComparer.Ordinal);
        foreach ((Origin origin, TrustedIssuer issuer) in call.Services.Options.Issuers)
        {
            issuers[origin.Text] = new IssuerBody(origin.Text, issuer.PublicKey, issuer.MaxOutstandingZqt, Trusted: true);
        }

        await foreach (IssuerRow row in call.Reader.QueryAsync(new Query<IssuerRow>(IssuerRow.Table), call.Aborted).ConfigureAwait(false))
        {
            issuers[row.Origin.Text] = new IssuerBody(row.Origin.Text, row.PublicKey, row.MaxOutstandingZqt, row.IsTrusted);
        }

        return call.Ok(new IssuerListAnswer(true, [.. issuers.Values]));
    }
}
