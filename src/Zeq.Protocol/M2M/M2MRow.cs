using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// A row of a handshake as it stands on a chain: the transition of a contract, its hashes recomputed, its members read (spec 20 §3, spec 06 rule 14). Reading one says that it is whole, not that it
/// belongs to anything.
/// </summary>
public sealed class M2MRow
{
    /// <summary>The type of a contract's transition.</summary>
    public const string RowType = "contract_transition";

    private const int MaxPayloadLength = 16 << 10;

    private M2MRow(ChainRow row, string contractId, string from, string to, Dictionary<string, string> input) =>
        (Row, ContractId, From, To, Input) = (row, contractId, from, to, input);

    /// <summary>The row on its chain.</summary>
    public ChainRow Row { get; }

    /// <summary>The contract that wrote it.</summary>
    public string ContractId { get; }

    /// <summary>The contract's state before.</summary>
    public string From { get; }

    /// <summary>The contract's state after: <c>accepted_pending</c>, <c>keyed</c> or <c>active</c>.</summary>
    public string To { get; }

    /// <summary>The row's hash, which an <c>ack_hash</c> names.</summary>
    public string StateHash => Row.StateHash;

    /// <summary>The nonce, where it has one.</summary>
    public string? SessionNonce => Text("session_nonce");

    /// <summary>The row that it acknowledges, where it does.</summary>
    public string? AckHash => Text("ack_hash");

    internal Dictionary<string, string> Input { get; }

    /// <summary>Reads a row and recomputes its hashes. Its place in the chain is not looked at: validate the chain for that.</summary>
    /// <param name="row">From outside.</param>
    /// <param name="originId">The chain that it has to be of.</param>
    /// <param name="read">The row, where the answer is null.</param>
    /// <returns>Null, <see cref="M2MFault.Malformed"/> or <see cref="M2MFault.HashMismatch"/>.</returns>
    public static M2MFault? Read(ChainRow row, string originId, out M2MRow? read)
    {
        ArgumentNullException.ThrowIfNull(row);
        read = null;
        if (row.Type != RowType || row.Flags != "s1" || row.Payload is not { Length: <= MaxPayloadLength } payload || row.Salt is not { Length: ChainHash.SaltSizeBytes } salt
            || row.Seq < 1 || !Hex.IsLowerHex(row.PrevHash, 64))
        {
            return M2MFault.Malformed;
        }

        string payloadHash = ChainHash.Payload(salt, payload), actorHash = ChainHash.ActorOf(salt, row.Actor);
        if (row.PayloadHash != payloadHash || row.ActorHash != actorHash
            || row.StateHash != ChainHash.State(originId, row.Seq, row.PrevHash, row.Zeqond, row.Type, row.TransitionId, payloadHash, actorHash, row.Flags))
        {
            return M2MFault.HashMismatch;
        }

        return TryParse(payload, out string? contractId, out string? from, out string? to, out Dictionary<string, string> input)
            && (read = new M2MRow(row, contractId!, from!, to!, input)) is not null ? null : M2MFault.Malformed;
    }

    /// <summary>The nonces of the handshakes that a machine has taken part in, by its own chain: a responder refuses them (spec 06 rule 14).</summary>
    /// <param name="rows">Rows of the machine's own chain, in any number and order; those of other kinds are passed over.</param>
    public static IReadOnlySet<string> NoncesOf(IEnumerable<ChainRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var nonces = new HashSet<string>(StringComparer.Ordinal);
        foreach (ChainRow row in rows)
        {
            if (row.Type == RowType && row.IsSystem && row.Payload is { Length: <= MaxPayloadLength } payload
                && TryParse(payload, out _, out _, out _, out Dictionary<string, string> input) && input.TryGetValue("session_nonce", out string? nonce))
            {
                nonces.Add(nonce);
            }
        }

        return nonces;
    }

    internal string? Text(string member) => Input.GetValueOrDefault(member);

    private static bool TryParse(string payload, out string? contractId, out string? from, out string? to, out Dictionary<string, string> input)
    {
        (contractId, from, to) = (null, null, null);
        input = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using JsonDocument json = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("input", out JsonElement members) || members.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            (contractId, from, to) = (TextOf(root, "contract_id"), TextOf(root, "from"), TextOf(root, "to"));
            foreach (JsonProperty member in members.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.String)
                {
                    input[member.Name] = member.Value.GetString()!;
                }
            }

            return contractId is not null && from is not null && to is not null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
