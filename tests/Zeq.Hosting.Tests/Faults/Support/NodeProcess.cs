using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>The node as a process of its own, as an operator runs it.</summary>
internal sealed partial class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(string url, IReadOnlyDictionary<string, string> settings, string[]? runAs)
    {
        Url = url;
        string[] command = [.. runAs ?? [], "dotnet", Binary, "--urls", url];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string inherited in start.Environment.Keys.Where(name => name.StartsWith("ZEQ", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        // Many short-lived processes beside a test run: tiered code starts fastest, and no diagnostics port is needed.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data, _output);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, _errors);
        _process.Exited += (_, _) => _listens.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The node of this build.</summary>
    public static string Binary { get; } = Find();

    public string Url { get; }

    public string Errors => string.Join('\n', _errors);

    public string Output => string.Join('\n', _output);

    /// <summary>Settings for a node that is loaded by tests: no limits of rates, no free fuel, a known admin key.</summary>
    public static Dictionary<string, string> Settings(string data, string url)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ZEQ_DATA"] = data,
            ["ZEQ_ORIGIN"] = url,
            ["ZEQ_FREE_CREDITS"] = "0",
            ["ZEQ_ALLOW_LOOPBACK_PEERS"] = "true",
            ["ZEQ_ADMIN_KEY"] = Api.AdminKey,
        };
        foreach (string bucket in (string[])["Register", "Compute", "ComputeUncharged", "Tally", "Claims", "ReceiptVerify", "TransferClaim", "PeerHome", "ChainWrite", "ChainRead", "Default"])
        {
            settings[$"Zeq__RateLimits__{bucket}__permits"] = "0";
        }

        return settings;
    }

    /// <summary>Starts a node and waits until it listens.</summary>
    public static async Task<NodeProcess> StartAsync(string url, IReadOnlyDictionary<string, string> settings)
    {
        var node = new NodeProcess(url, settings, null);
        await node._listens.Task.WaitAsync(TimeSpan.FromSeconds(60));
        if (node._process.HasExited)
        {
            await node._process.WaitForExitAsync();
            string errors = node.Errors;
            node.Dispose();
            Assert.Fail("The node did not start: " + errors);
        }

        return node;
    }

    /// <summary>Starts a node that is expected to refuse; its exit code, and what it wrote.</summary>
    public static async Task<(int ExitCode, string Errors, string Output)> RefuseAsync(string url, IReadOnlyDictionary<string, string> settings, params string[] runAs)
    {
        using var node = new NodeProcess(url, settings, runAs);
        await node._listens.Task.WaitAsync(TimeSpan.FromSeconds(60));
        if (!node._process.HasExited)
        {
            Assert.Fail("The node started although it should have refused: " + node.Output);
        }

        await node._process.WaitForExitAsync();
        return (node._process.ExitCode, node.Errors, node.Output);
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still, with all its connections open.</summary>
    public void Pause() => Assert.Equal(0, Signal(_process.Id, 19));

    /// <summary>SIGCONT.</summary>
    public void Resume() => Assert.Equal(0, Signal(_process.Id, 18));

    /// <summary>SIGTERM; the exit code, or null where the node is still there after the time.</summary>
    public async Task<int?> TerminateAsync(TimeSpan within)
    {
        Assert.Equal(0, Signal(_process.Id, 15));
        using var limit = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Take(string? line, ConcurrentQueue<string> lines)
    {
        if (line is null)
        {
            return;
        }

        lines.Enqueue(line);
        if (line.StartsWith("Zeq home ", StringComparison.Ordinal))
        {
            _listens.TrySetResult();
        }
    }

    private static string Find()
    {
        // tests/Zeq.Hosting.Tests/bin/<configuration>/net10.0 -> samples/Zeq.Node/bin/<configuration>/net10.0
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        DirectoryInfo root = output.Parent!.Parent!.Parent!.Parent!.Parent!;
        string binary = Path.Combine(root.FullName, "samples", "Zeq.Node", "bin", output.Parent.Name, output.Name, "Zeq.Node.dll");
        return File.Exists(binary) ? binary : throw new InvalidOperationException($"{binary} was not built.");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}
