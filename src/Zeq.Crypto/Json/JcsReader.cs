using System.Buffers;
using System.Globalization;
using System.Text;

namespace Zeq.Crypto;

/// <summary>A strict reader of JSON that writes the canonical form as it goes. Recursion is bounded by <see cref="Jcs.MaxDepth"/>.</summary>
internal ref struct JcsReader(ReadOnlySpan<byte> json, JcsBuffer output)
{
    /// <summary>ASCII from the space on, without quotation mark and backslash.</summary>
    private static readonly SearchValues<byte> PlainText =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x60).Select(c => (byte)c).Where(c => c is not ((byte)'"' or (byte)'\\'))]);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _position;

    internal void ReadDocument()
    {
        ReadValue(depth: 0);
        SkipWhiteSpace();
        if (_position != _json.Length)
        {
            throw Error("data after the value");
        }
    }

    private void ReadValue(int depth)
    {
        SkipWhiteSpace();
        switch (Peek())
        {
            case '{':
                ReadObject(depth + 1);
                break;
            case '[':
                ReadArray(depth + 1);
                break;
            case '"':
                ReadString(isName: false);
                break;
            case 't':
                ReadLiteral("true"u8);
                break;
            case 'f':
                ReadLiteral("false"u8);
                break;
            case 'n':
                ReadLiteral("null"u8);
                break;
            default:
                ReadNumber();
                break;
        }
    }

    private void ReadObject(int depth)
    {
        Enter(depth);
        output.Append((byte)'{');
        var first = output.MemberCount;
        SkipWhiteSpace();
        if (Peek() != '}')
        {
            while (true)
            {
                SkipWhiteSpace();
                if (Peek() != '"')
                {
                    throw Error("expected a name");
                }

                var member = output.MemberCount;
                output.BeginMember();
                ReadString(isName: true);
                output.EndName();
                SkipWhiteSpace();
                Expect(':');
                output.Append((byte)':');
                ReadValue(depth);
                output.EndMember(member);
                SkipWhiteSpace();
                if (Peek() == '}')
                {
                    break;
                }

                Expect(',');
                output.Append((byte)',');
            }
        }

        _position++;
        if (!output.EndObject(first))
        {
            throw Error("an object with a name twice");
        }

        output.Append((byte)'}');
    }

    private void ReadArray(int depth)
    {
        Enter(depth);
        output.Append((byte)'[');
        SkipWhiteSpace();
        if (Peek() != ']')
        {
            while (true)
            {
                ReadValue(depth);
                SkipWhiteSpace();
                if (Peek() == ']')
                {
                    break;
                }

                Expect(',');
                output.Append((byte)',');
            }
        }

        _position++;
        output.Append((byte)']');
    }

    private void Enter(int depth)
    {
        if (depth > Jcs.MaxDepth)
        {
            throw Error("nesting deeper than 64");
        }

        _position++;
    }

    private void ReadString(bool isName)
    {
        _position++;
        output.Append((byte)'"');
        while (true)
        {
            var c = Peek();
            switch (c)
            {
                case '"':
                    _position++;
                    output.Append((byte)'"');
                    return;
                case '\\':
                    _position++;
                    WriteRune(ReadEscape(), isName);
                    break;
                case < 0x20:
                    throw Error(c < 0 ? "unexpected end" : "a control character in a string");
                case < 0x80:
                    CopyPlainText(isName);
                    break;
                default:
                    // Refuses overlong forms, surrogates and anything above U+10FFFF.
                    if (Rune.DecodeFromUtf8(_json[_position..], out var rune, out var length) != OperationStatus.Done)
                    {
                        throw Error("invalid UTF-8");
                    }

                    _position += length;
                    WriteRune(rune, isName);
                    break;
            }
        }
    }

    /// <summary>Copies characters that stand for themselves, all at once: most text is of this kind.</summary>
    private void CopyPlainText(bool isName)
    {
        var rest = _json[_position..];
        var length = rest.IndexOfAnyExcept(PlainText);
        var run = length < 0 ? rest : rest[..length];
        _position += run.Length;
        output.Append(run);
        if (isName)
        {
            foreach (var c in run)
            {
                output.AppendName((char)c);
            }
        }
    }

    private Rune ReadEscape()
    {
        var c = Peek();
        _position++;
        switch (c)
        {
            case '"' or '\\' or '/':
                return new Rune((char)c);
            case 'b':
                return new Rune('\b');
            case 'f':
                return new Rune('\f');
            case 'n':
                return new Rune('\n');
            case 'r':
                return new Rune('\r');
            case 't':
                return new Rune('\t');
            case 'u':
                var unit = ReadHex4();
                if (!char.IsSurrogate(unit))
                {
                    return new Rune(unit);
                }

                if (char.IsHighSurrogate(unit) && _json[_position..].StartsWith("\\u"u8))
                {
                    _position += 2;
                    if (Rune.TryCreate(unit, ReadHex4(), out var rune))
                    {
                        return rune;
                    }
                }

                throw Error("a lone surrogate");
            default:
                throw Error("an unknown escape");
        }
    }

    private char ReadHex4()
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var c = Peek();
            if (c < 0 || !char.IsAsciiHexDigit((char)c))
            {
                throw Error("a malformed escape");
            }

            value = (value << 4) | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            _position++;
        }

        return (char)value;
    }

    /// <summary>Writes one character as RFC 8785 §3.2.2.2 escapes it, and into the name where one is read.</summary>
    private readonly void WriteRune(Rune rune, bool isName)
    {
        switch (rune.Value)
        {
            case '"':
                output.Append("\\\""u8);
                break;
            case '\\':
                output.Append("\\\\"u8);
                break;
            case '\b':
                output.Append("\\b"u8);
                break;
            case '\f':
                output.Append("\\f"u8);
                break;
            case '\n':
                output.Append("\\n"u8);
                break;
            case '\r':
                output.Append("\\r"u8);
                break;
            case '\t':
                output.Append("\\t"u8);
                break;
            case < 0x20:
                output.Append("\\u00"u8);
                output.Append((byte)(rune.Value < 0x10 ? '0' : '1'));
                output.Append("0123456789abcdef"u8[rune.Value & 0xF]);
                break;
            default:
                Span<byte> utf8 = stackalloc byte[4];
                output.Append(utf8[..rune.EncodeToUtf8(utf8)]);
                break;
        }

        if (isName)
        {
            Span<char> utf16 = stackalloc char[2];
            foreach (var unit in utf16[..rune.EncodeToUtf16(utf16)])
            {
                output.AppendName(unit);
            }
        }
    }

    private void ReadLiteral(ReadOnlySpan<byte> literal)
    {
        if (!_json[_position..].StartsWith(literal))
        {
            throw Error("an unknown value");
        }

        _position += literal.Length;
        output.Append(literal);
    }

    private void ReadNumber()
    {
        var start = _position;
        if (Peek() == '-')
        {
            _position++;
        }

        if (Peek() == '0')
        {
            _position++;
        }
        else
        {
            ReadDigits();
        }

        if (Peek() == '.')
        {
            _position++;
            ReadDigits();
        }

        if (Peek() is 'e' or 'E')
        {
            _position++;
            if (Peek() is '+' or '-')
            {
                _position++;
            }

            ReadDigits();
        }

        if (!double.TryParse(_json[start.._position], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            throw Error("a number beyond the range of double");
        }

        Span<byte> text = stackalloc byte[JcsNumber.MaxTextSizeBytes];
        output.Append(text[..JcsNumber.Format(value, text)]);
    }

    private void ReadDigits()
    {
        var start = _position;
        while (Peek() is >= '0' and <= '9')
        {
            _position++;
        }

        if (_position == start)
        {
            throw Error(Peek() < 0 ? "unexpected end" : "an unknown value");
        }
    }

    private void SkipWhiteSpace()
    {
        while (Peek() is ' ' or '\t' or '\n' or '\r')
        {
            _position++;
        }
    }

    private void Expect(char c)
    {
        if (Peek() != c)
        {
            throw Error("expected '" + c + "'");
        }

        _position++;
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    private readonly int Peek() => _position < _json.Length ? _json[_position] : -1;

    private readonly FormatException Error(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Not canonicalizable JSON at byte {_position}: {what}."));
}
