using System.Text.Json.Nodes;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>A node whose clock stands ahead of the database's time (spec 05 rule 25).</summary>
[Collection(FaultsCollection.Name)]
public sealed class DatabaseClockTests
{
    // Seen red without the comparison at the start (HomeServices.OpenAsync).
    [Theory]
    [InlineData(300, true)]
    [InlineData(40, false)]
    [InlineData(-300, false)]
    public async Task A_node_far_ahead_of_the_database_refuses_until_the_admin_confirms(int aheadSeconds, bool isSuspect)
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        Api api = await home.StartHereAsync(home.StoreOptions(), new ShiftedClock(TimeSpan.FromSeconds(aheadSeconds)));
        if (isSuspect)
        {
            WireAnswer refused = await api.PostAsync("/api/identity/register", null, new JsonObject());
            Assert.Equal("CLOCK_SUSPECT", refused.NotNow());
            (await api.PostAsync("/api/admin/clock/confirm", Api.AdminKey, new JsonObject())).Expect();
        }

        await api.RegisterAsync();
        await home.VerifyAsync(null, exactly: true);
    }

    private sealed class ShiftedClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }
}
