using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class ReceiptTests
{
    private static readonly HmacKey Key = new(Convert.FromHexString(World.Hash("receipts")));

    [Fact]
    public void It_holds_for_its_fields_and_for_none_that_differs_in_one() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Receipts(), Receipts(), (receipt, other) =>
        {
            Receipt made = receipt.Sealed(Key);
            Receipt[] forged =
            [
                made with { TokenId = other.TokenId }, made with { From = other.From }, made with { To = other.To }, made with { ToOrigin = other.ToOrigin },
                made with { SpendSeq = other.SpendSeq }, made with { Zeqond = other.Zeqond }, made with { HomeOrigin = other.HomeOrigin },
            ];
            using var otherKey = new HmacKey(new byte[32]);
            return made.Holds(Key) && !made.Holds(otherKey) && forged.All(f => f.Holds(Key) == (f == made));
        }));

    [Fact]
    public void Every_bit_of_the_mac_counts()
    {
        Receipt made = Sample().Sealed(Key);
        for (int i = 0; i < made.Mac.Length; i++)
        {
            char[] mac = made.Mac.ToCharArray();
            mac[i] = mac[i] == '0' ? '1' : '0';
            Assert.False((made with { Mac = new string(mac) }).Holds(Key));
        }

        foreach (string mac in (string[])["", made.Mac[1..], made.Mac + "0", made.Mac.ToUpperInvariant(), new string('z', 64)])
        {
            Assert.False((made with { Mac = mac }).Holds(Key));
        }
    }

    [Fact]
    public void Two_different_receipts_never_share_a_text() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Receipts(), Receipts(), (a, b) => (a == b) == (a.CanonicalText() == b.CanonicalText()) && a.CanonicalText().Split('|').Length == 7));

    [Fact]
    public void A_ticket_is_bound_to_coin_holder_and_height() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Receipts(), Receipts(), (a, b) =>
        {
            string ticket = ClaimTicket.Of(Key, a.TokenId, a.To, a.SpendSeq);
            return ClaimTicket.Holds(Key, a.TokenId, a.To, a.SpendSeq, ticket)
                && ClaimTicket.Holds(Key, b.TokenId, a.To, a.SpendSeq, ticket) == (a.TokenId == b.TokenId)
                && ClaimTicket.Holds(Key, a.TokenId, b.To, a.SpendSeq, ticket) == (a.To == b.To)
                && ClaimTicket.Holds(Key, a.TokenId, a.To, b.SpendSeq, ticket) == (a.SpendSeq == b.SpendSeq)
                && ClaimTicket.CanonicalText(a.TokenId, a.To, a.SpendSeq).Split('|').Length == 4;
        }));

    [Fact]
    public void A_used_ticket_is_told_from_a_wrong_one_for_64_heights()
    {
        Receipt r = Sample();
        string ticket = ClaimTicket.Of(Key, r.TokenId, r.To, 10);
        Assert.False(ClaimTicket.WasSpent(Key, r.TokenId, r.To, 10, ticket));
        Assert.True(ClaimTicket.WasSpent(Key, r.TokenId, r.To, 11, ticket));
        Assert.True(ClaimTicket.WasSpent(Key, r.TokenId, r.To, 74, ticket));
        Assert.False(ClaimTicket.WasSpent(Key, r.TokenId, r.To, 75, ticket));
        Assert.False(ClaimTicket.WasSpent(Key, r.TokenId, r.From, 11, ticket));
        Assert.False(ClaimTicket.WasSpent(Key, r.TokenId, r.To, 0, ticket));
    }

    [Fact]
    public void Its_JSON_reads_back() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Receipts(), r => ReceiptJson.Parse(r.Sealed(Key).ToPayload().ToCanonicalText()) == r.Sealed(Key)));

    [Theory]
    [InlineData("token_id", "\"ZT-a-01-0123456789abcdef\"")]
    [InlineData("from", "\"ZEQ\"")]
    [InlineData("to", "1")]
    [InlineData("to_origin", "\"https://B.example\"")]
    [InlineData("home_origin", "null")]
    [InlineData("mac", "\"00\"")]
    [InlineData("spend_seq", "-1")]
    [InlineData("spend_seq", "\"1\"")]
    [InlineData("spend_seq", "9223372036854775808")]
    [InlineData("zeqond", "1.5")]
    [InlineData("zeqond", null)]
    public void A_malformed_member_is_no_receipt(string member, string? value)
    {
        var members = Sample().Sealed(Key).ToPayload().ToCanonicalText().Trim('{', '}').Split(',').Where(m => !m.StartsWith($"\"{member}\":", StringComparison.Ordinal)).ToList();
        if (value is not null)
        {
            members.Add($"\"{member}\":{value}");
        }

        using JsonDocument json = JsonDocument.Parse("{" + string.Join(',', members) + "}");
        Assert.False(ReceiptJson.TryRead(json.RootElement, out Receipt? receipt));
        Assert.Null(receipt);
    }

    [Fact]
    public void What_is_no_object_is_no_receipt()
    {
        using JsonDocument json = JsonDocument.Parse("[]");
        Assert.False(ReceiptJson.TryRead(json.RootElement, out _));
    }

    [Fact]
    public void The_id_of_a_move_is_bound_to_each_of_its_fields()
    {
        Move move = SampleMove();
        string id = Transfer.Id(move);
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Equal(World.Hash($"env|{move.TokenId.Text}|{move.From.Text}|{move.To.Text}|{move.ToOrigin.Text}|{move.SpendSeq}")[..32], id);
        Move[] others =
        [
            move with { TokenId = TokenId.Of(Slug.Parse("b"), new Zeqond(1), World.Hash("b")) }, move with { From = Zid.FromNumber(9) }, move with { To = Zid.FromNumber(9) },
            move with { ToOrigin = Origin.Parse("https://c.example") }, move with { SpendSeq = 9 },
        ];
        Assert.All(others, other => Assert.NotEqual(id, Transfer.Id(other)));
    }

    internal static Receipt Sample() => new(
        TokenId.Of(Slug.Parse("lab"), new Zeqond(5), World.Hash("x")), Zid.FromNumber(1), Zid.FromNumber(2), Origin.Parse("https://b.example"), 1, new Zeqond(6), Origin.Parse("https://a.example"), "");

    internal static Move SampleMove() => new(
        Sample().TokenId, 1, MoveKind.Transfer, Zid.FromNumber(1), Origin.Parse("https://a.example"), Zid.FromNumber(2), Origin.Parse("https://b.example"), new Zeqond(6), MoveMeans.Account,
        null, null, new RowRef("zeq07000000001", 1, World.Hash("row")), null);

    /// <summary>Receipts of few values, so that fields coincide often.</summary>
    private static Arbitrary<Receipt> Receipts() => (
        from token in Gen.Elements("a", "a-1", "1-a").Select(s => TokenId.Of(Slug.Parse(s), new Zeqond(1), World.Hash("t")))
        from @from in Gen.Choose(0, 2)
        from to in Gen.Choose(0, 2)
        from toOrigin in Gen.Elements("https://a.example", "https://b.example", "https://b.example:8443")
        from seq in Gen.Elements(0L, 1L, 11L, 9_007_199_254_740_991L)
        from zeqond in Gen.Elements(0L, 1L, 11L)
        from home in Gen.Elements("https://a.example", "https://b.example")
        select new Receipt(token, Zid.FromNumber(@from), Zid.FromNumber(to), Origin.Parse(toOrigin), seq, new Zeqond(zeqond), Origin.Parse(home), "")).ToArbitrary();
}
