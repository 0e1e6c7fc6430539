using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>An exported coin, as its export and every retry of it answer it.</summary>
/// <param name="Coin">The coin as it stands.</param>
/// <param name="Move">The move since which it stands there.</param>
/// <param name="Ticket">The bearer ticket of its height, 64 hex.</param>
public sealed record ExportResult(Envelope Coin, Move Move, string Ticket)
{
    /// <summary>The coin for its bearer. It does not say who exported it (spec 05 rule 28).</summary>
    public BearerCoin ToBearerCoin() => new(EnvelopeClaim.Of(Coin), Coin.NodeSig, Coin.NodePubkey, Coin.SpendSeq, Convert.FromHexString(Ticket), Move.Zeqond);

    /// <summary>Never shows the ticket.</summary>
    public override string ToString() => $"{Coin.TokenId.Text} exported at height {Coin.SpendSeq}";

    internal static ExportResult Of(Envelope coin, Move move, HomeContext home) =>
        new(coin, move, BearerTicket.Of(home.Keys.BearerTicket, coin.TokenId, coin.SpendSeq));
}

/// <summary>
/// The holder exports a coin: from then on whoever has the file can redeem it, and the holder can only take it back (spec 10 §6). Asked
/// again, it is the same coin; where a restore raised its height meanwhile, with the ticket of the new one.
/// </summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Token">The coin.</param>
/// <param name="HeldOnArrival">Whether the caller held the coin when the request came in; see <see cref="TransferEnvelope"/>.</param>
public sealed record ExportEnvelope(Caller Caller, TokenId Token, bool HeldOnArrival) : Command<ExportResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Caller.Zid).Add(Supply.Table, Supply.Key);

    /// <inheritdoc/>
    public override Decision<ExportResult> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        if (home.Find(Envelope.Table, Token.Text) is not { } coin || !coin.IsHeldBy(Caller.Zid, here))
        {
            Rejection why = BearerRules.NotHeld(HeldOnArrival);
            return Reject(why.Code, why.Message);
        }

        if (coin.Status == EnvelopeStatus.Bearer)
        {
            return Accept(ExportResult.Of(coin, home.LastMove(Token), home.Context));
        }

        if (coin.Status != EnvelopeStatus.Active)
        {
            return Reject(RejectionCode.NotActive, "The coin is not active.");
        }

        if (coin.IsStakedAt(now.Zeqond))
        {
            return Reject(RejectionCode.Staked, "The coin is staked in an open vote.");
        }

        Move move = home.MoveCoin(coin with { Status = EnvelopeStatus.Bearer }, MoveKind.Export, Caller.Zid, here, MoveMeans.Account, null, null, Caller.Actor, now);
        home.Put(Supply.Table, home.SupplyAt(now).PlusBearer(coin.ValueZqt));
        return Accept(ExportResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }
}

/// <summary>Who exported a coin takes it back: every copy of its file is superseded (spec 10 §6).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Token">The coin.</param>
/// <param name="HeldOnArrival">Whether the caller held the coin when the request came in; see <see cref="TransferEnvelope"/>.</param>
public sealed record ReclaimEnvelope(Caller Caller, TokenId Token, bool HeldOnArrival) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Caller.Zid).Add(Supply.Table, Supply.Key);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        if (home.Find(Envelope.Table, Token.Text) is not { } coin || !coin.IsHeldBy(Caller.Zid, here))
        {
            Rejection why = BearerRules.NotHeld(HeldOnArrival);
            return Reject(why.Code, why.Message);
        }

        Move last = home.LastMove(Token);
        if (coin.Status == EnvelopeStatus.Active && last.Kind == MoveKind.Reclaim)
        {
            return Accept(MoveResult.Of(coin, last, home.Context));
        }

        if (coin.Status != EnvelopeStatus.Bearer)
        {
            return coin.Status == EnvelopeStatus.Migrated
                ? Reject(RejectionCode.AlreadyMigrated, "The coin was redeemed at another home.")
                : Reject(RejectionCode.NotBearer, "The coin is not exported.");
        }

        Move move = home.MoveCoin(coin with { Status = EnvelopeStatus.Active }, MoveKind.Reclaim, Caller.Zid, here, MoveMeans.Account, null, null, Caller.Actor, now);
        home.Put(Supply.Table, home.SupplyAt(now).PlusBearer(-coin.ValueZqt));
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }
}

/// <summary>What exports, reclaims and redeems share.</summary>
internal static class BearerRules
{
    /// <summary>A loser of a race is told so; to everybody else another's coin is like one that does not exist (spec 05 rule 27).</summary>
    public static Rejection NotHeld(bool heldOnArrival) => heldOnArrival
        ? new Rejection(RejectionCode.NotOwner, "The coin went to someone else meanwhile.")
        : new Rejection(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours.");

    public static Supply SupplyAt(this Workspace home, Moment now) => (home.Find(Supply.Table, Supply.Key) ?? Supply.None).At(now.Zeqond);

    /// <summary>Whether the newest move was made with this very ticket, in constant time.</summary>
    public static bool IsProvenBy(this Move move, string proof) =>
        move.ProofHash is { } kept && ConstantTime.AreEqual(global::System.Text.Encoding.ASCII.GetBytes(kept), global::System.Text.Encoding.ASCII.GetBytes(proof));
}
