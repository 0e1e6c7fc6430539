using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Streams of rows over real sockets (spec 20 §2, spec 05 rule 27).</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task RowsCome_AsTheyLand_AndAReconnectGoesOnWithoutGapOrRepeat()
    {
        const int Rows = 300;
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string stream = $"/api/chain/{owner.Slug}/explore/sse";
        Task writing = Task.Run(async () =>
        {
            for (int i = 1; i <= Rows; i++)
            {
                (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = i }, owner.ApiKey)).Expect(201);
            }
        });
        var seen = new List<long>();
        long? last = null;
        int connections = 0;
        while (seen.Count < Rows)
        {
            // Each connection takes a few events and breaks off, wherever that is.
            using EventReader reader = await EventReader.OpenAsync(home, last is null ? stream + "?after=0" : stream, owner.ApiKey, last);
            connections++;
            for (int i = 0; i < 17 + connections && seen.Count < Rows; i++)
            {
                SseEvent row = (await reader.NextAsync())!;
                Assert.Equal(row.Id, row.Data.GetProperty("seq").GetInt64());
                Assert.Equal(row.Id, row.Data.GetProperty("payload").GetInt64());
                seen.Add((last = row.Id)!.Value);
            }
        }

        await writing;
        Assert.True(connections > 3);
        Assert.Equal(Enumerable.Range(1, Rows).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task AStreamWithoutAPlace_BeginsWithWhatLandsNext()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = "before" }, owner.ApiKey)).Expect(201);
        using EventReader reader = await EventReader.OpenAsync(home, $"/api/chain/{owner.Slug}/explore/sse", owner.ApiKey);
        Assert.Equal(200, reader.Status);
        Assert.Contains("Content-Type: text/event-stream", reader.Head, StringComparison.Ordinal);
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = "after" }, owner.ApiKey)).Expect(201);
        Assert.Equal("after", (await reader.NextAsync())!.Data.GetProperty("payload").GetString());
    }

    [Fact]
    public async Task ARowOfAnotherNode_ComesWithoutASignal()
    {
        // Another writer on the same store: this node hears of nothing, and looks for itself.
        await using var store = new MemoryHomeStore();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Configure = options => options.OpenStore = _ => new SharedStore(store) });
        Account owner = await home.RegisterAsync();
        using EventReader reader = await EventReader.OpenAsync(home, $"/api/chain/{owner.Slug}/explore/sse", owner.ApiKey);
        var caller = new Caller(Zid.Parse(owner.Zid), owner.ApiKey[..12], IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);
        await using (var other = new Home(new SharedStore(store), home.Context))
        {
            Executed<ChainRow> done = await other.ExecuteAsync(new WriteEvent(caller, Slug.Parse(owner.Slug), "note", "\"elsewhere\"", null, false));
            Assert.IsType<Accepted<ChainRow>>(done.Decision);
        }

        Assert.Equal("elsewhere", (await reader.NextAsync())!.Data.GetProperty("payload").GetString());
    }

    [Fact]
    public async Task AQuietStream_HasAHeartbeat()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account owner = await home.RegisterAsync();
        using EventReader reader = await EventReader.OpenAsync(home, $"/api/chain/{owner.Slug}/explore/sse", owner.ApiKey);
        Task<SseEvent?> next = reader.NextAsync();
        time.Pass(TimeSpan.FromSeconds(16));
        for (int i = 0; i < 1_000 && !reader.Comments.Contains(":heartbeat"); i++)
        {
            await Task.Delay(10);
        }

        Assert.Contains(":heartbeat", reader.Comments);
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = 1 }, owner.ApiKey)).Expect(201);
        Assert.NotNull(await next);
    }

    [Fact]
    public async Task Rule27_ATicketOpensOneMachinesStream_ForAMinute_AndIsInNoLog()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account owner, Account stranger) = (await home.RegisterAsync(), await home.RegisterAsync());
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = "secret" }, owner.ApiKey)).Expect(201);
        string path = $"/api/chain/{owner.Slug}/explore";
        (await home.PostAsync(path + "/ticket", null, stranger.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.PostAsync(path + "/ticket")).Refused(401, "UNAUTHORIZED");
        string ticket = (await home.PostAsync(path + "/ticket", null, owner.ApiKey)).Expect(201).String("token");
        using (EventReader reader = await EventReader.OpenAsync(home, $"{path}/sse?after=0&token={ticket}"))
        {
            Assert.Equal(200, reader.Status);
            Assert.Equal("secret", (await reader.NextAsync())!.Data.GetProperty("payload").GetString());
        }

        // Another machine, another letter, no key of the API: nothing.
        foreach (string wrong in (string[])
            [$"/api/chain/{stranger.Slug}/explore/sse?token={ticket}", $"{path}/sse?token=x{ticket}", $"{path}/sse?token={owner.ApiKey}", $"{path}/sse?token={ticket[..^2]}AA", $"/api/chain/nothing-here/explore/sse?token={ticket}"])
        {
            (await home.GetAsync(wrong)).Refused(401, "UNAUTHORIZED");
        }

        time.Pass(TimeSpan.FromSeconds(61));
        (await home.GetAsync($"{path}/sse?token={ticket}")).Refused(401, "UNAUTHORIZED");

        // A ticket stands for its key: a revoked one opens nothing, and ends what it has open.
        string second = (await home.PostAsync("/api/identity/keys", null, owner.ApiKey)).Expect(201).String("api_key");
        string late = (await home.PostAsync(path + "/ticket", null, second)).Expect(201).String("token");
        using EventReader open = await EventReader.OpenAsync(home, $"{path}/sse?after=1&token={late}");
        (await home.SendAsync("DELETE", $"/api/identity/keys/{second[..12]}", null, owner.ApiKey)).Expect();
        (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = 2 }, owner.ApiKey)).Expect(201);
        Assert.Null(await open.NextAsync());
        Assert.Equal(404, (await home.GetAsync($"{path}/sse?token={late}")).Status);

        Assert.DoesNotContain(home.Logs.Lines, line => line.Text.Contains(ticket, StringComparison.Ordinal) || line.Text.Contains(late, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rule27_AKeyAndAnAddressHaveEightStreams()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        foreach ((string? key, string path) in ((string?, string)[])[(owner.ApiKey, $"/api/chain/{owner.Slug}/explore/sse"), (null, "/api/chain/aggregate/sse")])
        {
            var open = new List<EventReader>();
            try
            {
                for (int i = 0; i < 8; i++)
                {
                    open.Add(await EventReader.OpenAsync(home, path, key));
                    Assert.Equal(200, open[^1].Status);
                }

                (await home.GetAsync(path, key)).Refused(503, "BUSY");
                using EventReader others = await EventReader.OpenAsync(home, $"/api/chain/{other.Slug}/explore/sse", other.ApiKey);
                Assert.Equal(200, others.Status);
                open[3].Dispose();
                using EventReader again = await RetryAsync(() => EventReader.OpenAsync(home, path, key));
                Assert.Equal(200, again.Status);
            }
            finally
            {
                open.ForEach(reader => reader.Dispose());
            }
        }
    }

    [Fact]
    public async Task AClientThatDoesNotRead_HoldsUpNobody_AndTheNodeStops()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string stream = $"/api/chain/{owner.Slug}/explore/sse?after=0";
        using EventReader slow = await EventReader.OpenAsync(home, stream, owner.ApiKey, receiveBuffer: 4_096);
        using EventReader fast = await EventReader.OpenAsync(home, stream, owner.ApiKey);
        string large = new('x', 100_000);
        for (int i = 1; i <= 150; i++)
        {
            (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = large }, owner.ApiKey)).Expect(201);
            Assert.Equal(i, (await fast.NextAsync())!.Id);
        }

        await home.StopAsync();
        Assert.Null(await fast.NextAsync());
    }

    [Fact]
    public async Task TheClient_WatchesOverARestart_WithoutGapOrRepeat()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        using ZeqClient client = ZeqClient.Create(new ZeqClientOptions { Origin = Origin.Parse(home.Origin), Key = owner.ApiKey });
        async Task WriteAsync(int from, int to)
        {
            for (int i = from; i <= to; i++)
            {
                (await home.PostAsync($"/api/chain/{owner.Slug}/event", new { payload = i }, owner.ApiKey)).Expect(201);
            }
        }

        await WriteAsync(1, 20);
        var seen = new List<long>();
        await foreach (ChainRowBody row in client.Chain.WatchAsync(Slug.Parse(owner.Slug), after: 0))
        {
            seen.Add(row.Seq);
            if (row.Seq == 20)
            {
                await home.StopAsync();
                await home.StartAgainAsync();
                await WriteAsync(21, 40);
            }

            if (row.Seq == 40)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task ManyReadersOfOneMachine_SeeEveryRowWhileItIsWritten()
    {
        const int Readers = 24;
        const int Rows = 60;
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        (await home.PostAsync("/api/chain/state-machines", new { slug = "open", is_public = true }, owner.ApiKey)).Expect(201);
        Task<List<SseEvent>>[] reading = await Task.WhenAll(Enumerable.Range(0, Readers).Select(async _ =>
        {
            Account reader = await home.RegisterAsync();
            EventReader stream = await EventReader.OpenAsync(home, "/api/chain/open/explore/sse", reader.ApiKey);
            return Task.Run(async () =>
            {
                using (stream)
                {
                    return await stream.TakeAsync(Rows);
                }
            });
        }));
        await Task.WhenAll(Enumerable.Range(0, Rows).Select(i => home.PostAsync("/api/chain/open/event", new { payload = i, @public = i % 2 == 0 }, owner.ApiKey)));
        foreach (List<SseEvent> rows in await Task.WhenAll(reading))
        {
            Assert.Equal(Enumerable.Range(1, Rows).Select(i => (long?)i), rows.Select(row => row.Id));
            Assert.Equal(Rows / 2, rows.Count(row => row.Data.TryGetProperty("payload", out _)));
        }
    }

    [Fact]
    public async Task ThePublicFeed_ShowsRowsOfPublicMachines_WithoutWhatIsPrivate()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string open = (await home.PostAsync("/api/chain/state-machines", new { slug = "open", is_public = true }, owner.ApiKey)).Expect(201).String("api_key");
        string hidden = (await home.PostAsync("/api/chain/state-machines", new { slug = "hidden" }, owner.ApiKey)).Expect(201).String("api_key");
        using EventReader reader = await EventReader.OpenAsync(home, "/api/chain/aggregate/sse");
        for (int i = 1; i <= 5; i++)
        {
            (await home.PostAsync("/api/chain/hidden/event", new { payload = "no" }, hidden)).Expect(201);
            (await home.PostAsync("/api/chain/open/event", new { payload = "private " + i.ToString(CultureInfo.InvariantCulture) }, open)).Expect(201);
            (await home.PostAsync("/api/chain/open/event", new { payload = i, @public = true }, open)).Expect(201);
        }

        List<SseEvent> events = await reader.TakeAsync(10);
        Assert.All(events, row => Assert.Equal("open", row.Data.GetProperty("slug").GetString()));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), events.Select(row => row.Data.GetProperty("row").GetProperty("seq").GetInt64()));
        Assert.Equal(5, events.Count(row => row.Data.GetProperty("row").TryGetProperty("payload", out _)));
        Assert.DoesNotContain(events, row => row.Data.GetRawText().Contains("private ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BadPlaces_AreRefused()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string path = $"/api/chain/{owner.Slug}/explore/sse";
        foreach (string query in (string[])["after=-1", "after=x", "after=1&after=2", "token=", "token=" + new string('a', 600)])
        {
            (await home.GetAsync($"{path}?{query}", owner.ApiKey)).Refused(400, "INVALID_REQUEST");
        }

        foreach (string id in (string[])["-1", "x", "1.5", "99999999999999999999", "1e3"])
        {
            (await home.SendAsync("GET", path, null, owner.ApiKey, change: request => request.Headers.TryAddWithoutValidation("Last-Event-ID", id))).Refused(400, "INVALID_REQUEST");
        }
    }

    private static async Task<EventReader> RetryAsync(Func<Task<EventReader>> open)
    {
        for (int tries = 1; ; tries++)
        {
            EventReader reader = await open();
            if (reader.Status == 200 || tries == 200)
            {
                return reader;
            }

            reader.Dispose();
            await Task.Delay(20);
        }
    }

    /// <summary>A store that several homes share; who closes one leaves it open to the others.</summary>
    private sealed class SharedStore(MemoryHomeStore store) : IHomeStore
    {
        public string Description => store.Description;

        public ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken) => store.BeginAsync(keys, cancellationToken);

        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => store.FindAsync(table, key, cancellationToken);

        public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
            where TRow : class => store.QueryAsync(query, cancellationToken);

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => store.SnapshotAsync(cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}
