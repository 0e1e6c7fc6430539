using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>A headless Chromium with a profile of its own, driven by the Chrome DevTools Protocol over its WebSocket.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Names = ["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Events of the protocol, as they come.</summary>
    public event Action<string, JsonElement>? Happened;

    /// <summary>Starts the browser that this machine has; skips the test where it has none.</summary>
    public static async Task<Chromium> StartAsync()
    {
        string? binary = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(binary is null, "No Chromium is installed.");
        string profile = Path.Combine(Path.GetTempPath(), "zeq-chromium-" + Guid.NewGuid().ToString("N"));
        string[] arguments =
        [
            "--headless=new", "--remote-debugging-port=0", "--user-data-dir=" + profile, "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--no-proxy-server", "--hide-scrollbars",

            // The sandbox does not work for root or in most containers; what is opened here is our own page.
            "--no-sandbox", "about:blank",
        ];
        var process = Process.Start(new ProcessStartInfo(binary!, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var browser = new Chromium(process, profile);
        try
        {
            await browser._socket.ConnectAsync(await browser.ReadAddressAsync().WaitAsync(Patience), CancellationToken.None);
            browser._reading = browser.ReadAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls a method of the protocol.</summary>
    /// <exception cref="InvalidOperationException">The browser refused it.</exception>
    public async Task<JsonElement> CallAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
        {
            message["sessionId"] = session;
        }

        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, _closing.Token);
        }
        finally
        {
            _sending.Release();
        }

        JsonElement result = await answer.Task.WaitAsync(Patience);
        return result.TryGetProperty("error", out JsonElement error) ? throw new InvalidOperationException($"{method}: {error}") : result.GetProperty("result");
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        _socket.Dispose();
        _sending.Dispose();
        _closing.Dispose();
        for (int tries = 0; Directory.Exists(_profile); tries++)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (tries < 20)
            {
                // A helper process is still writing its last.
                await Task.Delay(100);
            }
        }
    }

    private async Task<Uri> ReadAddressAsync()
    {
        const string Prefix = "DevTools listening on ";
        var said = new List<string>();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.StartsWith(Prefix, StringComparison.Ordinal))
            {
                _ = _process.StandardError.ReadToEndAsync();
                _ = _process.StandardOutput.ReadToEndAsync();
                return new Uri(line[Prefix.Length..]);
            }
        }

        throw new InvalidOperationException("Chromium did not start: " + string.Join('\n', said));
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), _closing.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    JsonElement json = JsonDocument.Parse(message.ToArray()).RootElement;
                    message.SetLength(0);
                    Take(json);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // The browser is closed.
        }

        foreach (TaskCompletionSource<JsonElement> left in _waiting.Values)
        {
            left.TrySetException(new InvalidOperationException("Chromium is gone."));
        }
    }

    private void Take(JsonElement json)
    {
        if (json.TryGetProperty("id", out JsonElement id) && _waiting.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? answer))
        {
            answer.TrySetResult(json);
        }
        else if (json.TryGetProperty("method", out JsonElement method))
        {
            Happened?.Invoke(method.GetString()!, json.GetProperty("params"));
        }
    }
}
