using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>One tab of a <see cref="Chromium"/>: what a person does there, and what it sent and complained of.</summary>
internal sealed class Tab
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Chromium _browser;
    private readonly string _session;

    private Tab(Chromium browser, string session) => (_browser, _session) = (browser, session);

    /// <summary>Every request: its address with the fragment, and its body.</summary>
    public ConcurrentQueue<(string Url, string Body)> Requests { get; } = new();

    /// <summary>Errors of scripts, and what the page's policy blocked.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public static async Task<Tab> OpenAsync(Chromium browser)
    {
        string target = (await browser.CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" })).GetProperty("targetId").GetString()!;
        string session = (await browser.CallAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true })).GetProperty("sessionId").GetString()!;
        var tab = new Tab(browser, session);
        browser.Happened += tab.Take;
        foreach (string domain in (string[])["Page", "Runtime", "Network", "Log", "DOM", "Accessibility"])
        {
            await tab.CallAsync(domain + ".enable");
        }

        return tab;
    }

    public Task<JsonElement> CallAsync(string method, JsonObject? parameters = null) => _browser.CallAsync(method, parameters, _session);

    /// <summary>Opens an address and waits until its document and scripts are there.</summary>
    public async Task GoAsync(string url)
    {
        await CallAsync("Page.navigate", new JsonObject { ["url"] = url });
        await UntilAsync("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// <summary>The value of an expression.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement thrown), $"{expression}: {thrown}");
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    public async Task<string> TextAsync(string selector) => (await EvaluateAsync($"document.querySelector({Quote(selector)}).textContent")).GetString()!;

    public async Task<bool> IsVisibleAsync(string selector) => (await EvaluateAsync($"document.querySelector({Quote(selector)}).checkVisibility()")).GetBoolean();

    /// <summary>Waits until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        for (long began = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            try
            {
                if ((await EvaluateAsync($"Boolean({expression})")).GetBoolean())
                {
                    return;
                }
            }
            catch (InvalidOperationException)
            {
                // The document is being replaced.
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"never true: {expression}; {string.Join('\n', Complaints)}");
        }
    }

    /// <summary>Types a text into what has the focus.</summary>
    public Task TypeAsync(string text) => CallAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <summary>Presses a key: Enter, Tab, Space.</summary>
    public async Task PressAsync(string key)
    {
        (int code, string? text) = key switch { "Enter" => (13, "\r"), "Space" => (32, " "), _ => (9, (string?)null) };
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            var stroke = new JsonObject { ["type"] = type, ["key"] = key == "Space" ? " " : key, ["code"] = key, ["windowsVirtualKeyCode"] = code };
            if (type == "keyDown" && text is not null)
            {
                stroke["text"] = text;
            }

            await CallAsync("Input.dispatchKeyEvent", stroke);
        }
    }

    /// <summary>The id of what has the focus.</summary>
    public async Task<string> FocusAsync() => (await EvaluateAsync("document.activeElement?.id ?? ''")).GetString()!;

    /// <summary>Chooses a file.</summary>
    public async Task ChooseAsync(string selector, string path)
    {
        int root = (await CallAsync("DOM.getDocument")).GetProperty("root").GetProperty("nodeId").GetInt32();
        int node = (await CallAsync("DOM.querySelector", new JsonObject { ["nodeId"] = root, ["selector"] = selector })).GetProperty("nodeId").GetInt32();
        await CallAsync("DOM.setFileInputFiles", new JsonObject { ["nodeId"] = node, ["files"] = new JsonArray(path) });
    }

    /// <summary>Sets the size of the screen and its colours.</summary>
    public async Task LookAsync(int width, int height, bool isDark, int scale = 1)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = scale, ["mobile"] = width < 600 });
        await CallAsync(
            "Emulation.setEmulatedMedia",
            new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }) });
    }

    /// <summary>A picture of the whole page, as PNG.</summary>
    public async Task<byte[]> PictureAsync() =>
        (await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" })).GetProperty("data").GetBytesFromBase64();

    public static string Quote(string text) => JsonSerializer.Serialize(text);

    private void Take(string method, JsonElement what)
    {
        switch (method)
        {
            case "Network.requestWillBeSent":
                JsonElement request = what.GetProperty("request");
                Requests.Enqueue((
                    request.GetProperty("url").GetString()! + (request.TryGetProperty("urlFragment", out JsonElement fragment) ? fragment.GetString() : ""),
                    request.TryGetProperty("postData", out JsonElement body) ? body.GetString()! : ""));
                break;
            case "Runtime.exceptionThrown":
                Complaints.Enqueue(what.ToString());
                break;
            case "Log.entryAdded" when what.GetProperty("entry").GetProperty("source").GetString() is "security" or "javascript":
                Complaints.Enqueue(what.ToString());
                break;
        }
    }
}
