using System.Security.Cryptography;
using System.Text;
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
            IsIdempotent = true,
            Handle = async call =>
            {
                // Kept under the request's Idempotency-Key: its repetition confirms no later jump.
                call.Home.Clock?.Confirm();
                if (call.Services.Nodes.IsShared)
                {
                    await call.Home.ExecuteAsync(new NoteClock(), call.Aborted).ConfigureAwait(false);
                }

                return await call.KeepAsync(now => new DoneAnswer(true, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
            },
        };
        yield return new ApiRoute("POST", "/api/admin/home/restored", "After a restored backup: raises every live coin's height, so that none is issued twice.")
        {
            Auth = RouteAuth.Admin,
            Body = [RestoreId],
            Answer = WireJson.Default.RestoredAnswer,
            IsIdempotent = true,
            Handle = RestoredAsync,
        };
    }

    private static async Task<Reply> RestoredAsync(ApiCall call)
    {
        (string? restoreId, Reply? refused) = await BeginRestoreAsync(call).ConfigureAwait(false);
        if (restoreId is null)
        {
            return refused!;
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

        return await call.KeepAsync(now => new RestoredAnswer(true, restoreId, raised, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    }

    /// <summary>
    /// Notes the restore. One without an id gets one here, kept under the request's Idempotency-Key from this commit on: repeated after
    /// a crash halfway, the request goes on with that restore and begins no second one.
    /// </summary>
    private static async Task<(string? RestoreId, Reply? Refused)> BeginRestoreAsync(ApiCall call)
    {
        string? named = call.MaybeText(RestoreId);
        string restoreId = named ?? Hex.Encode(RandomNumberGenerator.GetBytes(32));
        var note = new NoteRestore(restoreId);
        if (named is null && call.IdempotencyScope is { } scope)
        {
            var once = new Idempotent<bool>(
                note, Sha256.HashHexUtf8(scope + "|restore_id"), call.RequestHash!, call.Route.Status, (_, _) => Encoding.ASCII.GetBytes(restoreId), call.Services.Seal);
            Executed<IdempotentResult> begun = await call.Home.ExecuteAsync(once, call.Aborted).ConfigureAwait(false);
            return begun.Decision is Accepted<IdempotentResult> accepted ? (Encoding.ASCII.GetString(accepted.Result.Body), null) : (null, ApiCall.Refused(begun));
        }

        Executed<bool> noted = await call.Home.ExecuteAsync(note, call.Aborted).ConfigureAwait(false);
        return noted.Decision is Accepted<bool> ? (restoreId, null) : (null, ApiCall.Refused(noted));
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
