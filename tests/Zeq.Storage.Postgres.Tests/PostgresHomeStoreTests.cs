using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Conformance;

namespace Zeq.Storage.Postgres.Tests;

public sealed class PostgresHomeStoreTests : ModelConformance
{
    private PostgresDatabase? _database;

    protected override async ValueTask<IHomeStore> OpenEmptyAsync()
    {
        _database = await TestStore.CreateDatabaseAsync();
        return await PostgresHomeStore.OpenAsync(TestStore.OptionsOf(_database));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
