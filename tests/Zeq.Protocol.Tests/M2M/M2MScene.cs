using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

/// <summary>One machine of a handshake: its key, its contract and its chain, whose rows are hashed here.</summary>
internal sealed class M2MMachine
{
    private readonly Zeqond _genesis = new(1_000);
    private readonly string _nodeKey;
    private string _state = "proposed";

    public M2MMachine(string home, string slug, string keyLabel)
    {
        Seed = SHA256.HashData(Encoding.UTF8.GetBytes(keyLabel));
        byte[] publicKey = new byte[32];
        Ed25519.GetPublicKey(Seed, publicKey);
        Party = new M2MParty(Origin.Parse($"https://{home}.example"), Slug.Parse(home + "-home"), Slug.Parse(slug), Convert.ToHexStringLower(publicKey));
        _nodeKey = World.Hash(home);
        ContractId = "contract-" + slug;
    }

    public byte[] Seed { get; }

    public M2MParty Party { get; }

    public string ContractId { get; set; }

    public List<ChainRow> Rows { get; } = [];

    public M2MChain Chain => new(Party, _nodeKey, _genesis, Rows);

    /// <summary>What the contract writes for a row of the handshake.</summary>
    public ChainRow Write(M2MNextRow next)
    {
        ChainRow row = Append(PayloadOf(_state, next.To, next.Input));
        _state = next.To;
        return row;
    }

    public void StartAgain(string contractId) => (ContractId, _state) = (contractId, "proposed");

    public string PayloadOf(string from, string to, string input) =>
        $$"""{"contract_id":"{{ContractId}}","from":"{{from}}","input":{{input}},"name":"m2m_handshake","operator":"KO42","to":"{{to}}"}""";

    public ChainRow Append(string payload, string type = "contract_transition", string flags = "s1")
    {
        string prev = Rows.Count > 0 ? Rows[^1].StateHash : ChainHash.Genesis(Party.OriginId, Party.Origin, _nodeKey, _genesis);
        ChainRow row = ChainBuilder.Row(Party.OriginId, Rows.Count + 1, prev, new Zeqond(1_000 + Rows.Count), type, payload, null, new Actor("ZEQ07000000001", "zeq_ak_abcde"), flags);
        Rows.Add(row);
        return row;
    }

    /// <summary>The row as a lying home shows it: another input, and all hashes made anew.</summary>
    public ChainRow Forge(ChainRow row, Action<JsonObject> change)
    {
        JsonNode payload = JsonNode.Parse(row.Payload!)!;
        change(payload["input"]!.AsObject());
        string text = Encoding.UTF8.GetString(Jcs.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(payload)));
        return ChainBuilder.Row(Party.OriginId, row.Seq, row.PrevHash, row.Zeqond, row.Type, text, null, row.Actor, row.Flags);
    }
}

/// <summary>Two machines, and a handshake between them that runs until somebody refuses; a man in the middle may change what each is shown.</summary>
internal sealed class M2MScene : IDisposable
{
    public M2MScene(IReadOnlySet<string>? seenNonces = null)
    {
        Initiator = M2MHandshake.Initiate(A.Party, B.Party, A.Seed);
        Responder = M2MHandshake.Accept(B.Party, A.Party, B.Seed, seenNonces ?? new HashSet<string>());
    }

    public M2MMachine A { get; } = new("a", "alice", "key of a");

    public M2MMachine B { get; } = new("b", "bob", "key of b");

    public M2MHandshake Initiator { get; }

    public M2MHandshake Responder { get; }

    /// <summary>What the other side is shown instead of a row.</summary>
    public Func<M2MStep, ChainRow, ChainRow> Middle { get; set; } = (_, row) => row;

    /// <summary>Runs to the end, or to a refusal.</summary>
    public void Run()
    {
        while (Initiator.Refusal is null && Responder.Refusal is null && (Initiator.Next ?? Responder.Next) is not null)
        {
            Turn(Initiator, A, Responder);
            Turn(Responder, B, Initiator);
        }
    }

    public void Dispose()
    {
        Initiator.Dispose();
        Responder.Dispose();
    }

    private void Turn(M2MHandshake self, M2MMachine machine, M2MHandshake other)
    {
        while (self.Next is { } next && other.Refusal is null)
        {
            ChainRow row = machine.Write(next);
            Assert.True(self.TakeOwn(row));
            Assert.Equal(next.Step, other.Awaits);
            if (!other.TakePeer(Middle(next.Step, row)))
            {
                return;
            }
        }
    }
}
