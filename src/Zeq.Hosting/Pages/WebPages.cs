using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Zeq.Hosting;

/// <summary>A page of the node: a folder of files under <c>Pages/</c>, whose <c>index.html</c> stands at the page's address and the others beneath it.</summary>
/// <param name="Address">The one spelling of the page's address, with or without a slash at its end; others are sent there.</param>
/// <param name="Folder">The folder under <c>Pages/</c>.</param>
internal sealed record WebPage(string Address, string Folder)
{
    public const string Index = "index.html";

    /// <summary>Where a file of the page stands.</summary>
    public string AddressOf(string file) => file == Index ? Address : $"{Address.TrimEnd('/')}/{file}";
}

/// <summary>
/// The web pages of the node (spec 20 §5), served out of the assembly. They are static: what they show, they ask the API for, from the browser. Their policy allows
/// no inline script or style and no other host, whatever a page holds.
/// </summary>
internal static class WebPages
{
    /// <summary>What the browser may load for a page, and from where. The answers of the API are no pages and carry none of this.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Which methods a page takes.</summary>
    public static IReadOnlyCollection<string> Methods { get; } = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Every page; <c>Common</c> holds what they share.</summary>
    public static IReadOnlyList<WebPage> All { get; } = [new("/common", "Common"), new("/claim", "Claim")];

    /// <summary>Maps every file of every page.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="refuseMethod">Answers a request whose method is none of <see cref="Methods"/>.</param>
    public static void Map(IEndpointRouteBuilder endpoints, RequestDelegate refuseMethod)
    {
        foreach (WebPage page in All)
        {
            foreach (PageFile file in PageFile.ReadAll(page.Folder))
            {
                string address = page.AddressOf(file.Name);
                endpoints.Map(address, http =>
                    !Methods.Contains(http.Request.Method, StringComparer.Ordinal) ? refuseMethod(http)
                    : http.Request.Path.Value != address ? Redirect(http, address)
                    : file.WriteAsync(http));
            }
        }
    }

    // A browser keeps the fragment over a redirect that names none, so a coin's link survives it.
    private static Task Redirect(HttpContext http, string address)
    {
        http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        http.Response.Headers.Location = address + http.Request.QueryString;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        return Task.CompletedTask;
    }
}
