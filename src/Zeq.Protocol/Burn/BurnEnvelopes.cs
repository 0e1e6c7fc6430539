namespace Zeq.Protocol;

/// <summary>
/// The one-way valve (spec 10 §7): coins become burn credits, which compute and mint nothing. All of them or none; a burn that was
/// completed answers its first result again.
/// </summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Tokens">The coins, 1 to 1,000, each once.</param>
/// <param name="HeldOnArrival">
/// Which of them the caller held when the request came in: a loser of a race is told <see cref="RejectionCode.NotOwner"/>, everybody else
/// sees another's coin like one that does not exist (spec 05 rule 27).
/// </param>
public sealed record BurnEnvelopes(Caller Caller, IReadOnlyList<TokenId> Tokens, IReadOnlySet<TokenId> HeldOnArrival) : Command<BurnResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(BurnRow.Table, BurnTransaction.Id(Caller.Zid, Tokens)).Add(FuelPool.Table, Caller.Zid.Text).Add(Supply.Table, Supply.Key)
            .AddChain(Caller.Zid.OwnMachine);
        foreach (TokenId token in Tokens)
        {
            keys.Add(Envelope.Table, token.Text).Add(Move.Table, token.Text);
        }
    }

    /// <inheritdoc/>
    public override Decision<BurnResult> Decide(Workspace home, Moment now)
    {
        IReadOnlyList<TokenId> tokens = BurnTransaction.InOrder(Tokens);
        string burnTx = BurnTransaction.Id(Caller.Zid, tokens);
        if (home.Find(BurnRow.Table, burnTx) is { } earlier)
        {
            return Accept(new BurnResult(earlier, [.. tokens.Select(token => home.Find(Envelope.Table, token.Text)!)]));
        }

        var faults = new List<RejectionDetail>();
        var coins = new List<Envelope>(tokens.Count);
        foreach (TokenId token in tokens)
        {
            Envelope? coin = home.Find(Envelope.Table, token.Text);
            if (Eligibility.Refusal(coin, Caller.Zid, HeldOnArrival.Contains(token), home.Context.Origin, now.Zeqond) is { } why)
            {
                faults.Add(new RejectionDetail(token.Text, why.Code, why.Message));
            }
            else
            {
                coins.Add(coin!);
            }
        }

        return faults.Count > 0
            ? new Rejected<BurnResult>(new Rejection(RejectionCode.NotEligible, "Nothing was burned: some of these coins cannot be.") { Details = faults })
            : Accept(Burn(home, burnTx, coins, now));
    }

    private BurnResult Burn(Workspace home, string burnTx, List<Envelope> coins, Moment now)
    {
        long sum = coins.Sum(coin => coin.ValueZqt);
        long credited = BurnTransaction.Credited(sum, BurnTransaction.RateBps);
        Envelope[] burned = [.. coins.Select(coin => coin with { SpendSeq = checked(coin.SpendSeq + 1), Status = EnvelopeStatus.Burned, StakedIn = null })];
        var burn = new BurnRow(
            burnTx, Caller.Zid, now.Zeqond, string.Join(',', coins.Select(coin => coin.TokenId.Text)), sum, BurnTransaction.RateBps, credited, new RowRef("", 0, ""));
        ChainRow row = home.AppendRow(Caller.Zid.OwnMachine, BurnRow.ChainRowType, burn.ChainPayload(burned), Caller.Actor, now);
        burn = home.Put(BurnRow.Table, burn with { Row = RowRef.Of(row) });
        foreach (Envelope coin in burned)
        {
            home.Append(Move.Table, new Move(
                coin.TokenId, coin.SpendSeq, MoveKind.Burn, coin.IssuedTo, coin.HolderOrigin, coin.IssuedTo, coin.HolderOrigin, now.Zeqond, MoveMeans.Account, burnTx, null,
                burn.Row, null));
            home.Put(Envelope.Table, coin);
        }

        home.MovePool(Caller.Zid, free: 0, burn: credited, paid: 0, CreditReason.Burn, burnTx, now);
        home.Put(Supply.Table, (home.Find(Supply.Table, Supply.Key) ?? Supply.None).At(now.Zeqond).PlusBurned(sum));
        return new BurnResult(burn, burned);
    }
}

/// <summary>A burn and its coins.</summary>
/// <param name="Burn">The burn as it is stored.</param>
/// <param name="Coins">Its coins, in ordinal order of their names.</param>
public sealed record BurnResult(BurnRow Burn, IReadOnlyList<Envelope> Coins);
