namespace Zeq.Protocol.Tests;

public class VoteIdTests
{
    [Fact]
    public void The_name_says_when_the_vote_closes()
    {
        VoteId id = VoteId.Of(new Zeqond(2_252_252_252), [1, 2, 3, 4, 5, 6, 7, 0xFF, 9]);
        Assert.Equal("VT-2252252252-01020304050607ff", id.Text);
        Assert.Equal(id, VoteId.Parse(id.Text));
        Assert.Equal(2_252_252_252, VoteId.Parse(id.Text).Closes.Value);
        Assert.Equal(VoteId.MaxLength, VoteId.Of(new Zeqond((1L << 53) - 1), new byte[8]).Text.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => VoteId.Of(new Zeqond(0), new byte[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => VoteId.Of(new Zeqond(1L << 53), new byte[8]));
        Assert.Throws<InvalidOperationException>(() => default(VoteId).Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("VT-")]
    [InlineData("VT--0123456789abcdef")]
    [InlineData("VT-0-0123456789abcdef")]
    [InlineData("VT-01-0123456789abcdef")]
    [InlineData("VT-+1-0123456789abcdef")]
    [InlineData("VT-9007199254740992-0123456789abcdef")]
    [InlineData("VT-99999999999999999-0123456789abcdef")]
    [InlineData("VT-1-0123456789ABCDEF")]
    [InlineData("VT-1-0123456789abcde")]
    [InlineData("VT-1-0123456789abcdef0")]
    [InlineData("VT-1-0123456789abcdef ")]
    [InlineData("vt-1-0123456789abcdef")]
    [InlineData("VT-1-1-0123456789abcdef")]
    public void Anything_else_is_no_vote_id(string? text)
    {
        Assert.False(VoteId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => VoteId.Parse(text!));
    }
}
