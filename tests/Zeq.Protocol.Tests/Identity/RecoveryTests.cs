using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class RecoveryTests
{
    private static readonly Signer Old = new("old key"), New = new("new key"), Thief = new("thief's key");

    [Fact]
    public async Task Whoever_holds_the_recovery_key_gets_a_key_and_all_older_ones_are_void()
    {
        await using World a = await World.StartAsync();
        await a.AcceptedAsync(World.Registration(1, Old.PublicKey));
        Caller alice = World.CallerOf(1);
        await a.AcceptedAsync(new MakeMachine(Slug.Parse("lab"), alice.Zid));
        ApiKeyRow lab = await a.AcceptedAsync(new IssueMachineKey(alice, Slug.Parse("lab"), MachineRole.Admin, World.KeyOf("zsm_", 50), null));
        ApiKeyRow fresh = await a.AcceptedAsync(Recover(a, Old, a.Now, 60));
        IdentityRow account = a.Store.Find(IdentityRow.Table, alice.Zid.Text)!;
        Assert.True(fresh.IsValidFor(account) && fresh.IsAccount && fresh.IsWallet);
        Assert.False(a.Store.Find(ApiKeyRow.Table, World.KeyOf("zeq_ak_", 1).Hash)!.IsValidFor(account));
        Assert.False(a.Store.Find(ApiKeyRow.Table, World.KeyOf("zsm_", 1).Hash)!.IsValidFor(account));
        Assert.True(lab.IsValidFor(account));
        Assert.True((await a.AcceptedAsync(new IssueAccountKey(Caller.Of(fresh), World.KeyOf("zeq_ak_", 61), null))).IsValidFor(account));
    }

    [Fact]
    public async Task A_request_that_was_let_in_before_a_recovery_leaves_no_key_behind()
    {
        // The thief's requests wait in the queue while the owner recovers.
        await using World a = await World.StartAsync();
        await a.AcceptedAsync(World.Registration(1, Old.PublicKey));
        Caller thief = World.CallerOf(1), helper = AccountKeysTests.Helper(a, 1);
        await a.AcceptedAsync(Recover(a, Old, a.Now, 60));
        Assert.Equal(RejectionCode.Unauthorized, await a.RefusedAsync(new IssueAccountKey(thief, World.KeyOf("zeq_ak_", 70), null)));
        Assert.Equal(RejectionCode.Unauthorized, await a.RefusedAsync(new IssueMachineKey(thief, thief.Zid.OwnMachine, MachineRole.Admin, World.KeyOf("zsm_", 70), null)));
        Assert.Equal(RejectionCode.Unauthorized, await a.RefusedAsync(Set(a, thief, Thief, a.Now)));
        Assert.Equal(RejectionCode.Unauthorized, await a.RefusedAsync(new CancelRecoveryKey(thief)));
        Assert.Equal(RejectionCode.Unauthorized, await a.RefusedAsync(new RevokeKey(thief, World.KeyOf("zeq_ak_", 60).Hash)));
        Assert.True(helper.IsVoidedIn(a.Store.Find(IdentityRow.Table, thief.Zid.Text)!));
    }

    [Fact]
    public async Task A_recovery_is_fresh_signed_by_the_right_key_for_this_home_and_never_replayed()
    {
        await using World a = await World.StartAsync();
        await a.AcceptedAsync(World.Registration(1, Old.PublicKey));
        await a.RegisterAsync(2);
        Zeqond now = a.Now;
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Recover(a, Old, new(now.Value - 129))));
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Recover(a, Old, new(now.Value + 3))));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Thief, now)));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Old, now) with { Stamp = new(now.Value - 1) }));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Old, now) with { Zid = Zid.FromNumber(2) }));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Old, now) with { Zid = Zid.FromNumber(3) }));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Old, now) with { Signature = "" }));
        string elsewhere = Old.Sign(RecoverIdentity.SignedText(Origin.Parse("https://evil.example"), Zid.FromNumber(1), now));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, Old, now) with { Signature = elsewhere }));

        await a.AcceptedAsync(Recover(a, Old, new(now.Value - 128), 60));
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Recover(a, Old, new(now.Value - 128), 61)));
        await a.AcceptedAsync(Recover(a, Old, new(now.Value + 2), 62));
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Recover(a, Old, new(now.Value + 1), 63)));
    }

    [Fact]
    public async Task A_first_recovery_key_takes_effect_after_a_day_and_can_be_cancelled_until_then()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Zeqond from = await a.AcceptedAsync(Set(a, alice, New, a.Now));
        Assert.Equal(a.Now.Value + 111_197, from.Value);
        Assert.Equal(from, await a.UnchangedAsync(Set(a, alice, New, a.Now)));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, New, a.Now)));
        Assert.True(await a.AcceptedAsync(new CancelRecoveryKey(alice)));
        Assert.False(await a.UnchangedAsync(new CancelRecoveryKey(alice)));
        a.Time.PassZeqonds(111_197);
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, New, a.Now)));

        await a.AcceptedAsync(Set(a, alice, New, a.Now));
        a.Time.PassZeqonds(111_196);
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Recover(a, New, a.Now)));
        a.Time.PassZeqonds(1);
        Assert.False(await a.UnchangedAsync(new CancelRecoveryKey(alice)));
        await a.AcceptedAsync(Recover(a, New, a.Now));
        Assert.Equal(New.PublicKey, a.Store.Find(IdentityRow.Table, alice.Zid.Text)!.RecoveryKey);
    }

    [Fact]
    public async Task A_replacement_needs_the_old_keys_signature_and_the_old_key_works_meanwhile()
    {
        await using World a = await World.StartAsync();
        await a.AcceptedAsync(World.Registration(1, Old.PublicKey));
        Caller alice = World.CallerOf(1);
        Assert.Equal(RejectionCode.RecoveryKeyExists, await a.RefusedAsync(Set(a, alice, Thief, a.Now)));
        Assert.Equal(RejectionCode.RecoveryKeyExists, await a.RefusedAsync(Set(a, alice, Thief, a.Now, Thief)));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(Set(a, alice, New, a.Now, Old) with { Signature = Thief.Sign("x"u8) }));
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Set(a, alice, New, new(a.Now.Value - 129), Old)));
        Assert.Equal(RejectionCode.StaleRequest, await a.RefusedAsync(Set(a, alice, New, new(a.Now.Value + 3), Old)));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(Set(a, AccountKeysTests.Helper(a, 1), New, a.Now, Old)));
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new CancelRecoveryKey(AccountKeysTests.Helper(a, 1))));
        await a.AcceptedAsync(Set(a, alice, New, a.Now, Old));
        IdentityRow account = a.Store.Find(IdentityRow.Table, alice.Zid.Text)!;
        Assert.Equal((Old.PublicKey, New.PublicKey), (account.RecoveryKeyAt(a.Now)!, account.RecoveryKeyAt(account.PendingFrom!.Value)!));

        // A recovery by the old key meanwhile throws out what is pending: it may be the thief's.
        ApiKeyRow fresh = await a.AcceptedAsync(Recover(a, Old, a.Now, 60));
        Assert.Null(a.Store.Find(IdentityRow.Table, alice.Zid.Text)!.PendingKey);
        Assert.NotNull(fresh);
    }

    [Fact]
    public async Task A_key_of_small_order_recovers_nobody()
    {
        // Under the identity point every message has a signature that holds: R = identity, S = 0.
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        string smallKey = "01" + new string('0', 62), forged = smallKey + new string('0', 64);
        Assert.False(SignedStamp.IsAcceptableKey(smallKey));
        Assert.False(SignedStamp.Verify("anything"u8, forged, smallKey));
        Assert.Equal(RejectionCode.InvalidSignature, await a.RefusedAsync(new SetRecoveryKey(alice, smallKey, a.Now, forged, null)));
        Assert.False(SignedStamp.IsAcceptableKey(Old.PublicKey.ToUpperInvariant()));
        Assert.False(SignedStamp.IsAcceptableKey(""));
        Assert.True(SignedStamp.IsAcceptableKey(Old.PublicKey));
    }

    [Fact]
    public void The_signed_texts_are_the_specs()
    {
        Origin home = Origin.Parse("https://a.example");
        Assert.Equal("zeq-recover|https://a.example|ZEQ07000000001|7", Encoding.UTF8.GetString(RecoverIdentity.SignedText(home, Zid.FromNumber(1), new Zeqond(7))));
        Assert.Equal("zeq-recovery-key|https://a.example|ZEQ07000000001|00ff|7", Encoding.UTF8.GetString(SetRecoveryKey.SignedText(home, Zid.FromNumber(1), "00ff", new Zeqond(7))));
    }

    private static RecoverIdentity Recover(World a, Signer by, Zeqond stamp, int key = 60) =>
        new(Zid.FromNumber(1), stamp, by.Sign(RecoverIdentity.SignedText(a.Origin, Zid.FromNumber(1), stamp)), World.KeyOf("zeq_ak_", key));

    private static SetRecoveryKey Set(World a, Caller caller, Signer key, Zeqond stamp, Signer? old = null)
    {
        byte[] text = SetRecoveryKey.SignedText(a.Origin, caller.Zid, key.PublicKey, stamp);
        return new SetRecoveryKey(caller, key.PublicKey, stamp, key.Sign(text), old?.Sign(text));
    }

    private sealed class Signer(string name)
    {
        private readonly byte[] _seed = Convert.FromHexString(World.Hash(name));

        public string PublicKey
        {
            get
            {
                byte[] key = new byte[32];
                Ed25519.GetPublicKey(_seed, key);
                return Convert.ToHexStringLower(key);
            }
        }

        public string Sign(ReadOnlySpan<byte> text)
        {
            byte[] signature = new byte[64];
            Ed25519.Sign(text, _seed, signature);
            return Convert.ToHexStringLower(signature);
        }
    }
}
