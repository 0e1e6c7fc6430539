using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol.Tests;

public class RegisterIdentityTests
{
    [Fact]
    public async Task It_makes_account_machine_pools_and_keys_in_one_step()
    {
        await using World a = await World.StartAsync(freeCredits: 1287);
        Caller alice = await a.RegisterAsync(1);
        Machine machine = a.Store.Find(Machine.Table, "zeq07000000001")!;
        Assert.Equal((alice.Zid, true, false), (machine.Owner, machine.IsOwn, machine.IsPublic));
        ChainHead head = a.Store.Find(ChainHead.Table, "zeq07000000001")!;
        Assert.Equal((0L, ChainHash.Genesis("a:zeq07000000001", a.Origin, a.Context.Keys.NodePublicKey, a.Now)), (head.Seq, head.StateHash));
        FuelPool pool = a.Pool(alice.Zid);
        Assert.Equal((1287L, 0L, 0L, 1L), (pool.Free, pool.Burn, pool.Paid, pool.Moves));
        Assert.Equal(CreditReason.Register, a.Store.Find(CreditMove.Table, alice.Zid.Text)!.Reason);
        ApiKeyRow account = a.Store.Find(ApiKeyRow.Table, World.KeyOf("zeq_ak_", 1).Hash)!;
        ApiKeyRow helper = a.Store.Find(ApiKeyRow.Table, World.KeyOf("zsm_", 1).Hash)!;
        Assert.True(account.IsAccount && account.IsWallet);

        // Rule 3: the machine key of the registration is an admin's on its machine, and moves no value.
        Assert.Equal((false, false, MachineRole.Admin, machine.Slug), (helper.IsAccount, helper.IsWallet, helper.Role, helper.Machine!.Value));
        IdentityRow row = a.Store.Find(IdentityRow.Table, alice.Zid.Text)!;
        Assert.True(account.IsValidFor(row) && helper.IsValidFor(row));
    }

    [Fact]
    public async Task Without_free_credits_the_pools_are_there_and_empty()
    {
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        Assert.Equal(FuelPool.Empty(Zid.FromNumber(1)), a.Pool(Zid.FromNumber(1)));
    }

    [Fact]
    public async Task A_taken_ZID_a_system_ZID_and_a_squatted_machine_are_refused()
    {
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        Assert.Equal(RejectionCode.ZidTaken, await a.RefusedAsync(World.Registration(1) with { AccountKey = World.KeyOf("zeq_ak_", 9), MachineKey = World.KeyOf("zsm_", 9) }));
        Assert.Equal(RejectionCode.ZidTaken, await a.RefusedAsync(World.Registration(2) with { Zid = Zid.System }));
        Assert.Equal(RejectionCode.ZidTaken, await a.RefusedAsync(World.Registration(2) with { Zid = Zid.Foundation }));

        // Rule 4: whoever made a machine of that name before does not become part of the account.
        await a.AcceptedAsync(new MakeMachine(Zid.FromNumber(3).OwnMachine, Zid.FromNumber(1)));
        Assert.Equal(RejectionCode.ZidTaken, await a.RefusedAsync(World.Registration(3)));
    }

    [Fact]
    public void A_ZID_of_a_key_is_eight_bytes_of_its_hash()
    {
        byte[] key = Convert.FromHexString(World.Hash("some key"));
        ulong number = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(key)) % 1_000_000_000;
        Assert.Equal(Zid.FromNumber((long)number), RegisterIdentity.ZidOf(key));
    }

    [Fact]
    public void The_signed_text_is_the_specs() => Assert.Equal(
        "zeq-register|https://a.example|00ff|12", Encoding.UTF8.GetString(RegisterIdentity.SignedText(Origin.Parse("https://a.example"), "00ff", new Zeqond(12))));
}

/// <summary>Makes a machine that is nobody's own.</summary>
internal sealed record MakeMachine(Slug Slug, Zid Owner, bool IsPublic = false) : Command<Machine>
{
    public override void Touch(KeySet keys, Moment now) => keys.Add(Machine.Table, Slug.Text).AddChain(Slug);

    public override Decision<Machine> Decide(Workspace home, Moment now) => Accept(home.CreateMachine(Slug, Owner, isOwn: false, IsPublic, now));
}
