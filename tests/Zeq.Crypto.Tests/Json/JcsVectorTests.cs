using System.Text;

namespace Zeq.Crypto.Tests;

public class JcsVectorTests
{
    public static TheoryData<string> Names { get; } = ["arrays", "french", "structures", "unicode", "values", "weird"];

    [Theory, MemberData(nameof(Names))]
    public void InputBecomesOutput(string name)
    {
        var actual = Jcs.Canonicalize(VectorFile.ReadBytes("jcs", "input", name + ".json"));
        Assert.Equal(Encoding.UTF8.GetString(VectorFile.ReadBytes("jcs", "output", name + ".json")), Encoding.UTF8.GetString(actual));

        var hex = Encoding.ASCII.GetString(VectorFile.ReadBytes("jcs", "outhex", name + ".txt"));
        Assert.Equal(string.Concat(hex.Where(char.IsAsciiHexDigit)), Hex.Encode(actual));
    }

    [Theory, MemberData(nameof(Names))]
    public void OutputStaysAsItIs(string name)
    {
        var output = VectorFile.ReadBytes("jcs", "output", name + ".json");
        Assert.Equal(output, Jcs.Canonicalize(output));
    }
}
