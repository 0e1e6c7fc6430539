namespace Zeq.Protocol.Tests;

public class OperatorNameTests
{
    [Theory]
    [InlineData("KO42", "KO")]
    [InlineData("A1", "A")]
    [InlineData("ABCDEFGH123456", "ABCDEFGH")]
    public void The_form(string name, string domain)
    {
        Assert.True(OperatorName.IsValid(name));
        Assert.Equal(domain, OperatorName.DomainOf(name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("KO")]
    [InlineData("42")]
    [InlineData("ko42")]
    [InlineData("KO42 ")]
    [InlineData(" KO42")]
    [InlineData("KO4A")]
    [InlineData("K4O2")]
    [InlineData("KO|42")]
    [InlineData("KO42\n")]
    [InlineData("ABCDEFGHI1")]
    [InlineData("A1234567")]
    [InlineData("NM\u0661\u0662")]
    [InlineData("\u00C419")]
    public void Anything_else_is_none(string? name) => Assert.False(OperatorName.IsValid(name));

    [Fact]
    public void No_domain_of_what_is_no_name() => Assert.Throws<ArgumentException>(() => OperatorName.DomainOf("ko42"));
}
