namespace Zeq.Crypto.Tests;

public class LadderTests
{
    [Fact]
    public void BothLaddersAreTheSame()
    {
        Assert.SkipUnless(FieldQuad.IsSupported, "no AVX2 on this machine");
        var random = SeededRandom.Create();
        for (var i = 0; i < 500; i++)
        {
            // Coordinates of small order too, where Z becomes 0.
            var u = FieldElement.FromBytes(i < 3 ? Numbers.ToBytes(i == 2 ? Numbers.P - 1 : i) : random.Bytes(32));
            var scalar = random.Bytes(32);
            scalar[31] &= 0x7F;
            Ladder.Run(scalar, u, out var x, out var z);
            QuadLadder.Run(scalar, u, out var quadX, out var quadZ);
            Assert.Equal(Quotient(x, z), Quotient(quadX, quadZ));
            Assert.Equal(z.IsZero(), quadZ.IsZero());
        }
    }

    [Fact]
    public void TheLadderOfEveryProcessorPassesTheVectors()
    {
        foreach (var (_, test) in Wycheproof.Read("x25519_test.json"))
        {
            var scalar = test.Bytes("private");
            scalar[0] &= 0xF8;
            scalar[31] = (byte)((scalar[31] & 0x7F) | 0x40);
            Ladder.Run(scalar, FieldElement.FromBytes(test.Bytes("public")), out var x, out var z);
            Assert.Equal(test.GetProperty("shared").GetString(), Quotient(x, z));
        }
    }

    private static string Quotient(in FieldElement x, in FieldElement z)
    {
        var bytes = new byte[32];
        FieldElement.Mul(x, FieldElement.Invert(z)).ToBytes(bytes);
        return Hex.Encode(bytes);
    }
}
