using System.Globalization;

namespace Zeq.Protocol;

/// <summary>One audit under way: whose store it is, what was read, what was found.</summary>
internal sealed class AuditRun(IHomeReader reader, AuditOptions options, IProgress<AuditProgress>? progress, CancellationToken cancellation)
{
    /// <summary>The largest integer of canonical JSON.</summary>
    public const long MaxInteger = 9_007_199_254_740_991;

    private const long ProgressRows = 10_000;
    private readonly List<AuditFinding> _findings = [];
    private long _findingCount;
    private long _rows;
    private string _part = "";

    public IHomeReader Reader => reader;

    public AuditOptions Options => options;

    public CancellationToken Cancellation => cancellation;

    public Origin Origin { get; private set; }

    public Slug Name { get; private set; }

    public string NodePublicKey { get; private set; } = "";

    public AuditCounts Counts { get; set; } = new();

    /// <summary>The sums of the envelopes' values, by what became of them.</summary>
    public EnvelopeSums Sums { get; } = new();

    /// <summary>Computes, and what was charged for them.</summary>
    public Pairing Charges { get; } = new();

    /// <summary>Grants, and what was paid out for them.</summary>
    public Pairing Grants { get; } = new();

    /// <summary>Burns, and the credits that were given for them.</summary>
    public Pairing Burns { get; } = new();

    /// <summary>The rows that computes name, and the home's rows of computes.</summary>
    public Pairing ComputeRows { get; } = new();

    /// <summary>Coins that the chains' rows of ballots name, and those that rows of withdrawals and stakes name.</summary>
    public Pairing Ballots { get; } = new();

    public AuditReport Report => new(Counts, _findingCount, _findings);

    public void Begin(string part)
    {
        _part = part;
        progress?.Report(new AuditProgress(_part, _rows));
    }

    public void CountRow()
    {
        if (++_rows % ProgressRows == 0)
        {
            progress?.Report(new AuditProgress(_part, _rows));
        }
    }

    public void Find(Table table, string key, string reason)
    {
        _findingCount++;
        if (_findings.Count < options.MaxFindings)
        {
            _findings.Add(new AuditFinding(table.Name, key, reason));
        }
    }

    /// <summary>Reports a reason, if there is one.</summary>
    public bool FindIf(Table table, string key, string? reason)
    {
        if (reason is null)
        {
            return false;
        }

        Find(table, key, reason);
        return true;
    }

    public ValueTask<RowCursor<TRow>> OpenAsync<TRow>(Query<TRow> query)
        where TRow : class => RowCursor<TRow>.OpenAsync(this, query);

    public ValueTask<RowCursor<TRow>> OpenAsync<TRow>(Table<TRow> table)
        where TRow : class => OpenAsync(new Query<TRow>(table));

    /// <summary>One text of every row of a query.</summary>
    public async IAsyncEnumerable<string> KeysAsync<TRow>(Query<TRow> query, Func<TRow, string> key)
        where TRow : class
    {
        await using RowCursor<TRow> rows = await OpenAsync(query).ConfigureAwait(false);
        for (; rows.Current is { } row; await rows.MoveNextAsync().ConfigureAwait(false))
        {
            yield return key(row);
        }
    }

    /// <summary>A row by its key; one that does not read back counts as missing, since its own pass reports it.</summary>
    public async ValueTask<TRow?> FindRowAsync<TRow>(Table<TRow> table, string key)
        where TRow : class
    {
        try
        {
            return await reader.FindAsync(table, key, cancellation).ConfigureAwait(false);
        }
        catch (Exception unreadable) when (UnreadableRowException.IsUnreadable(unreadable))
        {
            return null;
        }
    }

    /// <summary>A row of a chain; one that does not read back counts as missing.</summary>
    public async ValueTask<ChainRow?> FindChainRowAsync(Slug slug, long seq)
    {
        try
        {
            return await reader.FindRowAsync(slug, seq, cancellation).ConfigureAwait(false);
        }
        catch (Exception unreadable) when (UnreadableRowException.IsUnreadable(unreadable))
        {
            return null;
        }
    }

    /// <summary>Reads whose store it is. False where the store does not say, or says other than the reader knows.</summary>
    public async ValueTask<bool> ReadPinsAsync()
    {
        Begin("home");
        string? origin = await PinAsync(PinName.Origin).ConfigureAwait(false);
        string? name = await PinAsync(PinName.Name).ConfigureAwait(false);
        string? key = await PinAsync(PinName.NodePublicKey).ConfigureAwait(false);
        if (origin is null || name is null || key is null)
        {
            return false;
        }

        if (!Protocol.Origin.TryParse(origin, out Origin parsedOrigin))
        {
            Find(HomeMeta.Table, PinName.Origin, "The pinned origin is no origin.");
            return false;
        }

        if (!Slug.TryParse(name, out Slug parsedName) || parsedName.Text != name)
        {
            Find(HomeMeta.Table, PinName.Name, "The pinned name is no name of a home.");
            return false;
        }

        if (!Zeq.Crypto.Hex.IsLowerHex(key, 64))
        {
            Find(HomeMeta.Table, PinName.NodePublicKey, "The pinned node key is not 64 lower-case hex characters.");
            return false;
        }

        (Origin, Name, NodePublicKey) = (parsedOrigin, parsedName, key);
        if (options.ExpectedOrigin is { } expected && expected != Origin)
        {
            Find(HomeMeta.Table, PinName.Origin, "The store belongs to another origin than the expected one.");
        }

        if (options.ExpectedNodePublicKey is { } expectedKey && expectedKey != NodePublicKey)
        {
            Find(HomeMeta.Table, PinName.NodePublicKey, "The store's node key is another than the expected one.");
        }

        return true;
    }

    public static string Key(string stream, long number) => string.Create(CultureInfo.InvariantCulture, $"{stream}|{number}");

    private async ValueTask<string?> PinAsync(string name)
    {
        HomeMeta? pin = await FindRowAsync(HomeMeta.Table, name).ConfigureAwait(false);
        if (pin is null)
        {
            Find(HomeMeta.Table, name, "The store does not say whose it is.");
        }

        return pin?.Value;
    }
}

/// <summary>Sums of envelope values, in ZEQ; wide, so that no damaged value overflows them.</summary>
internal sealed class EnvelopeSums
{
    public Int128 Minted { get; set; }

    public Int128 Active { get; set; }

    public Int128 Bearer { get; set; }

    public Int128 Burned { get; set; }

    public Int128 Migrated { get; set; }

    /// <summary>The part of what was minted that came from other homes.</summary>
    public Int128 MigratedIn { get; set; }

    /// <summary>What the computes say that they minted.</summary>
    public Int128 MintedByComputes { get; set; }
}

/// <summary>A row that does not read back: the pass that met it cannot go on.</summary>
internal sealed class UnreadableRowException(Exception inner) : Exception("A row does not read back.", inner)
{
    /// <summary>Whether a failure is the fault of a stored row, and not of the store.</summary>
    public static bool IsUnreadable(Exception failure) =>
        failure is FormatException or ArgumentException or OverflowException or InvalidCastException
        || (failure is InvalidOperationException and not ObjectDisposedException)
        || (failure is StoreException { InnerException: { } inner } && IsUnreadable(inner));
}
