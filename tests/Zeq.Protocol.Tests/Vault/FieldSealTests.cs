using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class FieldSealTests
{
    private static readonly byte[] Key = Convert.FromHexString(World.Hash("field key")), Previous = Convert.FromHexString(World.Hash("previous"));
    private const string Owner = "ZEQ07000000001";

    [Fact]
    public void A_sealed_value_opens_in_its_place_and_nowhere_else() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(1, 9).ToArbitrary(), (secret, version) =>
        {
            using var seal = new FieldSeal(Key);
            byte[] at = seal.Seal(secret, "tally.claim.x", Owner, version);
            return at.Length == secret.Length + FieldSeal.OverheadBytes && seal.TryOpen(at, "tally.claim.x", Owner, version)!.SequenceEqual(secret)
                && seal.TryOpen(at, "tally.claim.y", Owner, version) is null && seal.TryOpen(at, "tally.claim.x", "ZEQ07000000002", version) is null
                && seal.TryOpen(at, "tally.claim.x", Owner, version + 1) is null && !at.SequenceEqual(seal.Seal(secret, "tally.claim.x", Owner, version));
        }));

    [Fact]
    public void Any_damage_is_null_never_an_exception()
    {
        using var seal = new FieldSeal(Key);
        byte[] made = seal.Seal("a secret"u8, "n", Owner, 1);
        for (int i = 0; i < made.Length; i++)
        {
            byte[] damaged = [.. made];
            damaged[i] ^= 1;
            Assert.Null(seal.TryOpen(damaged, "n", Owner, 1));
            Assert.Null(seal.TryOpen(made.AsSpan(0, i), "n", Owner, 1));
        }

        Assert.Null(seal.TryOpen([.. made, 0], "n", Owner, 1));
        Assert.Null(seal.TryOpen([], "n", Owner, 1));
    }

    [Fact]
    public void The_previous_key_opens_and_the_new_one_seals()
    {
        using var old = new FieldSeal(Previous);
        using var rotated = new FieldSeal(Key, Previous);
        using var done = new FieldSeal(Key);
        byte[] before = old.Seal("s"u8, "n", Owner, 1), after = rotated.Seal("s"u8, "n", Owner, 1);
        Assert.Equal("s"u8.ToArray(), rotated.TryOpen(before, "n", Owner, 1));
        Assert.Null(done.TryOpen(before, "n", Owner, 1));
        Assert.Equal("s"u8.ToArray(), done.TryOpen(after, "n", Owner, 1));
        Assert.Null(old.TryOpen(after, "n", Owner, 1));
        Assert.Equal(FieldSeal.KeyId(Key), after[1..5]);
    }

    [Fact]
    public void Keys_have_32_bytes()
    {
        Assert.Throws<ArgumentException>(() => new FieldSeal(new byte[31]));
        Assert.Throws<ArgumentException>(() => new FieldSeal(Key, new byte[16]));
    }

    [Fact]
    public void A_secret_never_stands_in_its_sealed_value()
    {
        using var seal = new FieldSeal(Key);
        string text = Encoding.Latin1.GetString(seal.Seal("plain text here"u8, "n", Owner, 1));
        Assert.DoesNotContain("plain", text, StringComparison.Ordinal);
    }
}
