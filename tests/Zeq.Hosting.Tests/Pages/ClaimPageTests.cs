using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>The page at <c>/claim</c> in a real browser, against a real home.</summary>
public sealed class ClaimPageTests
{
    private const string Pin = "Straße der Münzen 7";

    [Fact]
    public async Task A_link_is_opened_with_its_PIN_and_redeemed_by_keyboard_alone()
    {
        await using Chromium browser = await Chromium.StartAsync();
        await using TestHome home = await TestHome.StartAsync();
        Account payer = await home.RegisterAsync(), visitor = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(payer);
        byte[] file = await ExportAsync(home, payer, coin);
        string link = CoinLink.Of(Origin.Parse(home.Origin), file);
        Tab tab = await Tab.OpenAsync(browser);

        await tab.GoAsync(link);
        await tab.UntilAsync("document.activeElement?.id === 'pin'");
        Assert.Equal(home.Origin + "/claim", (await tab.EvaluateAsync("location.href")).GetString());
        JsonElement history = await tab.CallAsync("Page.getNavigationHistory");
        Assert.DoesNotContain("zeqcoin", history.GetProperty("entries").EnumerateArray().Last().GetProperty("url").GetString(), StringComparison.Ordinal);

        await tab.TypeAsync("another PIN");
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('#problem').textContent.startsWith('Wrong PIN')");
        Assert.Equal("pin", await tab.FocusAsync());
        await tab.EvaluateAsync("document.querySelector('#pin').select()");
        await tab.TypeAsync(Pin);
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('#coin').checkVisibility()");
        Assert.Equal(coin.ValueZqt.ToString(System.Globalization.CultureInfo.InvariantCulture), await tab.TextAsync("#value"));
        Assert.Equal(home.Origin, await tab.TextAsync("#coin-home"));
        await tab.UntilAsync("document.querySelector('#coin-status').textContent.startsWith('exported')");
        Assert.False(await tab.IsVisibleAsync("#problem"));
        Assert.Equal("coin-title", await tab.FocusAsync());

        await tab.PressAsync("Tab");
        Assert.Equal("key", await tab.FocusAsync());
        await tab.TypeAsync("zeq_ak_of nobody");
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('#problem').textContent.startsWith('Type your API key')");
        await tab.EvaluateAsync("document.querySelector('#key').select()");
        await tab.TypeAsync("zeq_ak_" + new string('A', 43));
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('#problem').textContent.includes('does not know that API key')");
        await tab.EvaluateAsync("document.querySelector('#key').select()");
        await tab.TypeAsync(visitor.ApiKey);
        await tab.PressAsync("Tab");
        Assert.Equal("redeem", await tab.FocusAsync());
        await tab.PressAsync("Space");
        await tab.UntilAsync("document.querySelector('#done').checkVisibility()");
        Assert.Equal($"{coin.ValueZqt} ZEQ are yours", await tab.TextAsync("#done-title"));
        Assert.Equal("done-title", await tab.FocusAsync());

        Answer held = (await home.GetAsync("/api/tally/envelopes", visitor.ApiKey)).Expect();
        Assert.Equal(coin.TokenId, Assert.Single(held["envelopes"].EnumerateArray()).GetProperty("token_id").GetString());
        await home.AssertSoundAsync();
        AssertKeptSecret(home, tab, file, visitor);
        await AssertNothingStoredAsync(tab);
    }

    [Fact]
    public async Task A_chosen_file_is_redeemed_and_what_is_wrong_is_said_plainly()
    {
        await using Chromium browser = await Chromium.StartAsync();
        await using TwoHomes homes = await TwoHomes.StartAsync();
        TestHome a = homes.A, b = homes.B;
        Account payer = await a.RegisterAsync(), visitor = await b.RegisterAsync(), other = await a.RegisterAsync();
        byte[] file = await ExportAsync(a, payer, await a.MintCoinAsync(payer), ZeqFileKdf.Pbkdf2);
        Tab tab = await Tab.OpenAsync(browser);
        await tab.GoAsync(a.Origin + "/claim/#zeqcoin:v2:AAAA");
        await tab.UntilAsync("document.querySelector('#problem').textContent.startsWith('This is not a .ZEQ file')");
        Assert.Equal(a.Origin + "/claim", (await tab.EvaluateAsync("location.href")).GetString());

        foreach ((byte[] bytes, string said) in ((byte[], string)[])
            [
                ("PK\u0003\u0004"u8.ToArray(), "This is not a .ZEQ file"), ([.. file[..4], 3, .. file[5..]], "This coin was locked by a newer version"), (file[..100], "This .ZEQ file is cut short"),
                ([.. file, .. new byte[9_000]], "This .ZEQ file is longer"), ([.. file[..5], 9, .. file[6..]], "This .ZEQ file makes its key"),
                ([.. file[..6], 0xff, .. file[7..]], "This .ZEQ file asks for more or less work"),
            ])
        {
            await ChooseAsync(tab, bytes);
            await tab.UntilAsync($"document.querySelector('#problem').textContent.startsWith({Tab.Quote(said)})");
            Assert.False(await tab.IsVisibleAsync("#unlock"));
        }

        foreach ((string fragment, string said) in ((string, string)[])
            [("#zeqcoin:v3:AAAA", "This link is of a newer version"), ("#zeqcoin:v2:AA=", "This link is cut or changed"), ("#other", "This address carries no coin")])
        {
            await tab.EvaluateAsync($"location.hash = {Tab.Quote(fragment)}");
            await tab.UntilAsync($"document.querySelector('#problem').textContent.startsWith({Tab.Quote(said)})");
            Assert.Equal("", (await tab.EvaluateAsync("location.hash")).GetString());
        }

        // A file of another home, at a home that does not trust it; then at its own; then a second copy.
        await tab.GoAsync(b.Origin + "/claim");
        await OpenAsync(tab, file);
        await tab.UntilAsync("document.querySelector('#coin-status').textContent.startsWith('issued by another home')");
        await RedeemAsync(tab, visitor.ApiKey, "This home does not take coins of the home");
        await tab.GoAsync(a.Origin + "/claim");
        await OpenAsync(tab, file);
        await RedeemAsync(tab, other.MachineKey, "That key may not move coins");
        await RedeemAsync(tab, other.ApiKey, null);
        await tab.GoAsync(a.Origin + "/claim");
        await OpenAsync(tab, file);
        await tab.UntilAsync("document.querySelector('#coin-status').textContent.startsWith('void')");
        await RedeemAsync(tab, payer.ApiKey, "This copy is void");
        await AssertNothingStoredAsync(tab);
        Assert.Empty(tab.Complaints);
        await a.AssertSoundAsync();
    }

    [Fact]
    public async Task The_page_says_that_it_needs_a_secure_context()
    {
        await using Chromium browser = await Chromium.StartAsync();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Tab tab = await Tab.OpenAsync(browser);
        await tab.CallAsync("Page.addScriptToEvaluateOnNewDocument", new JsonObject { ["source"] = "Object.defineProperty(globalThis, 'isSecureContext', { value: false })" });
        await tab.GoAsync(home.Origin + "/claim#zeqcoin:v2:AAAA");
        await tab.UntilAsync("document.querySelector('#problem').textContent.includes('Open it by https')");
        Assert.False(await tab.IsVisibleAsync("#choose"));
        Assert.Equal("", (await tab.EvaluateAsync("location.hash")).GetString());
    }

    [Fact]
    public async Task Every_control_has_a_name_and_every_width_and_colour_is_readable()
    {
        await using Chromium browser = await Chromium.StartAsync();
        await using TestHome home = await TestHome.StartAsync();
        Account payer = await home.RegisterAsync();
        byte[] file = await ExportAsync(home, payer, await home.MintCoinAsync(payer), ZeqFileKdf.Pbkdf2);
        Tab tab = await Tab.OpenAsync(browser);
        foreach (bool isDark in (bool[])[false, true])
        {
            await tab.LookAsync(320, 640, isDark);
            await tab.GoAsync(home.Origin + "/claim");
            foreach (string step in (string[])["choose", "problem", "unlock", "coin"])
            {
                switch (step)
                {
                    case "problem":
                        await ChooseAsync(tab, [1, 2, 3]);
                        break;
                    case "unlock":
                        await ChooseAsync(tab, file);
                        break;
                    case "coin":
                        await OpenAsync(tab, file);
                        break;
                }

                await tab.UntilAsync($"document.querySelector('#{step}').checkVisibility()");
                await SaveAsync(tab, $"{step}-phone-{(isDark ? "dark" : "light")}");
                Assert.True((await tab.EvaluateAsync("document.documentElement.scrollWidth <= 320")).GetBoolean(), $"{step} is wider than a phone");
                await AssertNamedAsync(tab);
                await AssertReadableAsync(tab);
            }

            await tab.LookAsync(390, 720, isDark);
            await SaveAsync(tab, $"coin-larger-phone-{(isDark ? "dark" : "light")}");
            await tab.LookAsync(900, 660, isDark);
            await SaveAsync(tab, $"coin-desktop-{(isDark ? "dark" : "light")}");
        }

        Assert.Empty(tab.Complaints);
    }

    private static async Task<byte[]> ExportAsync(TestHome home, Account holder, Coin coin, ZeqFileKdf kdf = ZeqFileKdf.Argon2id)
    {
        Answer exported = (await home.PostAsync($"/api/tally/envelopes/{coin.TokenId}/export", null, holder.ApiKey)).Expect();
        Assert.True(BearerCoinJson.TryRead(exported["coin"], out BearerCoin? bearer));
        using (bearer)
        {
            return ZeqFile.Seal(bearer, Pin, kdf, kdf == ZeqFileKdf.Pbkdf2 ? ZeqFileCost.MinIterations : null);
        }
    }

    private static async Task ChooseAsync(Tab tab, byte[] file)
    {
        string path = Path.Combine(Path.GetTempPath(), $"zeq-{Guid.NewGuid():N}.ZEQ");
        await File.WriteAllBytesAsync(path, file);
        try
        {
            await tab.EvaluateAsync("document.querySelector('#problem').textContent = document.querySelector('#chosen').textContent = ''");
            await tab.ChooseAsync("#file", path);
            await tab.UntilAsync("document.querySelector('#problem').textContent + document.querySelector('#chosen').textContent !== ''");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task OpenAsync(Tab tab, byte[] file)
    {
        await ChooseAsync(tab, file);
        await tab.UntilAsync("document.activeElement?.id === 'pin'");
        await tab.TypeAsync(Pin);
        await tab.PressAsync("Enter");
        await tab.UntilAsync("document.querySelector('#coin').checkVisibility()");
    }

    /// <summary>Redeems; what the page is to say, or null where the coin is to be the visitor's.</summary>
    private static async Task RedeemAsync(Tab tab, string apiKey, string? said)
    {
        await tab.EvaluateAsync("document.querySelector('#key').focus(), document.querySelector('#key').select()");
        await tab.TypeAsync(apiKey);
        await tab.PressAsync("Enter");
        await tab.UntilAsync(said is null ? "document.querySelector('#done').checkVisibility()" : $"document.querySelector('#problem').textContent.startsWith({Tab.Quote(said)})");
    }

    /// <summary>Neither the link nor the PIN is in anything that the browser sent or the home wrote down.</summary>
    private static void AssertKeptSecret(TestHome home, Tab tab, byte[] file, Account visitor)
    {
        string coded = CoinLink.Of(Origin.Parse(home.Origin), file);
        string[] secrets = ["zeqcoin", coded[^60..], Pin, Uri.EscapeDataString(Pin)];
        (string Url, string Body)[] requests = [.. tab.Requests];
        Assert.Contains(requests, request => request.Url.EndsWith("/api/tally/coins/redeem", StringComparison.Ordinal));
        Assert.All(requests, request => Assert.StartsWith(home.Origin + "/", request.Url, StringComparison.Ordinal));

        // The navigation itself is told to the debugger with its fragment; no other request has one.
        Assert.All(requests.Skip(1), request => Assert.All(secrets, secret => Assert.DoesNotContain(secret, request.Url + request.Body, StringComparison.Ordinal)));
        Assert.All(requests, request => Assert.DoesNotContain(visitor.ApiKey, request.Url + request.Body, StringComparison.Ordinal));
        string log = string.Join('\n', home.Logs.Lines.Select(line => line.Text));
        Assert.Contains("/claim", log, StringComparison.Ordinal);
        Assert.All([.. secrets, visitor.ApiKey], secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
        Assert.Empty(tab.Complaints);
    }

    private static async Task AssertNothingStoredAsync(Tab tab)
    {
        const string Everything = "(async () => [localStorage.length, sessionStorage.length, document.cookie.length, (await indexedDB.databases()).length, (await caches.keys()).length].join())()";
        Assert.Equal("0,0,0,0,0", (await tab.EvaluateAsync(Everything)).GetString());
        Assert.Equal("", (await tab.EvaluateAsync("document.querySelector('#pin').value")).GetString());
    }

    private static async Task AssertNamedAsync(Tab tab)
    {
        JsonElement tree = await tab.CallAsync("Accessibility.getFullAXTree");
        int controls = 0;
        foreach (JsonElement node in tree.GetProperty("nodes").EnumerateArray())
        {
            string role = node.TryGetProperty("role", out JsonElement said) && said.TryGetProperty("value", out JsonElement value) ? value.GetString()! : "";
            if (!node.GetProperty("ignored").GetBoolean() && role is "textbox" or "button" or "checkbox" or "progressbar" or "heading" or "region")
            {
                Assert.False(string.IsNullOrWhiteSpace(node.GetProperty("name").GetProperty("value").GetString()), node.ToString());
                controls++;
            }
        }

        Assert.True(controls > 1);
    }

    /// <summary>WCAG 2.2, 1.4.3: text stands out from what is behind it by 4.5 to 1.</summary>
    private static async Task AssertReadableAsync(Tab tab)
    {
        const string Script = """
            (() => {
              const light = (colour) => {
                const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const paper = (at) => {
                for (; at; at = at.parentElement) {
                  const colour = getComputedStyle(at).backgroundColor;
                  if (!/, 0\)$/.test(colour)) return colour;
                }
                return "rgb(255, 255, 255)";
              };
              return [...document.querySelectorAll("body *")]
                .filter((at) => at.checkVisibility() && !at.disabled && ([...at.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || at.matches("input")))
                .map((at) => {
                  const [a, b] = [light(getComputedStyle(at).color), light(paper(at))].sort((x, y) => y - x);
                  return { at: at.id || at.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) };
                })
                .filter((text) => text.ratio < 4.5);
            })()
            """;
        JsonElement faint = await tab.EvaluateAsync(Script);
        Assert.True(faint.GetArrayLength() == 0, faint.ToString());
    }

    /// <summary>Keeps a picture of the page in the folder that <c>ZEQ_TEST_PICTURES</c> names.</summary>
    private static async Task SaveAsync(Tab tab, string name)
    {
        if (Environment.GetEnvironmentVariable("ZEQ_TEST_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), await tab.PictureAsync());
        }
    }
}
