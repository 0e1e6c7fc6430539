namespace Zeq.Protocol;

/// <summary>Where a move is written down: a chain and the type of the row there.</summary>
/// <param name="Slug">The machine.</param>
/// <param name="Type">The row's type.</param>
public readonly record struct MovePlace(Slug Slug, string Type);

/// <summary>
/// The chain rows of a move: one on each local party's machine, or one on the home's own chain where neither party is local
/// (spec 10 §10, spec 05 rule 17). A function of the move alone, so that writer and auditor agree.
/// </summary>
/// <param name="Out">The row of the giving side, or the one row there is.</param>
/// <param name="In">The row of the receiving side, where both are local and two.</param>
public readonly record struct MovePlaces(MovePlace Out, MovePlace? In)
{
    private const string TransferOut = "transfer_out";
    private const string TransferIn = "transfer_in";
    private const string TransferRecalled = "transfer_recalled";
    private const string ClaimAccepted = "claim_accepted";
    private const string Plain = "move";
    private const string Minted = "mint";

    /// <summary>
    /// The places of a move of a coin of this home. A mint by a compute stands in the compute's row and has none of its own; the one here is
    /// that of a coin that was minted for one of another home.
    /// </summary>
    public static MovePlaces Of(Move move, Origin here)
    {
        bool fromHere = move.FromOrigin == here && !move.From.IsSystem;
        bool toHere = move.ToOrigin == here && !move.To.IsSystem;
        if (move.Kind == MoveKind.Burn)
        {
            return new MovePlaces(new MovePlace(move.From.OwnMachine, BurnRow.ChainRowType), null);
        }

        bool sameParty = move.From == move.To && move.FromOrigin == move.ToOrigin;
        string arriving = move.Kind switch { MoveKind.Recall => TransferRecalled, MoveKind.Mint => Minted, _ => TransferIn };
        MovePlace? arrival = toHere && !sameParty ? new MovePlace(move.To.OwnMachine, arriving) : null;
        if (fromHere)
        {
            return new MovePlaces(new MovePlace(move.From.OwnMachine, sameParty ? Plain : TransferOut), arrival);
        }

        return new MovePlaces(arrival ?? new MovePlace(Slug.ZeqSys, move.Kind == MoveKind.Accept ? ClaimAccepted : Plain), null);
    }

    /// <summary>Whether rows of this type record moves: the home writes one only together with a move.</summary>
    public static bool IsMoveType(string type) => type is TransferOut or TransferIn or TransferRecalled or ClaimAccepted or Plain or Minted;
}
