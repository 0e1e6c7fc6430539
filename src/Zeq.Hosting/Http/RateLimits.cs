using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Hosting;

/// <summary>One limit: so many permits in a window; 0 permits means unlimited.</summary>
/// <param name="Permits">0 to 1,000,000.</param>
/// <param name="WindowSeconds">1 to 86,400.</param>
public sealed record RateLimit(int Permits, int WindowSeconds);

/// <summary>
/// The limits of requests by bucket and client (spec 00, <c>Zeq:RateLimits:*</c>): fixed windows on the monotonic clock, a bounded table.
/// A client is a key, or an address; an IPv6 client is its /64 (spec 05 rule 15).
/// </summary>
public sealed class RateLimits(TimeProvider time)
{
    /// <summary>The most clients that are remembered at once; beyond it the oldest windows go.</summary>
    private const int MaxEntries = 65_536;

    /// <summary>What asking for something that does not exist costs: names cannot be tried out cheaply (spec 05 rule 27).</summary>
    internal const int MissCost = 10;

    internal const string Register = "Register";
    internal const string Compute = "Compute";
    internal const string Uncharged = "ComputeUncharged";
    internal const string Tally = "Tally";
    internal const string Claims = "Claims";
    internal const string ReceiptVerify = "ReceiptVerify";
    internal const string TransferClaim = "TransferClaim";
    internal const string PeerHome = "PeerHome";
    internal const string ChainWrite = "ChainWrite";
    internal const string ChainRead = "ChainRead";
    internal const string KeyExchange = "KeyExchange";
    internal const string Default = "Default";

    /// <summary>Every name that configuration may hold: those below, and those of routes that a later release brings (spec 00, "Settled points").</summary>
    internal static IReadOnlyList<string> Names { get; } =
    [
        Register, Compute, Uncharged, Tally, Claims, ReceiptVerify, TransferClaim, PeerHome, ChainWrite, ChainRead, Default,
        KeyExchange, "Vault", "Bus", "DnsResolve", "DnsLookup", "DnsRegister", "DnsHeartbeat", "VpnWrite", "VpnRead",
    ];

    private readonly ConcurrentDictionary<(string Bucket, string Client), Window> _windows = new();

    /// <summary>The limits by bucket, with their defaults.</summary>
    public IDictionary<string, RateLimit> Limits { get; } = new Dictionary<string, RateLimit>(StringComparer.Ordinal)
    {
        [Register] = new(10, 60),
        [Compute] = new(600, 60),
        [Uncharged] = new(10, 60),
        [Tally] = new(1_200, 60),
        [Claims] = new(10, 60),
        [ReceiptVerify] = new(120, 60),
        [TransferClaim] = new(60, 60),
        [PeerHome] = new(600, 60),
        [ChainWrite] = new(600, 60),
        [ChainRead] = new(600, 60),
        [KeyExchange] = new(30, 60),
        [Default] = new(600, 60),
    };

    /// <summary>Takes permits; the wait in seconds where there are not enough.</summary>
    internal int? TryTake(string bucket, string client, int permits = 1)
    {
        RateLimit limit = Limits[bucket];
        if (limit.Permits == 0)
        {
            return null;
        }

        if (_windows.Count > MaxEntries)
        {
            Sweep();
        }

        Window window = _windows.GetOrAdd((bucket, client), static (_, now) => new Window { Began = now }, time.GetTimestamp());
        lock (window)
        {
            double age = time.GetElapsedTime(window.Began).TotalSeconds;
            if (age >= limit.WindowSeconds)
            {
                (window.Began, window.Taken, age) = (time.GetTimestamp(), 0, 0);
            }

            if (window.Taken + permits > limit.Permits && (permits == 1 || window.Taken >= limit.Permits))
            {
                return Math.Max(1, (int)Math.Ceiling(limit.WindowSeconds - age));
            }

            window.Taken += permits;
            return null;
        }
    }

    /// <summary>Charges a client without asking: what has happened already costs more than it seemed.</summary>
    internal void Charge(string bucket, string client, int permits)
    {
        if (_windows.TryGetValue((bucket, client), out Window? window))
        {
            lock (window)
            {
                window.Taken = Math.Max(0, window.Taken + permits);
            }
        }
    }

    /// <summary>Whether a client has used up a bucket.</summary>
    internal bool IsSpent(string bucket, string client)
    {
        RateLimit limit = Limits[bucket];
        return limit.Permits > 0 && _windows.TryGetValue((bucket, client), out Window? window)
            && time.GetElapsedTime(window.Began).TotalSeconds < limit.WindowSeconds && window.Taken >= limit.Permits;
    }

    /// <summary>The client of an address: an IPv4 address, or an IPv6 /64.</summary>
    internal static string ClientOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    private void Sweep()
    {
        foreach (((string bucket, string client) key, Window window) in _windows)
        {
            if (time.GetElapsedTime(window.Began).TotalSeconds >= Limits[key.bucket].WindowSeconds)
            {
                _windows.TryRemove(key, out _);
            }
        }

        // A flood of clients inside one window: forgetting some is cheaper than remembering all.
        foreach ((string Bucket, string Client) key in _windows.Keys.Take(Math.Max(0, _windows.Count - (MaxEntries / 2))))
        {
            _windows.TryRemove(key, out _);
        }
    }

    private sealed class Window
    {
        public long Began { get; set; }

        public int Taken { get; set; }
    }
}
