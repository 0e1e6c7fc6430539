using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Zeq.Client;

/// <summary>Reads a stranger's answer with a limit on everything, and decides whether it is one.</summary>
internal static class PeerAnswerReader
{
    private const string SignatureHeader = "x-zeq-answer-sig";
    private const int MaxJsonDepth = 32;        // spec 00, "Answers"

    /// <summary>The answer, or why there is none. Reads no body that it has no use for, and never more than one byte too many.</summary>
    public static async ValueTask<(PeerAnswer? Answer, PeerFailure Failure)> ReadAsync(
        HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        switch (status)
        {
            case >= 300 and < 400:
                return (null, PeerFailure.Redirect);
            case >= 500 and < 600:
                return (null, PeerFailure.ServerError);
            case < 200 or >= 600:
                return (null, PeerFailure.NotHttp);
        }

        if (!IsJson(response.Content))
        {
            return (null, PeerFailure.NotJson);
        }

        if (response.Content.Headers.ContentLength > maxBytes)
        {
            return (null, PeerFailure.TooLarge);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(maxBytes + 1);
        try
        {
            var length = 0;
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                int read;
                do
                {
                    read = await stream.ReadAsync(buffer.AsMemory(length, maxBytes + 1 - length), cancellationToken).ConfigureAwait(false);
                    length += read;
                }
                while (read > 0 && length <= maxBytes);
            }

            if (length > maxBytes)
            {
                return (null, PeerFailure.TooLarge);
            }

            return IsJson(buffer.AsSpan(0, length))
                ? (new PeerAnswer(status, buffer.AsSpan(0, length).ToArray(), Signature(response)), default)
                : (null, PeerFailure.NotJson);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);     // answers hold claim tickets
        }
    }

    private static bool IsJson(HttpContent content)
    {
        var type = content.Headers.ContentType;
        var charset = type?.CharSet?.Trim('"');
        return string.Equals(type?.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            && (charset is null || string.Equals(charset, "utf-8", StringComparison.OrdinalIgnoreCase))
            && content.Headers.ContentEncoding.Count == 0;
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Signature(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(SignatureHeader, out var values) && values.Count == 1 ? values.ToString() : null;
}
