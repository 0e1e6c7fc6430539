namespace Zeq.Protocol.Tests;

public class PinPeerTests
{
    [Fact]
    public async Task The_first_key_of_a_home_stays_unless_the_admin_says_otherwise()
    {
        await using World a = await World.StartAsync();
        await using var b = new World("https://b.example");
        await using var c = new World("https://c.example");
        string first = b.Context.Keys.NodePublicKey, second = c.Context.Keys.NodePublicKey;
        PeerKey pinned = await a.AcceptedAsync(new PinPeer(b.Origin, first, ByAdmin: false));
        a.Time.PassZeqonds(10);
        Assert.Equal(pinned, await a.UnchangedAsync(new PinPeer(b.Origin, first, ByAdmin: false)));
        Assert.Equal(pinned, await a.UnchangedAsync(new PinPeer(b.Origin, first, ByAdmin: true)));
        Assert.Equal(RejectionCode.PeerKeyChanged, await a.RefusedAsync(new PinPeer(b.Origin, second, ByAdmin: false)));
        PeerKey changed = await a.AcceptedAsync(new PinPeer(b.Origin, second, ByAdmin: true));
        Assert.Equal(pinned with { PublicKey = second }, changed);
        Assert.Equal(RejectionCode.PeerKeyChanged, await a.RefusedAsync(new PinPeer(b.Origin, first, ByAdmin: false)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_key_is_never_pinned(string key)
    {
        await using World a = await World.StartAsync();
        Assert.Equal(RejectionCode.InvalidRequest, await a.RefusedAsync(new PinPeer(Origin.Parse("https://b.example"), key, ByAdmin: true)));
    }
}
