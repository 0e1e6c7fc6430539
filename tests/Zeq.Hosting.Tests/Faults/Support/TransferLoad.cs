using System.Text.Json.Nodes;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// Clients that send coins to each other as fast as they can. Each drives coins of its own, wherever these go, and so knows what the
/// home has acknowledged of each: height by height, and the one request that it has had no answer to.
/// </summary>
internal sealed class TransferLoad
{
    public const int Clients = 32;

    private readonly List<Account> _accounts = [];
    private readonly List<Coin> _coins = [];

    /// <summary>Transfers that the home has acknowledged.</summary>
    public int Acknowledged => _coins.Sum(coin => coin.Acknowledged.Count);

    /// <summary>Requests that were sent and had no answer.</summary>
    public int Unanswered => _coins.Count(coin => coin.Pending is not null);

    public static async Task<TransferLoad> PrepareAsync(Api api)
    {
        var load = new TransferLoad();
        Account[] accounts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => api.RegisterAsync()));
        load._accounts.AddRange(accounts);
        string[] tokens = await Task.WhenAll(accounts.Select(api.MintAsync));
        load._coins.AddRange(accounts.Zip(tokens, (owner, token) => new Coin(token) { Holder = owner }));
        return load;
    }

    /// <summary>Sends until the home is gone or the token says stop. Nothing is repeated.</summary>
    public Task RunAsync(Api api, CancellationToken stop) => Task.WhenAll(_coins.Select((coin, index) => Task.Run(async () =>
    {
        var random = new Random((index * 7919) + coin.Acknowledged.Count);
        while (!stop.IsCancellationRequested)
        {
            Account to;
            do
            {
                to = _accounts[random.Next(_accounts.Count)];
            }
            while (to == coin.Holder);

            coin.Pending = (to, $"{coin.Token}-{coin.Acknowledged.Count + 1}");
            if (!await TryAsync(api, coin))
            {
                return;
            }
        }
    })));

    /// <summary>Sends until something is acknowledged and a while more, then ends it with a fault.</summary>
    public async Task RunForAsync(Api api, int round, Func<Task> fault)
    {
        int before = Acknowledged;
        using var over = new CancellationTokenSource();
        Task running = RunAsync(api, over.Token);
        await Task.Delay(250 + (round * 37 % 300));
        for (int waits = 0; Acknowledged == before && waits < 1_000; waits++)
        {
            await Task.Delay(10);
        }

        await fault();
        await over.CancelAsync();
        await running;
    }

    /// <summary>Sends every request that had no answer again, with its key; again where the home is not back yet.</summary>
    public async Task RetryAsync(Api api, int mostTries = 1)
    {
        foreach (Coin coin in _coins.Where(coin => coin.Pending is not null))
        {
            for (int tries = 1; !await TryAsync(api, coin); tries++)
            {
                Assert.True(tries < mostTries, "The home did not answer a retry.");
                await Task.Delay(25);
            }
        }
    }

    /// <summary>
    /// Asserts that the store holds what was acknowledged: each height with its recipient, the coin at or above it. With
    /// <paramref name="exactly"/>, and nothing else.
    /// </summary>
    public async Task VerifyAsync(string storePath, bool exactly)
    {
        await using SqliteHomeStore store = SqliteHomeStore.OpenReadOnly(storePath);
        await VerifyAsync(store, exactly);
    }

    /// <inheritdoc cref="VerifyAsync(string, bool)"/>
    public async Task VerifyAsync(IHomeReader store, bool exactly)
    {
        foreach (Coin coin in _coins)
        {
            var moves = new List<Move>();
            await foreach (Move move in store.QueryAsync(new Query<Move>(Move.Table).Where("token_id", coin.Token).OrderBy(false, "token_id", "spend_seq")))
            {
                if (move.SpendSeq > 0)
                {
                    moves.Add(move);
                }
            }

            Envelope row = (await store.FindAsync(Envelope.Table, coin.Token))!;
            int most = coin.Acknowledged.Count + (exactly || coin.Pending is null ? 0 : 1);
            Assert.InRange(moves.Count, coin.Acknowledged.Count, most);
            Assert.Equal(moves.Count, row.SpendSeq);
            for (int i = 0; i < coin.Acknowledged.Count; i++)
            {
                Assert.Equal((i + 1, coin.Acknowledged[i]), ((int)moves[i].SpendSeq, moves[i].To.Text));
            }

            if (moves.Count == coin.Acknowledged.Count)
            {
                Assert.Equal(coin.Holder.Zid, row.IssuedTo.Text);
            }
        }
    }

    private static async Task<bool> TryAsync(Api api, Coin coin)
    {
        (Account to, string key) = coin.Pending!.Value;
        WireAnswer answer;
        try
        {
            answer = await api.TransferAsync(coin.Holder, coin.Token, to.Zid, idempotencyKey: key);
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }

        if (answer.Status == 503)
        {
            return false;
        }

        JsonNode receipt = answer.Expect().Json["receipt"]!;
        Assert.Equal(coin.Acknowledged.Count + 1, receipt["spend_seq"]!.GetValue<int>());
        Assert.Equal(to.Zid, receipt["to"]!.GetValue<string>());
        coin.Acknowledged.Add(to.Zid);
        (coin.Holder, coin.Pending) = (to, null);
        return true;
    }

    private sealed class Coin(string token)
    {
        public string Token { get; } = token;

        public required Account Holder { get; set; }

        /// <summary>Recipients by height, from 1.</summary>
        public List<string> Acknowledged { get; } = [];

        public (Account To, string Key)? Pending { get; set; }
    }
}
