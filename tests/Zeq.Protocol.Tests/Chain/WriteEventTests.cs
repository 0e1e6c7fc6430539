namespace Zeq.Protocol.Tests;

public class WriteEventTests
{
    [Theory]
    [InlineData("move")]
    [InlineData("mint")]
    [InlineData("compute")]
    [InlineData("restored")]
    [InlineData("payload_erased")]
    [InlineData("transfer_in")]
    [InlineData("claim_accepted")]
    [InlineData("secret_x")]
    [InlineData("")]
    [InlineData("Note")]
    [InlineData("a b")]
    public async Task A_type_that_only_the_home_writes_or_that_is_malformed_is_refused(string type)
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Assert.Equal(RejectionCode.InvalidType, await a.RefusedAsync(new WriteEvent(alice, alice.Zid.OwnMachine, type, "{}", null, false)));
    }

    [Fact]
    public async Task What_an_own_machine_shows_is_its_owners_to_say()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Caller helper = AccountKeysTests.Helper(a, 1);
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new ChangeMachine(helper, alice.Zid.OwnMachine, true, null, null)));
        Assert.Equal("lab", (await a.AcceptedAsync(new ChangeMachine(helper, alice.Zid.OwnMachine, null, "lab", null))).DisplayName);
        Assert.True((await a.AcceptedAsync(new ChangeMachine(alice, alice.Zid.OwnMachine, true, null, null))).IsPublic);
    }
}
