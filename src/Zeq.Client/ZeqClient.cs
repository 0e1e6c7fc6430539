using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// A typed client of one home: one method per route, grouped by feature. A refusal is a <see cref="ZeqApiException"/>, no answer a
/// <see cref="ZeqUnreachableException"/>. Calls that are safe to repeat are repeated where the home cannot be reached or says 503;
/// mutations carry an <c>Idempotency-Key</c> for that. The key is sent to the dialled origin alone and shown nowhere. Thread-safe.
/// </summary>
public sealed class ZeqClient : IDisposable
{
    private readonly HttpClient? _owned;
    private readonly ZeqTransport _transport;

    /// <summary>A client over an <see cref="HttpClient"/> of the caller, which stays the caller's; it should not follow redirects.</summary>
    /// <param name="http">Sends; its base address and default headers are not used.</param>
    /// <param name="origin">The home; https, or http on this machine.</param>
    /// <param name="key">An account, machine or admin key; null calls without one.</param>
    /// <exception cref="ArgumentException">The origin is http elsewhere, or the key has not the form of one.</exception>
    public ZeqClient(HttpClient http, Origin origin, string? key = null)
        : this(http, new ZeqClientOptions { Origin = origin, Key = key })
    {
    }

    /// <summary>A client over an <see cref="HttpClient"/> of the caller, which stays the caller's; it should not follow redirects.</summary>
    /// <param name="http">Sends; its base address and default headers are not used.</param>
    /// <param name="options">How to reach the home.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public ZeqClient(HttpClient http, ZeqClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        _transport = new ZeqTransport(http, options);
        Time = new TimeClient(_transport);
        Identity = new IdentityClient(_transport, Time);
        Fuel = new FuelClient(_transport);
        Compute = new ComputeClient(_transport);
        Envelopes = new EnvelopeClient(_transport);
        Burn = new BurnClient(_transport);
        Votes = new VoteClient(_transport);
        Claims = new ClaimClient(_transport);
        Bearer = new BearerClient(_transport);
        Chain = new ChainClient(_transport);
        Contracts = new ContractClient(_transport);
        KeyExchange = new KeyExchangeClient(_transport);
        Admin = new AdminClient(_transport);
    }

    private ZeqClient(HttpClient owned, ZeqClientOptions options, bool owns)
        : this(owned, options) => _owned = owns ? owned : null;

    /// <summary>A client with connections of its own, which follow no redirect and keep no cookie.</summary>
    /// <param name="options">How to reach the home.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static ZeqClient Create(ZeqClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        return new ZeqClient(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }, options, owns: true);
    }

    /// <summary>The home that this client dials.</summary>
    public Origin Origin => _transport.Origin;

    /// <summary>The home's clock.</summary>
    public TimeClient Time { get; }

    /// <summary>Accounts, keys, recovery.</summary>
    public IdentityClient Identity { get; }

    /// <summary>Fuel.</summary>
    public FuelClient Fuel { get; }

    /// <summary>Computes and operators.</summary>
    public ComputeClient Compute { get; }

    /// <summary>Coins at their home.</summary>
    public EnvelopeClient Envelopes { get; }

    /// <summary>The one-way valve from coins to burn credits.</summary>
    public BurnClient Burn { get; }

    /// <summary>Votes with coins.</summary>
    public VoteClient Votes { get; }

    /// <summary>Coins of other homes that the caller holds.</summary>
    public ClaimClient Claims { get; }

    /// <summary>Bearer coins.</summary>
    public BearerClient Bearer { get; }

    /// <summary>Machines and their chains.</summary>
    public ChainClient Chain { get; }

    /// <summary>Contracts of machines.</summary>
    public ContractClient Contracts { get; }

    /// <summary>First contact with machines.</summary>
    public KeyExchangeClient KeyExchange { get; }

    /// <summary>What only the admin of a home asks.</summary>
    public AdminClient Admin { get; }

    /// <summary>The origin; never the key.</summary>
    public override string ToString() => $"ZeqClient {Origin}";

    /// <summary>Closes connections that the client made itself.</summary>
    public void Dispose() => _owned?.Dispose();
}
