using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// How a home is set up. Every value has its environment variable (spec 00, "Keys of a deployment"); <see cref="ZeqSettings"/> reads them.
/// Secrets stay in it as they were given, as text: a host that drops the options after the start drops them.
/// </summary>
public sealed class ZeqOptions
{
    /// <summary>The home's public origin, <c>ZEQ_ORIGIN</c>. Required.</summary>
    public Origin? Origin { get; set; }

    /// <summary>The home's short name, <c>ZEQ_NAME</c>; default the first 12 hex of SHA-256 of the origin. Fixed at the first start.</summary>
    public Slug? Name { get; set; }

    /// <summary>The folder of secrets and of the embedded store, <c>ZEQ_DATA</c>; default <c>zeq-data</c> in the working folder.</summary>
    public string DataFolder { get; set; } = "zeq-data";

    /// <summary>64 lower-case hex, <c>ZEQ_HOME_SECRET</c>: root of the MAC keys and of the node's key. Absent: made at the first start.</summary>
    public string? HomeSecret { get; set; }

    /// <summary>At least 32 characters, <c>ZEQ_NODE_SECRET</c>: the secret of ZeqDNS and of nothing else. Absent: made at the first start.</summary>
    public string? NodeSecret { get; set; }

    /// <summary>64 lower-case hex, <c>ZEQ_FIELD_KEY</c>: the key of secrets at rest. Absent: made at the first start.</summary>
    public string? FieldKey { get; set; }

    /// <summary>64 lower-case hex, <c>ZEQ_FIELD_KEY_PREV</c>: opens only, while the field key is rotated.</summary>
    public string? FieldKeyPrevious { get; set; }

    /// <summary>At least 32 characters, <c>ZEQ_MESH_SECRET</c>: root of tunnel keys. Absent: made at the first start.</summary>
    public string? MeshSecret { get; set; }

    /// <summary>At least 32 printable characters, <c>ZEQ_ADMIN_KEY</c>: key of the admin calls. Absent: made at the first start.</summary>
    public string? AdminKey { get; set; }

    /// <summary>Whether anyone may register, <c>ZEQ_REGISTRATION</c> (<c>open</c> or <c>closed</c>); default true.</summary>
    public bool IsRegistrationOpen { get; set; } = true;

    /// <summary>Development and tests only, <c>ZEQ_ALLOW_LOOPBACK_PEERS</c>: http and loopback origins are taken. Default false.</summary>
    public bool AllowLoopbackPeers { get; set; }

    /// <summary>The origins that this home talks to, <c>ZEQ_PEERS</c>; empty: any https origin with a public address.</summary>
    public IList<Origin> Peers { get; } = [];

    /// <summary>
    /// Homes whose bearer coins are redeemed here and whose claims count as trusted, <c>ZEQ_ISSUERS</c>; default none. What the admin says of
    /// a home later stands above it.
    /// </summary>
    public IDictionary<Origin, TrustedIssuer> Issuers { get; } = new Dictionary<Origin, TrustedIssuer>();

    /// <summary>What registration gives, in ZEQ, <c>ZEQ_FREE_CREDITS</c>; default 1287.</summary>
    public long FreeCredits { get; set; } = FuelPool.RegistrationFree;

    /// <summary>How long a session of a key exchange lives, in Zeqonds, <c>ZEQ_SESSION_ZEQONDS</c>: 100 to 8,640,000; default 86,400.</summary>
    public long SessionZeqonds { get; set; } = KeyExchange.DefaultSessionZeqonds;

    /// <summary>Limits by bucket, <c>Zeq:RateLimits:NAME</c>; what is not named keeps its default.</summary>
    public IDictionary<string, RateLimit> RateLimits { get; } = new Dictionary<string, RateLimit>(StringComparer.Ordinal);

    /// <summary>What computes; default the reference kernel.</summary>
    public IComputeKernel Kernel { get; set; } = new ReferenceKernel();

    /// <summary>The clock; default the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Opens the store; set by <c>UseSqlite</c> and its kin.</summary>
    public Func<ZeqOptions, IHomeStore>? OpenStore { get; set; }

    /// <summary>Opens a store that takes a server to open; set by <c>UsePostgres</c>, and asked instead of <see cref="OpenStore"/> where it is set.</summary>
    public Func<ZeqOptions, CancellationToken, Task<IHomeStore>>? OpenStoreAsync { get; set; }

    /// <summary>Makes the calls to other homes; null: over the network. A simulator gives its own.</summary>
    internal Func<Client.IPeerCalls>? OpenPeers { get; set; }

    /// <summary>Fills the seeds of decisions; null: the system's generator of secrets. A simulator gives its own.</summary>
    internal Action<byte[]>? FillSeed { get; set; }

    /// <summary>Never shows a secret.</summary>
    public override string ToString() => $"Zeq home {Origin}";
}

/// <summary>The home cannot start; the message is one sentence for its operator, without secrets.</summary>
public sealed class ZeqStartException(string message, Exception? inner = null) : Exception(message, inner);
