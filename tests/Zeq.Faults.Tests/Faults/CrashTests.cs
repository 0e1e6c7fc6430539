using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>Servers and nodes that die in the middle of their work: what was acknowledged is there, what was not has one effect when repeated.</summary>
[Collection(FaultsCollection.Name)]
public sealed class CrashTests
{
    private const int Rounds = 20;

    // Seen red with synchronous_commit off on the writer's connections: acknowledged heights are not there after the stop.
    [Fact]
    public async Task What_was_acknowledged_survives_a_server_that_drops_everything()
    {
        PgHome.NeedPostgres();
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await using PgHome home = await PgHome.CreateAsync(cluster);
        await home.StartNodeAsync();
        Api api = home.Call();
        TransferLoad load = await TransferLoad.PrepareAsync(api);
        int unanswered = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await load.RunForAsync(api, round, () => round % 4 == 3 ? cluster.KillAsync() : cluster.StopAsync(StopMode.Immediate));
            unanswered += load.Unanswered;
            await cluster.StartAsync();
            await home.VerifyAsync(load, exactly: false, audit: round % 5 == 4);
            await load.RetryAsync(api, mostTries: 400);
            Assert.Equal(0, load.Unanswered);
        }

        Assert.True(unanswered > 0, "No stop met a request under way: the test shows nothing.");
        await home.VerifyAsync(load, exactly: true);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_kill_of_a_node()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        TransferLoad? load = null;
        int unanswered = 0;
        for (int round = 0; round < Rounds; round++)
        {
            NodeProcess node = await home.StartNodeAsync();
            using var api = new Api(home.Url);
            load ??= await TransferLoad.PrepareAsync(api);
            await load.RetryAsync(api, mostTries: 400);
            Assert.Equal(0, load.Unanswered);
            await load.RunForAsync(api, round, node.KillAsync);
            unanswered += load.Unanswered;
            await home.VerifyAsync(load, exactly: false, audit: round % 5 == 4);
        }

        Assert.True(unanswered > 0, "No kill met a request under way: the test shows nothing.");
        await home.StartNodeAsync();
        await load!.RetryAsync(home.Call(), mostTries: 400);
        await home.VerifyAsync(load, exactly: true);
    }
}
