using System.Diagnostics;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Faults.Tests;

/// <summary>A server that cannot do its work for a while: 503 with Retry-After, nothing changed, and work as before once it can.</summary>
[Collection(FaultsCollection.Name)]
public sealed class OutageTests
{
    [Fact]
    public async Task A_server_that_was_away_is_found_again()
    {
        PgHome.NeedPostgres();
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await using PgHome home = await PgHome.CreateAsync(cluster);
        await home.StartNodeAsync();
        Api api = home.Call();
        Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
        string token = await api.MintAsync(owner);

        await cluster.StopAsync();
        Assert.Equal("STORAGE_UNAVAILABLE", (await api.TransferAsync(owner, token, other.Zid)).NotNow());
        Assert.Equal("STORAGE_UNAVAILABLE", (await api.GetAsync("/api/tally/credits/" + owner.Zid, owner.Key)).NotNow());
        Assert.Equal(503, (await api.GetAsync("/readyz")).Status);
        Assert.Equal(200, (await api.GetAsync("/healthz")).Status);

        await cluster.StartAsync();
        await Answers.UntilTakenAsync(() => api.TransferAsync(owner, token, other.Zid));
        Assert.Equal(200, (await api.GetAsync("/readyz")).Status);

        // Restarted while nobody asks: the connections that the node still holds are dead ones.
        await cluster.StopAsync();
        await cluster.StartAsync();
        await Answers.UntilTakenAsync(() => api.TransferAsync(other, token, owner.Zid));
        await home.VerifyAsync(null, exactly: true);
    }

    [Fact]
    public async Task A_server_without_a_free_connection_refuses_and_goes_on()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        await home.StartNodeAsync();
        Api api = home.Call();
        Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
        string token = await api.MintAsync(owner);
        await home.Database.ExecuteAsync(
            $"ALTER ROLE {home.Database.NodeRole} CONNECTION LIMIT 0;\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{home.Database.NodeRole}'");
        for (int i = 0; i < 3; i++)
        {
            (await api.TransferAsync(owner, token, other.Zid, idempotencyKey: "once")).NotNow();
        }

        Assert.Equal("STORAGE_UNAVAILABLE", (await api.TransferAsync(owner, token, other.Zid, idempotencyKey: "once")).NotNow());
        await home.Database.ExecuteAsync($"ALTER ROLE {home.Database.NodeRole} CONNECTION LIMIT -1");
        await Answers.UntilTakenAsync(() => api.TransferAsync(owner, token, other.Zid, idempotencyKey: "once"));
        Assert.Equal(1, await api.HeightAsync(token));
        await home.VerifyAsync(null, exactly: true);
    }

    [Fact]
    public async Task A_pool_without_a_free_connection_refuses_and_goes_on()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        PostgresOptions options = home.StoreOptions() with { MaxReaders = 1, MaxSnapshots = 1, ConnectTimeoutMs = 1_000 };
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(options);
        await using (await store.SnapshotAsync())
        {
            StoreException full = await Assert.ThrowsAsync<StoreException>(async () => await store.SnapshotAsync());
            Assert.True(full is { IsTransient: true, OutcomeUnknown: false }, full.Message);
        }

        await (await store.SnapshotAsync()).DisposeAsync();

        // Far more readers at once than connections: they wait for each other, and none is lost.
        Api api = await home.StartHereAsync(options with { ConnectTimeoutMs = 10_000 });
        Account owner = await api.RegisterAsync();
        WireAnswer[] answers = await Answers.AtOnceAsync(128, _ => api.GetAsync("/api/tally/credits/" + owner.Zid, owner.Key));
        Assert.All(answers, answer => answer.Expect());
    }

    [Fact]
    public async Task A_row_that_somebody_holds_ends_in_a_refusal_and_not_in_waiting()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        foreach (PostgresOptions options in (PostgresOptions[])
        [
            home.StoreOptions() with { CommandTimeoutMs = 1_000, LockTimeoutMs = 60_000 },
            home.StoreOptions() with { CommandTimeoutMs = 60_000, LockTimeoutMs = 500 },
        ])
        {
            Api api = await home.StartHereAsync(options);
            Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
            string token = await api.MintAsync(owner);
            Task<string> holding = home.Database.ExecuteAsync($"BEGIN; SELECT 1 FROM tally_tokens WHERE token_id = '{token}' FOR UPDATE; SELECT pg_sleep(5); COMMIT");
            while (await home.Database.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)%' AND wait_event = 'PgSleep' AND datname = current_database()") == "0")
            {
                await Task.Delay(10);
            }

            Assert.Equal("STORAGE_UNAVAILABLE", (await api.TransferAsync(owner, token, other.Zid, idempotencyKey: "held")).NotNow());
            Assert.False(holding.IsCompleted, "The row was free when the node gave up: the test shows nothing.");
            await Answers.UntilTakenAsync(() => api.TransferAsync(owner, token, other.Zid, idempotencyKey: "held"));
            await holding;
            Assert.Equal(1, await api.HeightAsync(token));
            await home.StopHereAsync();
        }

        await home.VerifyAsync(null, exactly: true);
    }

    [Fact]
    public async Task A_full_disk_refuses_and_goes_on_once_there_is_room()
    {
        PgHome.NeedPostgres();
        Assert.SkipUnless(Environment.UserName == "root", "Needs root, to mount a small file system.");
        using var folder = new TempFolder();
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=48m,mode=0700,uid=postgres,gid=postgres", "tmpfs", folder.Path) == 0, "No file system can be mounted here.");
        try
        {
            PostgresCluster cluster = await PostgresCluster.SharedAsync();
            string space = "small_" + Path.GetFileName(folder.Path).Replace('-', '_');
            await cluster.ExecuteAsync($"CREATE TABLESPACE {space} LOCATION '{folder.Path}'");
            await using (PgHome home = await PgHome.CreateAsync(cluster))
            {
                await cluster.ExecuteAsync($"ALTER DATABASE {home.Database.Name} SET TABLESPACE {space}");
                await home.StartNodeAsync();
                Api api = home.Call();
                TransferLoad load = await TransferLoad.PrepareAsync(api);
                await FillAsync(folder["filler"]);
                using (var over = new CancellationTokenSource(TimeSpan.FromSeconds(30)))
                {
                    // Pages that are there have room for a while.
                    await load.RunAsync(api, over.Token);
                }

                Assert.True(load.Unanswered > 0, "The disk was never full: the test shows nothing.");
                Assert.Contains("No space left on device", cluster.Log, StringComparison.Ordinal);
                Account refused = new("zeq00000000000", "none");
                Assert.Equal(401, (await api.GetAsync("/api/tally/credits/" + refused.Zid, refused.Key)).Status);
                await home.VerifyAsync(load, exactly: true, audit: false);
                File.Delete(folder["filler"]);
                await load.RetryAsync(api, mostTries: 400);
                await home.VerifyAsync(load, exactly: true);
            }

            await cluster.ExecuteAsync($"DROP TABLESPACE {space}");
        }
        finally
        {
            await RunAsync("umount", "-l", folder.Path);
        }
    }

    private static async Task FillAsync(string path)
    {
        await using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
        byte[] block = new byte[4_096];
        for (bool hasRoom = true; hasRoom;)
        {
            try
            {
                stream.Write(block);
            }
            catch (IOException)
            {
                hasRoom = false;
            }
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
