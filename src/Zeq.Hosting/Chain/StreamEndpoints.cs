using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Streams of rows as they land (spec 20 §2, spec 05 rule 27).</summary>
internal static class StreamEndpoints
{
    /// <summary>The most rows that one read of the store brings.</summary>
    private const int RowsPerRead = 64;

    private const string LastEventId = "Last-Event-ID";

    private static readonly Field<string> SlugMember = MachineAccess.SlugMember;
    private static readonly Field<long> After = Fields.Integer("after", 0, long.MaxValue).Optional();
    private static readonly Field<string> Token = Fields.Line("token", 1, ExploreTicket.MaxLength).Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("GET", "/api/chain/{slug}/explore/sse", "Rows as they land, or from a number on; id is the row's number, and Last-Event-ID resumes after it.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [After, Token],
            Streams = "text/event-stream",
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.InvalidRequest, RejectionCode.MachineNotFound, RejectionCode.Unauthorized, RejectionCode.Busy],
            Handle = StreamAsync,
        };
        yield return new ApiRoute("POST", "/api/chain/{slug}/explore/ticket", "A ticket that opens this machine's stream for 60 seconds, for clients that can send no key with a stream.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Answer = WireJson.Default.ExploreTicketAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden],
            Handle = call => MachineAccess.WithRoleAsync(call, MachineRole.Viewer, machine =>
            {
                long now = call.NowMs;
                string token = ExploreTicket.Make(call.Services.Seal, machine.Slug, call.KeyHash!, now);
                return Task.FromResult(call.Ok(new ExploreTicketAnswer(true, token, ExploreTicket.LifespanMs / 1_000, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)), now));
            }),
        };
        yield return new ApiRoute("GET", "/api/chain/aggregate/sse", "Rows of all public machines as they land; where some were missed, an event gap.")
        {
            Auth = RouteAuth.None,
            RateLimit = RateLimits.ChainRead,
            Streams = "text/event-stream",
            Refuses = [RejectionCode.Busy],
            Handle = call =>
            {
                long position = call.Services.Signals.Position;
                return EventStream.RunAsync(call, call.ClientId, stream => AggregateAsync(call, stream, position));
            },
        };
    }

    private static Task<Reply> StreamAsync(ApiCall call) => MachineAccess.WithSlugAsync(call, async slug =>
    {
        if (!TryPosition(call, out long? after))
        {
            return call.Refuse(RejectionCode.InvalidRequest, $"{LastEventId} is a row's number.");
        }

        string? keyHash = call.KeyHash;
        if (call.MaybeText(Token) is { } ticket && !call.IsAdmin && call.MaybeCaller is null)
        {
            keyHash = ExploreTicket.KeyOf(call.Services.Seal, slug, ticket, call.NowMs);
            if (keyHash is null)
            {
                // The same for every name: a ticket that opens nothing tells nothing.
                return call.Refuse(RejectionCode.Unauthorized, "This ticket is no ticket of this machine, or its time is over.");
            }
        }

        Caller? caller = await CallerAsync(call, keyHash).ConfigureAwait(false);
        MachineAccess.View view = await MachineAccess.LookAsync(call, slug, caller, call.IsAdmin).ConfigureAwait(false);
        if (view.Machine is null)
        {
            return MachineAccess.Missing(call);
        }

        // Where it begins is known before the client learns that it has begun: what lands from then on is in the stream.
        long position = after ?? await HeadAsync(call, slug).ConfigureAwait(false);
        return await EventStream.RunAsync(call, caller?.Zid.Text ?? call.ClientId, async stream =>
        {
            using ChainSignals.Listener listener = call.Services.Signals.Listen(slug);
            while (!stream.End.IsCancellationRequested)
            {
                // Who may read is asked again: a revoked key and a machine that was made private end the stream.
                Task next = listener.Next;
                MachineAccess.View now = await MachineAccess.LookAsync(call, slug, await CallerAsync(call, keyHash).ConfigureAwait(false), call.IsAdmin).ConfigureAwait(false);
                if (now.Machine is null || (view.Reads && !now.Reads))
                {
                    return;
                }

                position = await AddRowsAsync(call, stream, slug, position, now.Reads).ConfigureAwait(false);
                if (!await stream.SendAsync().ConfigureAwait(false))
                {
                    await stream.WaitAsync(next).ConfigureAwait(false);
                }
            }
        }).ConfigureAwait(false);
    });

    /// <summary>Where a stream begins: behind the last event that the client has seen, behind a number, or at the end.</summary>
    private static bool TryPosition(ApiCall call, out long? after)
    {
        after = call.Maybe(After);
        string text = call.Http.Request.Headers[LastEventId].ToString();
        if (text.Length == 0)
        {
            return true;
        }

        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seen);
        after = seen;
        return isNumber;
    }

    /// <summary>The caller of a key's digest as it is now; null for strangers, and where the key opens nothing any more.</summary>
    private static async ValueTask<Caller?> CallerAsync(ApiCall call, string? keyHash) => keyHash is null || call.IsAdmin
        ? null
        : await call.Services.Keys.FindAsync(keyHash, Zeqond.FromUnixMs(call.NowMs), call.Aborted).ConfigureAwait(false);

    private static async ValueTask<long> HeadAsync(ApiCall call, Slug slug) =>
        (await call.Reader.FindAsync(ChainHead.Table, slug.Text, call.Aborted).ConfigureAwait(false))?.Seq ?? 0;

    /// <summary>Adds the rows after a position, as many as one write takes; the new position.</summary>
    private static async ValueTask<long> AddRowsAsync(ApiCall call, EventStream stream, Slug slug, long position, bool reads)
    {
        long head = await HeadAsync(call, slug).ConfigureAwait(false);
        if (head <= position)
        {
            return position;
        }

        await foreach (ChainRow row in call.Reader.ReadRowsAsync(slug, position + 1, Math.Min(head, position + RowsPerRead), reads, stream.End).ConfigureAwait(false))
        {
            position = row.Seq;
            stream.Add(row.Seq, JsonSerializer.SerializeToUtf8Bytes(row.ToBody(reads), WireJson.Default.ChainRowBody));
            if (stream.IsFull)
            {
                break;
            }
        }

        return position;
    }

    private static async Task AggregateAsync(ApiCall call, EventStream stream, long position)
    {
        ChainSignals signals = call.Services.Signals;
        while (!stream.End.IsCancellationRequested)
        {
            Task next = signals.NextOfAny;
            if (signals.After(position, RowsPerRead) is not { } landed)
            {
                position = signals.Position;
                stream.AddNotice("gap");
            }
            else
            {
                position = landed.Position;
                foreach ((string slug, long seq) in landed.Rows)
                {
                    await AddPublicRowAsync(call, stream, Slug.Parse(slug), seq).ConfigureAwait(false);
                    if (stream.IsFull)
                    {
                        await stream.SendAsync().ConfigureAwait(false);
                    }
                }
            }

            if (!await stream.SendAsync().ConfigureAwait(false) && signals.Position == position)
            {
                await stream.WaitAsync(next).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask AddPublicRowAsync(ApiCall call, EventStream stream, Slug slug, long seq)
    {
        Machine? machine = await call.Reader.FindAsync(Machine.Table, slug.Text, stream.End).ConfigureAwait(false);
        if (machine is { IsPublic: true } && await call.Reader.FindRowAsync(slug, seq, stream.End).ConfigureAwait(false) is { } row)
        {
            var body = new AggregateEvent(slug.Text, call.Context.OriginIdOf(slug), row.ToBody(isWhole: false));
            stream.Add(null, JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Default.AggregateEvent));
        }
    }

    /// <summary>Rows of a chain, with what rests beside the log only for who sees it.</summary>
    internal static IAsyncEnumerable<ChainRow> ReadRowsAsync(this IHomeReader reader, Slug slug, long first, long last, bool isWhole, CancellationToken cancellationToken) => isWhole
        ? reader.ReadChainAsync(slug, first, last, cancellationToken)
        : reader.QueryAsync(
            new Query<ChainRow>(ChainRow.Table).Where("slug", slug.Text)
                .Where("seq", Comparison.AtLeast, Cell.Of(first)).Where("seq", Comparison.AtMost, Cell.Of(last)).OrderBy(false, "slug", "seq"),
            cancellationToken);
}
