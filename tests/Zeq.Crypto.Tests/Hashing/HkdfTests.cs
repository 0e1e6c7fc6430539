namespace Zeq.Crypto.Tests;

public class HkdfTests
{
    [Fact]
    public void Wycheproof86()
    {
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("hkdf_sha256_test.json"))
        {
            var ikm = test.Bytes("ikm");
            var salt = test.Bytes("salt");
            var info = test.Bytes("info");
            var output = new byte[test.GetProperty("size").GetInt32()];
            if (test.IsInvalid())
            {
                Assert.Throws<ArgumentException>(() => Hkdf.DeriveKey(ikm, salt, info, output));
            }
            else
            {
                var expected = Hex.Encode(test.Bytes("okm"));
                Hkdf.DeriveKey(ikm, salt, info, output);
                Assert.True(expected == Hex.Encode(output), test.Label());

                output.AsSpan().Clear();
                var prk = new byte[32];
                Hkdf.Extract(ikm, salt, prk);
                Hkdf.Expand(prk, info, output);
                Assert.True(expected == Hex.Encode(output), test.Label());
            }

            count++;
        }

        Assert.Equal(86, count);
    }

    [Fact]
    public void WrongLengthsThrow()
    {
        Assert.Throws<ArgumentException>(() => Hkdf.DeriveKey([], [], [], []));
        Assert.Throws<ArgumentException>(() => Hkdf.DeriveKey([], [], [], new byte[Hkdf.MaxOutputSizeBytes + 1]));
        Assert.Throws<ArgumentException>(() => Hkdf.Extract([], [], new byte[31]));
        Assert.Throws<ArgumentException>(() => Hkdf.Extract([], [], new byte[33]));
        Assert.Throws<ArgumentException>(() => Hkdf.Expand(new byte[31], [], new byte[32]));
        Assert.Throws<ArgumentException>(() => Hkdf.Expand(new byte[32], [], []));
    }
}
