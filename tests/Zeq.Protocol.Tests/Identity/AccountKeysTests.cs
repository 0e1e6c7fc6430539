namespace Zeq.Protocol.Tests;

public class AccountKeysTests
{
    private static readonly Slug Lab = Slug.Parse("lab");

    [Fact]
    public async Task An_account_key_issues_account_keys_and_no_other_key_does()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        ApiKeyRow issued = await a.AcceptedAsync(new IssueAccountKey(alice, World.KeyOf("zeq_ak_", 11), "phone"));
        Assert.True(issued.IsAccount && issued.IsWallet && issued.Label == "phone");
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueAccountKey(Helper(a, 1), World.KeyOf("zeq_ak_", 12), null)));
        Assert.Equal(RejectionCode.ZidNotFound, await a.RefusedAsync(new IssueAccountKey(World.CallerOf(8), World.KeyOf("zeq_ak_", 12), null)));
    }

    [Fact]
    public async Task On_an_own_machine_only_the_owners_account_key_issues()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Slug own = alice.Zid.OwnMachine;
        Caller helper = Helper(a, 1);
        Assert.Equal(MachineRole.Admin, helper.RoleOn(a.Store.Find(Machine.Table, own.Text)!));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueMachineKey(helper, own, MachineRole.Viewer, World.KeyOf("zsm_", 20), null)));
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(new IssueMachineKey(bob, own, MachineRole.Viewer, World.KeyOf("zsm_", 20), null)));
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(new IssueMachineKey(alice, Lab, MachineRole.Viewer, World.KeyOf("zsm_", 20), null)));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueMachineKey(alice, own, MachineRole.Owner, World.KeyOf("zsm_", 20), null)));

        // An admin key that the account key issued is a wallet; an operator's is none.
        ApiKeyRow wallet = await a.AcceptedAsync(new IssueMachineKey(alice, own, MachineRole.Admin, World.KeyOf("zsm_", 21), null));
        ApiKeyRow worker = await a.AcceptedAsync(new IssueMachineKey(alice, own, MachineRole.Operator, World.KeyOf("zsm_", 22), null));
        Assert.True(wallet.IsWallet && !worker.IsWallet);
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueMachineKey(Caller.Of(wallet), own, MachineRole.Viewer, World.KeyOf("zsm_", 23), null)));
    }

    [Fact]
    public async Task On_other_machines_nobody_issues_above_their_role_and_no_key_is_a_wallet()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        await a.AcceptedAsync(new MakeMachine(Lab, alice.Zid));
        ApiKeyRow admin = await a.AcceptedAsync(new IssueMachineKey(alice, Lab, MachineRole.Admin, World.KeyOf("zsm_", 31), null));
        Assert.False(admin.IsWallet);
        ApiKeyRow second = await a.AcceptedAsync(new IssueMachineKey(Caller.Of(admin), Lab, MachineRole.Admin, World.KeyOf("zsm_", 32), null));
        ApiKeyRow op = await a.AcceptedAsync(new IssueMachineKey(Caller.Of(second), Lab, MachineRole.Operator, World.KeyOf("zsm_", 33), null));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueMachineKey(Caller.Of(admin), Lab, MachineRole.Owner, World.KeyOf("zsm_", 34), null)));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new IssueMachineKey(Caller.Of(op), Lab, MachineRole.Viewer, World.KeyOf("zsm_", 34), null)));

        // A key of one machine says nothing on another, its owner's own machine included.
        Assert.Equal(RejectionCode.MachineNotFound, await a.RefusedAsync(new IssueMachineKey(Caller.Of(admin), alice.Zid.OwnMachine, MachineRole.Viewer, World.KeyOf("zsm_", 34), null)));
    }

    [Fact]
    public async Task A_key_is_revoked_by_its_own_account_and_once()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        string key = World.KeyOf("zsm_", 1).Hash;
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new RevokeKey(Helper(a, 1), key)));
        Assert.Equal(RejectionCode.KeyNotFound, await a.RefusedAsync(new RevokeKey(bob, key)));
        Assert.Equal(RejectionCode.KeyNotFound, await a.RefusedAsync(new RevokeKey(alice, World.Hash("none"))));
        ApiKeyRow revoked = await a.AcceptedAsync(new RevokeKey(alice, key));
        Assert.False(revoked.IsValidFor(a.Store.Find(IdentityRow.Table, alice.Zid.Text)!));
        a.Time.PassZeqonds(10);
        Assert.Equal(revoked, await a.UnchangedAsync(new RevokeKey(alice, key)));
    }

    [Fact]
    public async Task The_last_use_of_a_key_never_goes_back()
    {
        await using World a = await World.StartAsync();
        string key = World.Hash("key");
        await a.AcceptedAsync(new NoteKeyUses(new Dictionary<string, Zeqond> { [key] = new(10) }));
        await a.AcceptedAsync(new NoteKeyUses(new Dictionary<string, Zeqond> { [key] = new(7) }));
        Assert.Equal(new Zeqond(10), a.Store.Find(KeyUse.Table, key)!.LastUsed);
    }

    [Fact]
    public void A_fresh_key_has_256_bits_is_never_shown_and_is_found_by_its_digest()
    {
        foreach (NewKey key in (NewKey[])[NewKey.Account(), NewKey.Machine()])
        {
            Assert.Equal(key.Hash, NewKey.HashOf(key.Secret));
            Assert.Equal(World.Hash(key.Secret), key.Hash);
            Assert.Equal(12, key.Prefix.Length);
            Assert.DoesNotContain(key.Secret, key.ToString(), StringComparison.Ordinal);
            Assert.Null(NewKey.HashOf(key.Secret[..^1]));
            Assert.Null(NewKey.HashOf(key.Secret + "A"));
            Assert.Null(NewKey.HashOf("x" + key.Secret[1..]));
        }

        Assert.StartsWith("zeq_ak_", NewKey.Account().Secret, StringComparison.Ordinal);
        Assert.StartsWith("zsm_", NewKey.Machine().Secret, StringComparison.Ordinal);
        Assert.NotEqual(NewKey.Account().Secret, NewKey.Account().Secret);
    }

    internal static Caller Helper(World a, int number) => Caller.Of(a.Store.Find(ApiKeyRow.Table, World.KeyOf("zsm_", number).Hash)!);
}
