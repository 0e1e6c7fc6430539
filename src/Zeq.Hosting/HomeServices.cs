using Microsoft.Extensions.Logging;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What the doors of one home share.</summary>
internal sealed class HomeServices : IAsyncDisposable
{
    private static readonly TimeSpan BreakerTime = TimeSpan.FromSeconds(5);

    private readonly IHomeStore _store;
    private readonly HomeKeys _keys;
    private readonly byte[] _adminKeyHash;

    private HomeServices(ZeqOptions options, IHomeStore store, HomeKeys keys, Home home, FieldSeal seal, KeyDirectory directory, string adminKey, ILogger log)
    {
        (Options, _store, _keys, Home, Seal, Keys, Log) = (options, store, keys, home, seal, directory, log);
        _adminKeyHash = Sha256.Hash(System.Text.Encoding.UTF8.GetBytes(adminKey));
        Limits = new RateLimits(options.Time);
        foreach ((string bucket, RateLimit limit) in options.RateLimits)
        {
            Limits.Limits[bucket] = limit;
        }

        Kernel = new KernelCatalog(options.Kernel);
        PeerHttp = options.OpenPeers?.Invoke() ?? new PeerHttp(
            new PeerPolicy
            {
                AllowLoopback = options.AllowLoopbackPeers,
                AllowedOrigins = [.. options.Peers.Select(peer => peer.Text)],

                // Shorter than the longest wait between two tries of a step: a home that is back is asked soon (spec 10 §10).
                BreakerFirstOpen = BreakerTime,
                BreakerLongestOpen = BreakerTime,
            },
            time: options.Time);
        Peers = new PeerGateway(this);
        Issuers = new IssuerDirectory(this);
        Claims = new ClaimService(this);
        Redeems = new RedeemService(this);
        Contracts = new ContractDesk(home, Kernel);
        ExchangeKeys = new ExchangeKeys(this);
        KeyExchanges = new KeyExchangeSessions(options.Time, options.SessionZeqonds);
    }

    /// <summary>Wakes streams when rows land.</summary>
    public ChainSignals Signals { get; private init; } = new();

    /// <summary>The open streams of this node, whatever they show (spec 05 rule 27).</summary>
    public StreamSeats Streams { get; } = new(perClient: 8, inAll: 1_024);

    public ZeqOptions Options { get; }

    public Home Home { get; }

    public FieldSeal Seal { get; }

    public KeyDirectory Keys { get; }

    /// <summary>The other nodes of the home, if there may be any.</summary>
    public required OtherNodes Nodes { get; init; }

    public RateLimits Limits { get; }

    public KernelCatalog Kernel { get; }

    public IPeerCalls PeerHttp { get; }

    public PeerGateway Peers { get; }

    public IssuerDirectory Issuers { get; }

    public ClaimService Claims { get; }

    public RedeemService Redeems { get; }

    public ContractDesk Contracts { get; }

    /// <summary>The machines' pairs of the key exchange.</summary>
    public ExchangeKeys ExchangeKeys { get; }

    /// <summary>The sessions that this process answered.</summary>
    public KeyExchangeSessions KeyExchanges { get; }

    public ILogger Log { get; }

    public string StoreDescription => _store.Description;

    /// <summary>Cancelled once the home is asked to stop: what would go on for ever ends then.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>The secrets' files that this start made.</summary>
    public IReadOnlyList<string> MadeSecrets { get; private init; } = [];

    /// <summary>Whether a presented key is the admin's, in constant time.</summary>
    public bool IsAdmin(string presented) => ConstantTime.AreEqual(Sha256.Hash(System.Text.Encoding.UTF8.GetBytes(presented)), _adminKeyHash);

    /// <summary>Whether an origin may be a home here: https, or http where development allows it.</summary>
    public bool MayBeHome(Origin origin) => origin.IsHttps || Options.AllowLoopbackPeers;

    /// <summary>Opens the store, finds or makes the secrets, pins the store to them, and starts the writer.</summary>
    /// <exception cref="ZeqStartException">The home cannot start.</exception>
    public static async Task<HomeServices> OpenAsync(ZeqOptions options, ILogger log, CancellationToken stopping, CancellationToken cancellationToken)
    {
        Origin origin = options.Origin ?? throw new ZeqStartException("ZEQ_ORIGIN is not set: a home needs its public origin.");
        if (!origin.IsHttps && !options.AllowLoopbackPeers)
        {
            throw new ZeqStartException("ZEQ_ORIGIN is http, which is for development only; set ZEQ_ALLOW_LOOPBACK_PEERS=true there, or use https.");
        }

        HomeSecrets.Check(options);
        MakeDataFolder(options.DataFolder);
        Slug name = options.Name ?? HomeContext.DefaultName(origin);
        IHomeStore store = await OpenStoreAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            bool isNew = await store.FindAsync(HomeMeta.Table, PinName.Origin, cancellationToken).ConfigureAwait(false) is null;
            HomeSecrets secrets = HomeSecrets.Load(options, isNew);
            var keys = new HomeKeys(secrets.HomeSecret, origin);
            var context = new HomeContext(origin, name, keys) { FreeCredits = options.FreeCredits };
            var seal = new FieldSeal(secrets.FieldKey, secrets.PreviousFieldKey);

            Home? home = null;
            OtherNodes? nodes = null;
            var directory = new KeyDirectory(() => home!.Reader, () => nodes!.IsCurrent);
            var signals = new ChainSignals();
            ChainHead? newest = null;
            await foreach (ChainHead head in store.QueryAsync(new Query<ChainHead>(ChainHead.Table).OrderBy(true, "zeqond").Take(1), cancellationToken).ConfigureAwait(false))
            {
                newest = head;
            }

            var clock = new ClockGuard(options.Time, newest?.Zeqond);
            await CompareClockAsync(clock, options.Time, store, cancellationToken).ConfigureAwait(false);
            string? confirmed = (await store.FindAsync(HomeMeta.Table, NoteClock.Pin, cancellationToken).ConfigureAwait(false))?.Value;
            nodes = new OtherNodes(store, clock, options.Time, log, confirmed, directory.Changed, signals.Changed);
            var homeOptions = new HomeOptions
            {
                Time = options.Time,
                Clock = clock,
                OnCommitted = changes =>
                {
                    directory.Committed(changes);
                    signals.Committed(changes);
                    nodes!.Committed(changes);
                },
                OnCommandFault = (command, fault) => HostLog.CommandFault(log, command, fault),
                OnStoreFault = fault => HostLog.StoreFault(log, fault),
            };
            home = new Home(store, context, options.FillSeed is { } fillSeed ? homeOptions with { FillSeed = fillSeed } : homeOptions);
            try
            {
                await PinAsync(home, secrets, cancellationToken).ConfigureAwait(false);
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(secrets.HomeSecret);
            }
            catch
            {
                await home.DisposeAsync().ConfigureAwait(false);
                await nodes.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            return new HomeServices(options, store, keys, home, seal, directory, secrets.AdminKey, log)
            {
                MadeSecrets = secrets.Made, Stopping = stopping, Signals = signals, Nodes = nodes,
            };
        }
        catch (StoreException failure)
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw new ZeqStartException($"The store cannot be used: {failure.Message}", failure);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Compares this node's clock with the store's, where it has one (spec 05 rule 25).</summary>
    /// <exception cref="StoreException">The store cannot be reached.</exception>
    public ValueTask CompareClockAsync(CancellationToken cancellationToken) =>
        Home.Clock is { } clock ? CompareClockAsync(clock, Options.Time, _store, cancellationToken) : default;

    public async ValueTask DisposeAsync()
    {
        await Home.DisposeAsync().ConfigureAwait(false);
        await Nodes.DisposeAsync().ConfigureAwait(false);
        PeerHttp.Dispose();
        KeyExchanges.Dispose();
        ExchangeKeys.Dispose();
        Seal.Dispose();
        _keys.Dispose();
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask CompareClockAsync(ClockGuard clock, TimeProvider time, IHomeStore store, CancellationToken cancellationToken)
    {
        long wallMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (await store.UnixMsAsync(cancellationToken).ConfigureAwait(false) is { } storeMs)
        {
            clock.Compare(wallMs, storeMs);
        }
    }

    private static void MakeDataFolder(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ZeqStartException($"The data folder {folder} cannot be made: {failure.Message}", failure);
        }
    }

    private static async Task<IHomeStore> OpenStoreAsync(ZeqOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (options.OpenStoreAsync is { } open)
            {
                return await open(options, cancellationToken).ConfigureAwait(false);
            }

            return (options.OpenStore ?? throw new ZeqStartException("No store was chosen: call UseSqlite or UsePostgres, or set ZEQ_STORAGE.")).Invoke(options);
        }
        catch (StoreException failure)
        {
            throw new ZeqStartException(failure.Message, failure);
        }
    }

    private static async Task PinAsync(Home home, HomeSecrets secrets, CancellationToken cancellationToken)
    {
        HomeContext context = home.Context;
        string fieldCheck = HomeSecrets.CheckValue(secrets.FieldKey, "field");
        var pins = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [PinName.Origin] = context.Origin.Text,
            [PinName.Name] = context.Name.Text,
            [PinName.NodePublicKey] = context.Keys.NodePublicKey,
            ["home_secret_check"] = HomeSecrets.CheckValue(secrets.HomeSecret, "home"),
            ["field_key_check"] = fieldCheck,
            ["mesh_secret_check"] = HomeSecrets.CheckValue(System.Text.Encoding.UTF8.GetBytes(secrets.MeshSecret), "mesh"),
        };

        // A new field key may start where the previous one is the pinned one: that is its rotation.
        HomeMeta? pinned = await home.Reader.FindAsync(HomeMeta.Table, "field_key_check", cancellationToken).ConfigureAwait(false);
        bool rotates = pinned is not null && secrets.PreviousFieldKey.Length > 0 && pinned.Value == HomeSecrets.CheckValue(secrets.PreviousFieldKey, "field");
        var replace = new HashSet<string>(StringComparer.Ordinal);
        if (rotates)
        {
            replace.Add("field_key_check");
        }

        Executed<bool> executed = await home.ExecuteAsync(new PinHome(pins, replace), cancellationToken).ConfigureAwait(false);
        if (executed.Decision is Rejected<bool> rejected)
        {
            throw new ZeqStartException(rejected.Why.Message);
        }
    }
}
