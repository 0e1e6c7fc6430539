using System.Security.Cryptography;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What only the admin may ask (spec 05 rules 14, 25 and 26).</summary>
internal static class AdminEndpoints
{
    private const int CoinsPerCommand = 64;

    private static readonly Field<Origin> PeerOrigin = Fields.OriginField("origin");
    private static readonly Field<string> RestoreId = Fields.LowerHex("restore_id", 64).Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/admin/peers", "Confirms the node key of another home.")
        {
            Auth = RouteAuth.Admin,
            Body = [PeerOrigin, Fields.PublicKey],
            Answer = WireJson.Default.PeerKeyAnswer,
            Refuses = [RejectionCode.InvalidOrigin],
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(
                new PinPeer(call.Get(PeerOrigin), call.Get(Fields.PublicKey), ByAdmin: true),
                (peer, now) => new PeerKeyAnswer(true, peer.Origin.Text, peer.PublicKey, peer.FirstSeen.Value, now.Zeqond.Value, now.Phase())),
        };
        yield return new ApiRoute("POST", "/api/admin/clock/confirm", "Says that the clock is right as it stands: mutations are taken again.")
        {
            Auth = RouteAuth.Admin,
            Answer = WireJson.Default.DoneAnswer,
            Handle = call =>
            {
                call.Home.Clock?.Confirm();
                long now = call.NowMs;
                return Task.FromResult(call.Ok(new DoneAnswer(true, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now))));
            },
        };
        yield return new ApiRoute("POST", "/api/admin/home/restored", "After a restored backup: raises every live coin's height, so that none is issued twice.")
        {
            Auth = RouteAuth.Admin,
            Body = [RestoreId],
            Answer = WireJson.Default.RestoredAnswer,
            Handle = RestoredAsync,
        };
    }

    private static async Task<Reply> RestoredAsync(ApiCall call)
    {
        string restoreId = call.MaybeText(RestoreId) ?? Hex.Encode(RandomNumberGenerator.GetBytes(32));
        Executed<bool> noted = await call.Home.ExecuteAsync(new NoteRestore(restoreId), call.Aborted).ConfigureAwait(false);
        if (noted.Decision is not Accepted<bool>)
        {
            return ApiCall.Refused(noted);
        }

        // A coin that moves between the read and the command is met again by the next round; a round that raises nothing is the last.
        long raised = 0;
        for (long before = -1; before != raised;)
        {
            before = raised;
            var coins = new List<Envelope>(CoinsPerCommand);
            await foreach (Envelope coin in call.Reader.QueryAsync(new Query<Envelope>(Envelope.Table), call.Aborted).ConfigureAwait(false))
            {
                if (coin.Status is not (EnvelopeStatus.Active or EnvelopeStatus.Bearer))
                {
                    continue;
                }

                coins.Add(coin);
                if (coins.Count == CoinsPerCommand)
                {
                    raised += await RaiseAsync(call, coins, restoreId).ConfigureAwait(false);
                    coins.Clear();
                }
            }

            raised += await RaiseAsync(call, coins, restoreId).ConfigureAwait(false);
        }

        long now = call.NowMs;
        return call.Ok(new RestoredAnswer(true, restoreId, raised, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)));
    }

    private static async Task<int> RaiseAsync(ApiCall call, List<Envelope> coins, string restoreId)
    {
        if (coins.Count == 0)
        {
            return 0;
        }

        Zid[] holders = [.. coins.Where(coin => coin.HolderOrigin == call.Context.Origin && !coin.IssuedTo.IsSystem).Select(coin => coin.IssuedTo).Distinct()];
        Executed<int> executed = await call.Home.ExecuteAsync(new RaiseEpoch([.. coins.Select(coin => coin.TokenId)], holders, restoreId), call.Aborted).ConfigureAwait(false);
        return executed.Decision is Accepted<int> accepted ? accepted.Result : throw new StoreException("The home does not take commands now.") { IsTransient = true };
    }
}
