using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Every coin by itself, and its moves from the mint to where it stands (spec 05 rule 19).</summary>
internal static class EnvelopeAudit
{
    private const long MaxValueZqt = 40;

    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<Envelope> coins = await run.OpenAsync(Envelope.Table).ConfigureAwait(false);
        await using RowCursor<Move> moves = await run.OpenAsync(Move.Table).ConfigureAwait(false);
        while (coins.Current is { } coin)
        {
            await ReportOrphansAsync(run, moves, coin.TokenId.Text).ConfigureAwait(false);
            run.Counts = run.Counts with { Envelopes = run.Counts.Envelopes + 1 };
            ComputeRow? compute = await run.FindRowAsync(ComputeRow.Table, coin.ComputeId).ConfigureAwait(false);
            run.FindIf(
                Envelope.Table,
                coin.TokenId.Text,
                Problem(coin, run) ?? (coin.MigratedFrom is null ? ComputeAudit.CoinProblem(coin, compute, run.Origin) : await MigrationAudit.CoinProblemAsync(coin, run).ConfigureAwait(false)) ?? await HolderProblemAsync(coin, run).ConfigureAwait(false));
            Add(run.Sums, coin);

            Move? last = null;
            Move? lastHandover = null;
            EnvelopeStatus? status = EnvelopeStatus.Active;
            while (moves.Current is { } move && move.TokenId == coin.TokenId)
            {
                run.Counts = run.Counts with { Moves = run.Counts.Moves + 1 };
                string? problem = last is null
                    ? MintProblem(move, coin, compute, run.Origin) ?? (coin.MigratedFrom is null ? null : await MoveRows.ProblemAsync(move, coin, run).ConfigureAwait(false))
                    : MoveProblem(move, last, lastHandover, run.Origin) ?? StatusProblem(move, ref status) ?? await MoveRows.ProblemAsync(move, coin, run).ConfigureAwait(false);
                run.FindIf(Move.Table, AuditRun.Key(move.TokenId.Text, move.SpendSeq), problem);
                last = move;
                lastHandover = move.Kind == MoveKind.Epoch ? lastHandover : move;
                await moves.MoveNextAsync().ConfigureAwait(false);
            }

            run.FindIf(Envelope.Table, coin.TokenId.Text, LastProblem(coin, last) ?? EndProblem(coin, status));
            await coins.MoveNextAsync().ConfigureAwait(false);
        }

        await ReportOrphansAsync(run, moves, null).ConfigureAwait(false);
    }

    private static async ValueTask ReportOrphansAsync(AuditRun run, RowCursor<Move> moves, string? before)
    {
        while (moves.Current is { } move && (before is null || string.CompareOrdinal(move.TokenId.Text, before) < 0))
        {
            run.Find(Move.Table, AuditRun.Key(move.TokenId.Text, move.SpendSeq), "The move is of a coin that does not exist.");
            await moves.MoveNextAsync().ConfigureAwait(false);
        }
    }

    private static void Add(EnvelopeSums sums, Envelope coin)
    {
        sums.Minted += coin.ValueZqt;
        sums.MigratedIn += coin.MigratedFrom is null ? 0 : coin.ValueZqt;
        switch (coin.Status)
        {
            case EnvelopeStatus.Active:
                sums.Active += coin.ValueZqt;
                break;
            case EnvelopeStatus.Bearer:
                sums.Bearer += coin.ValueZqt;
                break;
            case EnvelopeStatus.Burned:
                sums.Burned += coin.ValueZqt;
                break;
            case EnvelopeStatus.Migrated:
                sums.Migrated += coin.ValueZqt;
                break;
        }
    }

    /// <summary>What is wrong with a coin as it stands alone. Equal hashes have equal names, so that no two coins share one.</summary>
    private static string? Problem(Envelope coin, AuditRun run)
    {
        bool isUser = coin.Share == EnvelopeClaim.UserShare;
        bool isMigrated = coin.MigratedFrom is not null;
        if (isMigrated ? coin.Share != EnvelopeClaim.MigratedShare : !isUser && coin.Share != EnvelopeClaim.FoundationShare)
        {
            return "The coin's share is neither the user's nor the Foundation's, nor that of a migration.";
        }

        if (coin.ValueZqt is < 1 or > MaxValueZqt)
        {
            return "The coin's value is not 1 to 40 ZEQ.";
        }

        if (coin.FreeFundedZqt != (isUser || isMigrated ? 0 : coin.ValueZqt) || coin.PaidFundedZqt != (isUser ? coin.ValueZqt : 0))
        {
            return "The coin's free and paid parts are not those of its share.";
        }

        if (coin.HomeOrigin != run.Origin)
        {
            return "The coin's home is another one.";
        }

        if (!coin.OperatorList.All(OperatorName.IsValid) || !Hex.IsLowerHex(coin.ResultDigest, 64) || !Hex.IsLowerHex(coin.ZeqProof, isMigrated ? 128 : 64)
            || coin.Minted.Value is < 0 or > AuditRun.MaxInteger)
        {
            return "The coin's operators, digest, proof or time have not their form.";
        }

        string hash = EnvelopeClaim.HashOf(coin.HomeOrigin, coin.Machine, coin.Minted, coin.ResultDigest, coin.Operators, coin.Share, coin.MintedBy);
        if (coin.TokenHash != hash)
        {
            return "The coin's token_hash is not that of its own fields.";
        }

        if (coin.TokenId != TokenId.Of(coin.Machine, coin.Minted, hash))
        {
            return "The coin's token_id is not that of its own hash.";
        }

        if (coin.NodePubkey != run.NodePublicKey)
        {
            return "The coin names another node key than the home's.";
        }

        if (!SignedStamp.Verify(EnvelopeClaim.Of(coin).SignedBytes(), coin.NodeSig, run.NodePublicKey))
        {
            return "The coin's node_sig is not the home's signature of its claim.";
        }

        return coin.Status is not (EnvelopeStatus.Active or EnvelopeStatus.Bearer or EnvelopeStatus.Migrated or EnvelopeStatus.Burned)
            ? "The coin's status is unknown."
            : null;
    }

    private static async ValueTask<string?> HolderProblemAsync(Envelope coin, AuditRun run)
    {
        bool isLocal = coin.HolderOrigin == run.Origin;
        if (coin.StakedIn is not null)
        {
            if (await VoteAudit.CoinProblemAsync(coin, run).ConfigureAwait(false) is { } problem)
            {
                return problem;
            }
        }

        if (coin.Status is EnvelopeStatus.Bearer or EnvelopeStatus.Migrated && !isLocal)
        {
            return coin.Status == EnvelopeStatus.Bearer ? "A bearer coin has a holder at another home." : "A coin that left was exported at another home.";
        }

        if (coin.IssuedTo.IsSystem)
        {
            return isLocal && coin.IssuedTo == Zid.Foundation ? null : "The coin's holder is a system ZID that holds nothing.";
        }

        return isLocal && await run.FindRowAsync(IdentityRow.Table, coin.IssuedTo.Text).ConfigureAwait(false) is null
            ? "The coin's holder is no account of this home."
            : null;
    }

    private static string? MintProblem(Move move, Envelope coin, ComputeRow? compute, Origin here)
    {
        if (move.Kind != MoveKind.Mint || move.SpendSeq != 0)
        {
            return "The coin's first move is not its mint at height 0.";
        }

        Zid holder = coin.Share == EnvelopeClaim.UserShare ? coin.MintedBy : Zid.Foundation;
        bool isItsHolder = coin.MigratedFrom is null ? move.To == holder && move.RowOut == compute?.Row : move.To.OwnMachine == coin.Machine;
        bool isMint = move.From == Zid.System && move.FromOrigin == here && isItsHolder && move.ToOrigin == here && move.Zeqond == coin.Minted
            && move is { Means: MoveMeans.Home, ProofHash: null, HolderKey: null, RowIn: null };
        return isMint ? null : "The mint does not say what the coin says of it.";
    }

    private static string? MoveProblem(Move move, Move before, Move? handover, Origin here)
    {
        if (move.Kind == MoveKind.Mint)
        {
            return "The coin was minted a second time.";
        }

        if (move.Kind is not (MoveKind.Transfer or MoveKind.Accept or MoveKind.Recall or MoveKind.Epoch
            or MoveKind.Export or MoveKind.Reclaim or MoveKind.Redeem or MoveKind.Migrate or MoveKind.Burn))
        {
            return "The kind of the move is unknown.";
        }

        if (before.Kind == MoveKind.Burn)
        {
            return "The coin moved after it was burned.";
        }

        if (move.SpendSeq - before.SpendSeq != (move.Kind == MoveKind.Epoch ? Move.EpochStep : 1))
        {
            return "The move's height does not follow the one before.";
        }

        if (move.From != before.To || move.FromOrigin != before.ToOrigin)
        {
            return "The move does not start at the holder that the one before ended at.";
        }

        return IsRightful(move, before, handover, here) ? null : "The move was not made by a right that its kind asks for.";
    }

    private static bool IsRightful(Move move, Move before, Move? handover, Origin here)
    {
        bool sameParty = move.From == move.To && move.FromOrigin == move.ToOrigin;
        bool isProven = Hex.IsLowerHex(move.ProofHash, 64);
        return move.Kind switch
        {
            MoveKind.Transfer => !sameParty && !move.To.IsSystem && move.HolderKey is null && (move.Means switch
            {
                MoveMeans.Account => move.FromOrigin == here && !move.From.IsSystem && move.ProofHash is null,
                MoveMeans.Ticket => move.FromOrigin != here && isProven,
                _ => false,
            }),
            MoveKind.Accept => sameParty && move.ToOrigin != here && move.Means == MoveMeans.Accept && isProven && Hex.IsLowerHex(move.HolderKey, 64)
                && before.Kind != MoveKind.Accept,
            MoveKind.Burn => sameParty && move.Means == MoveMeans.Account && move.FromOrigin == here && !move.From.IsSystem && move.HolderKey is null,
            MoveKind.Recall => move is { Means: MoveMeans.Account, ProofHash: null, HolderKey: null } && move.ToOrigin == here && move.FromOrigin != here
                && handover is { Kind: MoveKind.Transfer, Means: MoveMeans.Account } && handover.From == move.To,
            MoveKind.Export or MoveKind.Reclaim => sameParty && move.FromOrigin == here && !move.From.IsSystem
                && move is { Means: MoveMeans.Account, ProofHash: null, HolderKey: null },
            MoveKind.Redeem or MoveKind.Migrate => move.FromOrigin == here && !move.From.IsSystem && !move.To.IsSystem
                && (move.ToOrigin == here) == (move.Kind == MoveKind.Redeem) && move is { Means: MoveMeans.Bearer, HolderKey: null } && isProven,
            _ => sameParty && move.Means == MoveMeans.Home && move.ProofHash is not null && move.HolderKey == before.HolderKey
                && (before.Kind != MoveKind.Epoch || before.ProofHash != move.ProofHash),
        };
    }

    private static string? LastProblem(Envelope coin, Move? last)
    {
        if (last is null)
        {
            return "The coin has no mint move.";
        }

        if (last.SpendSeq != coin.SpendSeq)
        {
            return "The coin's height is not that of its last move.";
        }

        if ((coin.Status == EnvelopeStatus.Burned) != (last.Kind == MoveKind.Burn))
        {
            return "The coin is burned, or its last move is, but not both.";
        }

        // Of a coin that left, the row still names who exported it; its last move says where it went.
        bool isHolder = last.Kind == MoveKind.Migrate ? coin.IsHeldBy(last.From, last.FromOrigin) : coin.IsHeldBy(last.To, last.ToOrigin);
        return isHolder ? null : "The coin's holder is not the one that its last move went to.";
    }

    /// <summary>Follows what the moves make of a coin: only an exported coin is reclaimed, redeemed or migrated, and nothing moves it otherwise.</summary>
    private static string? StatusProblem(Move move, ref EnvelopeStatus? status)
    {
        bool wasBearer = status == EnvelopeStatus.Bearer;
        bool asksBearer = move.Kind is MoveKind.Reclaim or MoveKind.Redeem or MoveKind.Migrate;
        bool isPossible = status is EnvelopeStatus.Active or EnvelopeStatus.Bearer && (move.Kind == MoveKind.Epoch || asksBearer == wasBearer);
        status = move.Kind switch
        {
            MoveKind.Export => EnvelopeStatus.Bearer,
            MoveKind.Migrate => EnvelopeStatus.Migrated,
            MoveKind.Burn => EnvelopeStatus.Burned,
            MoveKind.Epoch => status,
            _ => EnvelopeStatus.Active,
        };
        return isPossible ? null : "The coin was not in the state that such a move starts from.";
    }

    private static string? EndProblem(Envelope coin, EnvelopeStatus? status) =>
        coin.Status == status ? null : "The coin's status is not what its moves made of it.";
}
