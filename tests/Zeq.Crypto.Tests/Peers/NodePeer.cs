using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>
/// <c>tests/interop/peer.mjs</c>: the noble libraries of JavaScript, in one process of Node.js for all tests of a class. Where Node.js or the packages are missing it tells why.
/// </summary>
public sealed class NodePeer : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private Process? _process;
    private Task<string> _errors = Task.FromResult("");

    /// <summary>Why there is nobody to ask, or null.</summary>
    public string? Absence { get; private set; }

    public ValueTask InitializeAsync()
    {
        var folder = FindFolder();
        if (folder is null || !Directory.Exists(Path.Combine(folder, "node_modules", "@noble", "post-quantum")))
        {
            Absence = "The packages of tests/interop are not installed: npm ci --prefix tests/interop";
            return ValueTask.CompletedTask;
        }

        try
        {
            _process = Process.Start(new ProcessStartInfo("node", ["peer.mjs"])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _errors = _process.StandardError.ReadToEndAsync();
        }
        catch (Win32Exception)
        {
            Absence = "Node.js is not installed.";
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The answer to a call, or null where the other side refuses it.</summary>
    public async Task<byte[][]?> AskAsync(string call, params byte[][] args)
    {
        Assert.SkipWhen(Absence is not null, Absence ?? "");
        var question = JsonSerializer.Serialize(new { call, args = args.Select(Convert.ToHexStringLower) });
        string? line;
        try
        {
            await _process!.StandardInput.WriteLineAsync(question);
            await _process.StandardInput.FlushAsync();
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
        }
        catch (IOException)
        {
            line = null;
        }

        if (line is null)
        {
            throw new InvalidOperationException($"{call}: the other side ended. {await _errors.WaitAsync(s_patience)}");
        }

        using var answer = JsonDocument.Parse(line);
        return answer.RootElement.TryGetProperty("result", out var result)
            ? [.. result.EnumerateArray().Select(e => Convert.FromHexString(e.GetString()!))]
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(s_patience);
        }
        catch (IOException)
        {
            // It ended before: the test that asked it has said so.
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string? FindFolder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Zeq.Libraries.sln")))
            {
                return Path.Combine(at.FullName, "tests", "interop");
            }
        }

        return null;
    }
}
