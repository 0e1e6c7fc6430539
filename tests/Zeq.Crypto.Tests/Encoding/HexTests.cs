namespace Zeq.Crypto.Tests;

public class HexTests
{
    [Fact]
    public void EveryByteThereAndBack()
    {
        for (var value = 0; value < 256; value++)
        {
            var text = Hex.Encode([(byte)value]);
            Assert.Equal(value.ToString("x2"), text);
            var back = new byte[1];
            Assert.True(Hex.TryDecode(text, back));
            Assert.Equal(value, back[0]);
        }
    }

    [Fact]
    public void OfAllCharactersOnlySixteenAreDigits()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var isDigit = c is (>= '0' and <= '9') or (>= 'a' and <= 'f');
            var bytes = new byte[] { 0xAA };
            Assert.Equal(isDigit, Hex.TryDecode([(char)c, '0'], bytes));
            Assert.True(isDigit || bytes[0] == 0);
            Assert.Equal(isDigit, Hex.TryDecode(['0', (char)c], bytes));
            Assert.Equal(isDigit, Hex.IsLowerHex([(char)c], 1));
        }
    }

    [Fact]
    public void TheLengthIsExact()
    {
        Assert.True(Hex.TryDecode("", []));
        Assert.False(Hex.TryDecode("00", []));
        Assert.False(Hex.TryDecode("000", new byte[1]));
        Assert.False(Hex.TryDecode("00", new byte[2]));
        Assert.False(Hex.TryDecode("0", []));
        Assert.True(Hex.IsLowerHex("00ff", 4));
        Assert.False(Hex.IsLowerHex("00ff", 3));
        Assert.False(Hex.IsLowerHex("00ff", 5));
        Assert.True(Hex.IsLowerHex("", 0));
    }
}
