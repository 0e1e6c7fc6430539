using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>The record layout of the NFC Forum: NDEF 1.0 §3 and URI RTD 1.0 §3.</summary>
public sealed class NdefUriTests
{
    // URI RTD 1.0, appendix A.1 and A.2, and one record per header form.
    [Theory]
    [InlineData("http://www.nfc.com", "d1010855016e66632e636f6d")]
    [InlineData("tel:+35891234567", "d1010d55052b3335383931323334353637")]
    [InlineData("https://a", "d10102550461")]
    [InlineData("zeq:x", "d1010655007a65713a78")]
    public void The_bytes_are_those_of_the_standard(string uri, string hex)
    {
        Assert.Equal(hex, Convert.ToHexStringLower(NdefUri.Encode(uri)));
        Assert.True(NdefUri.TryDecode(Convert.FromHexString(hex), out string? read));
        Assert.Equal(uri, read);
    }

    [Theory]
    [InlineData(254, true)]
    [InlineData(255, false)]
    public void A_payload_beyond_255_bytes_takes_the_long_form(int restSize, bool isShort)
    {
        byte[] message = NdefUri.Encode("https://" + new string('a', restSize));
        Assert.Equal(isShort ? 0xD1 : 0xC1, message[0]);
        Assert.Equal(isShort ? [0xD1, 1, 255, 0x55, 4] : new byte[] { 0xC1, 1, 0, 0, 1, 0, 0x55, 4 }, message[..(isShort ? 5 : 8)]);
        Assert.True(NdefUri.TryDecode(message, out string? uri));
        Assert.Equal(restSize + 8, uri.Length);
    }

    [Fact]
    public void Every_code_of_the_standard_is_known()
    {
        for (int code = 0; code < 256; code++)
        {
            Assert.Equal(code <= 0x23, NdefUri.TryDecode([0xD1, 1, 2, 0x55, (byte)code, (byte)'x'], out string? uri));
            Assert.True(uri is null || (uri[^1] == 'x' && NdefUri.Encode(uri)[4] == code));
        }

        Assert.True(NdefUri.TryDecode([0xD1, 1, 2, 0x55, 0x23, (byte)'x'], out string? last));
        Assert.Equal("urn:nfc:x", last);
        Assert.True(NdefUri.TryDecode([0xD1, 1, 2, 0x55, 0x0D, (byte)'x'], out string? middle));
        Assert.Equal("ftp://x", middle);
        Assert.True(NdefUri.TryDecode([0xD1, 1, 2, 0x55, 0x1D, (byte)'x'], out string? file));
        Assert.Equal("file://x", file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("d101")]
    [InlineData("d1010055")]
    [InlineData("d1010055" + "04")]
    [InlineData("51010255" + "0461")]
    [InlineData("91010255" + "0461")]
    [InlineData("f1010255" + "0461")]
    [InlineData("d9010255" + "0461")]
    [InlineData("d2010255" + "0461")]
    [InlineData("d1020255" + "0461")]
    [InlineData("d1010354" + "0461")]
    [InlineData("d1010354" + "046161")]
    [InlineData("d1010255" + "046161")]
    [InlineData("d1010255" + "04ff")]
    [InlineData("d1010255" + "0400")]
    [InlineData("d1010155" + "00")]
    [InlineData("c101ffffffff55" + "0461")]
    [InlineData("c1010000000055")]
    public void Anything_else_is_no_URI(string hex)
    {
        Assert.False(NdefUri.TryDecode(Convert.FromHexString(hex), out string? uri));
        Assert.Null(uri);
    }

    [Fact]
    public void The_long_form_of_a_short_record_reads_too() => Assert.True(NdefUri.TryDecode([0xC1, 1, 0, 0, 0, 2, 0x55, 4, (byte)'a'], out _));

    [Fact]
    public void A_cut_or_longer_message_is_none()
    {
        byte[] message = NdefUri.Encode("https://a.example/claim#zeqcoin:v2:" + new string('A', 500));
        for (int length = 0; length < message.Length; length++)
        {
            Assert.False(NdefUri.TryDecode(message.AsSpan(0, length), out _));
        }

        Assert.False(NdefUri.TryDecode([.. message, 0], out _));
        Assert.Throws<ArgumentException>(() => NdefUri.Encode("https://" + new string('a', NdefUri.MaxUriSizeBytes - 7)));
        Assert.True(NdefUri.TryDecode(NdefUri.Encode("https://" + new string('a', NdefUri.MaxUriSizeBytes - 8)), out _));
        Assert.Throws<ArgumentException>(() => NdefUri.Encode("half \ud800"));
        Assert.Throws<ArgumentException>(() => NdefUri.Encode("a\nb"));
        Assert.Throws<ArgumentException>(() => NdefUri.Encode(""));
    }

    [Fact]
    public void Any_URI_goes_there_and_back() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
        Gen.Elements("", "https://", "https://www.", "urn:", "urn:epc:id:", "ftp://ftp.").ToArbitrary(),
        ArbMap.Default.ArbFor<NonEmptyString>(),
        (prefix, rest) =>
        {
            string uri = prefix + new string([.. rest.Get.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]) + "ü😀";
            return NdefUri.TryDecode(NdefUri.Encode(uri), out string? read) && read == uri;
        }));

    [Fact]
    public void Any_bytes_are_read_without_a_fault() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), bytes => NdefUri.TryDecode([0xD1, 1, (byte)(bytes.Length + 1), 0x55, 4, .. bytes], out string? uri) == uri is not null));
}
