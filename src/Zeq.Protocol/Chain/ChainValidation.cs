namespace Zeq.Protocol;

/// <summary>Which part of a chain is validated.</summary>
public sealed record ChainRange
{
    /// <summary>The first row, at least 1; its predecessor is taken as it is stored.</summary>
    public long From { get; init; } = 1;

    /// <summary>The last row, at least <see cref="From"/>.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>The most rows of one call, at least 1; strangers get 100,000 (spec 05 rule 20).</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>A row that the reader remembers, at least 1; null: none.</summary>
    public long? ExpectSeq { get; init; }

    /// <summary>The remembered row's hash, 64 lower-case hex.</summary>
    public string? ExpectHash { get; init; }
}

/// <summary>What came of validating a chain (spec 20 §2).</summary>
/// <param name="Count">How many rows hold.</param>
/// <param name="BrokenAt">The first row that does not; null where all do.</param>
/// <param name="GenesisHash">The hash that row 1 follows.</param>
/// <param name="HeadHash">The hash of the last row that holds; where there is none, of the row before the first.</param>
/// <param name="NextAfter">The last row that was read, where the limit ended the call before the range.</param>
public sealed record ChainVerdict(long Count, ChainBreak? BrokenAt, string GenesisHash, string HeadHash, long? NextAfter)
{
    /// <summary>Whether the rows are consistent with themselves and with what the reader remembers.</summary>
    public bool IsValid => BrokenAt is null;
}

/// <summary>Validates chains as a store holds them.</summary>
public static class ChainValidation
{
    /// <summary>Streams a part of a chain through a <see cref="ChainValidator"/>, in constant memory.</summary>
    /// <param name="reader">The store, or a snapshot of it.</param>
    /// <param name="home">Whose chain it is: its origin, name and node key.</param>
    /// <param name="machine">The chain's machine.</param>
    /// <param name="range">Which part; null: all of it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static Task<ChainVerdict> ValidateChainAsync(
        this IHomeReader reader, HomeContext home, Machine machine, ChainRange? range = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(home);
        ArgumentNullException.ThrowIfNull(machine);
        return reader.ValidateChainAsync(
            machine.Slug, new ChainValidator(home.OriginIdOf(machine.Slug), home.Origin, home.Keys.NodePublicKey, machine.Genesis), range, cancellationToken);
    }

    /// <summary>Streams a part of a chain through a fresh validator, in constant memory.</summary>
    /// <param name="reader">The store, or a snapshot of it.</param>
    /// <param name="slug">The machine.</param>
    /// <param name="validator">A validator of this chain that has taken no row.</param>
    /// <param name="range">Which part; null: all of it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<ChainVerdict> ValidateChainAsync(
        this IHomeReader reader, Slug slug, ChainValidator validator, ChainRange? range = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(validator);
        range ??= new ChainRange();
        ArgumentOutOfRangeException.ThrowIfLessThan(range.From, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.To, range.From);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Limit, 1);
        if ((range.ExpectSeq is null) != (range.ExpectHash is null))
        {
            throw new ArgumentException("A remembered row has a number and a hash.", nameof(range));
        }

        ChainBreak? broken = null;
        if (range.From > 1)
        {
            ChainRow? before = await FindRowAsync(reader, slug, range.From - 1, cancellationToken).ConfigureAwait(false);
            if (before is null)
            {
                broken = new ChainBreak(range.From - 1, null, ChainBreakReason.SeqGap);
            }
            else if (!Zeq.Crypto.Hex.IsLowerHex(before.StateHash, 64))
            {
                broken = new ChainBreak(before.Seq, before.Zeqond, ChainBreakReason.Malformed);
            }
            else
            {
                validator.StartAfter(before.Seq, before.StateHash, before.Zeqond);
            }
        }

        // A remembered row outside of what this call streams is looked up: its own hash is all that is compared.
        long last = range.Limit - 1 < range.To - range.From ? range.From + range.Limit - 1 : range.To;
        if (broken is null && range.ExpectSeq is { } expected && (expected < range.From || expected > last))
        {
            ChainRow? remembered = await FindRowAsync(reader, slug, expected, cancellationToken).ConfigureAwait(false);
            broken = remembered?.StateHash == range.ExpectHash ? null : new ChainBreak(expected, remembered?.Zeqond, ChainBreakReason.Head);
        }
        else if (range is { ExpectSeq: { } seq, ExpectHash: { } hash })
        {
            validator.Expect(seq, hash);
        }

        long? nextAfter = null;
        if (broken is null)
        {
            await foreach (ChainRow row in reader.ReadChainAsync(slug, range.From, range.To, cancellationToken).ConfigureAwait(false))
            {
                if (validator.Count == range.Limit)
                {
                    nextAfter = validator.Seq;
                    break;
                }

                if (!validator.Next(row))
                {
                    break;
                }
            }

            validator.Complete();
        }

        return new ChainVerdict(validator.Count, broken ?? validator.Broken, validator.GenesisHash, validator.HeadHash, nextAfter);
    }

    /// <summary>One row of a chain, without what of it rests beside the log, or null.</summary>
    public static async ValueTask<ChainRow?> FindRowAsync(this IHomeReader reader, Slug slug, long seq, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Query<ChainRow> one = new Query<ChainRow>(ChainRow.Table).Where("slug", slug.Text).Where("seq", Comparison.Equal, Cell.Of(seq)).Take(1);
        await foreach (ChainRow row in reader.QueryAsync(one, cancellationToken).ConfigureAwait(false))
        {
            return row;
        }

        return null;
    }
}
