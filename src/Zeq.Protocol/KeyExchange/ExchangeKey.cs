using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// Where a machine's key pair of the key exchange is kept (spec 30 §1): the seed is sealed in the vault, under the machine's owner, and a public row of the machine's chain carries the fingerprint. The
/// sealed value's version is the number of that row, so that the row names the value which opens (spec 06 rule 13).
/// </summary>
public static class ExchangeKey
{
    /// <summary>The type of the row.</summary>
    public const string RowType = "keyex_key";

    /// <summary>The name of the sealed seed; the prefix is the system's.</summary>
    /// <param name="machine">The machine.</param>
    public static string SecretName(Slug machine) => "keyex." + machine.Text;

    /// <summary>The fingerprint that a chain's row carries; null where it is no such row of the home.</summary>
    /// <param name="row">A row.</param>
    public static string? FingerprintOf(ChainRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Type != RowType || !row.IsSystem || row.Payload is not { } payload)
        {
            return null;
        }

        using JsonDocument json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("fingerprint", out JsonElement fingerprint) ? fingerprint.GetString() : null;
    }

    internal static ChainRow Write(Workspace home, FieldSeal seal, Machine machine, ReadOnlyMemory<byte> seed, string fingerprint, string? previous, Actor actor, Moment now)
    {
        string payload = new Payload().Add("alg", KeyExchange.Algorithm).Add("fingerprint", fingerprint).AddOrNull("prev", previous).ToCanonicalText();
        ChainRow row = home.AppendRow(machine.Slug, RowType, payload, actor, now, isPublicPayload: true);
        string name = SecretName(machine.Slug);
        byte[] sealedSeed = seal.Seal(seed.Span, name, machine.Owner.Text, row.Seq, now.Draw("keyex/" + row.Seq));
        home.Put(SealedSecret.Table, new SealedSecret(machine.Owner, name, row.Seq, sealedSeed));
        return row;
    }
}

/// <summary>Keeps the first key pair of a machine; where there is one already, that one stays (spec 30 §1).</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Seal">Seals the seed.</param>
/// <param name="Seed">64 secret bytes, which the caller zeroes afterwards.</param>
/// <param name="Fingerprint">Of the seed's public key.</param>
public sealed record MakeExchangeKey(Slug Machine, Zid Owner, FieldSeal Seal, ReadOnlyMemory<byte> Seed, string Fingerprint) : Command<bool>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.Add(Protocol.Machine.Table, Machine.Text).AddChain(Machine).Add(SealedSecret.Table, SealedSecret.KeyOf(Owner, ExchangeKey.SecretName(Machine)));

    /// <inheritdoc/>
    public override Decision<bool> Decide(Workspace home, Moment now)
    {
        if (home.Find(Protocol.Machine.Table, Machine.Text) is not { } machine || machine.Owner != Owner)
        {
            return Reject(RejectionCode.MachineNotFound, "This machine does not exist here.");
        }

        if (home.Find(SealedSecret.Table, SealedSecret.KeyOf(Owner, ExchangeKey.SecretName(Machine))) is null)
        {
            // Whoever asks first causes it, and need not have a key: it is the home's row.
            ExchangeKey.Write(home, Seal, machine, Seed, Fingerprint, null, Actor.Home, now);
        }

        return Accept(true);
    }
}

/// <summary>Replaces a machine's key pair, and with it the sealed seed of the old one, which is gone then (spec 06 rule 3). Sessions that stand run out by themselves.</summary>
/// <param name="Caller">Who asks: the owner.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Seal">Seals the seed.</param>
/// <param name="Seed">64 secret bytes, which the caller zeroes afterwards.</param>
/// <param name="Fingerprint">Of the seed's public key.</param>
/// <param name="PreviousFingerprint">Of the pair that is there; null where there is none.</param>
/// <param name="PreviousVersion">The version of the pair that is there; 0 where there is none.</param>
public sealed record RotateExchangeKey(
    Caller Caller, Slug Machine, Zid Owner, FieldSeal Seal, ReadOnlyMemory<byte> Seed, string Fingerprint, string? PreviousFingerprint, long PreviousVersion) : Command<ChainRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.AddRole(Caller, Machine).AddChain(Machine).Add(SealedSecret.Table, SealedSecret.KeyOf(Owner, ExchangeKey.SecretName(Machine)));

    /// <inheritdoc/>
    public override Decision<ChainRow> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Owner) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        if ((home.Find(SealedSecret.Table, SealedSecret.KeyOf(Owner, ExchangeKey.SecretName(Machine)))?.Version ?? 0) != PreviousVersion)
        {
            return Reject(RejectionCode.Conflict, "The pair was replaced meanwhile.");
        }

        return Accept(ExchangeKey.Write(home, Seal, home.Find(Protocol.Machine.Table, Machine.Text)!, Seed, Fingerprint, PreviousFingerprint, Caller.Actor, now));
    }
}
