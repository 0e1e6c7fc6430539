using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>What a redeem at this home of another home's coin has settled before anybody is asked: the coin, and the key that vouches for it.</summary>
/// <param name="Claim">The signed claim of the coin, checked with the key.</param>
/// <param name="IssuerKey">The issuer's pinned node key, 64 hex.</param>
public sealed record RedeemIntent(EnvelopeClaim Claim, string IssuerKey)
{
    /// <summary>The intent of a recorded step.</summary>
    /// <exception cref="InvalidOperationException">The step is none of a redeem, or damaged.</exception>
    public static RedeemIntent Of(PeerStep step) => TryOf(step, out RedeemIntent? intent) ? intent : throw new InvalidOperationException("A redeem's record does not read back.");

    /// <summary>The intent of a recorded step; false where there is none.</summary>
    public static bool TryOf(PeerStep step, [NotNullWhen(true)] out RedeemIntent? intent)
    {
        intent = null;
        if (step.Kind != PeerStepKind.Redeem || step.Receipt is null)
        {
            return false;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(step.Receipt);
            intent = json.RootElement.TryGetProperty("claim", out JsonElement signed) && BearerCoinJson.TryReadClaim(signed, out EnvelopeClaim? claim)
                && json.RootElement.TryGetProperty("issuer_key", out JsonElement key) && key.GetString() is { } issuerKey
                    ? new RedeemIntent(claim, issuerKey)
                    : null;
            return intent is not null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The canonical JSON of it.</summary>
    public string ToJson() => new Payload().Add("claim", Claim.ToPayload()).Add("issuer_key", IssuerKey).ToCanonicalText();

    /// <summary>
    /// Whether a migration is the one that was asked for, signed by the pinned key (spec 05 rule 8): coin, home, value and height are those of
    /// the signed claim and the file, and it is for this ZID of this home.
    /// </summary>
    public bool IsAnsweredBy(Migration migration, PeerStep step, Origin here) =>
        migration.TokenId == Claim.TokenId && migration.TokenId == step.TokenId && migration.HomeOrigin == Claim.HomeOrigin && migration.HomeOrigin == step.HomeOrigin
        && migration.ValueZqt == Claim.ValueZqt && migration.OriginSpendSeq == step.SpendSeq && migration.ToZid == step.Zid && migration.ToOrigin == here
        && migration.IsSignedBy(IssuerKey);
}

/// <summary>
/// Records that a bearer coin of another home is about to be migrated here, before anything is sent there. Everything that this home may
/// say no to, it says now: whether it trusts the issuer, whether the issuer signed the coin, and how many of its coins it takes
/// (spec 05 rule 8).
/// </summary>
/// <param name="Caller">Who redeems, with a wallet key.</param>
/// <param name="Claim">The signed claim of the coin.</param>
/// <param name="NodeSig">The signature over it.</param>
/// <param name="NodePubkey">The key that the coin names.</param>
/// <param name="SpendSeq">The height of the file.</param>
/// <param name="Configured">What the configuration says of the issuer.</param>
/// <param name="EndedZqt">
/// The value of this issuer's coins that ended here, as it was read before: it only grows, so that an old reading takes in too little, never
/// too much.
/// </param>
/// <param name="Sealed">The bearer ticket, sealed for the step.</param>
public sealed record OpenRedeem(
    Caller Caller, EnvelopeClaim Claim, string NodeSig, string NodePubkey, long SpendSeq, TrustedIssuer? Configured, long EndedZqt, byte[] Sealed) : Command<PeerStep>
{
    private Origin Home => Claim.HomeOrigin;

    private string StepId => PeerStep.IdOf(PeerStepKind.Redeem, Home, Claim.TokenId, SpendSeq, Caller.Zid);

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId).Add(MigratedIn.Table, MigratedIn.KeyOf(Home, Claim.TokenId))
        .Add(IssuerRow.Table, Home.Text).Add(IssuerTally.Table, Home.Text).Add(IdentityRow.Table, Caller.Zid.Text);

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is null)
        {
            return Reject(RejectionCode.RecipientNotFound, "Who redeems is no account here.");
        }

        PeerStep? step = home.Find(PeerStep.Table, StepId);
        if (home.Find(MigratedIn.Table, MigratedIn.KeyOf(Home, Claim.TokenId)) is { } done)
        {
            return step is { Status: PeerStepStatus.Done } && done.Holder == Caller.Zid
                ? Accept(step)
                : Reject(RejectionCode.AlreadyMigrated, "The coin was redeemed here before.");
        }

        // An open step may have reached the home already: it goes on, whatever has changed here since.
        if (step is { Status: PeerStepStatus.Open })
        {
            return Accept(step);
        }

        if (IssuerRow.InForce(home.Find(IssuerRow.Table, Home.Text), Configured) is not { } issuer || Home == home.Context.Origin)
        {
            return Reject(RejectionCode.IssuerNotTrusted, "This home does not redeem coins of that one.");
        }

        if (NodePubkey != issuer.PublicKey || !EnvelopeProof.Verify(Claim, NodeSig, issuer.PublicKey))
        {
            return Reject(RejectionCode.InvalidCoin, "The coin is not signed by the key that this home knows of its issuer.");
        }

        long taken = home.Find(IssuerTally.Table, Home.Text)?.TakenZqt ?? 0;
        if (issuer.MaxOutstandingZqt is { } most && checked(taken - EndedZqt + Claim.ValueZqt) > most)
        {
            return Reject(RejectionCode.IssuerLimit, "No more coins of that home are taken here for now.");
        }

        home.Put(IssuerTally.Table, new IssuerTally(Home, checked(taken + Claim.ValueZqt)));
        return Accept(home.Put(PeerStep.Table, new PeerStep(
            StepId, PeerStepKind.Redeem, Home, Claim.TokenId, SpendSeq, Caller.Zid, Caller.Zid, home.Context.Origin,
            new RedeemIntent(Claim, issuer.PublicKey).ToJson(), Sealed, PeerStepStatus.Open, null, step?.Created ?? now.Zeqond, 0,
            new Zeqond(now.Zeqond.Value + ImportSteps.GraceZeqonds))));
    }

    /// <summary>Never shows what is sealed.</summary>
    public override string ToString() => $"{nameof(OpenRedeem)} of {Claim.TokenId.Text} at height {SpendSeq}";
}

/// <summary>The issuer let its coin go: one coin of the same value is minted for it, in the same commit that ends the step (spec 10 §6 and §10).</summary>
/// <param name="StepId">The redeem.</param>
/// <param name="Migration">The issuer's word.</param>
public sealed record SettleRedeem(string StepId, Migration Migration) : Command<MigratedIn>
{
    private Zid Holder => Migration.ToZid;

    private string SourceKey => MigratedIn.KeyOf(Migration.HomeOrigin, Migration.TokenId);

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId).Add(MigratedIn.Table, SourceKey)
        .Add(IssuerTally.Table, Migration.HomeOrigin.Text).Add(Supply.Table, Supply.Key).AddChain(Holder.OwnMachine)
        .Add(Envelope.Table, TokenId.Of(Holder.OwnMachine, now.Zeqond, HashAt(keys.Context.Origin, now)).Text);

    /// <inheritdoc/>
    public override Decision<MigratedIn> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("A redeem that was never recorded.");
        MigratedIn? minted = home.Find(MigratedIn.Table, SourceKey);
        if (step.Status == PeerStepStatus.Done && minted is not null)
        {
            return Accept(minted);
        }

        RedeemIntent intent = RedeemIntent.Of(step);
        if (!intent.IsAnsweredBy(Migration, step, home.Context.Origin))
        {
            return Reject(RejectionCode.InvalidProof, "The migration is not the one that was asked for.");
        }

        if (minted is not null)
        {
            return Reject(RejectionCode.AlreadyMigrated, "The coin was redeemed here before.");
        }

        if (step.Status == PeerStepStatus.Refused)
        {
            // A refusal that came first gave the place back that this coin now takes.
            home.AddTaken(Migration.HomeOrigin, Migration.ValueZqt);
        }

        Envelope coin = Mint(home, now);
        minted = home.Put(MigratedIn.Table, new MigratedIn(
            Migration.HomeOrigin, Migration.TokenId, Holder, coin.TokenId, coin.ValueZqt, intent.IssuerKey, Migration.ToJson(), now.Zeqond));
        home.Put(Supply.Table, home.SupplyAt(now).PlusMigratedIn(coin.ValueZqt));
        home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Done, Refusal = null, Sealed = [] });
        return Accept(minted);
    }

    private Envelope Mint(Workspace home, Moment now)
    {
        HomeContext context = home.Context;
        Slug machine = Holder.OwnMachine;
        string hash = HashAt(context.Origin, now);
        var unsigned = new Envelope(
            TokenId.Of(machine, now.Zeqond, hash), hash, "", machine, "", Migration.Digest, Migration.ValueZqt, 0, 0, Zid.System, EnvelopeClaim.MigratedShare,
            context.Origin, now.Zeqond, Migration.Signature, "", context.Keys.NodePublicKey, Holder, context.Origin, 0, EnvelopeStatus.Active, null)
        {
            MigratedFrom = Migration.Source,
        };
        Envelope coin = home.Put(Envelope.Table, unsigned with { NodeSig = context.Keys.Sign(EnvelopeClaim.Of(unsigned).SignedBytes()) });
        var move = new Move(
            coin.TokenId, 0, MoveKind.Mint, Zid.System, context.Origin, Holder, context.Origin, now.Zeqond, MoveMeans.Home, null, null, new RowRef("", 0, ""), null);
        MovePlace place = MovePlaces.Of(move, context.Origin).Out;
        ChainRow row = home.AppendRow(place.Slug, place.Type, move.ChainPayload(coin), new Actor(Holder.Text, "zeq-sys"), now);
        home.Append(Move.Table, move with { RowOut = RowRef.Of(row) });
        return coin;
    }

    private string HashAt(Origin here, Moment now) =>
        EnvelopeClaim.HashOf(here, Holder.OwnMachine, now.Zeqond, Migration.Digest, "", EnvelopeClaim.MigratedShare, Zid.System);
}

/// <summary>The issuer said no, for good: nothing is minted, and the coin's place under the issuer's limit is free again.</summary>
/// <param name="StepId">The redeem.</param>
/// <param name="Issuer">The coin's home.</param>
/// <param name="Why">What it said.</param>
public sealed record RefuseRedeem(string StepId, Origin Issuer, Rejection Why) : Command<PeerStep>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId).Add(IssuerTally.Table, Issuer.Text);

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("A redeem that was never recorded.");
        if (step.Status != PeerStepStatus.Open)
        {
            return Accept(step);
        }

        home.AddTaken(Issuer, -RedeemIntent.Of(step).Claim.ValueZqt);
        return Accept(home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Refused, Refusal = $"{Why.Code}|{Why.Message}", Sealed = [] }));
    }
}

/// <summary>The counter of an issuer.</summary>
internal static class IssuerTallies
{
    public static void AddTaken(this Workspace home, Origin issuer, long valueZqt)
    {
        long taken = home.Find(IssuerTally.Table, issuer.Text)?.TakenZqt ?? 0;
        home.Put(IssuerTally.Table, new IssuerTally(issuer, checked(taken + valueZqt)));
    }
}
