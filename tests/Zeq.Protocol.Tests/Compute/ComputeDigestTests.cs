using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class ComputeDigestTests
{
    private static readonly string[] Chain = ["KO42", "NM19"];

    private static string Of(string inputs, double value = 6) =>
        ComputeDigest.Of(JsonElement.Parse(inputs), Chain, "N", value);

    private static string Sha256Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void It_is_the_hash_of_the_canonical_form()
    {
        Assert.Equal(
            Sha256Of("""{"inputs":{"acceleration_ms2":3,"mass_kg":2},"operators":["KO42","NM19"],"unit":"N","value":6}"""),
            Of("""{ "mass_kg": 2.0, "acceleration_ms2": 3e0 }"""));
        Assert.Equal(
            Sha256Of("""{"inputs":{"é":"\n<"},"operators":["KO42","NM19"],"unit":"N","value":1e-7}"""),
            Of("""{"\u00e9":"\u000a\u003c"}""", 1e-7));
    }

    [Fact]
    public void The_order_and_the_spelling_of_the_inputs_do_not_count() =>
        Assert.Equal(Of("""{"b":1,"a":[10]}"""), Of("""{"a":[1e1],"b":1.0}"""));

    [Fact]
    public void Everything_else_counts()
    {
        JsonElement inputs = JsonElement.Parse("""{"a":1}""");
        string[] digests =
        [
            ComputeDigest.Of(inputs, Chain, "N", 6),
            ComputeDigest.Of(inputs, Chain, "N", 6.000000000000001),
            ComputeDigest.Of(inputs, Chain, "J", 6),
            ComputeDigest.Of(inputs, ["KO42", "NM20"], "N", 6),
            ComputeDigest.Of(inputs, ["NM19", "KO42"], "N", 6),
            ComputeDigest.Of(JsonElement.Parse("""{"a":1,"unread":2}"""), Chain, "N", 6),
        ];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    [Fact]
    public void A_negative_zero_is_0() => Assert.Equal(Of("{}", 0), Of("{}", -0.0));

    [Fact]
    public void What_has_no_canonical_form_is_refused()
    {
        Assert.Throws<FormatException>(() => Of("""{"a":1,"a":1}"""));
        Assert.Throws<FormatException>(() => Of("""{"a":"\ud800"}"""));
        Assert.Throws<FormatException>(() => Of("""{"a":1e999}"""));
    }

    [Fact]
    public void Misuse_is_an_argument_error()
    {
        JsonElement inputs = JsonElement.Parse("{}");
        Assert.Throws<ArgumentException>(() => ComputeDigest.Of(default, Chain, "N", 6));
        Assert.Throws<ArgumentException>(() => ComputeDigest.Of(inputs, [], "N", 6));
        Assert.Throws<ArgumentException>(() => ComputeDigest.Of(inputs, ["ko42"], "N", 6));
        Assert.Throws<ArgumentException>(() => ComputeDigest.Of(inputs, Chain, "N", double.NaN));
    }
}
