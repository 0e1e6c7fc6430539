using Zeq.Postgres.Cluster;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>Databases of the private cluster, and stores on them as a node of two roles has them.</summary>
internal static class TestStore
{
    public static PostgresOptions OptionsOf(PostgresDatabase database) => new() { ConnectionString = database.NodeConnectionString, OwnerConnectionString = database.OwnerConnectionString };

    public static async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");
        return await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
    }

    public static async Task PutAsync(IHomeStore store, string name, string value)
    {
        await using HomeTransaction transaction = await store.BeginAsync(new KeySet().Add(HomeMeta.Table, name), default);
        transaction.Workspace.Put(HomeMeta.Table, new HomeMeta(name, value));
        await transaction.CommitAsync(default);
    }
}
