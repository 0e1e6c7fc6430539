using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>Chains of rows, hashed by <see cref="ChainHash"/> and by nothing of the validator.</summary>
public static class ChainBuilder
{
    public const string OriginId = "alpha:lab";
    public static readonly Origin Home = Origin.Parse("https://a.example");
    public static readonly string NodeKey = new('a', 64);
    public static readonly Zeqond Genesis = new(1_000);

    public static ChainValidator Validator() => new(OriginId, Home, NodeKey, Genesis);

    /// <summary>A chain that has every kind of row: the home's, a caller's, public, from a hash, erased.</summary>
    public static List<ChainRow> Sample(int rows = 8)
    {
        var chain = new List<ChainRow>();
        string prev = ChainHash.Genesis(OriginId, Home, NodeKey, Genesis);
        for (int seq = 1; seq <= rows; seq++)
        {
            var zeqond = new Zeqond(Genesis.Value + (seq / 2));
            ChainRow row = (seq % 4) switch
            {
                1 => Row(OriginId, seq, prev, zeqond, "compute", $$"""{"cost":{{seq}},"list":["a","é",true,null,-5],"value":0.5}""", null, new Actor("ZEQ07000000001", "zeq_ak_abcde"), "s1"),
                2 => Row(OriginId, seq, prev, zeqond, "note", """{"a":{"b":[1,2]},"text":"line\nbreak"}""", null, new Actor("ZEQ07000000002", "zsm_abcdefgh"), "c1"),
                3 => Row(OriginId, seq, prev, zeqond, "note", null, new string('d', 64), new Actor("ZEQ07000000002", "zsm_abcdefgh"), "c0"),
                _ => Row(OriginId, seq, prev, zeqond, "secret-note", "\"gone\"", null, new Actor("ZEQ07000000002", "zsm_abcdefgh"), "c0") with { Payload = null, Salt = null },
            };
            chain.Add(row);
            prev = row.StateHash;
        }

        return chain;
    }

    public static ChainRow Row(string originId, long seq, string prev, Zeqond zeqond, string type, string? payload, string? hash, Actor actor, string flags)
    {
        byte[] salt = SHA256.HashData(Encoding.UTF8.GetBytes($"salt {seq}"));
        byte[] uuid = SHA256.HashData(Encoding.UTF8.GetBytes($"uuid {seq}"))[..16];
        uuid[6] = (byte)((uuid[6] & 0x0F) | 0x70);
        uuid[8] = (byte)((uuid[8] & 0x3F) | 0x80);
        string transition = new Guid(uuid, bigEndian: true).ToString("D");
        string payloadHash = hash ?? ChainHash.Payload(salt, payload);
        string actorHash = ChainHash.ActorOf(salt, actor);
        string state = ChainHash.State(originId, seq, prev, zeqond, type, transition, payloadHash, actorHash, flags);
        return new ChainRow(Slug.Parse(originId[(originId.IndexOf(':') + 1)..]), seq, zeqond, type, transition, payloadHash, prev, state, actorHash, flags, actor, payload, salt);
    }

    /// <summary>The row with hashes made anew from its fields.</summary>
    public static ChainRow Rehash(this ChainRow row)
    {
        row = row.Salt is null ? row : row with
        {
            PayloadHash = row.Payload is null ? row.PayloadHash : ChainHash.Payload(row.Salt, row.Payload),
            ActorHash = ChainHash.ActorOf(row.Salt, row.Actor),
        };
        return row with { StateHash = ChainHash.State(OriginId, row.Seq, row.PrevHash, row.Zeqond, row.Type, row.TransitionId, row.PayloadHash, row.ActorHash, row.Flags) };
    }

    public static ChainBreak? Validate(IEnumerable<ChainRow> rows, Action<ChainValidator>? setUp = null)
    {
        ChainValidator validator = Validator();
        setUp?.Invoke(validator);
        foreach (ChainRow row in rows)
        {
            if (!validator.Next(row))
            {
                break;
            }
        }

        validator.Complete();
        return validator.Broken;
    }
}
