using System.Text;

namespace Zeq.Client;

/// <summary>One event of a stream.</summary>
/// <param name="Id">Its id, or null.</param>
/// <param name="Name">Its name; null for a plain one.</param>
/// <param name="Data">Its data, UTF-8.</param>
internal readonly record struct StreamEvent(string? Id, string? Name, byte[] Data);

/// <summary>
/// Reads server-sent events from bytes, within bounds: a line that never ends is refused, not collected. Not thread-safe.
/// </summary>
internal sealed class EventLines(Stream stream, TimeProvider time) : IDisposable
{
    /// <summary>The longest line: a row with a payload of 256 KiB, escaped, fits.</summary>
    private const int MaxLineSizeBytes = 4 << 20;

    /// <summary>How long nothing may come; the home sends a heartbeat every 15 seconds.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private byte[] _buffer = new byte[16 << 10];
    private int _start;
    private int _end;

    /// <summary>The next event; null at the end of the stream.</summary>
    /// <exception cref="IOException">The stream broke off, fell silent, or is no stream of events.</exception>
    public async ValueTask<StreamEvent?> NextAsync(CancellationToken ct)
    {
        string? id = null;
        string? name = null;
        byte[]? data = null;
        while (true)
        {
            if (await LineAsync(ct).ConfigureAwait(false) is not { } line)
            {
                return null;
            }

            if (line.Length == 0)
            {
                if (data is not null)
                {
                    return new StreamEvent(id, name, data);
                }

                (id, name) = (null, null);
            }
            else if (Value(line.Span, "data"u8) is { } value)
            {
                data = data is null ? line[value..].ToArray() : [.. data, (byte)'\n', .. line.Span[value..]];
                if (data.Length > MaxLineSizeBytes)
                {
                    throw new IOException("An event of the stream is too long.");
                }
            }
            else if (Value(line.Span, "id"u8) is { } idAt)
            {
                id = Encoding.UTF8.GetString(line.Span[idAt..]);
            }
            else if (Value(line.Span, "event"u8) is { } nameAt)
            {
                name = Encoding.UTF8.GetString(line.Span[nameAt..]);
            }
        }
    }

    public void Dispose() => stream.Dispose();

    private static int? Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field)
    {
        if (!line.StartsWith(field) || line.Length <= field.Length || line[field.Length] != ':')
        {
            return null;
        }

        int at = field.Length + 1;
        return at < line.Length && line[at] == ' ' ? at + 1 : at;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> LineAsync(CancellationToken ct)
    {
        int looked = 0;
        while (true)
        {
            int newline = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, looked + newline);
                _start += looked + newline + 1;
                return line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
            }

            looked = _end - _start;
            if (_start > 0)
            {
                _buffer.AsSpan(_start, looked).CopyTo(_buffer);
                (_start, _end) = (0, looked);
            }

            if (_end == _buffer.Length)
            {
                if (_buffer.Length >= MaxLineSizeBytes)
                {
                    throw new IOException("A line of the stream is too long.");
                }

                Array.Resize(ref _buffer, 2 * _buffer.Length);
            }

            int read = await ReadAsync(ct).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    private async ValueTask<int> ReadAsync(CancellationToken ct)
    {
        using var silence = new CancellationTokenSource(Silence, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
        try
        {
            return await stream.ReadAsync(_buffer.AsMemory(_end), both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new IOException("The stream fell silent.");
        }
    }
}
