using System.Text;

namespace Zeq.Protocol;

/// <summary>The Ed25519 public key that a machine goes by, as its newest row of that kind says (spec 06 rule 1).</summary>
/// <param name="Machine">The machine.</param>
/// <param name="PublicKey">64 lower-case hex.</param>
/// <param name="Previous">The key before it, or null.</param>
/// <param name="SelfSignature">By the key itself, 128 hex.</param>
/// <param name="PreviousSignature">By the key before it, or null.</param>
/// <param name="Seq">The row that says so.</param>
/// <param name="StateHash">That row's hash.</param>
public sealed record MachinePublicKey(Slug Machine, string PublicKey, string? Previous, string SelfSignature, string? PreviousSignature, long Seq, string StateHash)
{
    /// <summary>The type of the row.</summary>
    public const string RowType = "machine_pubkey";

    /// <summary>How stores hold it.</summary>
    public static Table<MachinePublicKey> Table { get; } = Protocol.Table.Of<MachinePublicKey>("machine_pubkeys")
        .Key("slug", k => k.Machine.Text)
        .ChangingText("public_key", k => k.PublicKey)
        .ChangingOptionalText("prev", k => k.Previous)
        .ChangingText("sig_self", k => k.SelfSignature)
        .ChangingOptionalText("sig_prev", k => k.PreviousSignature)
        .ChangingInteger("row_seq", k => k.Seq)
        .ChangingText("row_hash", k => k.StateHash)
        .Build(c => new MachinePublicKey(Slug.Parse(c.Text()), c.Text(), c.OptionalText(), c.Text(), c.OptionalText(), c.Integer(), c.Text()));

    /// <summary>What both keys sign: <c>zeq/machine-pubkey/v1|origin|slug|public_key|prev or -</c>.</summary>
    /// <param name="origin">The origin that the client dialled.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="publicKeyHex">The new key, 64 hex.</param>
    /// <param name="previousHex">The key before it, or null.</param>
    public static byte[] SignedText(Origin origin, Slug machine, string publicKeyHex, string? previousHex) =>
        Encoding.UTF8.GetBytes($"zeq/machine-pubkey/v1|{origin.Text}|{machine.Text}|{publicKeyHex}|{previousHex ?? "-"}");

    /// <summary>Whether the signatures of a machine's key hold: its own, and where it follows another one that one's.</summary>
    public bool IsSigned(Origin origin)
    {
        byte[] text = SignedText(origin, Machine, PublicKey, Previous);
        return SignedStamp.Verify(text, SelfSignature, PublicKey)
            && (Previous is null ? PreviousSignature is null : PreviousSignature is not null && SignedStamp.Verify(text, PreviousSignature, Previous));
    }
}

/// <summary>
/// Says by which key a machine goes from now on, on its chain and for all to see (spec 06 rule 1). The home checks the signatures; the
/// private key never reaches it. A machine that has a key takes another one only with the signature of the one before.
/// </summary>
/// <param name="Caller">Who asks: admin or owner.</param>
/// <param name="Machine">The machine.</param>
/// <param name="PublicKey">The new key, 64 hex.</param>
/// <param name="Previous">The present key; null where there is none.</param>
/// <param name="SelfSignature">By the new key, 128 hex.</param>
/// <param name="PreviousSignature">By the present key; null where there is none.</param>
public sealed record SetMachinePublicKey(Caller Caller, Slug Machine, string PublicKey, string? Previous, string SelfSignature, string? PreviousSignature) : Command<ChainRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).AddChain(Machine).Add(MachinePublicKey.Table, Machine.Text);

    /// <inheritdoc/>
    public override Decision<ChainRow> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        var key = new MachinePublicKey(Machine, PublicKey, Previous, SelfSignature, PreviousSignature, 0, "");
        if (!SignedStamp.IsAcceptableKey(PublicKey) || !key.IsSigned(home.Context.Origin))
        {
            return Reject(RejectionCode.InvalidSignature, "The new key, or the one before it, did not sign this.");
        }

        if (home.Find(MachinePublicKey.Table, Machine.Text)?.PublicKey != Previous)
        {
            return Reject(RejectionCode.PrevRequired, "prev and sig_prev are of the key that the machine has now, and absent where it has none.");
        }

        string payload = new Payload().Add("alg", "ed25519").Add("public_key", PublicKey).AddOrNull("prev", Previous)
            .Add("sig_self", SelfSignature).AddOrNull("sig_prev", PreviousSignature).ToCanonicalText();
        ChainRow row = home.AppendRow(Machine, MachinePublicKey.RowType, payload, Caller.Actor, now, isPublicPayload: true);
        home.Put(MachinePublicKey.Table, key with { Seq = row.Seq, StateHash = row.StateHash });
        return Accept(row);
    }
}
