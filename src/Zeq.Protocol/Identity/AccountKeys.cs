using System.Globalization;
using System.Text;

namespace Zeq.Protocol;

/// <summary>Issues a further account key (spec 00, "Who calls").</summary>
public sealed record IssueAccountKey(Caller Caller, KeyDigest Key, string? Label) : Command<ApiKeyRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IdentityRow.Table, Caller.Zid.Text).Add(ApiKeyRow.Table, Key.Hash);

    /// <inheritdoc/>
    public override Decision<ApiKeyRow> Decide(Workspace home, Moment now)
    {
        if (!Caller.IsAccountKey)
        {
            return Reject(RejectionCode.Forbidden, "Account keys are issued with an account key.");
        }

        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is not { } account)
        {
            return Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.");
        }

        if (Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        return Accept(home.Put(
            ApiKeyRow.Table,
            new ApiKeyRow(Key.Hash, Key.Prefix, Caller.Zid, null, MachineRole.Owner, IsWallet: true, Label, now.Zeqond, account.KeyGeneration, null)));
    }
}

/// <summary>
/// Issues a key of a machine. On a ZID's own machine only the owner's account key does, and an admin key that it issued there may move
/// value too; nobody issues above their own role (spec 05 rule 3).
/// </summary>
public sealed record IssueMachineKey(Caller Caller, Slug Machine, MachineRole Role, KeyDigest Key, string? Label) : Command<ApiKeyRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.AddRole(Caller, Machine).Add(IdentityRow.Table, Caller.Zid.Text).Add(ApiKeyRow.Table, Key.Hash);

    /// <inheritdoc/>
    public override Decision<ApiKeyRow> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        Machine machine = home.Find(Protocol.Machine.Table, Machine.Text)!;
        MachineRole? own = Caller.RoleOn(machine, home.Find(MachineMember.Table, MachineMember.KeyOf(Machine, Caller.Zid)));
        if (Role > own || Role == MachineRole.Owner || (machine.IsOwn && !(Caller.IsAccountKey && machine.Owner == Caller.Zid)))
        {
            return Reject(RejectionCode.Forbidden, "This key may not issue a key of that role here.");
        }

        IdentityRow? account = home.Find(IdentityRow.Table, Caller.Zid.Text);
        if (account is not null && Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        long generation = account?.KeyGeneration ?? 0;
        bool isWallet = machine.IsOwn && Role == MachineRole.Admin;
        return Accept(home.Put(ApiKeyRow.Table, new ApiKeyRow(Key.Hash, Key.Prefix, Caller.Zid, Machine, Role, isWallet, Label, now.Zeqond, generation, null)));
    }
}

/// <summary>Revokes a key of the caller's account. The caller found its digest by its prefix, and neither ever changes.</summary>
public sealed record RevokeKey(Caller Caller, string KeyHash) : Command<ApiKeyRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(ApiKeyRow.Table, KeyHash).Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<ApiKeyRow> Decide(Workspace home, Moment now)
    {
        if (!Caller.IsAccountKey)
        {
            return Reject(RejectionCode.Forbidden, "Keys are revoked with an account key.");
        }

        // A stolen key that a recovery voided meanwhile must not take the recovered key along.
        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is { } account && Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        if (home.Find(ApiKeyRow.Table, KeyHash) is not { } key || key.Zid != Caller.Zid)
        {
            return Reject(RejectionCode.KeyNotFound, "There is no such key.");
        }

        return Accept(key.Revoked is null ? home.Put(ApiKeyRow.Table, key with { Revoked = now.Zeqond }) : key);
    }
}

/// <summary>Notes the last use of keys; at most one note a key and a while.</summary>
public sealed record NoteKeyUses(IReadOnlyDictionary<string, Zeqond> Uses) : Command<int>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        foreach (string hash in Uses.Keys)
        {
            keys.Add(KeyUse.Table, hash);
        }
    }

    /// <inheritdoc/>
    public override Decision<int> Decide(Workspace home, Moment now)
    {
        foreach ((string hash, Zeqond at) in Uses)
        {
            home.Put(KeyUse.Table, new KeyUse(hash, Zeqond.Max(at, home.Find(KeyUse.Table, hash)?.LastUsed ?? at)));
        }

        return Accept(Uses.Count);
    }
}

/// <summary>
/// Gives a new account key to whoever holds the recovery key, and voids all older ones, the own machine's too (spec 05 rule 6). The stamp
/// must be above the last accepted one: a recovery cannot be replayed.
/// </summary>
public sealed record RecoverIdentity(Zid Zid, Zeqond Stamp, string Signature, KeyDigest Key) : Command<ApiKeyRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IdentityRow.Table, Zid.Text).Add(ApiKeyRow.Table, Key.Hash);

    /// <inheritdoc/>
    public override Decision<ApiKeyRow> Decide(Workspace home, Moment now)
    {
        if (!SignedStamp.IsFresh(Stamp, now.Zeqond))
        {
            return Reject(RejectionCode.StaleRequest, "The stamp is too old or from the future; sign the present Zeqond.");
        }

        // A ZID without a recovery key and one that does not exist look alike.
        if (home.Find(IdentityRow.Table, Zid.Text) is not { } account
            || account.RecoveryKeyAt(now.Zeqond) is not { } key
            || !SignedStamp.Verify(SignedText(home.Context.Origin, Zid, Stamp), Signature, key))
        {
            return Reject(RejectionCode.InvalidSignature, "The recovery key of this ZID did not sign this.");
        }

        if (Stamp <= account.LastRecovery)
        {
            return Reject(RejectionCode.StaleRequest, "A recovery with this stamp, or a later one, was accepted already.");
        }

        long generation = account.KeyGeneration + 1;
        home.Put(IdentityRow.Table, account with { LastRecovery = Stamp, KeyGeneration = generation, RecoveryKey = key, PendingKey = null, PendingFrom = null });
        return Accept(home.Put(ApiKeyRow.Table, new ApiKeyRow(Key.Hash, Key.Prefix, Zid, null, MachineRole.Owner, IsWallet: true, "recovered", now.Zeqond, generation, null)));
    }

    /// <summary>What a recovery signs: <c>zeq-recover|origin|zid|zeqond</c>, with the origin that the client dialled.</summary>
    public static byte[] SignedText(Origin origin, Zid zid, Zeqond zeqond) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"zeq-recover|{origin.Text}|{zid.Text}|{zeqond.Value}"));
}

/// <summary>
/// Adds a recovery key, or replaces one with the old key's signature. It takes effect a day later, so that a thief of an account key can
/// be stopped: any account key cancels it meanwhile (spec 05 rule 6).
/// </summary>
public sealed record SetRecoveryKey(Caller Caller, string PublicKey, Zeqond Stamp, string Signature, string? OldSignature) : Command<Zeqond>
{
    /// <summary>How long a new key waits, in Zeqonds: a day.</summary>
    public const long DelayZeqonds = 111_197;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<Zeqond> Decide(Workspace home, Moment now)
    {
        if (!Caller.IsAccountKey || home.Find(IdentityRow.Table, Caller.Zid.Text) is not { } account)
        {
            return Reject(RejectionCode.Forbidden, "A recovery key is set with an account key.");
        }

        if (Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        if (account.PendingKey == PublicKey && account.PendingFrom is { } already)
        {
            return Accept(already);
        }

        byte[] text = SignedText(home.Context.Origin, Caller.Zid, PublicKey, Stamp);
        if (!SignedStamp.IsFresh(Stamp, now.Zeqond))
        {
            return Reject(RejectionCode.StaleRequest, "The stamp is too old or from the future; sign the present Zeqond.");
        }

        if (!SignedStamp.Verify(text, Signature, PublicKey))
        {
            return Reject(RejectionCode.InvalidSignature, "The new key did not sign this.");
        }

        string? current = account.RecoveryKeyAt(now.Zeqond);
        if (current is not null && (OldSignature is null || !SignedStamp.Verify(text, OldSignature, current)))
        {
            return Reject(RejectionCode.RecoveryKeyExists, "There is a recovery key; only its signature replaces it.");
        }

        var from = new Zeqond(now.Zeqond.Value + DelayZeqonds);
        home.Put(IdentityRow.Table, account with { RecoveryKey = current, PendingKey = PublicKey, PendingFrom = from });
        return Accept(from);
    }

    /// <summary>What both keys sign: <c>zeq-recovery-key|origin|zid|public_key|zeqond</c>.</summary>
    public static byte[] SignedText(Origin origin, Zid zid, string publicKeyHex, Zeqond zeqond) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"zeq-recovery-key|{origin.Text}|{zid.Text}|{publicKeyHex}|{zeqond.Value}"));
}

/// <summary>Cancels a recovery key that has not taken effect yet.</summary>
public sealed record CancelRecoveryKey(Caller Caller) : Command<bool>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<bool> Decide(Workspace home, Moment now)
    {
        if (!Caller.IsAccountKey || home.Find(IdentityRow.Table, Caller.Zid.Text) is not { } account)
        {
            return Reject(RejectionCode.Forbidden, "A recovery key is cancelled with an account key.");
        }

        if (Caller.IsVoidedIn(account))
        {
            return Reject(RejectionCode.Unauthorized, "This key was voided by a recovery.");
        }

        if (account.PendingKey is null || now.Zeqond >= account.PendingFrom)
        {
            return Accept(false);
        }

        home.Put(IdentityRow.Table, account with { PendingKey = null, PendingFrom = null });
        return Accept(true);
    }
}
