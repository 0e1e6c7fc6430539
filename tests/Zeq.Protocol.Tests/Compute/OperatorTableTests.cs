using System.Globalization;

namespace Zeq.Protocol.Tests;

/// <summary>The table in <c>docs/operators.md</c> is the kernel's own, line by line.</summary>
public class OperatorTableTests
{
    [Fact]
    public void The_operators_in_the_docs_are_the_kernels()
    {
        string[] expected = [.. new ReferenceKernel().Operators.Select(Row)];
        string[] actual = [.. Rows("| `", "## Operators")];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', actual));
    }

    [Fact]
    public void The_inputs_in_the_docs_are_the_kernels()
    {
        string[] expected =
        [
            .. new ReferenceKernel().Operators.SelectMany(o => o.Inputs).DistinctBy(i => i.Name)
                .OrderBy(i => i.Name, StringComparer.Ordinal).Select(Row),
        ];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', Rows("| `", "## Inputs")));
    }

    [Fact]
    public void The_constants_in_the_docs_are_the_kernels()
    {
        string[] expected = [.. PhysicalConstants.All.Select(Row)];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', Rows("| ", "## Constants")));
    }

    private static string Row(OperatorInfo o) =>
        $"| `{o.Operator}` | {o.Domain} | {o.Name} | {Cell(o.Equation)} | "
        + (o.Inputs.Count == 0 ? "none" : string.Join(", ", o.Inputs.Select(i => $"`{i.Name}`"))) + $" | {o.Unit} |";

    private static string Row(OperatorInput i) => string.Create(
        CultureInfo.InvariantCulture, $"| `{i.Name}` | {i.Unit} | {i.Minimum} to {i.Maximum} | {i.Description} |");

    private static string Row(PhysicalConstant c) => string.Create(
        CultureInfo.InvariantCulture, $"| {c.Symbol} | {c.Name} | {c.Value} | {c.Unit} | {(c.IsExact ? "exact" : "measured")} |");

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The body of the table under a heading.</summary>
    private static IEnumerable<string> Rows(string start, string heading) => File.ReadAllLines(Docs())
        .SkipWhile(line => line != heading).Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        .SkipWhile(line => !line.StartsWith("| ---", StringComparison.Ordinal)).Skip(1)
        .TakeWhile(line => line.StartsWith(start, StringComparison.Ordinal));

    private static string Docs()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Zeq.Libraries.sln")))
        {
            folder = folder.Parent;
        }

        Assert.NotNull(folder);
        return Path.Combine(folder.FullName, "docs", "operators.md");
    }
}
