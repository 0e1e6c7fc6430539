namespace Zeq.Protocol.Tests;

public class PinHomeTests
{
    private static readonly HashSet<string> Nothing = [];

    [Fact]
    public async Task A_store_belongs_to_the_home_that_started_it_first()
    {
        await using var a = new World();
        PinHome Pin(string origin, string field = "f1", HashSet<string>? replace = null) => new(new Dictionary<string, string> { ["origin"] = origin, ["field"] = field }, replace ?? Nothing);
        Assert.True(await a.AcceptedAsync(Pin("https://a.example")));
        Assert.False(await a.UnchangedAsync(Pin("https://a.example")));
        Machine own = a.Store.Find(Machine.Table, "zeq-sys")!;
        Assert.Equal((Zid.System, false), (own.Owner, own.IsPublic));
        Assert.Equal(RejectionCode.Conflict, await a.RefusedAsync(Pin("https://b.example")));
        Assert.Equal(RejectionCode.Conflict, await a.RefusedAsync(Pin("https://a.example", "f2")));
        Assert.Equal(RejectionCode.Conflict, await a.RefusedAsync(Pin("https://b.example", "f2", ["field"])));
        Assert.False(await a.AcceptedAsync(Pin("https://a.example", "f2", ["field"])));
        Assert.Equal(RejectionCode.Conflict, await a.RefusedAsync(Pin("https://a.example", "f1")));
        Decision<bool> decision = (await a.Home.ExecuteAsync(Pin("https://secret.example"))).Decision;
        Assert.DoesNotContain("secret.example", Assert.IsType<Rejected<bool>>(decision).Why.Message, StringComparison.Ordinal);
    }
}
