namespace Zeq.Protocol;

/// <summary>An account of this home (spec 00, "Who calls"; spec 05 rule 6).</summary>
/// <param name="Zid">The account number.</param>
/// <param name="Created">When it was registered.</param>
/// <param name="DisplayName">A name for people, at most 255 characters.</param>
/// <param name="RecoveryKey">The Ed25519 key that recovers the account, 64 hex; null where there is none in effect.</param>
/// <param name="PendingKey">A recovery key that takes effect later.</param>
/// <param name="PendingFrom">The Zeqond from which the pending key is in effect.</param>
/// <param name="LastRecovery">The stamp of the last accepted recovery: an older or equal one is a replay.</param>
/// <param name="KeyGeneration">Keys of an earlier generation are void: a recovery raises it.</param>
public sealed record IdentityRow(
    Zid Zid, Zeqond Created, string? DisplayName, string? RecoveryKey, string? PendingKey, Zeqond? PendingFrom, Zeqond LastRecovery, long KeyGeneration)
{
    /// <summary>How stores hold it.</summary>
    public static Table<IdentityRow> Table { get; } = Protocol.Table.Of<IdentityRow>("identities")
        .Key("zid", i => i.Zid.Text)
        .Integer("created_zeqond", i => i.Created.Value)
        .ChangingOptionalText("display_name", i => i.DisplayName)
        .ChangingOptionalText("recovery_key", i => i.RecoveryKey)
        .ChangingOptionalText("pending_key", i => i.PendingKey)
        .ChangingOptionalInteger("pending_from_zeqond", i => i.PendingFrom?.Value)
        .ChangingInteger("last_recovery_zeqond", i => i.LastRecovery.Value)
        .ChangingInteger("key_generation", i => i.KeyGeneration)
        .Build(c => new IdentityRow(
            Zid.Parse(c.Text()), new Zeqond(c.Integer()), c.OptionalText(), c.OptionalText(), c.OptionalText(),
            c.OptionalInteger() is { } from ? new Zeqond(from) : null, new Zeqond(c.Integer()), c.Integer()));

    /// <summary>The recovery key in effect at a time: a pending one counts once its time has come.</summary>
    public string? RecoveryKeyAt(Zeqond now) => PendingKey is not null && PendingFrom is { } from && now >= from ? PendingKey : RecoveryKey;
}
