using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Makes an account, its own machine and its pools in one step; adopts nothing that exists (spec 05 rule 4).</summary>
/// <param name="Zid">The account number: of a key, or drawn.</param>
/// <param name="DisplayName">A name for people.</param>
/// <param name="RecoveryKey">The Ed25519 key, 64 hex, whose signature the caller has checked; or null.</param>
/// <param name="AccountKey">The account key's digest and prefix.</param>
/// <param name="MachineKey">The machine key's digest and prefix.</param>
public sealed record RegisterIdentity(Zid Zid, string? DisplayName, string? RecoveryKey, KeyDigest AccountKey, KeyDigest MachineKey) : Command<IdentityRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        Slug own = Zid.OwnMachine;
        keys.Add(IdentityRow.Table, Zid.Text).Add(Machine.Table, own.Text).AddChain(own).Add(FuelPool.Table, Zid.Text)
            .Add(ApiKeyRow.Table, AccountKey.Hash).Add(ApiKeyRow.Table, MachineKey.Hash);
    }

    /// <inheritdoc/>
    public override Decision<IdentityRow> Decide(Workspace home, Moment now)
    {
        Slug own = Zid.OwnMachine;
        if (Zid.IsSystem || home.Find(IdentityRow.Table, Zid.Text) is not null || home.Find(Machine.Table, own.Text) is not null)
        {
            return Reject(RejectionCode.ZidTaken, "This ZID, or a machine of its name, exists already.");
        }

        home.CreateMachine(own, Zid, isOwn: true, isPublic: false, now);
        home.Put(FuelPool.Table, FuelPool.Empty(Zid));
        if (home.Context.FreeCredits > 0)
        {
            home.MovePool(Zid, free: home.Context.FreeCredits, burn: 0, paid: 0, CreditReason.Register, null, now);
        }

        home.Put(ApiKeyRow.Table, new ApiKeyRow(AccountKey.Hash, AccountKey.Prefix, Zid, null, MachineRole.Owner, IsWallet: true, null, now.Zeqond, 0, null));
        home.Put(ApiKeyRow.Table, new ApiKeyRow(MachineKey.Hash, MachineKey.Prefix, Zid, own, MachineRole.Admin, IsWallet: false, null, now.Zeqond, 0, null));
        return Accept(home.Put(IdentityRow.Table, new IdentityRow(Zid, now.Zeqond, DisplayName, RecoveryKey, null, null, new Zeqond(-1), 0)));
    }

    /// <summary>The ZID of a public key: <c>ZEQ07</c> and (first 8 bytes of SHA-256, big-endian, mod 10^9) in nine digits (spec 00).</summary>
    public static Zid ZidOf(ReadOnlySpan<byte> publicKey) =>
        Zid.FromNumber((long)(BinaryPrimitives.ReadUInt64BigEndian(Sha256.Hash(publicKey)) % 1_000_000_000UL));

    /// <summary>What a registration signs: <c>zeq-register|origin|public_key|zeqond</c>.</summary>
    public static byte[] SignedText(Origin origin, string publicKeyHex, Zeqond zeqond) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"zeq-register|{origin.Text}|{publicKeyHex}|{zeqond.Value}"));
}

/// <summary>What commands carry of a key: never the key.</summary>
/// <param name="Hash">SHA-256 of the key, 64 hex.</param>
/// <param name="Prefix">Its first 12 characters.</param>
public readonly record struct KeyDigest(string Hash, string Prefix)
{
    /// <summary>The digest of a freshly made key.</summary>
    public static KeyDigest Of(NewKey key) => new(key.Hash, key.Prefix);
}
