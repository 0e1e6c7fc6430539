using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>
/// A home on a manual clock with seeds in a row: the same commands give the same rows, byte for byte. The origin says which home it is;
/// its root secret is made of it.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private readonly HomeKeys _keys;
    private long _seeds;

    public World(string origin = "https://a.example", long freeCredits = 0, Func<HomeOptions, HomeOptions>? configure = null, ManualTime? time = null, IHomeStore? store = null)
    {
        Origin = Origin.Parse(origin);
        Time = time ?? new ManualTime();
        _keys = new HomeKeys(SHA256.HashData(Encoding.UTF8.GetBytes("root of " + origin)), Origin);
        Context = new HomeContext(Origin, Slug.Parse(Origin.Text.Split("//")[1][..1]), _keys) { FreeCredits = freeCredits };
        var options = new HomeOptions { Time = Time, FillSeed = FillSeed };
        Home = new Home(store ?? Store, Context, configure?.Invoke(options) ?? options);
    }

    public Origin Origin { get; }

    public ManualTime Time { get; }

    /// <summary>The rows, unless the home was given a store of its own.</summary>
    public TestStore Store { get; } = new();

    public HomeContext Context { get; }

    public Home Home { get; }

    public Zeqond Now => Time.Zeqond;

    /// <summary>A new home with its own chain.</summary>
    public static async Task<World> StartAsync(string origin = "https://a.example", long freeCredits = 0, Func<HomeOptions, HomeOptions>? configure = null, ManualTime? time = null)
    {
        var world = new World(origin, freeCredits, configure, time);
        await world.PinAsync();
        return world;
    }

    public Task PinAsync() => AcceptedAsync(new PinHome(new Dictionary<string, string> { ["origin"] = Origin.Text }, new HashSet<string>()));

    /// <summary>The account of a number: everything about it is a function of the number.</summary>
    public static Caller CallerOf(int number) => new(
        Zid.FromNumber(number), KeyOf("zeq_ak_", number).Prefix, IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);

    public static KeyDigest KeyOf(string prefix, int number) => new(
        Hash(prefix + number.ToString(CultureInfo.InvariantCulture)), (prefix + "ABCDEFGHIJKL" + number.ToString("D3", CultureInfo.InvariantCulture))[..12]);

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static RegisterIdentity Registration(int number, string? recoveryKey = null) => new(
        Zid.FromNumber(number), "Person " + number.ToString(CultureInfo.InvariantCulture), recoveryKey, KeyOf("zeq_ak_", number), KeyOf("zsm_", number));

    public static ComputedWork Work(string seed, long cost = 3, double precision = 0) => new("KO42,NM19", 6.5, "N", precision, cost, Hash(seed));

    public static string HashOfHex(string hex) => Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(hex)));

    public async Task<Caller> RegisterAsync(int number)
    {
        await AcceptedAsync(Registration(number));
        return CallerOf(number);
    }

    /// <summary>A coin of paid fuel, worth twice the cost.</summary>
    public async Task<Envelope> MintAsync(Caller to, string seed = "coin", long cost = 3)
    {
        await AcceptedAsync(new GrantFuel(to.Zid, cost, "mint " + seed));
        ComputeResult minted = await AcceptedAsync(new ChargeCompute(to, to.Zid.OwnMachine, Work(seed, cost), FundingLimit.All));
        return Assert.Single(minted.Envelopes);
    }

    public async Task<T> AcceptedAsync<T>(Command<T> command)
    {
        Decision<T> decision = (await Home.ExecuteAsync(command)).Decision;
        return decision is Rejected<T> no ? throw new InvalidOperationException($"{no.Why.Code}: {no.Why.Message}") : ((Accepted<T>)decision).Result;
    }

    /// <summary>The code of a refusal; a refusal changes nothing.</summary>
    public async Task<RejectionCode> RefusedAsync<T>(Command<T> command)
    {
        string before = Store.Dump();
        Decision<T> decision = (await Home.ExecuteAsync(command)).Decision;
        Rejected<T> no = Assert.IsType<Rejected<T>>(decision);
        Assert.Equal(before, Store.Dump());
        return no.Why.Code;
    }

    /// <summary>The answer of a command that, being a repetition, changes no row of what was done.</summary>
    public async Task<T> UnchangedAsync<T>(Command<T> command)
    {
        string before = Store.Dump();
        T result = await AcceptedAsync(command);
        Assert.Equal(before, Store.Dump());
        return result;
    }

    public Envelope Coin(TokenId token) => Store.Find(Envelope.Table, token.Text)!;

    public Move LastMove(TokenId token) => Store.Find(Move.Table, token.Text)!;

    public FuelPool Pool(Zid zid) => Store.Find(FuelPool.Table, zid.Text)!;

    public async ValueTask DisposeAsync()
    {
        await Home.DisposeAsync();
        _keys.Dispose();
    }

    /// <summary>The n-th seed is a function of n alone: commands that arrive in one order get the same seeds, batched or not.</summary>
    private void FillSeed(byte[] seed) => SHA256.HashData(Encoding.UTF8.GetBytes("seed " + Interlocked.Increment(ref _seeds).ToString(CultureInfo.InvariantCulture)), seed);
}
