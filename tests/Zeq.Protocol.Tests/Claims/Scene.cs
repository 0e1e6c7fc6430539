using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>A coin of home A, paid to a holder of home B; what A said is real, what passes between them is not sent.</summary>
internal sealed class Scene : IAsyncDisposable
{
    public required World A { get; init; }

    public required World B { get; init; }

    public required Caller Holder { get; init; }

    public required Caller Friend { get; init; }

    public required TokenId Token { get; init; }

    /// <summary>The sender's receipt, height 1.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>The acceptance's receipt, height 2.</summary>
    public required Receipt Acceptance { get; init; }

    public string ImportId => PeerStep.IdOf(PeerStepKind.Import, A.Origin, Token, 1, Holder.Zid);

    public string TransferId => PeerStep.IdOf(PeerStepKind.Transfer, A.Origin, Token, 2, Holder.Zid);

    public static async Task<Scene> StartAsync(bool held = false)
    {
        World a = await World.StartAsync(), b = await World.StartAsync("https://b.example");
        Caller alice = await a.RegisterAsync(1), holder = await b.RegisterAsync(2), friend = await b.RegisterAsync(3);
        Envelope coin = await a.MintAsync(alice);
        MoveResult paid = await a.AcceptedAsync(new TransferEnvelope(alice, coin.TokenId, holder.Zid, b.Origin, true));
        MoveResult accepted = await a.AcceptedAsync(new AcceptClaim(coin.TokenId, holder.Zid, b.Origin, b.Context.Keys.NodePublicKey, paid.ClaimTicket!, World.Hash("acc"), 1));
        var scene = new Scene { A = a, B = b, Holder = holder, Friend = friend, Token = coin.TokenId, Receipt = paid.Receipt, Acceptance = accepted.Receipt };
        if (held)
        {
            await b.AcceptedAsync(scene.Open());
            await b.AcceptedAsync(scene.Settle());
        }

        return scene;
    }

    public OpenImport Open(string secret = "acceptance and ticket") => new(Receipt, Encoding.UTF8.GetBytes(secret));

    public SettleImport Settle() => new(ImportId, Holder.Zid, Acceptance, 6, IsTrusted: false, "ticket of 2"u8.ToArray());

    public OpenClaimTransfer Onward(Zid? to = null, string? toOrigin = "https://c.example", long height = 2) =>
        new(Holder, A.Origin, Token, height, to ?? Zid.FromNumber(50), toOrigin is null ? null : Origin.Parse(toOrigin));

    /// <summary>A's answer to the move onward.</summary>
    public Receipt Moved(Zid? to = null, string toOrigin = "https://c.example") =>
        (Receipt with { From = Holder.Zid, To = to ?? Zid.FromNumber(50), ToOrigin = Origin.Parse(toOrigin), SpendSeq = 3 }).Sealed(A.Context.Keys.Receipt);

    public SettleClaimTransfer SettleOnward(byte[]? import = null, Receipt? moved = null) => new(TransferId, Holder.Zid, moved ?? Moved(), "answer"u8.ToArray(), import);

    public RefuseStep Refuse(string stepId, RejectionCode code) => new(stepId, A.Origin, Token, Holder.Zid, new Rejection(code, "It said no."));

    public RefreshClaim Refresh(long height, string? ticket = null, long? seen = null) =>
        new(A.Origin, Token, Holder.Zid, seen ?? Claim()!.SpendSeq, height, ticket is null ? null : Encoding.UTF8.GetBytes(ticket));

    /// <summary>The coin came back, and the holder accepted it again one above this height.</summary>
    public async Task HeldAgainAsync(long height)
    {
        Receipt payment = (Receipt with { SpendSeq = height }).Sealed(A.Context.Keys.Receipt);
        Receipt acceptance = (Acceptance with { SpendSeq = height + 1 }).Sealed(A.Context.Keys.Receipt);
        await B.AcceptedAsync(new OpenImport(payment, [1]));
        string id = PeerStep.IdOf(PeerStepKind.Import, A.Origin, Token, height, Holder.Zid);
        await B.AcceptedAsync(new SettleImport(id, Holder.Zid, acceptance, 6, IsTrusted: false, "later ticket"u8.ToArray()));
    }

    public PeerStep Step(string id) => B.Store.Find(PeerStep.Table, id)!;

    public ClaimRow? Claim() => B.Store.Find(ClaimRow.Table, ClaimRow.KeyOf(A.Origin, Token, Holder.Zid));

    public SealedSecret? Ticket() => B.Store.Find(SealedSecret.Table, SealedSecret.KeyOf(Holder.Zid, ClaimRow.TicketName(A.Origin, Token)));

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}
