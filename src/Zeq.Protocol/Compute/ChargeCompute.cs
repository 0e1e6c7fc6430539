using System.Globalization;

namespace Zeq.Protocol;

/// <summary>What a kernel computed, ready to be charged.</summary>
/// <param name="Operators">The operators, KO42 first, joined by commas.</param>
/// <param name="Value">The value; finite.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="PrecisionActual">Relative error against the reference, 0 to 0.001.</param>
/// <param name="Cost">The quoted cost, in ZEQ.</param>
/// <param name="ResultDigest">SHA-256 of inputs, operators, unit and value, 64 hex.</param>
public sealed record ComputedWork(string Operators, double Value, string Unit, double PrecisionActual, long Cost, string ResultDigest);

/// <summary>A charged compute and its envelopes.</summary>
/// <param name="Compute">The compute as it is stored.</param>
/// <param name="Envelopes">Its envelopes, the user's first.</param>
public sealed record ComputeResult(ComputeRow Compute, IReadOnlyList<Envelope> Envelopes);

/// <summary>
/// Charges a compute, mints its envelopes and writes its chain row in one step (spec 10 §1 and §3). The same compute in its Zeqond
/// answers the first result and charges nothing.
/// </summary>
/// <param name="Caller">Who asks; the ZID of its key pays.</param>
/// <param name="Machine">The machine whose slug is stamped.</param>
/// <param name="Work">What the kernel computed.</param>
/// <param name="Limit">The pools that may be drawn.</param>
public sealed record ChargeCompute(Caller Caller, Slug Machine, ComputedWork Work, FundingLimit Limit) : Command<ComputeResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        Ids ids = IdsAt(keys.Context.Origin, now);
        keys.Add(ComputeRow.Table, ids.Compute).AddRole(Caller, Machine).AddChain(Machine)
            .Add(FuelPool.Table, Caller.Zid.Text).Add(Supply.Table, Supply.Key)
            .Add(Envelope.Table, ids.User.Text).Add(Envelope.Table, ids.Foundation.Text);
    }

    /// <inheritdoc/>
    public override Decision<ComputeResult> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Operator) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        Ids ids = IdsAt(home.Context.Origin, now);
        if (home.Find(ComputeRow.Table, ids.Compute) is { } earlier)
        {
            Envelope?[] minted = [home.Find(Envelope.Table, ids.User.Text), home.Find(Envelope.Table, ids.Foundation.Text)];
            return Accept(new ComputeResult(earlier, [.. minted.OfType<Envelope>()]));
        }

        if (home.Find(FuelPool.Table, Caller.Zid.Text)?.Fund(Work.Cost, Limit) is not { } funding)
        {
            return Reject(RejectionCode.InsufficientBalance, string.Create(CultureInfo.InvariantCulture, $"This compute costs {Work.Cost} ZEQ; there is less fuel than that."));
        }

        long value = funding.Burn > 0 ? 0 : MintCurve.Value(Work.Cost, Work.PrecisionActual);
        home.MovePool(Caller.Zid, -funding.Free, -funding.Burn, -funding.Paid, CreditReason.Compute, ids.Compute, now);

        string rT = Pulse.TextAt(now.UnixMs);
        string proof = home.Context.Keys.Proof.ComputeHexUtf8(ComputeRow.ProofText(Work.Operators, rT, now.Zeqond, Caller.KeyPrefix, Work.ResultDigest));
        Envelope[] envelopes = [.. MintShare.Of(value, funding).Select(share => Mint(home, share, ids, proof, funding, now))];
        var compute = new ComputeRow(
            ids.Compute, Machine, Caller.Zid, now.Zeqond, Work.Operators, Work.ResultDigest, Text(Work.Value), Work.Unit, Text(Work.PrecisionActual), Work.Cost,
            funding, value, rT, Caller.KeyPrefix, proof, new RowRef("", 0, ""));
        ChainRow row = home.AppendRow(Machine, ComputeRow.ChainRowType, compute.ChainPayload(home.Context.Origin), Caller.Actor, now);
        compute = home.Put(ComputeRow.Table, compute with { Row = RowRef.Of(row) });
        foreach (Envelope coin in envelopes)
        {
            home.Append(Move.Table, new Move(
                coin.TokenId, 0, MoveKind.Mint, Zid.System, coin.HomeOrigin, coin.IssuedTo, coin.HolderOrigin, now.Zeqond, MoveMeans.Home, null, null, RowRef.Of(row), null));
        }

        if (value > 0)
        {
            home.Put(Supply.Table, (home.Find(Supply.Table, Supply.Key) ?? Supply.None).At(now.Zeqond).PlusMinted(value));
        }

        return Accept(new ComputeResult(compute, envelopes));
    }

    private static string Text(double number) => number.ToString("G17", CultureInfo.InvariantCulture);

    private Ids IdsAt(Origin home, Moment now)
    {
        string user = HashOf(home, now, EnvelopeClaim.UserShare);
        string foundation = HashOf(home, now, EnvelopeClaim.FoundationShare);
        return new Ids(
            ComputeRow.IdOf(home, Machine, now.Zeqond, Work.ResultDigest, Work.Operators, Caller.Zid),
            user, TokenId.Of(Machine, now.Zeqond, user), foundation, TokenId.Of(Machine, now.Zeqond, foundation));
    }

    private string HashOf(Origin home, Moment now, string share) =>
        EnvelopeClaim.HashOf(home, Machine, now.Zeqond, Work.ResultDigest, Work.Operators, share, Caller.Zid);

    private Envelope Mint(Workspace home, MintShare share, Ids ids, string proof, Funding funding, Moment now)
    {
        HomeContext context = home.Context;
        bool isUser = share.Share == EnvelopeClaim.UserShare;
        var coin = new Envelope(
            isUser ? ids.User : ids.Foundation, isUser ? ids.UserHash : ids.FoundationHash, ids.Compute, Machine, Work.Operators, Work.ResultDigest,
            share.ValueZqt, isUser ? 0 : share.ValueZqt, isUser ? share.ValueZqt : 0, Caller.Zid, share.Share, context.Origin, now.Zeqond, proof, "",
            context.Keys.NodePublicKey, isUser ? Caller.Zid : Zid.Foundation, context.Origin, 0, EnvelopeStatus.Active, null);
        return home.Put(Envelope.Table, coin with { NodeSig = context.Keys.Sign(EnvelopeClaim.Of(coin).SignedBytes()) });
    }

    private readonly record struct Ids(string Compute, string UserHash, TokenId User, string FoundationHash, TokenId Foundation);
}
