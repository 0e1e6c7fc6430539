using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The one place where a coin changes hands: height, move, chain rows, all or none.</summary>
public static class MoveWriter
{
    /// <summary>Names everything that a move between two holders touches.</summary>
    public static KeySet AddMove(this KeySet keys, TokenId token, params ReadOnlySpan<Zid> parties)
    {
        keys.Add(Envelope.Table, token.Text).Add(Move.Table, token.Text).AddChain(Slug.ZeqSys);
        foreach (Zid party in parties)
        {
            keys.Add(IdentityRow.Table, party.Text).AddChain(party.OwnMachine);
        }

        return keys;
    }

    /// <summary>
    /// Moves a coin: raises its height, writes the move, and a chain row on each local party's machine, or on the home's own chain where
    /// neither party is local (spec 10 §10, spec 05 rule 17).
    /// </summary>
    public static Move MoveCoin(this Workspace home, Envelope coin, MoveKind kind, Zid to, Origin toOrigin, MoveMeans means, string? proofHash, string? holderKey, Actor actor, Moment now)
    {
        Origin here = home.Context.Origin;
        if (kind != MoveKind.Epoch && coin.IsStakedAt(now.Zeqond))
        {
            throw new InvalidOperationException("A staked coin would move.");
        }

        long height = checked(coin.SpendSeq + (kind == MoveKind.Epoch ? Move.EpochStep : 1));
        var none = new RowRef("", 0, "");
        var move = new Move(coin.TokenId, height, kind, coin.IssuedTo, coin.HolderOrigin, to, toOrigin, now.Zeqond, means, proofHash, holderKey, none, null);
        string payload = move.ChainPayload(coin);

        // Out first: where both parties are local, the sender's row comes before the recipient's.
        MovePlaces places = MovePlaces.Of(move, here);
        RowRef rowOut = RowRef.Of(home.AppendRow(places.Out.Slug, places.Out.Type, payload, actor, now));
        RowRef? rowIn = places.In is { } place ? RowRef.Of(home.AppendRow(place.Slug, place.Type, payload, actor, now)) : null;

        move = move with { RowOut = rowOut, RowIn = rowIn };
        home.Append(Move.Table, move);
        home.Put(Envelope.Table, coin with
        {
            IssuedTo = to,
            HolderOrigin = toOrigin,
            SpendSeq = height,
            StakedIn = kind == MoveKind.Epoch ? coin.StakedIn : null,
        });
        return move;
    }

    /// <summary>The newest move of a named coin.</summary>
    public static Move LastMove(this Workspace home, TokenId token) =>
        home.Find(Move.Table, token.Text) ?? throw new InvalidOperationException("A coin without a move.");

    /// <summary>
    /// The newest move of a named coin that is no epoch: an epoch raises a height and changes no hands. The newest one itself where it is
    /// none, or where <paramref name="before"/> is not the move that the epochs stand on.
    /// </summary>
    /// <param name="home">The workspace.</param>
    /// <param name="token">The coin.</param>
    /// <param name="before">The newest move that is no epoch, as it was read; null where the newest move is none.</param>
    public static Move LastMoveBelowEpochs(this Workspace home, TokenId token, Move? before)
    {
        Move last = home.LastMove(token);
        return last.Kind == MoveKind.Epoch && before is not null && before.TokenId == token && before.Kind != MoveKind.Epoch
            && before.SpendSeq < last.SpendSeq && (last.SpendSeq - before.SpendSeq) % Move.EpochStep == 0 ? before : last;
    }

    /// <summary>SHA-256 of a ticket's or an acceptance's raw bytes, as it is kept with a move; of malformed hex the digest of its text.</summary>
    public static string ProofHash(string hex)
    {
        Span<byte> raw = stackalloc byte[32];
        return Hex.TryDecode(hex, raw) ? Sha256.HashHex(raw) : Sha256.HashHex(Encoding.UTF8.GetBytes(hex));
    }
}

/// <summary>What a move answers: the coin, the move, its receipt, and a ticket where the holder is remote.</summary>
/// <param name="Coin">The coin as it stands since.</param>
/// <param name="Move">The move.</param>
/// <param name="Receipt">The home's word of it.</param>
/// <param name="ClaimTicket">The remote holder's right to move it next; null for a local holder.</param>
public sealed record MoveResult(Envelope Coin, Move Move, Receipt Receipt, string? ClaimTicket)
{
    /// <summary>The answer of a stored move: the same for the first request and for its retries.</summary>
    public static MoveResult Of(Envelope coin, Move move, HomeContext home) => new(
        coin, move, Receipt.Of(move, home),
        move.ToOrigin == home.Origin ? null : Protocol.ClaimTicket.Of(home.Keys.ClaimTicket, move.TokenId, move.To, move.SpendSeq));

    /// <summary>Never shows the ticket.</summary>
    public override string ToString() => $"{Move.KindText} of {Coin.TokenId.Text} at height {Move.SpendSeq}";
}
