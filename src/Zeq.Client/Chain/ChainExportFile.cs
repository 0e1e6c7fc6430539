using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// Writes a chain into a file, and checks such a file without asking anybody: every hash and every link is recomputed, in constant memory.
/// What the home does not show to the one who exports (payload, salt and actor of private rows) counts by its hashes.
/// </summary>
public static class ChainExport
{
    /// <summary>The format's name.</summary>
    public const string Format = "zeq-chain-export/v1";

    private const int PageRows = 500;
    private const int MaxLineLength = 4 << 20;

    /// <summary>Writes a chain as it stands, row 1 to its newest row; the number of rows.</summary>
    /// <param name="client">Asks the chain's home.</param>
    /// <param name="slug">The machine.</param>
    /// <param name="file">Receives the file; stays open.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ZeqApiException">The machine may not be read.</exception>
    /// <exception cref="ZeqUnreachableException">The home answers with what is no page of this chain.</exception>
    public static async Task<ChainExportEnd> WriteAsync(ZeqClient client, Slug slug, Stream file, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(file);
        MachineBody machine = (await client.Chain.GetMachineAsync(slug, ct).ConfigureAwait(false)).Machine;
        NodeCard node = await client.Identity.GetNodeAsync(ct).ConfigureAwait(false);
        var header = new ChainExportHeader(Format, client.Origin.Text, $"{machine.ParentOrigin}:{slug.Text}", slug.Text, node.PublicKey, machine.GenesisZeqond, node.Zeqond);
        ChainValidator validator = ValidatorOf(header) ?? throw ZeqTransport.Nonsense("The home names no chain.");
        await LineAsync(file, header, ExportJson.Default.ChainExportHeader, ct).ConfigureAwait(false);
        long rows = 0;
        string head = validator.GenesisHash;
        for (long? after = 0; after is not null;)
        {
            ExploreAnswer page = await client.Chain.ExploreAsync(slug, after: after, limit: PageRows, ct: ct).ConfigureAwait(false);
            foreach (ChainRowBody row in page.Rows)
            {
                if (row.Seq != ++rows)
                {
                    throw ZeqTransport.Nonsense("The home leaves out rows, or repeats some.");
                }

                head = row.StateHash;
                await LineAsync(file, row, ExportJson.Default.ChainRowBody, ct).ConfigureAwait(false);
            }

            if (page.NextAfter is { } next && next != rows)
            {
                throw ZeqTransport.Nonsense("The home's page does not lead to the next one.");
            }

            after = page.NextAfter;
        }

        var end = new ChainExportEnd(true, rows, head);
        await LineAsync(file, end, ExportJson.Default.ChainExportEnd, ct).ConfigureAwait(false);
        await file.FlushAsync(ct).ConfigureAwait(false);
        return end;
    }

    /// <summary>Checks an exported chain. Asks nobody.</summary>
    /// <param name="file">The file.</param>
    /// <param name="expectSeq">A row that the reader remembers, with <paramref name="expectHash"/>.</param>
    /// <param name="expectHash">Its state hash, 64 lower-case hex.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="FormatException">The file is no exported chain.</exception>
    public static async Task<ChainExportVerdict> ValidateAsync(Stream file, long? expectSeq = null, string? expectHash = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (expectSeq.HasValue != (expectHash is not null) || expectSeq < 1 || (expectHash is not null && !Hex.IsLowerHex(expectHash, 64)))
        {
            throw new ArgumentException("A remembered row is a seq and a state hash of 64 lower-case hex.", nameof(expectHash));
        }

        using var lines = new Lines(file);
        ChainExportHeader? header = Read(await lines.NextAsync(ct).ConfigureAwait(false), ExportJson.Default.ChainExportHeader);
        if (header is null || header.Format != Format || ValidatorOf(header) is not { } validator)
        {
            throw new FormatException("This is no exported chain of this version.");
        }

        if (expectSeq is { } seq)
        {
            validator.Expect(seq, expectHash!);
        }

        Slug slug = Slug.Parse(header.Slug);
        bool isComplete = false;
        ChainBreak? malformed = null;
        while (malformed is null && validator.Broken is null && await lines.NextAsync(ct).ConfigureAwait(false) is { } line)
        {
            if (isComplete)
            {
                // Something stands behind the last line.
                isComplete = false;
                break;
            }

            if (Read(line, ExportJson.Default.ChainExportEnd) is { End: true } end)
            {
                isComplete = end.Rows == validator.Count && end.HeadHash == validator.HeadHash;
                malformed = isComplete ? null : new ChainBreak(validator.Seq + 1, null, ChainBreakReason.Malformed);
            }
            else if (Read(line, ExportJson.Default.ChainRowBody) is { } body && RowOf(slug, body) is { } row)
            {
                validator.Next(row);
            }
            else
            {
                malformed = new ChainBreak(validator.Seq + 1, null, ChainBreakReason.Malformed);
            }
        }

        validator.Complete();
        return new ChainExportVerdict(
            header, new ChainVerdict(validator.Count, malformed ?? validator.Broken, validator.GenesisHash, validator.HeadHash, null), isComplete && malformed is null);
    }

    /// <summary>The row of a body; null where a member has not its form.</summary>
    internal static ChainRow? RowOf(Slug slug, ChainRowBody body)
    {
        // A member that a line does not have reads as null, whatever its type says.
        string?[] members = [body.Type, body.TransitionId, body.PayloadHash, body.PrevHash, body.StateHash, body.ActorHash, body.Flags];
        if (members.Contains(null))
        {
            return null;
        }

        try
        {
            byte[]? salt = body.Salt is null ? null : Convert.FromHexString(body.Salt);
            string? payload = body.Payload is { } json ? Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(json.GetRawText()))) : null;
            return salt is null || (body.ActorZid is not null && body.KeyPrefix is not null)
                ? new ChainRow(
                    slug, body.Seq, new Zeqond(body.Zeqond), body.Type, body.TransitionId, body.PayloadHash, body.PrevHash, body.StateHash, body.ActorHash, body.Flags,
                    new Actor(body.ActorZid ?? "", body.KeyPrefix ?? ""), payload, salt)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static ChainValidator? ValidatorOf(ChainExportHeader header)
    {
        string?[] members = [header.Slug, header.Origin, header.OriginId, header.NodePublicKey];
        bool isWhole = !members.Contains(null) && Slug.TryParse(header.Slug, out Slug slug) && slug.Text == header.Slug && Origin.TryParse(header.Origin, out _) && Hex.IsLowerHex(header.NodePublicKey, 64)
            && header.GenesisZeqond >= 0 && header.OriginId.Split(':') is [{ Length: > 0 } parent, { } name] && name == header.Slug && Slug.TryParse(parent, out _);
        return isWhole
            ? new ChainValidator(header.OriginId, Origin.Parse(header.Origin), header.NodePublicKey, new Zeqond(header.GenesisZeqond)) { TakesHiddenRows = true }
            : null;
    }

    private static async Task LineAsync<T>(Stream file, T value, JsonTypeInfo<T> type, CancellationToken ct)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        await file.WriteAsync(json, ct).ConfigureAwait(false);
        await file.WriteAsync("\n"u8.ToArray(), ct).ConfigureAwait(false);
    }

    private static T? Read<T>(string? line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return line is null ? null : JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Lines of a file, none longer than a row can be.</summary>
    private sealed class Lines(Stream file) : IDisposable
    {
        private readonly StreamReader _reader = new(file, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false, 64 << 10, leaveOpen: true);
        private readonly char[] _chunk = new char[32 << 10];
        private readonly StringBuilder _line = new();
        private int _start;
        private int _end;

        public async ValueTask<string?> NextAsync(CancellationToken ct)
        {
            _line.Clear();
            while (true)
            {
                int newline = _chunk.AsSpan(_start, _end - _start).IndexOf('\n');
                int take = newline < 0 ? _end - _start : newline;
                _line.Append(_chunk, _start, take);
                _start += take + (newline < 0 ? 0 : 1);
                if (_line.Length > MaxLineLength)
                {
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"A line of the file is longer than {MaxLineLength} characters."));
                }

                if (newline >= 0)
                {
                    return _line.ToString();
                }

                (_start, _end) = (0, await FillAsync(ct).ConfigureAwait(false));
                if (_end == 0)
                {
                    return _line.Length == 0 ? null : _line.ToString();
                }
            }
        }

        public void Dispose() => _reader.Dispose();

        private async ValueTask<int> FillAsync(CancellationToken ct)
        {
            try
            {
                return await _reader.ReadAsync(_chunk, ct).ConfigureAwait(false);
            }
            catch (DecoderFallbackException)
            {
                throw new FormatException("The file is not UTF-8.");
            }
        }
    }
}
