using System.Globalization;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The home of a remote holder accepts a payment: same holder, new height, every older ticket dead, the sender's too. From then on the
/// payment is final (spec 10 §5, spec 05 rule 10).
/// </summary>
/// <param name="Token">The coin.</param>
/// <param name="Holder">The holder's ZID at <paramref name="HolderOrigin"/>.</param>
/// <param name="HolderOrigin">The holder's home, as the coin's row says.</param>
/// <param name="HolderKey">The node key of that home, which signed this acceptance; kept with the move.</param>
/// <param name="Ticket">The claim ticket at the coin's height.</param>
/// <param name="Acceptance">32 bytes that the holder's home drew, hex.</param>
/// <param name="SpendSeq">The height whose ticket this is: the receipt's.</param>
/// <param name="BeforeEpoch">The newest move below a raised height, as it was read: an acceptance repeated after a restore is judged by it; null where there is none.</param>
public sealed record AcceptClaim(
    TokenId Token, Zid Holder, Origin HolderOrigin, string HolderKey, string Ticket, string Acceptance, long SpendSeq, Move? BeforeEpoch = null) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        if (home.Find(Envelope.Table, Token.Text) is not { } coin)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        Move last = home.LastMove(Token);
        string proof = MoveWriter.ProofHash(Acceptance);

        // The first result again, also below a height that a restore has raised since: its ticket is dead by then, but whoever never saw
        // the answer has a claim to ask a fresh one for (spec 05 rules 12 and 26).
        Move made = home.LastMoveBelowEpochs(Token, BeforeEpoch);
        if (made.Kind == MoveKind.Accept && made.SpendSeq == SpendSeq + 1 && made.To == Holder && made.ToOrigin == HolderOrigin
            && ConstantTime.AreEqual(Encoding.ASCII.GetBytes(made.ProofHash!), Encoding.ASCII.GetBytes(proof)))
        {
            return Accept(MoveResult.Of(coin, made, home.Context));
        }

        if (RemoteHolder.Refusal(coin, Holder, Ticket, home.Context) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        // A coin that a home has accepted already stays so: an acceptance changes no hands, and each one would cost a height.
        if (coin.SpendSeq != SpendSeq || coin.HolderOrigin != HolderOrigin || last.Kind == MoveKind.Accept)
        {
            return Reject(RejectionCode.TicketSpent, "The coin has moved on since this ticket was issued.");
        }

        Move move = home.MoveCoin(coin, MoveKind.Accept, Holder, HolderOrigin, MoveMeans.Accept, proof, HolderKey, Actor.Peer(HolderKey), now);
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }

    /// <summary>Never shows the ticket nor the acceptance.</summary>
    public override string ToString() => $"{nameof(AcceptClaim)} of {Token.Text} at height {SpendSeq}";

    /// <summary>
    /// What the holder's home signs: <c>zeq-accept/v1|home_origin|token_id|holder|holder_origin|spend_seq|SHA-256(acceptance)</c>.
    /// </summary>
    public static byte[] SignedText(Origin home, TokenId token, Zid holder, Origin holderOrigin, long spendSeq, string acceptanceHex) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"zeq-accept/v1|{home.Text}|{token.Text}|{holder.Text}|{holderOrigin.Text}|{spendSeq}|{MoveWriter.ProofHash(acceptanceHex)}"));
}

/// <summary>A remote holder moves the coin onward with its ticket; no account here is needed (spec 10 §5).</summary>
/// <param name="Token">The coin.</param>
/// <param name="Holder">The holder's ZID.</param>
/// <param name="To">The recipient.</param>
/// <param name="ToOrigin">The recipient's home; null means this one.</param>
/// <param name="Ticket">The claim ticket at the coin's height.</param>
public sealed record TransferClaim(TokenId Token, Zid Holder, Zid To, Origin? ToOrigin, string Ticket) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, To);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        Origin toOrigin = ToOrigin ?? here;
        if (To.IsSystem)
        {
            return Reject(RejectionCode.InvalidRecipient, "System ZIDs receive no transfers.");
        }

        if (home.Find(Envelope.Table, Token.Text) is not { } coin)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        Move last = home.LastMove(Token);
        string proof = MoveWriter.ProofHash(Ticket);
        if (last is { Kind: MoveKind.Transfer, Means: MoveMeans.Ticket } && last.From == Holder && last.To == To && last.ToOrigin == toOrigin
            && ConstantTime.AreEqual(Encoding.ASCII.GetBytes(last.ProofHash!), Encoding.ASCII.GetBytes(proof)))
        {
            return Accept(MoveResult.Of(coin, last, home.Context));
        }

        if (RemoteHolder.Refusal(coin, Holder, Ticket, home.Context) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        if (To == Holder && toOrigin == coin.HolderOrigin)
        {
            return Reject(RejectionCode.SelfTransfer, "The coin would go to who holds it.");
        }

        if (toOrigin == here && home.Find(IdentityRow.Table, To.Text) is null)
        {
            return Reject(RejectionCode.RecipientNotFound, "The recipient does not exist here.");
        }

        Move move = home.MoveCoin(coin, MoveKind.Transfer, To, toOrigin, MoveMeans.Ticket, proof, null, Actor.Home, now);
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }

    /// <summary>Never shows the ticket.</summary>
    public override string ToString() => $"{nameof(TransferClaim)} of {Token.Text}";
}

/// <summary>What a ticket must meet, whoever shows it.</summary>
public static class RemoteHolder
{
    /// <summary>Why a ticket does not open a coin, or null where it does (spec 10 §10, spec 05 rule 12).</summary>
    public static Rejection? Refusal(Envelope coin, Zid holder, string ticket, HomeContext home)
    {
        HmacKey key = home.Keys.ClaimTicket;
        if (!ClaimTicket.Holds(key, coin.TokenId, holder, coin.SpendSeq, ticket) || coin.IssuedTo != holder || coin.HolderOrigin == home.Origin)
        {
            return ClaimTicket.WasSpent(key, coin.TokenId, holder, coin.SpendSeq, ticket)
                ? new Rejection(RejectionCode.TicketSpent, "This ticket was used; the coin has moved on.")
                : new Rejection(RejectionCode.InvalidTicket, "This ticket does not open this coin.");
        }

        return coin.Status == EnvelopeStatus.Active ? null : new Rejection(RejectionCode.NotActive, "The coin is not active.");
    }

    /// <summary>
    /// What the holder's home signs to get a lost ticket again:
    /// <c>zeq-reissue/v1|home_origin|token_id|holder|holder_origin|spend_seq|zeqond</c> (spec 05 rule 12).
    /// </summary>
    public static byte[] ReissueText(Origin home, TokenId token, Zid holder, Origin holderOrigin, long spendSeq, Zeqond zeqond) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"zeq-reissue/v1|{home.Text}|{token.Text}|{holder.Text}|{holderOrigin.Text}|{spendSeq}|{zeqond.Value}"));

    /// <summary>
    /// The current ticket for the home that accepted the coin, by its signature of now; the reason where it gets none. Changes nothing.
    /// </summary>
    public static (string? Ticket, Rejection? Why) Reissue(Envelope coin, Move last, Zid holder, long spendSeq, Zeqond stamp, string homeSig, Zeqond now, HomeContext home)
    {
        if (!SignedStamp.IsFresh(stamp, now))
        {
            return (null, new Rejection(RejectionCode.StaleRequest, "The stamp is too old or from the future; sign the present Zeqond."));
        }

        if (last.HolderKey is not { } key || coin.IssuedTo != holder
            || !SignedStamp.Verify(ReissueText(home.Origin, coin.TokenId, holder, coin.HolderOrigin, spendSeq, stamp), homeSig, key))
        {
            return (null, new Rejection(RejectionCode.InvalidAcceptance, "The home that accepted this coin did not sign this."));
        }

        return coin.SpendSeq != spendSeq || coin.Status != EnvelopeStatus.Active || coin.HolderOrigin == home.Origin
            ? (null, new Rejection(RejectionCode.TicketSpent, "The coin has moved on from this height."))
            : (ClaimTicket.Of(home.Keys.ClaimTicket, coin.TokenId, holder, spendSeq), null);
    }
}

/// <summary>Raises the heights of coins after a restored backup, so that no height is ever issued twice (spec 05 rule 26).</summary>
/// <param name="Tokens">At most 100 coins.</param>
/// <param name="Holders">Their local holders, whose chains are written.</param>
/// <param name="RestoreId">The restore; a coin whose newest move is of this restore is raised no further by it.</param>
public sealed record RaiseEpoch(IReadOnlyList<TokenId> Tokens, IReadOnlyList<Zid> Holders, string RestoreId) : Command<int>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        foreach (TokenId token in Tokens)
        {
            keys.AddMove(token);
        }

        foreach (Zid holder in Holders)
        {
            keys.AddChain(holder.OwnMachine);
        }
    }

    /// <inheritdoc/>
    public override Decision<int> Decide(Workspace home, Moment now)
    {
        int raised = 0;
        foreach (TokenId token in Tokens)
        {
            Envelope? coin = home.Find(Envelope.Table, token.Text);
            if (coin is { Status: EnvelopeStatus.Active or EnvelopeStatus.Bearer } && home.LastMove(token) is var last && last.ProofHash != RestoreId
                && (coin.HolderOrigin != home.Context.Origin || coin.IssuedTo.IsSystem || Holders.Contains(coin.IssuedTo)))
            {
                home.MoveCoin(coin, MoveKind.Epoch, coin.IssuedTo, coin.HolderOrigin, MoveMeans.Home, RestoreId, last.HolderKey, Actor.Home, now);
                raised++;
            }
        }

        return Accept(raised);
    }
}

/// <summary>Notes on the home's own chain that a backup was restored (spec 05 rule 26), once for each restore.</summary>
/// <param name="RestoreId">The restore, 64 hex.</param>
public sealed record NoteRestore(string RestoreId) : Command<bool>
{
    private string MetaName => "restore/" + RestoreId;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddChain(Slug.ZeqSys).Add(HomeMeta.Table, MetaName);

    /// <inheritdoc/>
    public override Decision<bool> Decide(Workspace home, Moment now)
    {
        if (home.Find(HomeMeta.Table, MetaName) is not null)
        {
            return Accept(false);
        }

        ChainRow row = home.AppendRow(Slug.ZeqSys, "restored", new Payload().Add("restore_id", RestoreId).ToCanonicalText(), Actor.Home, now);
        home.Put(HomeMeta.Table, new HomeMeta(MetaName, row.StateHash));
        return Accept(true);
    }
}
