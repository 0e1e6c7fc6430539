using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// An exported coin (spec 10 §6): the signed claim, the height of the export and the ticket that redeems it. Whoever knows the ticket can redeem the coin
/// while it stands at that height, so this object is a secret. <see cref="Dispose"/> zeroes the ticket. Not thread-safe.
/// token_id, token_hash, value_zqt and home_origin of the wire are those of the claim, so here they stand once.
/// </summary>
public sealed class BearerCoin : IDisposable
{
    /// <summary>Member <c>kind</c> of the coin on the wire.</summary>
    public const string Kind = "zeq-coin";

    /// <summary>Member <c>v</c> of the coin on the wire.</summary>
    public const int Version = 2;

    /// <summary>Size of a ticket: 32 bytes.</summary>
    public const int TicketSizeBytes = 32;

    /// <summary>The most operators of a coin: the 16 of a request and the kernel, with room.</summary>
    public const int MaxOperators = 32;

    /// <summary>The most that a coin is worth, in ZEQ (spec 05 rule 8).</summary>
    public const long MaxValueZqt = 40;

    // Beyond 2^53 two readers of JSON may see two numbers (spec 05 rule 7).
    private const long TooLarge = 1L << 53;

    // Pinned, so that the collector leaves no second copy behind when it compacts.
    private readonly byte[] _ticket = GC.AllocateArray<byte>(TicketSizeBytes, pinned: true);
    private bool _disposed;

    /// <summary>A coin of its parts; the caller's copy of the ticket is the caller's to zero.</summary>
    /// <param name="claim">What the home signed; see <see cref="IsWellFormed"/>.</param>
    /// <param name="nodeSig">The signature over the claim, 128 lower-case hex.</param>
    /// <param name="nodePubkey">The key that the coin names, 64 lower-case hex. It proves nothing: verify against a pinned one.</param>
    /// <param name="spendSeq">The coin's height after the export, 1 to 2^53 - 1.</param>
    /// <param name="ticket32">The bearer ticket, exactly 32 bytes.</param>
    /// <param name="exported">When it was exported, 0 to 2^53 - 1.</param>
    /// <exception cref="ArgumentException">A part has not its form. The message holds no part of the coin.</exception>
    public BearerCoin(EnvelopeClaim claim, string nodeSig, string nodePubkey, long spendSeq, ReadOnlySpan<byte> ticket32, Zeqond exported)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (!IsWellFormed(claim, nodeSig, nodePubkey, spendSeq, exported))
        {
            throw new ArgumentException("These are not the parts of a coin.", nameof(claim));
        }

        if (ticket32.Length != TicketSizeBytes)
        {
            throw new ArgumentException("A bearer ticket has 32 bytes.", nameof(ticket32));
        }

        (Claim, NodeSig, NodePubkey, SpendSeq, Exported) = (claim, nodeSig, nodePubkey, spendSeq, exported);
        ticket32.CopyTo(_ticket);
    }

    /// <summary>What the home says of the coin.</summary>
    public EnvelopeClaim Claim { get; }

    /// <summary>The signature over the claim, 128 lower-case hex.</summary>
    public string NodeSig { get; }

    /// <summary>The key that the coin names, 64 lower-case hex.</summary>
    public string NodePubkey { get; }

    /// <summary>The coin's height after the export.</summary>
    public long SpendSeq { get; }

    /// <summary>When it was exported.</summary>
    public Zeqond Exported { get; }

    /// <summary>The ticket: 32 secret bytes.</summary>
    /// <exception cref="ObjectDisposedException">The coin was disposed of.</exception>
    public ReadOnlySpan<byte> Ticket
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _ticket;
        }
    }

    /// <summary>Whether the home of this node key signed the coin's claim, offline. It says nothing of whether the coin still stands at this height.</summary>
    /// <param name="pinnedNodeKeyHex">The home's node key as the reader knows it, 64 lower-case hex; never the one in the coin.</param>
    public bool ProofHolds(string pinnedNodeKeyHex) => NodePubkey == pinnedNodeKeyHex && EnvelopeProof.Verify(Claim, NodeSig, pinnedNodeKeyHex);

    /// <summary>Whether parts have their forms: what a file and the wire can hold. The signature is not looked at.</summary>
    public static bool IsWellFormed(EnvelopeClaim claim, string? nodeSig, string? nodePubkey, long spendSeq, Zeqond exported)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return Hex.IsLowerHex(nodeSig, 128) && Hex.IsLowerHex(nodePubkey, 64)
            && spendSeq is >= 1 and < TooLarge && exported.Value is >= 0 and < TooLarge
            && claim.HasForm() && claim.ValueZqt is >= 1 and <= MaxValueZqt && claim.Operators.Count <= MaxOperators
            && TokenId.Of(claim.Machine, claim.Minted, claim.TokenHash) == claim.TokenId;
    }

    /// <summary>Its type and name alone: what it carries is secret.</summary>
    public override string ToString() => $"{nameof(BearerCoin)} {Claim.TokenId}";

    /// <summary>Zeroes the ticket. May be called again.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_ticket);
        _disposed = true;
    }

    internal bool HoldsOnlyZeroes => !_ticket.AsSpan().ContainsAnyExcept((byte)0);
}
