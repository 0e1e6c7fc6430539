using System.Security.Cryptography;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>A home over a store, with accounts and coins that are made through its writer.</summary>
internal sealed class BenchHome : IAsyncDisposable
{
    private readonly HomeKeys _keys;

    public BenchHome(IHomeStore store, int batchSize = 256)
    {
        Store = store;
        Origin = Origin.Parse("https://bench.example");
        _keys = new HomeKeys(SHA256.HashData("benchmark"u8), Origin);
        Home = new Home(store, new HomeContext(Origin, Slug.Parse("bench"), _keys) { FreeCredits = 0 }, new HomeOptions { BatchSize = batchSize });
    }

    public IHomeStore Store { get; }

    public Home Home { get; }

    public Origin Origin { get; }

    public static Caller CallerOf(int account) => new(Zid.FromNumber(account), $"zeq_ak_{account:D5}", IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);

    /// <summary>Pins the store to this home, and fills it.</summary>
    /// <returns>The coins; coin i belongs to account i mod accounts.</returns>
    public async Task<TokenId[]> PopulateAsync(int accounts, int coins)
    {
        await AcceptAsync(Home, new PinHome(
            new Dictionary<string, string>
            {
                [PinName.Origin] = Origin.Text, [PinName.Name] = Home.Context.Name.Text, [PinName.NodePublicKey] = _keys.NodePublicKey,
            },
            new HashSet<string>()));
        return await FillAsync(Home, accounts, coins, i => new KeyDigest(Digest($"account {i}"), CallerOf(i).KeyPrefix));
    }

    /// <summary>Registers accounts in a home, gives them fuel, and mints coins, which go round among the accounts.</summary>
    /// <returns>The coins; coin i belongs to account i mod accounts.</returns>
    public static async Task<TokenId[]> FillAsync(Home home, int accounts, int coins, Func<int, KeyDigest> accountKey)
    {
        await AllAsync(home, accounts, i => new RegisterIdentity(
            Zid.FromNumber(i), null, null, accountKey(i), new KeyDigest(Digest($"machine {i}"), $"zsm_{i:D8}")));
        await AllAsync(home, accounts, i => new GrantFuel(Zid.FromNumber(i), 2L * coins, $"grant-{i}"));
        ComputeResult[] minted = await AllAsync(home, coins, i => new ChargeCompute(
            CallerOf(i % accounts), Zid.FromNumber(i % accounts).OwnMachine, new ComputedWork("KO42,NM19", 6.5, "N", 0.00025, 2, Digest($"work {i}")), FundingLimit.All));
        return [.. minted.Select(result => result.Envelopes[0].TokenId)];
    }

    /// <summary>The auditor's word: <c>ok</c>, or the first finding.</summary>
    public async Task<string> AuditAsync()
    {
        await using IHomeReader snapshot = await Store.SnapshotAsync();
        AuditReport report = await Auditor.RunAsync(snapshot);
        return report.Ok ? "ok" : report.Findings[0].ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Home.DisposeAsync();
        await Store.DisposeAsync();
        _keys.Dispose();
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static async Task<T> AcceptAsync<T>(Home home, Command<T> command) => (await home.ExecuteAsync(command)).Decision switch
    {
        Accepted<T> accepted => accepted.Result,
        Rejected<T> rejected => throw new InvalidOperationException($"{rejected.Why.Code}: {rejected.Why.Message}"),
        _ => throw new InvalidOperationException(),
    };

    private static async Task<T[]> AllAsync<T>(Home home, int count, Func<int, Command<T>> command)
    {
        const int Window = 2_000;
        var results = new T[count];
        for (int from = 0; from < count; from += Window)
        {
            Task<T>[] tasks = [.. Enumerable.Range(from, Math.Min(Window, count - from)).Select(i => AcceptAsync(home, command(i)))];
            (await Task.WhenAll(tasks)).CopyTo(results, from);
        }

        return results;
    }
}
