namespace Zeq.Client;

/// <summary>Charged computes, their proofs and their price (spec 10 §1).</summary>
public sealed class ComputeClient
{
    private readonly ZeqTransport _transport;

    internal ComputeClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>POST /api/zeq/compute</c>: computes, charges and mints in one step.</summary>
    /// <param name="request">Operators, inputs, and which pools may pay.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ComputeAnswer> ComputeAsync(ComputeRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/zeq/compute", request, WireJson.Default.ComputeRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.ComputeAnswer, ct);

    /// <summary><c>POST /api/zeq/verify</c>: whether a proof is this home's.</summary>
    public Task<ValidAnswer> VerifyAsync(VerifyProofRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, "api/zeq/verify", request, WireJson.Default.VerifyProofRequest, Repeat.Safe, null, WireJson.Default.ValidAnswer, ct);

    /// <summary><c>GET /api/zeq/operators</c>: what the kernel computes. Needs no key.</summary>
    public Task<OperatorListAnswer> ListOperatorsAsync(CancellationToken ct = default) =>
        _transport.GetAsync("api/zeq/operators", WireJson.Default.OperatorListAnswer, ct);

    /// <summary><c>GET /api/tally/cost</c>: what these operators would cost together. Needs no key.</summary>
    public Task<CostAnswer> GetCostAsync(IReadOnlyList<string> operators, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(operators);
        return _transport.GetAsync(new UrlQuery("api/tally/cost").Add("operators", string.Join(',', operators)).ToString(), WireJson.Default.CostAnswer, ct);
    }
}
