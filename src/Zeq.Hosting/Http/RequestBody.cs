using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Reads a request's body within its limits and as strict JSON (spec 00, "Settled points").</summary>
internal static class RequestBody
{
    /// <summary>The largest body, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Reads the whole body; null where it is too large.</summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is 0)
        {
            return [];
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength ?? 4096, MaxBytes) + 1);
        try
        {
            int size = 0;
            while (true)
            {
                if (size == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, MaxBytes + 1));
                    buffer.AsSpan(0, size).CopyTo(larger);
                    Return(buffer, size);
                    buffer = larger;
                }

                int read = await request.Body.ReadAsync(buffer.AsMemory(size), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return buffer.AsSpan(0, size).ToArray();
                }

                size += read;
                if (size > MaxBytes)
                {
                    return null;
                }
            }
        }
        finally
        {
            Return(buffer, buffer.Length);
        }
    }

    /// <summary>Parses a body: an object without duplicate members, lone surrogates or a byte order mark; the problem where it is none.</summary>
    public static JsonDocument? Parse(byte[] body, out string? problem)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problem = "The body is not a JSON object.";
            }
            else
            {
                TouchTexts(document.RootElement);
                problem = null;
                return document;
            }
        }
        catch (JsonException)
        {
            problem = "The body is not well-formed JSON, has a member twice, or is nested too deep.";
        }
        catch (InvalidOperationException)
        {
            problem = "The body holds text that is no valid Unicode.";
        }

        document?.Dispose();
        return null;
    }

    /// <summary>Decodes every text once: a lone surrogate in one of them throws.</summary>
    private static void TouchTexts(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    _ = property.Name;
                    TouchTexts(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in json.EnumerateArray())
                {
                    TouchTexts(item);
                }

                break;
            case JsonValueKind.String:
                _ = json.GetString();
                break;
        }
    }

    private static void Return(byte[] buffer, int used)
    {
        // Bodies hold tickets: what was read does not stay behind in the pool.
        buffer.AsSpan(0, Math.Min(used, buffer.Length)).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
