using System.Runtime.CompilerServices;

namespace Zeq.Protocol;

/// <summary>
/// Payload and salt of a caller's private row. They rest beside the log, which nothing ever updates, so that the owner can erase them
/// (spec 20 §2, spec 05 rule 18): the row keeps its hashes, and the chain stays valid.
/// </summary>
/// <param name="TransitionId">The row's transition id.</param>
/// <param name="Slug">The machine.</param>
/// <param name="Seq">The row's number.</param>
/// <param name="Payload">The payload as canonical JSON.</param>
/// <param name="Salt">32 random bytes.</param>
public sealed record ChainPayload(string TransitionId, Slug Slug, long Seq, string Payload, byte[] Salt)
{
    /// <summary>How stores hold it; an index on (slug, seq) serves readers of chains.</summary>
    public static Table<ChainPayload> Table { get; } = Protocol.Table.Of<ChainPayload>("chain_payloads")
        .Key("transition_id", p => p.TransitionId)
        .Text("slug", p => p.Slug.Text)
        .Integer("seq", p => p.Seq)
        .Text("payload", p => p.Payload)
        .OptionalBlob("salt", p => p.Salt)
        .Disposable()
        .Build(c => new ChainPayload(c.Text(), Slug.Parse(c.Text()), c.Integer(), c.Text(), c.OptionalBlob() ?? []));

    /// <summary>The row with what belongs to it; as it is where this is another row's.</summary>
    public ChainRow FillIn(ChainRow row) =>
        row.IsWithoutPayload && row.Slug == Slug && row.Seq == Seq && row.TransitionId == TransitionId ? row with { Payload = Payload, Salt = Salt } : row;
}

/// <summary>Reads chains whole: the rows of the log, and what of them rests beside it.</summary>
public static class ChainReading
{
    /// <summary>Streams rows in order of their numbers, in constant memory. Rows that land after the call has begun may be left out.</summary>
    /// <param name="reader">The store, or a snapshot of it.</param>
    /// <param name="slug">The machine.</param>
    /// <param name="first">The first row.</param>
    /// <param name="last">The last row.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<ChainRow> ReadChainAsync(
        this IHomeReader reader, Slug slug, long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Query<ChainRow> rows = new Query<ChainRow>(ChainRow.Table).Where("slug", slug.Text)
            .Where("seq", Comparison.AtLeast, Cell.Of(first)).Where("seq", Comparison.AtMost, Cell.Of(last)).OrderBy(false, "slug", "seq");
        IAsyncEnumerator<ChainPayload>? payloads = null;
        long openUpTo = -1;
        try
        {
            await foreach (ChainRow row in reader.QueryAsync(rows, cancellationToken).ConfigureAwait(false))
            {
                if (!row.IsWithoutPayload)
                {
                    yield return row;
                    continue;
                }

                if (payloads is null)
                {
                    // A row is there no earlier than its payload: up to the head of this moment none is missed but what was erased.
                    openUpTo = Math.Max(row.Seq, (await reader.FindAsync(ChainHead.Table, slug.Text, cancellationToken).ConfigureAwait(false))?.Seq ?? 0);
                    payloads = Payloads(reader, slug, row.Seq, Math.Min(last, openUpTo), cancellationToken);
                    await payloads.MoveNextAsync().ConfigureAwait(false);
                }

                if (row.Seq > openUpTo)
                {
                    // Rows that landed while the reading went on: the store is asked for each.
                    yield return await reader.WithPayloadAsync(row, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                while (payloads.Current is { } before && before.Seq < row.Seq && await payloads.MoveNextAsync().ConfigureAwait(false))
                {
                }

                yield return payloads.Current is { } own ? own.FillIn(row) : row;
            }
        }
        finally
        {
            if (payloads is not null)
            {
                await payloads.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The row with its payload, where that rests beside the log and was not erased.</summary>
    public static async ValueTask<ChainRow> WithPayloadAsync(this IHomeReader reader, ChainRow row, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(row);
        return row.IsWithoutPayload && await reader.FindAsync(ChainPayload.Table, row.TransitionId, cancellationToken).ConfigureAwait(false) is { } payload
            ? payload.FillIn(row)
            : row;
    }

    private static IAsyncEnumerator<ChainPayload> Payloads(IHomeReader reader, Slug slug, long first, long last, CancellationToken cancellationToken) =>
        reader.QueryAsync(
            new Query<ChainPayload>(ChainPayload.Table).Where("slug", slug.Text)
                .Where("seq", Comparison.AtLeast, Cell.Of(first)).Where("seq", Comparison.AtMost, Cell.Of(last)).OrderBy(false, "slug", "seq"),
            cancellationToken).GetAsyncEnumerator(cancellationToken);
}

/// <summary>
/// Erases payload and salt of a caller's private row, once; that it was done is itself a row, <c>payload_erased</c> (spec 20 §2). The caller
/// read the row's transition id, which never changes.
/// </summary>
/// <param name="Caller">Who asks: the owner's account key.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Seq">The row.</param>
/// <param name="TransitionId">Its transition id.</param>
public sealed record ErasePayload(Caller Caller, Slug Machine, long Seq, string TransitionId) : Command<ChainRow>
{
    /// <summary>The type of the row that tells of an erasure.</summary>
    public const string RowType = "payload_erased";

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).AddChain(Machine).Add(ChainPayload.Table, TransitionId);

    /// <inheritdoc/>
    public override Decision<ChainRow> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Owner) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        if (home.Find(ChainPayload.Table, TransitionId) is not { } payload || payload.Slug != Machine || payload.Seq != Seq)
        {
            return Reject(RejectionCode.Gone, "The payload of this row was erased already.");
        }

        home.Delete(ChainPayload.Table, TransitionId);
        return Accept(home.AppendRow(
            Machine, RowType, new Payload().Add("seq", Seq).Add("transition_id", TransitionId).ToCanonicalText(), Caller.Actor, now));
    }
}
