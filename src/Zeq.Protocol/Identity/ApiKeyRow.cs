using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What a member of a machine may do; each role may do what the ones below it may.</summary>
public enum MachineRole
{
    /// <summary>Reads.</summary>
    Viewer = 1,

    /// <summary>Also writes events and computes.</summary>
    Operator = 2,

    /// <summary>Also issues keys and changes the machine.</summary>
    Admin = 3,

    /// <summary>Everything.</summary>
    Owner = 4,
}

/// <summary>A caller's key, by its digest: the key itself is shown once and never stored (spec 00, "Who calls").</summary>
/// <param name="KeyHash">SHA-256 of the key, 64 hex.</param>
/// <param name="Prefix">The first 12 characters of the key, which name it in lists and on chains.</param>
/// <param name="Zid">The account that it acts for.</param>
/// <param name="Machine">The machine of a <c>zsm_</c> key; null for an account key.</param>
/// <param name="Role">The role of a machine key.</param>
/// <param name="IsWallet">Whether it may move value: every account key, and an admin key of the ZID's own machine that an account key issued (spec 05 rule 3).</param>
/// <param name="Label">A name for people.</param>
/// <param name="Created">When it was issued.</param>
/// <param name="Generation">The account's key generation when it was issued.</param>
/// <param name="Revoked">When it was revoked; null while it was not.</param>
public sealed record ApiKeyRow(
    string KeyHash, string Prefix, Zid Zid, Slug? Machine, MachineRole Role, bool IsWallet, string? Label, Zeqond Created, long Generation, Zeqond? Revoked)
{
    /// <summary>How many characters of a key name it.</summary>
    public const int PrefixLength = 12;

    /// <summary>How stores hold it.</summary>
    public static Table<ApiKeyRow> Table { get; } = Protocol.Table.Of<ApiKeyRow>("api_keys")
        .Key("key_hash", k => k.KeyHash)
        .Text("prefix", k => k.Prefix)
        .Text("zid", k => k.Zid.Text)
        .OptionalText("machine", k => k.Machine?.Text)
        .Integer("role", k => (long)k.Role)
        .Flag("is_wallet", k => k.IsWallet)
        .OptionalText("label", k => k.Label)
        .Integer("created_zeqond", k => k.Created.Value)
        .Integer("generation", k => k.Generation)
        .ChangingOptionalInteger("revoked_zeqond", k => k.Revoked?.Value)
        .Build(c => new ApiKeyRow(
            c.Text(), c.Text(), Zid.Parse(c.Text()), c.OptionalText() is { } slug ? Slug.Parse(slug) : null, (MachineRole)c.Integer(), c.Flag(),
            c.OptionalText(), new Zeqond(c.Integer()), c.Integer(), c.OptionalInteger() is { } revoked ? new Zeqond(revoked) : null));

    /// <summary>Whether it is an account key.</summary>
    public bool IsAccount => Machine is null;

    /// <summary>Whether the key opens anything, given its account as it stands.</summary>
    public bool IsValidFor(IdentityRow account) =>
        Revoked is null && account.Zid == Zid && (Generation >= account.KeyGeneration || (Machine is { } machine && machine != Zid.OwnMachine));
}

/// <summary>When a key was last used; kept apart, since it is a note and not a rule.</summary>
/// <param name="KeyHash">SHA-256 of the key, 64 hex.</param>
/// <param name="LastUsed">The last use that was noted.</param>
public sealed record KeyUse(string KeyHash, Zeqond LastUsed)
{
    /// <summary>How stores hold it.</summary>
    public static Table<KeyUse> Table { get; } = Protocol.Table.Of<KeyUse>("key_uses")
        .Key("key_hash", u => u.KeyHash)
        .ChangingInteger("last_used_zeqond", u => u.LastUsed.Value)
        .Build(c => new KeyUse(c.Text(), new Zeqond(c.Integer())));
}

/// <summary>A freshly made key: the secret that is shown once, and what is stored of it.</summary>
/// <param name="Secret">The key itself.</param>
/// <param name="Hash">SHA-256 of it, 64 hex.</param>
public readonly record struct NewKey(string Secret, string Hash)
{
    /// <summary>What account keys begin with.</summary>
    public const string AccountPrefix = "zeq_ak_";

    /// <summary>What machine keys begin with.</summary>
    public const string MachinePrefix = "zsm_";

    /// <summary>The first characters, which name the key.</summary>
    public string Prefix => Secret[..ApiKeyRow.PrefixLength];

    /// <summary>Makes an account key of 256 random bits.</summary>
    public static NewKey Account() => Make(AccountPrefix);

    /// <summary>Makes a machine key of 256 random bits.</summary>
    public static NewKey Machine() => Make(MachinePrefix);

    /// <summary>The digest of a presented key, or null where its form is none of ours.</summary>
    public static string? HashOf(string presented)
    {
        string? prefix = presented.StartsWith(AccountPrefix, StringComparison.Ordinal) ? AccountPrefix
            : presented.StartsWith(MachinePrefix, StringComparison.Ordinal) ? MachinePrefix : null;
        return prefix is not null && presented.Length == prefix.Length + 43 ? Sha256.HashHexUtf8(presented) : null;
    }

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => Prefix + "…";

    private static NewKey Make(string prefix)
    {
        Span<byte> random = stackalloc byte[32];
        RandomNumberGenerator.Fill(random);
        string secret = prefix + Base64UrlText.Encode(random);
        CryptographicOperations.ZeroMemory(random);
        return new NewKey(secret, Sha256.HashHexUtf8(secret));
    }
}
