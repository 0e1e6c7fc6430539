using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// <c>GET /api/chain/:slug/pohc/validate</c> (spec 20 §2, spec 05 rule 20): strangers validate at most 100,000 rows a call, one call at a
/// time per address.
/// </summary>
internal static class ValidateEndpoint
{
    public static async Task<Reply> AnswerAsync(
        ApiCall call, Machine machine, long? rowLimit, StreamSeats seats, Field<long> from, Field<long> to, Field<long> after, Field<long> expectSeq, Field<string> expectHash)
    {
        // A stranger is an address, whatever accounts it has made.
        using IDisposable? seat = seats.TryTake(rowLimit is null ? call.ClientId : RateLimits.ClientOf(call.Http.Connection.RemoteIpAddress));
        if (seat is null)
        {
            return call.Refuse(RejectionCode.RateLimited, "One validation at a time.") with { RetryAfterSeconds = 1 };
        }

        long first = Math.Max(1, call.TryGet(after, out long seen) ? checked(Math.Min(seen, long.MaxValue - 1) + 1) : call.Maybe(from) ?? 1);
        long last = call.Maybe(to) ?? long.MaxValue;
        if (last < first)
        {
            return call.Refuse(RejectionCode.InvalidRequest, "from and to are row numbers, in this order.");
        }

        string? hash = call.MaybeText(expectHash);
        if ((call.Maybe(expectSeq) is null) != (hash is null))
        {
            return call.Refuse(RejectionCode.InvalidRequest, "expect_seq and expect_hash come together.");
        }

        var range = new ChainRange { From = first, To = last, Limit = rowLimit ?? long.MaxValue, ExpectSeq = call.Maybe(expectSeq), ExpectHash = hash };
        ChainVerdict verdict = await call.Reader.ValidateChainAsync(call.Context, machine, range, call.Aborted).ConfigureAwait(false);
        HomeContext home = call.Context;
        BrokenAt? broken = verdict.BrokenAt is { } at ? new BrokenAt(at.Seq, at.Zeqond?.Value, at.Reason) : null;
        return call.Ok(new ValidateAnswer(
            true, verdict.IsValid, verdict.Count, broken, machine.Genesis.Value, verdict.GenesisHash, verdict.HeadHash, home.Origin.Text, home.OriginIdOf(machine.Slug),
            home.Keys.NodePublicKey, verdict.NextAfter, Zeqond.FromUnixMs(call.NowMs).Value));
    }
}
