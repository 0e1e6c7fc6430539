using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What a step asks of another home.</summary>
public enum PeerStepKind
{
    /// <summary>Accept a coin for a ZID of this home.</summary>
    Import = 1,

    /// <summary>Move a coin onward for its holder here.</summary>
    Transfer = 2,

    /// <summary>Migrate a bearer coin out, for whom a coin is then minted here.</summary>
    Redeem = 3,
}

/// <summary>How a step ended, if it did.</summary>
public enum PeerStepStatus
{
    /// <summary>Not known yet: a worker asks again until it is.</summary>
    Open = 1,

    /// <summary>The other home did it, and it is recorded here.</summary>
    Done = 2,

    /// <summary>The other home said no.</summary>
    Refused = 3,
}

/// <summary>
/// A step that another home has to take: recorded before the call, settled after it, so that a crash in between loses nothing. Asking
/// again is harmless at both ends.
/// </summary>
/// <param name="StepId">SHA-256 of what the step is, 64 hex.</param>
/// <param name="Kind">What it asks.</param>
/// <param name="HomeOrigin">The coin's home: whom it asks.</param>
/// <param name="TokenId">The coin.</param>
/// <param name="SpendSeq">The height that the step starts from.</param>
/// <param name="Zid">For whom.</param>
/// <param name="To">The recipient of a move.</param>
/// <param name="ToOrigin">The recipient's home, as it was asked for; null where the request left it open.</param>
/// <param name="Receipt">The sender's receipt of an import, or the signed claim of a coin that is redeemed and the key it was checked with, as JSON.</param>
/// <param name="Sealed">What only this home may know: acceptance and ticket of an import, the answer of a finished move, the ticket of a bearer coin.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Refusal">The code and sentence of a refusal, <c>code|sentence</c>.</param>
/// <param name="Created">When it was recorded.</param>
/// <param name="Attempts">How often it was asked.</param>
/// <param name="NextTry">When a worker asks next.</param>
public sealed record PeerStep(
    string StepId, PeerStepKind Kind, Origin HomeOrigin, TokenId TokenId, long SpendSeq, Zid Zid, Zid To, Origin? ToOrigin, string? Receipt,
    byte[] Sealed, PeerStepStatus Status, string? Refusal, Zeqond Created, long Attempts, Zeqond NextTry)
{
    /// <summary>How stores hold it.</summary>
    public static Table<PeerStep> Table { get; } = Protocol.Table.Of<PeerStep>("peer_steps")
        .Key("step_id", s => s.StepId)
        .Integer("kind", s => (long)s.Kind)
        .Text("home_origin", s => s.HomeOrigin.Text)
        .Text("token_id", s => s.TokenId.Text)
        .Integer("spend_seq", s => s.SpendSeq)
        .Text("zid", s => s.Zid.Text)
        .ChangingText("to_zid", s => s.To.Text)
        .ChangingOptionalText("to_origin", s => s.ToOrigin?.Text)
        .ChangingOptionalText("receipt", s => s.Receipt)
        .ChangingOptionalBlob("sealed", s => s.Sealed)
        .ChangingInteger("status", s => (long)s.Status)
        .ChangingOptionalText("refusal", s => s.Refusal)
        .Integer("created_zeqond", s => s.Created.Value)
        .ChangingInteger("attempts", s => s.Attempts)
        .ChangingInteger("next_try_zeqond", s => s.NextTry.Value)
        .Build(c => new PeerStep(
            c.Text(), (PeerStepKind)c.Integer(), Origin.Parse(c.Text()), TokenId.Parse(c.Text()), c.Integer(), Zid.Parse(c.Text()), Zid.Parse(c.Text()),
            c.OptionalText() is { } to ? Origin.Parse(to) : null, c.OptionalText(), c.OptionalBlob() ?? [], (PeerStepStatus)c.Integer(), c.OptionalText(),
            new Zeqond(c.Integer()), c.Integer(), new Zeqond(c.Integer())));

    /// <summary>The name under which the step's secrets are sealed.</summary>
    public string SealName => "tally.step." + StepId;

    /// <summary>The id of a step: one per kind, coin, height and holder.</summary>
    public static string IdOf(PeerStepKind kind, Origin home, TokenId token, long spendSeq, Zid zid) => Sha256.HashHexUtf8(string.Create(
        CultureInfo.InvariantCulture, $"zeq/step/v1|{KindText(kind)}|{home.Text}|{token.Text}|{spendSeq}|{zid.Text}"));

    private static string KindText(PeerStepKind kind) => kind switch
    {
        PeerStepKind.Import => "import",
        PeerStepKind.Transfer => "transfer",
        _ => "redeem",
    };

    /// <summary>Never shows what is sealed.</summary>
    public override string ToString() => $"{Kind} of {TokenId.Text} at {HomeOrigin.Text}: {Status}";
}
