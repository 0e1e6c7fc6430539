using Zeq.Protocol;
using Zeq.Storage.Conformance;

namespace Zeq.Protocol.Tests;

public sealed class MemoryHomeStoreTests : ModelConformance
{
    protected override ValueTask<IHomeStore> OpenEmptyAsync() => new(new MemoryHomeStore());
}
