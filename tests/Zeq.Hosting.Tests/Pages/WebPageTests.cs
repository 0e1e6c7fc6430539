using System.Net;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>Pages are served with the headers that keep them theirs, and with nothing that depends on who asks.</summary>
public sealed class WebPageTests
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });

    [Fact]
    public async Task Every_file_of_every_page_has_its_type_and_the_strict_headers()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        int files = 0;
        foreach (WebPage page in WebPages.All)
        {
            foreach (PageFile file in PageFile.ReadAll(page.Folder))
            {
                using HttpResponseMessage answer = await SendAsync(home, HttpMethod.Get, page.AddressOf(file.Name));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                string expected = Path.GetExtension(file.Name) switch
                {
                    ".html" => "text/html; charset=utf-8",
                    ".css" => "text/css; charset=utf-8",
                    ".mjs" => "text/javascript; charset=utf-8",
                    _ => "image/svg+xml",
                };
                Assert.Equal(expected, answer.Content.Headers.ContentType!.ToString());
                AssertStrict(answer);
                Assert.True((await answer.Content.ReadAsByteArrayAsync()).Length > 50, file.Name);
                files++;
            }
        }

        Assert.True(files > 10, $"{files} files");
    }

    [Fact]
    public async Task The_policy_allows_no_inline_script_and_no_other_host()
    {
        string[] parts = WebPages.ContentSecurityPolicy.Split("; ");
        Assert.Contains("default-src 'none'", parts);
        Assert.Contains("frame-ancestors 'none'", parts);
        Assert.Contains("base-uri 'none'", parts);
        Assert.Contains("form-action 'none'", parts);
        Assert.All(parts, part => Assert.True(part.EndsWith(" 'none'", StringComparison.Ordinal) || part.EndsWith(" 'self'", StringComparison.Ordinal), part));

        // What the policy would block is not there either.
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        foreach (WebPage page in WebPages.All)
        {
            foreach (PageFile file in PageFile.ReadAll(page.Folder).Where(file => file.Name.EndsWith(".html", StringComparison.Ordinal)))
            {
                string html = await Http.GetStringAsync(new Uri(home.Origin + page.AddressOf(file.Name)));
                Assert.DoesNotMatch("(?i)<script(?![^>]* src=\"/)|<style|\\sstyle=|\\son[a-z]+=|javascript:|(src|href|action)=\"(?!/[^/])", html);
            }
        }
    }

    [Fact]
    public async Task A_page_is_asked_for_again_and_sent_once()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        using HttpResponseMessage first = await SendAsync(home, HttpMethod.Get, "/claim");
        string tag = first.Headers.ETag!.ToString();
        Assert.Equal("no-cache", first.Headers.CacheControl!.ToString());
        foreach (string known in (string[])[tag, "W/" + tag, "\"other\", " + tag, "*"])
        {
            using HttpResponseMessage again = await SendAsync(home, HttpMethod.Get, "/claim", known);
            Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync()).Length));
            Assert.Equal(tag, again.Headers.ETag!.ToString());
            AssertStrict(again);
        }

        foreach (string unknown in (string[])["\"other\"", "nonsense", ""])
        {
            using HttpResponseMessage again = await SendAsync(home, HttpMethod.Get, "/claim", unknown);
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }

        using HttpResponseMessage head = await SendAsync(home, HttpMethod.Head, "/claim");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(first.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        AssertStrict(head);
    }

    [Theory]
    [InlineData("/claim/", "/claim")]
    [InlineData("/claim/?a=b", "/claim?a=b")]
    [InlineData("/Claim", "/claim")]
    public async Task A_page_has_one_address(string asked, string location)
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        using HttpResponseMessage answer = await SendAsync(home, HttpMethod.Get, asked);
        Assert.Equal((HttpStatusCode.PermanentRedirect, location), (answer.StatusCode, answer.Headers.Location!.ToString()));
    }

    [Theory]
    [InlineData("/claim/nothing.mjs")]
    [InlineData("/claim/index.html")]
    [InlineData("/claim/page.mjs/more")]
    [InlineData("/claim/..%2fcommon%2fzeq.css")]
    [InlineData("/claim/%2e%2e/Claim/index.html")]
    [InlineData("/common")]
    [InlineData("/common/")]
    [InlineData("/Pages/Claim/index.html")]
    public async Task What_is_no_file_of_a_page_is_not_found(string path)
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        using HttpResponseMessage answer = await SendAsync(home, HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("NOT_FOUND", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task A_page_takes_no_other_method(string method)
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        using HttpResponseMessage answer = await SendAsync(home, new HttpMethod(method), "/claim");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
        Assert.Contains("METHOD_NOT_ALLOWED", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static void AssertStrict(HttpResponseMessage answer)
    {
        Assert.Equal(WebPages.ContentSecurityPolicy, Header("Content-Security-Policy"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.False(answer.Headers.Contains("Set-Cookie"));

        string Header(string name) => Assert.Single(answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values : []);
    }

    private static async Task<HttpResponseMessage> SendAsync(TestHome home, HttpMethod method, string path, string? ifNoneMatch = null)
    {
        var uri = new Uri(home.Origin + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, uri);
        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return await Http.SendAsync(request);
    }
}
