using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>Coins to lock: the one of the published vectors, the smallest, the largest, and any.</summary>
internal static class Coins
{
    public const string Pin = "correct horse battery";

    public static BearerCoin Published()
    {
        const long SpendSeq = 3;
        string ticket = Fixed.HomeA.Keys.BearerTicket.ComputeHexUtf8($"bearer|{Fixed.Coin.TokenId.Text}|{SpendSeq}");
        return new BearerCoin(
            EnvelopeClaim.Of(Fixed.Coin), Fixed.Coin.NodeSig, Fixed.Coin.NodePubkey, SpendSeq, Convert.FromHexString(ticket), new Zeqond(Fixed.At.Value + 9));
    }

    public static BearerCoin Smallest() => Of(Zid.System, Origin.Parse("http://a"), Slug.Parse("a"), 1, 0, [], Hash("p"), 1, 0);

    public static BearerCoin Largest() => Of(
        Zid.Foundation, Origin.Parse("https://" + string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', 61) + ":65535"), Slug.Parse(new string('m', 64)), 40,
        (1L << 53) - 1, [.. Enumerable.Repeat("ABCDEFGH123456", BearerCoin.MaxOperators)], Hash("p"), (1L << 53) - 1, (1L << 53) - 1);

    public static BearerCoin Migrated() => Of(
        Zid.System, Origin.Parse("https://b.example"), Slug.Parse("zeq07000000002"), 6, 2_252_252_300, [], Hash("p") + Hash("q"), 1, 2_252_252_301, "ZT-lab-7-2252252252-0123456789abcdef@https://a.example");

    public static Gen<BearerCoin> Any() =>
        from zid in Gen.Choose(0, 999_999_999)
        from host in Gen.Elements("https://a.example", "http://127.0.0.1:5000", "https://[2001:db8::1]:8443", "https://1.2.3.4")
        from machine in Gen.Elements("a", "lab-7", "---", "zeq07491829374")
        from value in Gen.Choose(1, 40)
        from minted in Number
        from operators in Gen.ListOf(Gen.Elements("KO42", "NM19", "A1", "ABCDEFGH123456"), 5)
        from isMigrated in ArbMap.Default.GeneratorFor<bool>()
        from seq in Number
        from exported in Number
        select isMigrated
            ? Of(Zid.System, Origin.Parse(host), Slug.Parse(machine), value, minted, [], Hash("p") + Hash("q"), Math.Max(seq, 1), exported, $"ZT-a-{minted}-0123456789abcdef@https://c.example")
            : Of(Zid.Parse($"ZEQ07{zid:000000000}"), Origin.Parse(host), Slug.Parse(machine), value, minted, [.. operators], Hash("p"), Math.Max(seq, 1), exported);

    private static Gen<long> Number => Gen.Elements(0L, 1, 23, 24, 255, 256, 65_535, 65_536, uint.MaxValue, 1L + uint.MaxValue, (1L << 53) - 1);

    public static BearerCoin Of(Zid zid, Origin home, Slug machine, long value, long minted, string[] operators, string proof, long spendSeq, long exported, string? source = null)
    {
        string hash = Hash($"{zid}{home}{machine}");
        var claim = new EnvelopeClaim(
            TokenId.Of(machine, new Zeqond(minted), hash), hash, value, 0, source is null ? value : 0, zid, home, machine, new Zeqond(minted), operators, Hash("digest"), proof)
        {
            MigratedFrom = source,
        };
        return new BearerCoin(claim, Hash("s") + Hash("t"), Hash("k"), spendSeq, SHA256.HashData("ticket"u8), new Zeqond(exported));
    }

    public static bool AreSame(BearerCoin a, BearerCoin b) =>
        a.Claim with { Operators = [] } == b.Claim with { Operators = [] } && a.Claim.Operators.SequenceEqual(b.Claim.Operators)
        && (a.NodeSig, a.NodePubkey, a.SpendSeq, a.Exported) == (b.NodeSig, b.NodePubkey, b.SpendSeq, b.Exported) && a.Ticket.SequenceEqual(b.Ticket);

    private static string Hash(string text) => World.Hash(text);
}
