using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Client;

/// <content>Rows as they land, what a caller writes beside events, and exports.</content>
public sealed partial class ChainClient
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary><c>GET /api/chain/:slug/block</c>: the rows of one Zeqond.</summary>
    public Task<ExploreAnswer> GetBlockAsync(Slug slug, long zeqond, long? after = null, int? limit = null, CancellationToken ct = default) => _transport.GetAsync(
        new UrlQuery($"api/chain/{slug.Text}/block").Add("zeqond", zeqond).Add("after", after).Add("limit", limit).ToString(), WireJson.Default.ExploreAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/state</c>: writes the hash of a state that the caller keeps.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="stateHash">64 lower-case hex.</param>
    /// <param name="ct">Cancels.</param>
    public Task<EventAnswer> WriteStateAsync(Slug slug, string stateHash, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"api/chain/{slug.Text}/state", new StateRequest(stateHash), WireJson.Default.StateRequest, Repeat.WithKey, null, WireJson.Default.EventAnswer, ct);

    /// <summary>
    /// <c>DELETE /api/chain/:slug/rows/:seq/payload</c>: erases payload and salt of an event's private row, for good. The answer is the row
    /// that says so; the chain stays valid.
    /// </summary>
    public Task<EventAnswer> ErasePayloadAsync(Slug slug, long seq, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Delete, string.Create(CultureInfo.InvariantCulture, $"api/chain/{slug.Text}/rows/{seq}/payload"), null, Repeat.WithKey, null, WireJson.Default.EventAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/explore/ticket</c>: opens the machine's stream for 60 seconds, for a browser that can send no key.</summary>
    public Task<ExploreTicketAnswer> GetExploreTicketAsync(Slug slug, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, $"api/chain/{slug.Text}/explore/ticket", null, Repeat.Safe, null, WireJson.Default.ExploreTicketAnswer, ct);

    /// <summary>
    /// <c>GET /api/chain/:slug/explore/sse</c>: rows as they land, for ever, without gap or repeat. Where the stream breaks off it is opened
    /// again behind the last row.
    /// </summary>
    /// <param name="slug">The machine.</param>
    /// <param name="after">Rows behind this one, 0 for all; null: what lands from now on.</param>
    /// <param name="ct">Ends the watching.</param>
    /// <exception cref="ZeqApiException">The machine may not be read, or not any more.</exception>
    /// <exception cref="ZeqUnreachableException">The home sends what is no row of this stream.</exception>
    public async IAsyncEnumerable<ChainRowBody> WatchAsync(Slug slug, long? after = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        long position = after ?? await NewestAsync(slug, ct).ConfigureAwait(false);
        string path = $"api/chain/{slug.Text}/explore/sse";
        TimeSpan pause = FirstPause;
        while (true)
        {
            using EventLines? events = await TryOpenAsync(path, position, ct).ConfigureAwait(false);
            while (events is not null && await TryNextAsync(events, ct).ConfigureAwait(false) is { } next)
            {
                ChainRowBody row = RowOf(next.Data);
                if (row.Seq != position + 1)
                {
                    throw ZeqTransport.Nonsense("The stream leaves out rows, or repeats some.");
                }

                position = row.Seq;
                pause = FirstPause;
                yield return row;
            }

            await Task.Delay(pause, _transport.Time, ct).ConfigureAwait(false);
            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
        }
    }

    /// <summary>The number of the newest row; 0 where there is none.</summary>
    private async Task<long> NewestAsync(Slug slug, CancellationToken ct)
    {
        try
        {
            return (await GetStateAsync(slug, ct).ConfigureAwait(false)).Row.Seq;
        }
        catch (ZeqApiException none) when (none.Code == "ROW_NOT_FOUND")
        {
            return 0;
        }
    }

    private async Task<EventLines?> TryOpenAsync(string path, long position, CancellationToken ct)
    {
        try
        {
            return new EventLines(await _transport.OpenAsync(path, position.ToString(CultureInfo.InvariantCulture), ct).ConfigureAwait(false), _transport.Time);
        }
        catch (ZeqUnreachableException)
        {
            return null;
        }
        catch (ZeqApiException busy) when (busy.Status is 429 or 503)
        {
            await Task.Delay(busy.RetryAfter ?? TimeSpan.Zero, _transport.Time, ct).ConfigureAwait(false);
            return null;
        }
    }

    private static async Task<StreamEvent?> TryNextAsync(EventLines events, CancellationToken ct)
    {
        try
        {
            return await events.NextAsync(ct).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static ChainRowBody RowOf(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, WireJson.Default.ChainRowBody) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw ZeqTransport.Nonsense("The stream holds what is no row.");
        }
    }
}
