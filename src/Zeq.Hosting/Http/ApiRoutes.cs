namespace Zeq.Hosting;

/// <summary>Every route of a home, feature by feature.</summary>
internal static class ApiRoutes
{
    public static IReadOnlyList<ApiRoute> All(ZeqOptions options) =>
    [
        .. TimeEndpoints.Routes(),
        .. IdentityEndpoints.Routes(options),
        .. ComputeEndpoints.Routes(),
        .. FuelEndpoints.Routes(),
        .. EnvelopeEndpoints.Routes(),
        .. BurnEndpoints.Routes(),
        .. VoteEndpoints.Routes(),
        .. HomeClaimEndpoints.Routes(),
        .. ClaimEndpoints.Routes(),
        .. BearerEndpoints.Routes(),
        .. ChainEndpoints.Routes(),
        .. MachineEndpoints.Routes(),
        .. StreamEndpoints.Routes(),
        .. ContractEndpoints.Routes(),
        .. KeyExchangeEndpoints.Routes(),
        .. AdminEndpoints.Routes(),
        .. IssuerEndpoints.Routes(),
    ];
}
