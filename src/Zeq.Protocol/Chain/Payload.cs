using System.Buffers;
using System.Text;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Builds the canonical JSON (RFC 8785) of a row's payload, member by member, in any order.</summary>
#pragma warning disable CA1001 // The writer holds no resource but the buffer, and ToUtf8 ends it.
public sealed class Payload
#pragma warning restore CA1001
{
    private static readonly JsonWriterOptions Raw = new() { SkipValidation = false };
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _writer;

    /// <summary>An empty object.</summary>
    public Payload()
    {
        _writer = new Utf8JsonWriter(_buffer, Raw);
        _writer.WriteStartObject();
    }

    /// <summary>Adds a text member, unless the value is null.</summary>
    public Payload Add(string name, string? value)
    {
        if (value is not null)
        {
            _writer.WriteString(name, value);
        }

        return this;
    }

    /// <summary>Adds a text member, or null.</summary>
    public Payload AddOrNull(string name, string? value)
    {
        _writer.WriteString(name, value);
        return this;
    }

    /// <summary>Adds an integer member. Stays below 2^53, so that every reader of JSON sees the same number.</summary>
    public Payload Add(string name, long value)
    {
        if (value is > 9_007_199_254_740_991 or < -9_007_199_254_740_991)
        {
            throw new ArgumentOutOfRangeException(nameof(value), "Integers in canonical JSON stay below 2^53.");
        }

        _writer.WriteNumber(name, value);
        return this;
    }

    /// <summary>Adds a number member.</summary>
    public Payload Add(string name, double value)
    {
        // Seventeen digits always read back to the same double; the canonical form then shortens them.
        _writer.WritePropertyName(name);
        _writer.WriteRawValue(value.ToString("G17", global::System.Globalization.CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>Adds a boolean member.</summary>
    public Payload Add(string name, bool value)
    {
        _writer.WriteBoolean(name, value);
        return this;
    }

    /// <summary>Adds a list of texts.</summary>
    public Payload Add(string name, IEnumerable<string> values)
    {
        _writer.WriteStartArray(name);
        foreach (string value in values)
        {
            _writer.WriteStringValue(value);
        }

        _writer.WriteEndArray();
        return this;
    }

    /// <summary>Adds an object member, built apart.</summary>
    public Payload Add(string name, Payload value)
    {
        _writer.WritePropertyName(name);
        _writer.WriteRawValue(value.ToUtf8());
        return this;
    }

    /// <summary>Adds a list of objects, built apart.</summary>
    public Payload Add(string name, IEnumerable<Payload> values)
    {
        _writer.WriteStartArray(name);
        foreach (Payload value in values)
        {
            _writer.WriteRawValue(value.ToUtf8());
        }

        _writer.WriteEndArray();
        return this;
    }

    /// <summary>Ends the object: its canonical UTF-8 bytes.</summary>
    public byte[] ToUtf8()
    {
        ReadOnlySpan<byte> written = End();
        return CanonicalJson.IsPlain(written) ? written.ToArray() : Jcs.Canonicalize(written);
    }

    /// <summary>Ends the object: its canonical text.</summary>
    public string ToCanonicalText()
    {
        // What was added in order, without anything to escape, is canonical as it was written: most rows are.
        ReadOnlySpan<byte> written = End();
        return Encoding.UTF8.GetString(CanonicalJson.IsPlain(written) ? written : Jcs.Canonicalize(written));
    }

    private ReadOnlySpan<byte> End()
    {
        _writer.WriteEndObject();
        _writer.Dispose();
        return _buffer.WrittenSpan;
    }
}
