using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class ChainValidatorTests
{
    [Fact]
    public void A_sound_chain_holds()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        ChainValidator validator = ChainBuilder.Validator();
        Assert.All(chain, row => Assert.True(validator.Next(row)));
        Assert.True(validator.Complete());
        Assert.Equal(chain.Count, validator.Count);
        Assert.Equal(chain[^1].StateHash, validator.HeadHash);
        Assert.Equal(chain[^1].Seq, validator.Seq);
    }

    [Fact]
    public void An_empty_chain_holds_with_its_genesis()
    {
        ChainValidator validator = ChainBuilder.Validator();
        Assert.True(validator.Complete());
        Assert.Equal(ChainHash.Genesis(ChainBuilder.OriginId, ChainBuilder.Home, ChainBuilder.NodeKey, ChainBuilder.Genesis), validator.HeadHash);
    }

    public static TheoryData<string, int, Func<ChainRow, ChainRow>> Damages => new()
    {
        { ChainBreakReason.Genesis, 1, r => r with { PrevHash = new string('0', 64) } },
        { ChainBreakReason.PrevHash, 2, r => r with { PrevHash = new string('0', 64) } },
        { ChainBreakReason.PrevHash, 2, r => r with { PrevHash = r.PrevHash.ToUpperInvariant() } },
        { ChainBreakReason.StateHash, 2, r => r with { StateHash = new string('0', 64) } },
        { ChainBreakReason.StateHash, 2, r => r with { Type = "other" } },
        { ChainBreakReason.StateHash, 2, r => r with { Flags = "c0" } },
        { ChainBreakReason.StateHash, 2, r => r with { Zeqond = new Zeqond(r.Zeqond.Value + 1) } },
        { ChainBreakReason.StateHash, 3, r => r with { PayloadHash = new string('e', 64) } },
        { ChainBreakReason.StateHash, 4, r => r with { PayloadHash = new string('e', 64) } },
        { ChainBreakReason.StateHash, 4, r => r with { ActorHash = new string('e', 64) } },
        { ChainBreakReason.PayloadHash, 2, r => r with { PayloadHash = new string('e', 64) } },
        { ChainBreakReason.PayloadHash, 2, r => r with { Payload = "{}" } },
        { ChainBreakReason.PayloadHash, 2, r => r with { Salt = new byte[32] } },
        { ChainBreakReason.ActorHash, 3, r => r with { Salt = new byte[32] } },
        { ChainBreakReason.ActorHash, 2, r => r with { ActorHash = new string('e', 64) } },
        { ChainBreakReason.ActorHash, 2, r => r with { Actor = r.Actor with { KeyPrefix = "zsm_abcdefgi" } } },
        { ChainBreakReason.ActorHash, 2, r => r with { Actor = new Actor("ZEQ0700000000", "2|zsm_abcdefgh") } },
        { ChainBreakReason.SeqGap, 2, r => r with { Seq = 3 } },
        { ChainBreakReason.SeqGap, 2, r => r with { Seq = 1 } },
        { ChainBreakReason.ZeqondDecreased, 3, r => (r with { Zeqond = new Zeqond(r.Zeqond.Value - 1) }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { Payload = "{\"b\":1,\"a\":2}" }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { Payload = "{\"a\": 2}" }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => r with { Payload = "\"\ud800\"" } },
        { ChainBreakReason.Malformed, 2, r => r with { Salt = new byte[31] } },
        { ChainBreakReason.Malformed, 2, r => r with { Salt = null } },
        { ChainBreakReason.Malformed, 1, r => r with { Payload = null } },
        { ChainBreakReason.Malformed, 1, r => r with { Payload = null, Salt = null } },
        { ChainBreakReason.Malformed, 2, r => r with { Flags = "x1" } },
        { ChainBreakReason.Malformed, 2, r => (r with { Type = "Note" }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { Type = "" }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { Type = new string('a', 65) }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { TransitionId = Guid.Empty.ToString("D") }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => (r with { TransitionId = r.TransitionId.ToUpperInvariant() }).Rehash() },
        { ChainBreakReason.Malformed, 2, r => r with { Slug = Slug.Parse("other") } },
        { ChainBreakReason.Malformed, 2, r => (r with { Actor = new Actor("a|b", "c") }).Rehash() },
        { ChainBreakReason.Malformed, 3, r => (r with { PayloadHash = "a|b" }).Rehash() },
        { ChainBreakReason.Malformed, 4, r => (r with { ActorHash = "" }).Rehash() },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Damages))]
    public void A_damage_is_found_at_its_row(string reason, int seq, Func<ChainRow, ChainRow> damage)
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        chain[seq - 1] = damage(chain[seq - 1]);
        ChainBreak? broken = ChainBuilder.Validate(chain);
        Assert.Equal((chain[seq - 1].Seq, chain[seq - 1].Zeqond, reason), (broken!.Value.Seq, broken.Value.Zeqond, broken.Value.Reason));
    }

    [Fact]
    public void A_missing_row_is_a_gap()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        chain.RemoveAt(3);
        Assert.Equal(new ChainBreak(5, chain[3].Zeqond, ChainBreakReason.SeqGap), ChainBuilder.Validate(chain));
    }

    [Fact]
    public void A_rewritten_chain_is_found_by_a_remembered_row()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        Assert.Null(ChainBuilder.Validate(chain, v => v.Expect(3, chain[2].StateHash)));
        Assert.Equal(new ChainBreak(3, chain[2].Zeqond, ChainBreakReason.Head), ChainBuilder.Validate(chain, v => v.Expect(3, chain[1].StateHash)));
        Assert.Equal(new ChainBreak(9, null, ChainBreakReason.Head), ChainBuilder.Validate(chain, v => v.Expect(9, chain[1].StateHash)));
    }

    [Fact]
    public void In_the_middle_the_first_row_follows_its_predecessor()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        Assert.Null(ChainBuilder.Validate(chain[3..], v => v.StartAfter(3, chain[2].StateHash, chain[2].Zeqond)));
        Assert.Equal(ChainBreakReason.PrevHash, ChainBuilder.Validate(chain[3..], v => v.StartAfter(3, chain[1].StateHash, chain[2].Zeqond))!.Value.Reason);
        Assert.Equal(ChainBreakReason.SeqGap, ChainBuilder.Validate(chain[3..], v => v.StartAfter(2, chain[2].StateHash, chain[2].Zeqond))!.Value.Reason);
        Assert.Equal(
            ChainBreakReason.ZeqondDecreased, ChainBuilder.Validate(chain[3..], v => v.StartAfter(3, chain[2].StateHash, new Zeqond(9_999)))!.Value.Reason);
    }

    [Fact]
    public void Hidden_rows_are_taken_only_where_the_reader_is_a_stranger()
    {
        List<ChainRow> chain = [.. ChainBuilder.Sample().Select(row => row with { Payload = null, Salt = null, Actor = default })];
        Assert.Equal(new ChainBreak(1, chain[0].Zeqond, ChainBreakReason.Malformed), ChainBuilder.Validate(chain));
        var stranger = new ChainValidator(ChainBuilder.OriginId, ChainBuilder.Home, ChainBuilder.NodeKey, ChainBuilder.Genesis) { TakesHiddenRows = true };
        Assert.All(chain, row => Assert.True(stranger.Next(row)));
    }

    [Fact]
    public void A_broken_chain_stays_broken()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        ChainValidator validator = ChainBuilder.Validator();
        Assert.False(validator.Next(chain[1]));
        Assert.False(validator.Next(chain[0]));
        Assert.Equal(ChainBreakReason.SeqGap, validator.Broken!.Value.Reason);
        Assert.Equal(0, validator.Count);
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ChainValidator("lab", ChainBuilder.Home, ChainBuilder.NodeKey, default));
        Assert.Throws<ArgumentException>(() => ChainBuilder.Validator().Expect(1, "00"));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChainBuilder.Validator().Expect(0, new string('0', 64)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChainBuilder.Validator().StartAfter(0, new string('0', 64), default));
    }

    [Fact]
    public void Every_change_of_one_byte_of_one_field_is_found_at_its_row()
    {
        List<ChainRow> chain = ChainBuilder.Sample();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(
            (from seq in Gen.Choose(1, chain.Count)
             from column in Gen.Choose(0, ChainRow.Table.Columns.Count - 1)
             from at in Gen.Choose(0, 1_000)
             from flip in Gen.Choose(1, 255)
             select (seq, column, at, flip)).ToArbitrary(),
            change =>
            {
                List<ChainRow> damaged = [.. chain];
                return Damage(chain[change.seq - 1], change.column, change.at, change.flip) is not { } row
                    || (damaged[change.seq - 1] = row) == row && ChainBuilder.Validate(damaged) is { } broken && broken.Seq == row.Seq;
            }));
    }

    [Fact]
    public void Its_hashes_are_those_of_the_definition()
    {
        // Rows of any text and number, hashed by ChainHash, hold; so the two ways to hash agree.
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
            ArbMap.Default.ArbFor<string>(), Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(1, 900).ToArbitrary(), (text, zeqond, repeat) =>
            {
                string clean = string.Concat(Enumerable.Repeat(string.Concat((text ?? "").Where(c => !char.IsSurrogate(c))), repeat));
                string payload = new Payload().Add("text", clean).Add("zeqond", zeqond).ToCanonicalText();
                string prev = ChainHash.Genesis(ChainBuilder.OriginId, ChainBuilder.Home, ChainBuilder.NodeKey, ChainBuilder.Genesis);
                ChainRow row = ChainBuilder.Row(
                    ChainBuilder.OriginId, 1, prev, new Zeqond(ChainBuilder.Genesis.Value + zeqond), "note", payload, null, new Actor("ZEQ07000000002", "zsm_abcdefgh"), "c0");
                return ChainBuilder.Validate([row]) is null;
            }));
    }

    /// <summary>The row with one byte of one cell changed; null where it cannot be read back, or no hash covers the cell.</summary>
    private static ChainRow? Damage(ChainRow row, int column, int at, int flip)
    {
        var cells = new Cell[ChainRow.Table.Columns.Count];
        ChainRow.Table.Write(row, cells);
        if (cells[column].IsNull || (row.Salt is null && ChainRow.Table.Columns[column].Name is "actor_zid" or "key_prefix"))
        {
            return null;
        }

        cells[column] = cells[column].Kind switch
        {
            ColumnKind.Integer => Cell.Of(cells[column].Integer ^ ((long)flip << (at % 7 * 8))),
            ColumnKind.Blob => Cell.Of(Flip(cells[column].Blob, at, flip)),
            _ => Cell.Of(Encoding.UTF8.GetString(Flip(Encoding.UTF8.GetBytes(cells[column].Text), at, flip))),
        };
        try
        {
            var damaged = (ChainRow)ChainRow.Table.Read(cells);
            return damaged.Slug == row.Slug && ChainRow.Table.Columns[column].Name == "slug" ? null : damaged;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Flip(byte[] bytes, int at, int flip)
    {
        byte[] copy = [.. bytes];
        copy[at % copy.Length] ^= (byte)flip;
        return copy;
    }
}
