using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Http;

/// <summary><c>docs/errors.md</c> lists every code with the status that the one table gives it.</summary>
public class ErrorDocsTests
{
    [Fact]
    public void TheDocumentListsEveryCodeWithItsStatus()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Root(), "docs", "errors.md")).Where(line => line.Contains("| `", StringComparison.Ordinal))];
        string[] expected = [.. Enum.GetValues<RejectionCode>().Select(code => $"| {ErrorTable.Status(code)} | `{ErrorTable.Code(code)}` |")];
        Assert.All(expected, row => Assert.Contains(rows, line => line.StartsWith(row, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, rows.Length);
    }

    [Fact]
    public void EveryCodeReadsBack() =>
        Assert.All(Enum.GetValues<RejectionCode>(), code => Assert.Equal(code, ErrorTable.Parse(ErrorTable.Code(code))));

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Zeq.Libraries.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
