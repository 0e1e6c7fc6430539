using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Zeq.Crypto;

namespace Zeq.Hosting;

/// <summary>A file of a web page, with the headers that it is served with.</summary>
internal sealed class PageFile
{
    private const string Root = "Pages/";

    private readonly byte[] _body;
    private readonly string _contentType;
    private readonly EntityTagHeaderValue _tag;

    private PageFile(string name, byte[] body)
    {
        (Name, _body, _contentType) = (name, body, ContentTypeOf(name));
        _tag = new EntityTagHeaderValue($"\"{Sha256.HashHex(body)[..32]}\"");
    }

    /// <summary>The name in its folder.</summary>
    public string Name { get; }

    /// <summary>The files of one folder of the assembly.</summary>
    /// <exception cref="InvalidOperationException">There is none: the assembly was built without its pages.</exception>
    public static IReadOnlyList<PageFile> ReadAll(string folder)
    {
        Assembly assembly = typeof(PageFile).Assembly;
        string prefix = $"{Root}{folder}/";
        PageFile[] files =
        [
            .. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => new PageFile(name[prefix.Length..], Read(assembly, name))),
        ];
        return files.Length > 0 ? files : throw new InvalidOperationException($"The assembly holds no files of the page {folder}.");
    }

    /// <summary>Answers a GET or HEAD.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        HttpResponse response = http.Response;
        response.Headers.ContentSecurityPolicy = WebPages.ContentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";

        // Kept, but asked for each time: after an update nobody runs half of the old page.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = _tag.ToString();
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag == "*" || tag.Compare(_tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        if (HttpMethods.IsGet(http.Request.Method))
        {
            await response.Body.WriteAsync(_body, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] body = new byte[stream.Length];
        stream.ReadExactly(body);
        return body;
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".mjs" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"No content type is known for {name}."),
    };
}
