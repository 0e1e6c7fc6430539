using System.Text.Json.Serialization.Metadata;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Which key a route takes (spec 00, "Who calls"; spec 05 rule 3).</summary>
internal enum RouteAuth
{
    /// <summary>None; one that is sent is ignored.</summary>
    None,

    /// <summary>None is needed; one that is sent must be valid, and may show more.</summary>
    Optional,

    /// <summary>Any valid key.</summary>
    Any,

    /// <summary>Any valid key, or the admin key.</summary>
    AnyOrAdmin,

    /// <summary>A key that may move value.</summary>
    Wallet,

    /// <summary>An account key.</summary>
    Account,

    /// <summary>The admin key.</summary>
    Admin,
}

/// <summary>
/// One route: what it takes, who may ask, what it answers, and the handler. The request is checked against it and the OpenAPI document is
/// drawn from it, so that the two cannot differ.
/// </summary>
internal sealed record ApiRoute(string Method, string Pattern, string Summary)
{
    public RouteAuth Auth { get; init; }

    /// <summary>The bucket of <c>Zeq:RateLimits</c>.</summary>
    public string RateLimit { get; init; } = RateLimits.Default;

    public IReadOnlyList<Field> Body { get; init; } = [];

    public IReadOnlyList<Field> Query { get; init; } = [];

    /// <summary>The forms of the path's parameters.</summary>
    public IReadOnlyList<Field> Path { get; init; } = [];

    /// <summary>The body of a success; null for streams.</summary>
    public JsonTypeInfo? Answer { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>What a rule may say besides the codes that every route has.</summary>
    public IReadOnlyList<RejectionCode> Refuses { get; init; } = [];

    /// <summary>Whether <c>Idempotency-Key</c> counts here: on mutations with a key (spec 05 rule 5).</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Whether the answer carries the home's signature for other homes (spec 05 rule 14).</summary>
    public bool SignsAnswer { get; init; }

    /// <summary>The content type of the success, where it is not JSON; several are joined by a comma and a space.</summary>
    public string? Streams { get; init; }

    public required Func<ApiCall, Task<Reply>> Handle { get; init; }

    /// <summary>Whether the route changes state.</summary>
    public bool IsMutation => Method != "GET";
}
