using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// A URI for an NFC tag: one NDEF message of one record of the well-known type <c>U</c> (NFC Forum, NDEF 1.0 §3 and URI RTD 1.0 §3). The bytes are what stands in the
/// NDEF value of a tag; tag kinds wrap them in their own way.
/// </summary>
public static class NdefUri
{
    /// <summary>The longest URI, in bytes of UTF-8.</summary>
    public const int MaxUriSizeBytes = 8192;

    private const byte MessageBegin = 0x80, MessageEnd = 0x40, ShortRecord = 0x10, WellKnown = 0x01;
    private const byte UriType = (byte)'U';

    // URI RTD §3.2.2, the place of a prefix is its code.
    private static readonly string[] Prefixes =
    [
        "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:", "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://",
        "ftp://", "dav://", "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://", "btl2cap://", "btgoep://", "tcpobex://",
        "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:", "urn:nfc:",
    ];

    /// <summary>The NDEF message of a URI, with the longest prefix that has a code and the short record form where it fits.</summary>
    /// <exception cref="ArgumentException">The URI is empty, longer than 8,192 bytes, or holds a control character or half a surrogate pair.</exception>
    public static byte[] Encode(string uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        int code = 0;
        for (int i = 1; i < Prefixes.Length; i++)
        {
            code = uri.StartsWith(Prefixes[i], StringComparison.Ordinal) && Prefixes[i].Length > Prefixes[code].Length ? i : code;
        }

        byte[] rest = Utf8(uri, Prefixes[code].Length);
        int payload = 1 + rest.Length;
        bool isShort = payload <= byte.MaxValue;
        int head = isShort ? 4 : 7;
        byte[] message = new byte[head + payload];
        message[0] = (byte)(MessageBegin | MessageEnd | (isShort ? ShortRecord : 0) | WellKnown);
        message[1] = 1;
        if (isShort)
        {
            message[2] = (byte)payload;
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(2), payload);
        }

        message[head - 1] = UriType;
        message[head] = (byte)code;
        rest.CopyTo(message, head + 1);
        return message;
    }

    /// <summary>Reads a message of exactly one URI record, in the short or the long form. False for anything else.</summary>
    /// <param name="message">Bytes from outside.</param>
    /// <param name="uri">The URI.</param>
    public static bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out string? uri)
    {
        uri = null;
        if (message.Length < 5 || (message[0] & ~ShortRecord) != (MessageBegin | MessageEnd | WellKnown) || message[1] != 1)
        {
            return false;
        }

        bool isShort = (message[0] & ShortRecord) != 0;
        int head = isShort ? 4 : 7;
        if (message.Length <= head)
        {
            return false;
        }

        uint payload = isShort ? message[2] : BinaryPrimitives.ReadUInt32BigEndian(message[2..]);
        if (payload != (uint)(message.Length - head) || message[head - 1] != UriType || message[head] >= Prefixes.Length
            || Prefixes[message[head]].Length + payload - 1 > MaxUriSizeBytes)
        {
            return false;
        }

        try
        {
            string text = Prefixes[message[head]] + StrictUtf8.GetString(message[(head + 1)..]);
            uri = text.Length > 0 && !text.Any(char.IsControl) ? text : null;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return uri is not null;
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static byte[] Utf8(string uri, int from)
    {
        if (uri.Length <= MaxUriSizeBytes && !uri.Any(char.IsControl))
        {
            try
            {
                byte[] rest = StrictUtf8.GetBytes(uri, from, uri.Length - from);
                if (rest.Length + from <= MaxUriSizeBytes)
                {
                    return rest;
                }
            }
            catch (EncoderFallbackException)
            {
                // Said below, without the text.
            }
        }

        throw new ArgumentException("This is no URI that a tag could hold.", nameof(uri));
    }
}
