namespace Zeq.Protocol;

/// <summary>What kind of move a coin made.</summary>
public enum MoveKind
{
    /// <summary>It was minted: height 0.</summary>
    Mint = 1,

    /// <summary>It went to another holder.</summary>
    Transfer = 2,

    /// <summary>A remote holder's home accepted it: same holder, new height, older tickets dead.</summary>
    Accept = 3,

    /// <summary>The sender took back what nobody had accepted.</summary>
    Recall = 4,

    /// <summary>Its height was raised after a restored backup (spec 05 rule 26).</summary>
    Epoch = 5,

    /// <summary>Its holder exported it: whoever has the file can redeem it.</summary>
    Export = 6,

    /// <summary>Who exported it took it back: every copy of the file is superseded.</summary>
    Reclaim = 7,

    /// <summary>Somebody redeemed its file at home.</summary>
    Redeem = 8,

    /// <summary>Somebody redeemed its file at another home, which mints a coin for it; the last move of a coin.</summary>
    Migrate = 9,

    /// <summary>It was burned for fuel: same holder, last height (spec 10 §7).</summary>
    Burn = 10,
}

/// <summary>By what right a coin moved (spec 05 rule 11).</summary>
public enum MoveMeans
{
    /// <summary>By the home itself.</summary>
    Home = 0,

    /// <summary>By an account of this home.</summary>
    Account = 1,

    /// <summary>By a claim ticket.</summary>
    Ticket = 2,

    /// <summary>By the acceptance of the holder's home.</summary>
    Accept = 3,

    /// <summary>By the ticket of a bearer coin.</summary>
    Bearer = 4,
}

/// <summary>Where a chain row stands.</summary>
/// <param name="Slug">The machine.</param>
/// <param name="Seq">The row's number.</param>
/// <param name="StateHash">The row's hash.</param>
public sealed record RowRef(string Slug, long Seq, string StateHash)
{
    /// <summary>The place of a row.</summary>
    public static RowRef Of(ChainRow row) => new(row.Slug.Text, row.Seq, row.StateHash);
}

/// <summary>One move of a coin; append-only, numbered by the coin's height (spec 05 rules 11 and 19).</summary>
/// <param name="TokenId">The coin.</param>
/// <param name="SpendSeq">Its height after the move; 0 is the mint.</param>
/// <param name="Kind">What kind of move.</param>
/// <param name="From">Who held it.</param>
/// <param name="FromOrigin">The home of who held it.</param>
/// <param name="To">Who holds it since.</param>
/// <param name="ToOrigin">The home of who holds it since.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Means">By what right.</param>
/// <param name="ProofHash">SHA-256 of the ticket or acceptance that moved it, or the name of the restore; hex; of a burn its name.</param>
/// <param name="HolderKey">The node key of the holder's home, kept since its acceptance, hex.</param>
/// <param name="RowOut">The chain row of the giving side, or the one row there is.</param>
/// <param name="RowIn">The chain row of the receiving side, where both are local.</param>
public sealed record Move(
    TokenId TokenId, long SpendSeq, MoveKind Kind, Zid From, Origin FromOrigin, Zid To, Origin ToOrigin, Zeqond Zeqond, MoveMeans Means,
    string? ProofHash, string? HolderKey, RowRef RowOut, RowRef? RowIn)
{
    /// <summary>How far an epoch raises a height, so that none is ever issued twice.</summary>
    public const long EpochStep = 1_000_000;

    /// <summary>How stores hold it.</summary>
    public static Table<Move> Table { get; } = Protocol.Table.LogOf<Move>("moves")
        .Key("token_id", m => m.TokenId.Text)
        .Number("spend_seq", m => m.SpendSeq)
        .Integer("kind", m => (long)m.Kind)
        .Text("from_zid", m => m.From.Text)
        .Text("from_origin", m => m.FromOrigin.Text)
        .Text("to_zid", m => m.To.Text)
        .Text("to_origin", m => m.ToOrigin.Text)
        .Integer("zeqond", m => m.Zeqond.Value)
        .Integer("means", m => (long)m.Means)
        .OptionalText("proof_hash", m => m.ProofHash)
        .OptionalText("holder_key", m => m.HolderKey)
        .Text("out_slug", m => m.RowOut.Slug)
        .Integer("out_seq", m => m.RowOut.Seq)
        .Text("out_hash", m => m.RowOut.StateHash)
        .OptionalText("in_slug", m => m.RowIn?.Slug)
        .OptionalInteger("in_seq", m => m.RowIn?.Seq)
        .OptionalText("in_hash", m => m.RowIn?.StateHash)
        .Build(c => new Move(
            TokenId.Parse(c.Text()), c.Integer(), (MoveKind)c.Integer(), Zid.Parse(c.Text()), Origin.Parse(c.Text()), Zid.Parse(c.Text()), Origin.Parse(c.Text()),
            new Zeqond(c.Integer()), (MoveMeans)c.Integer(), c.OptionalText(), c.OptionalText(), new RowRef(c.Text(), c.Integer(), c.Text()),
            c.OptionalText() is { } slug ? new RowRef(slug, c.OptionalInteger()!.Value, c.OptionalText()!) : null));

    /// <summary>
    /// The canonical payload of the move's chain rows: a function of the move and its coin alone, so that an auditor can compare them
    /// (spec 05 rule 19).
    /// </summary>
    public string ChainPayload(Envelope coin) => new Payload()
        .Add("from", From.Text)
        .Add("from_origin", FromOrigin.Text)
        .Add("home_origin", coin.HomeOrigin.Text)
        .Add("kind", KindText)
        .Add("spend_seq", SpendSeq)
        .Add("to", To.Text)
        .Add("to_origin", ToOrigin.Text)
        .Add("token_id", TokenId.Text)
        .Add("value_zqt", coin.ValueZqt)
        .Add("zeqond", Zeqond.Value)
        .Add("migrated_from", Kind == MoveKind.Mint ? coin.MigratedFrom : null)
        .ToCanonicalText();

    /// <summary>The kind as rows and answers spell it.</summary>
    public string KindText => Kind switch
    {
        MoveKind.Mint => "mint",
        MoveKind.Transfer => "transfer",
        MoveKind.Accept => "accept",
        MoveKind.Recall => "recall",
        MoveKind.Epoch => "epoch",
        MoveKind.Export => "export",
        MoveKind.Reclaim => "reclaim",
        MoveKind.Redeem => "redeem",
        MoveKind.Migrate => "migrate",
        MoveKind.Burn => "burn",
        _ => throw new InvalidOperationException("Unknown kind of move."),
    };
}
