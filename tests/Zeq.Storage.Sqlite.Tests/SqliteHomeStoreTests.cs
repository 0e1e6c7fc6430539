using Zeq.Protocol;
using Zeq.Storage.Conformance;

namespace Zeq.Storage.Sqlite.Tests;

public sealed class SqliteHomeStoreTests : ModelConformance
{
    private readonly TempFolder _folder = new();

    protected override ValueTask<IHomeStore> OpenEmptyAsync() => new(SqliteHomeStore.Open(_folder.File("home.db")));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
