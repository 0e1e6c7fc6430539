using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>The scripts of the page at <c>/claim</c>, run by Node.js.</summary>
internal static class PageScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Makes calls of <c>Scripts/claim.mjs</c>, all in one run; their results in order. Skips the test where there is no Node.js.</summary>
    public static async Task<IReadOnlyList<JsonElement>> CallAsync(params IEnumerable<JsonObject> calls)
    {
        string script = Path.Combine(Root, "tests", "Zeq.Hosting.Tests", "Pages", "Scripts", "claim.mjs");
        var start = new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        Process node;
        try
        {
            node = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Node.js is not installed.");
            throw;
        }

        using (node)
        {
            Task<string> output = node.StandardOutput.ReadToEndAsync(), errors = node.StandardError.ReadToEndAsync();
            await node.StandardInput.WriteAsync(new JsonArray([.. calls]).ToJsonString());
            node.StandardInput.Close();
            try
            {
                await node.WaitForExitAsync().WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                node.Kill();
                throw;
            }

            Assert.True(node.ExitCode == 0, await errors);
            return [.. JsonDocument.Parse(await output).RootElement.EnumerateArray()];
        }
    }

    /// <summary>Makes one call.</summary>
    public static async Task<JsonElement> CallAsync(JsonObject call) => (await CallAsync([call]))[0];

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Zeq.Libraries.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("The repository was not found above the tests.");
    }
}
