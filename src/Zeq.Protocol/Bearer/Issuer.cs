namespace Zeq.Protocol;

/// <summary>A home whose bearer coins are redeemed here (spec 05 rule 8).</summary>
/// <param name="PublicKey">Its node key, 64 lower-case hex: this one verifies its coins and migrations, never one that was fetched.</param>
/// <param name="MaxOutstandingZqt">The most of its coins that may live here at once, in ZEQ; null: any.</param>
public sealed record TrustedIssuer(string PublicKey, long? MaxOutstandingZqt = null);

/// <summary>What the admin said of an issuer: it stands above the configuration, also where it says no.</summary>
/// <param name="Origin">The home.</param>
/// <param name="PublicKey">Its node key.</param>
/// <param name="MaxOutstandingZqt">The most of its coins that may live here at once, in ZEQ; null: any.</param>
/// <param name="IsTrusted">Whether its coins are redeemed here.</param>
/// <param name="Zeqond">Since when.</param>
public sealed record IssuerRow(Origin Origin, string PublicKey, long? MaxOutstandingZqt, bool IsTrusted, Zeqond Zeqond)
{
    /// <summary>How stores hold it.</summary>
    public static Table<IssuerRow> Table { get; } = Protocol.Table.Of<IssuerRow>("issuers")
        .Key("origin", i => i.Origin.Text)
        .ChangingText("public_key", i => i.PublicKey)
        .ChangingOptionalInteger("max_outstanding_zqt", i => i.MaxOutstandingZqt)
        .ChangingFlag("is_trusted", i => i.IsTrusted)
        .ChangingInteger("zeqond", i => i.Zeqond.Value)
        .Build(c => new IssuerRow(Origin.Parse(c.Text()), c.Text(), c.OptionalInteger(), c.Flag(), new Zeqond(c.Integer())));

    /// <summary>The issuer as it is in force: by the admin's word where there is one, else by the configuration; null where it is not trusted.</summary>
    public static TrustedIssuer? InForce(IssuerRow? row, TrustedIssuer? configured) =>
        row is null ? configured : row.IsTrusted ? new TrustedIssuer(row.PublicKey, row.MaxOutstandingZqt) : null;
}

/// <summary>
/// What was taken in of an issuer since ever: the value of every coin minted for one of its own, and of every redeem under way. It only
/// grows, but for a redeem that came to nothing, so that the limit can be judged by it and by what has ended meanwhile.
/// </summary>
/// <param name="Origin">The issuer.</param>
/// <param name="TakenZqt">The sum, in ZEQ.</param>
public sealed record IssuerTally(Origin Origin, long TakenZqt)
{
    /// <summary>How stores hold it.</summary>
    public static Table<IssuerTally> Table { get; } = Protocol.Table.Of<IssuerTally>("issuer_tallies")
        .Key("origin", t => t.Origin.Text)
        .ChangingInteger("taken_zqt", t => t.TakenZqt)
        .Build(c => new IssuerTally(Origin.Parse(c.Text()), c.Integer()));
}

/// <summary>The admin trusts an issuer, or changes what it trusts of it; coins that live here already stay.</summary>
/// <param name="Origin">The home.</param>
/// <param name="Issuer">Its key and its limit.</param>
public sealed record TrustIssuer(Origin Origin, TrustedIssuer Issuer) : Command<IssuerRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IssuerRow.Table, Origin.Text);

    /// <inheritdoc/>
    public override Decision<IssuerRow> Decide(Workspace home, Moment now)
    {
        if (Origin == home.Context.Origin)
        {
            return Reject(RejectionCode.InvalidOrigin, "A home is no issuer to itself.");
        }

        if (!SignedStamp.IsAcceptableKey(Issuer.PublicKey) || Issuer.MaxOutstandingZqt < 1)
        {
            return Reject(RejectionCode.InvalidRequest, "An issuer has the 64 lower-case hex of an Ed25519 public key, and a limit of at least 1 or none.");
        }

        IssuerRow? known = home.Find(IssuerRow.Table, Origin.Text);
        var wanted = new IssuerRow(Origin, Issuer.PublicKey, Issuer.MaxOutstandingZqt, IsTrusted: true, known?.Zeqond ?? now.Zeqond);
        return Accept(known == wanted ? known : home.Put(IssuerRow.Table, wanted with { Zeqond = now.Zeqond }));
    }
}

/// <summary>The admin trusts an issuer no longer, wherever it was named; coins that live here already stay, and redeems under way are finished.</summary>
/// <param name="Origin">The home.</param>
/// <param name="Configured">What the configuration says of it.</param>
public sealed record DistrustIssuer(Origin Origin, TrustedIssuer? Configured) : Command<IssuerRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(IssuerRow.Table, Origin.Text);

    /// <inheritdoc/>
    public override Decision<IssuerRow> Decide(Workspace home, Moment now)
    {
        IssuerRow? known = home.Find(IssuerRow.Table, Origin.Text);
        if (known is { IsTrusted: false })
        {
            return Accept(known);
        }

        return IssuerRow.InForce(known, Configured) is { } issuer
            ? Accept(home.Put(IssuerRow.Table, new IssuerRow(Origin, issuer.PublicKey, issuer.MaxOutstandingZqt, IsTrusted: false, now.Zeqond)))
            : Reject(RejectionCode.IssuerNotFound, "This home is no trusted issuer here.");
    }
}
