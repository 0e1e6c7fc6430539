using System.Text.RegularExpressions;

namespace Zeq.House.Tests;

/// <summary>Calls that no source under <c>src/</c> makes; the build's analyzer bans most of them too, this says it in one place.</summary>
public partial class BannedCallTests
{
    [Fact]
    public void NoSourceMakesABannedCall()
    {
        var found = new List<string>();
        foreach (string file in Packages.Names.SelectMany(Packages.Sources))
        {
            int number = 0;
            foreach (string line in File.ReadLines(file))
            {
                number++;
                string code = Comment().Replace(line, "");
                if (Banned().IsMatch(code))
                {
                    found.Add($"{Path.GetRelativePath(Packages.Root, file)}:{number}: {line.Trim()}");
                }
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public void NoTagMacOrKeyIsComparedWithSequenceEqual()
    {
        string[] found = [.. Packages.Names.SelectMany(Packages.Sources)
            .SelectMany(file => File.ReadLines(file).Where(line => SecretCompare().IsMatch(line)).Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))];
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("var now = DateTime.UtcNow;")]
    [InlineData("Thread.Sleep(5);")]
    [InlineData("var r = new Random();")]
    [InlineData("task.GetAwaiter().GetResult();")]
    [InlineData("async void F()")]
    [InlineData("throw new NotImplementedException();")]
    public void TheTestSeesABannedCall(string line) => Assert.Matches(Banned(), line);

    [GeneratedRegex(@"//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bnew Random\(|\bRandom\.Shared\b|\bThread\.Sleep\(|\.GetAwaiter\(\)\.GetResult\(\)|\basync void\b|NotImplementedException|\bEnvironment\.TickCount|\bGuid\.NewGuid\(")]
    private static partial Regex Banned();

    [GeneratedRegex(@"(mac|tag|ticket|proof|secret)\w*\.SequenceEqual\(", RegexOptions.IgnoreCase)]
    private static partial Regex SecretCompare();
}
