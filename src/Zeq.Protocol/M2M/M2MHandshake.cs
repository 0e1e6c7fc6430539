using System.Text;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// One side of a handshake of two machines (spec 20 §4, spec 06 rule 14), without a network: it says which row its own contract writes next, is given the rows of both chains as they stand there, and either goes on or
/// names the step that it refuses. A refused handshake has erased its keys and stays refused. Not thread-safe.
/// </summary>
/// <remarks>
/// Whoever runs it: while <see cref="Next"/> is not null, drive the own contract to its state with its input, and give the row that came of it to <see cref="TakeOwn"/>; while <see cref="Awaits"/> is not null, look on the
/// other chain for the transition that follows, and give it to <see cref="TakePeer"/>. When <see cref="IsEstablished"/>, both sides have shown that they hold the same key. The other party's public key must be the
/// pinned one: nothing else keeps out a home that lies.
/// </remarks>
public sealed class M2MHandshake : IDisposable
{
    private readonly bool _isInitiator;
    private readonly M2MParty _self;
    private readonly M2MParty _peer;
    private readonly IReadOnlySet<string> _seenNonces;
    private readonly M2MSecrets _secrets;
    private readonly M2MTranscript _transcript;
    private M2MKeys? _keys;

    private M2MHandshake(bool isInitiator, M2MParty self, M2MParty peer, IReadOnlySet<string> seenNonces, M2MSecrets secrets)
    {
        (_isInitiator, _self, _peer, _seenNonces, _secrets) = (isInitiator, self, peer, seenNonces, secrets);
        _transcript = isInitiator ? new M2MTranscript(self, peer, asksForOrigins: false) : new M2MTranscript(peer, self, asksForOrigins: false);
        Next = isInitiator ? MakeNext(M2MStep.Propose) : null;
        Awaits = isInitiator ? null : M2MStep.Propose;
    }

    /// <summary>The row that this side writes now; null while the other side's is awaited, and in the end.</summary>
    public M2MNextRow? Next { get; private set; }

    /// <summary>The other side's row that may come now; null where this side's comes first, and in the end.</summary>
    public M2MStep? Awaits { get; private set; }

    /// <summary>Why the handshake ended; null while it did not fail.</summary>
    public M2MRefusal? Refusal { get; private set; }

    /// <summary>Whether both sides have confirmed.</summary>
    public bool IsEstablished => Refusal is null && _transcript[M2MStep.InitiatorActive] is not null && _transcript[M2MStep.ResponderActive] is not null;

    /// <summary>The session's name, 32 lower-case hex, once both sides are keyed; null before.</summary>
    public string? SessionId => _transcript[M2MStep.InitiatorKeyed] is null ? null : _transcript.SessionId;

    /// <summary>The other side's contract, once a row of it was taken; null before.</summary>
    public string? PeerContractId => _transcript[_isInitiator ? M2MStep.Respond : M2MStep.Propose]?.ContractId;

    /// <summary>Begins a handshake.</summary>
    /// <param name="self">This side; its key is the one of <paramref name="machineSeed"/>.</param>
    /// <param name="peer">The other side, with its pinned key.</param>
    /// <param name="machineSeed">The 32-byte seed of this machine's Ed25519 key; the caller zeroes its copy.</param>
    /// <exception cref="ArgumentException">A key has not its form, or the seed is of another one.</exception>
    public static M2MHandshake Initiate(M2MParty self, M2MParty peer, ReadOnlySpan<byte> machineSeed) =>
        Begin(isInitiator: true, self, peer, machineSeed, null, M2MSecrets.Draw(isInitiator: true));

    /// <summary>Waits for a proposal.</summary>
    /// <param name="self">This side; its key is the one of <paramref name="machineSeed"/>.</param>
    /// <param name="peer">The other side, with its pinned key.</param>
    /// <param name="machineSeed">The 32-byte seed of this machine's Ed25519 key; the caller zeroes its copy.</param>
    /// <param name="seenNonces">The nonces that are used up: <see cref="M2MRow.NoncesOf"/> of this machine's own chain.</param>
    /// <exception cref="ArgumentException">A key has not its form, or the seed is of another one.</exception>
    public static M2MHandshake Accept(M2MParty self, M2MParty peer, ReadOnlySpan<byte> machineSeed, IReadOnlySet<string> seenNonces)
    {
        ArgumentNullException.ThrowIfNull(seenNonces);
        return Begin(isInitiator: false, self, peer, machineSeed, seenNonces, M2MSecrets.Draw(isInitiator: false));
    }

    /// <summary>Takes the row that came of <see cref="Next"/>, as it stands on this side's chain.</summary>
    /// <param name="row">The row.</param>
    /// <returns>False where the handshake ended: see <see cref="Refusal"/>.</returns>
    /// <exception cref="InvalidOperationException">No row of this side is due.</exception>
    public bool TakeOwn(ChainRow row)
    {
        if (Refusal is not null)
        {
            return false;
        }

        M2MNextRow next = Next ?? throw new InvalidOperationException("No row of this side is due.");
        if (M2MRow.Read(row, _self.OriginId, out M2MRow? own) is { } unreadable)
        {
            return Refuse(next.Step, unreadable);
        }

        if (own!.To != next.To || !HasInput(row, next.Input))
        {
            return Refuse(next.Step, M2MFault.NotAsWritten);
        }

        return Go(next.Step, own);
    }

    /// <summary>Takes the row that <see cref="Awaits"/> names, as it stands on the other side's chain.</summary>
    /// <param name="row">From outside.</param>
    /// <returns>False where the handshake ended: see <see cref="Refusal"/>.</returns>
    /// <exception cref="InvalidOperationException">No row of the other side is awaited.</exception>
    public bool TakePeer(ChainRow row)
    {
        if (Refusal is not null)
        {
            return false;
        }

        M2MStep step = Awaits ?? throw new InvalidOperationException("No row of the other side is awaited.");
        return M2MRow.Read(row, _peer.OriginId, out M2MRow? peers) is { } unreadable ? Refuse(step, unreadable) : Go(step, peers!);
    }

    /// <summary>Gives the session key, which no chain and no server has seen.</summary>
    /// <param name="key32">Exactly 32 bytes; secret, the caller's to zero.</param>
    /// <exception cref="InvalidOperationException">The handshake is not established, or was disposed of.</exception>
    /// <exception cref="ArgumentException">The buffer has another length.</exception>
    public void CopySessionKey(Span<byte> key32)
    {
        if (key32.Length != Hkdf.PrkSizeBytes)
        {
            throw new ArgumentException("A session key has 32 bytes.", nameof(key32));
        }

        if (!IsEstablished || _keys is not { } keys)
        {
            throw new InvalidOperationException("There is no session key.");
        }

        keys.SessionKey(key32);
    }

    /// <summary>Erases all keys.</summary>
    public void Dispose()
    {
        _secrets.Dispose();
        _keys?.Dispose();
        _keys = null;
        (Next, Awaits) = (null, null);
    }

    internal static M2MHandshake Begin(bool isInitiator, M2MParty self, M2MParty peer, ReadOnlySpan<byte> machineSeed, IReadOnlySet<string>? seenNonces, M2MSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentNullException.ThrowIfNull(peer);
        self.Require(nameof(self));
        peer.Require(nameof(peer));
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeySizeBytes];
        Ed25519.GetPublicKey(machineSeed, publicKey);
        if (Hex.Encode(publicKey) != self.PublicKey)
        {
            throw new ArgumentException("The seed is of another key.", nameof(machineSeed));
        }

        secrets.TakeMachineSeed(machineSeed);
        return new M2MHandshake(isInitiator, self, peer, seenNonces ?? new HashSet<string>(), secrets);
    }

    private bool Go(M2MStep step, M2MRow row)
    {
        if (_transcript.Take(step, row) is { } fault)
        {
            return Refuse(step, fault);
        }

        switch (step)
        {
            case M2MStep.Propose when !_isInitiator && _seenNonces.Contains(_transcript.Nonce):
                return Refuse(step, M2MFault.NonceSeen);
            case M2MStep.Propose when !_isInitiator && !_secrets.TryEncapsulate(_transcript.KemPub):
                return Refuse(step, M2MFault.InvalidKey);
            case M2MStep.ResponderKeyed when _isInitiator && !_secrets.TryDecapsulate(_transcript.KemCt):
                return Refuse(step, M2MFault.InvalidKey);
            case M2MStep.ResponderKeyed when _isInitiator && !_secrets.TryAgree(_transcript.ResponderEcdhPub):
                return Refuse(step, M2MFault.InvalidKey);
            case M2MStep.InitiatorKeyed when !_isInitiator && !_secrets.TryAgree(_transcript.InitiatorEcdhPub):
                return Refuse(step, M2MFault.InvalidKey);
            case M2MStep.InitiatorKeyed:
                Derive();
                break;
            case M2MStep.InitiatorActive or M2MStep.ResponderActive when _isInitiator != M2MTranscript.IsOfInitiator(step) && !Confirms(step, row):
                return Refuse(step, M2MFault.WrongConfirm);
        }

        Turn();
        return true;
    }

    /// <summary>Whose row is due: the four first ones come one after the other, the two last ones in either order.</summary>
    private void Turn()
    {
        (Next, Awaits) = (null, null);
        for (M2MStep step = M2MStep.Propose; step <= M2MStep.ResponderActive; step++)
        {
            if (_transcript[step] is not null)
            {
                continue;
            }

            if (M2MTranscript.IsOfInitiator(step) == _isInitiator)
            {
                Next = MakeNext(step);
            }
            else
            {
                Awaits = step;
            }

            if (step < M2MStep.InitiatorActive)
            {
                return;
            }
        }
    }

    private void Derive()
    {
        Span<byte> salt = stackalloc byte[Sha256.HashSizeBytes];
        M2MText.Salt(_transcript[M2MStep.InitiatorKeyed]!.StateHash, _transcript[M2MStep.ResponderKeyed]!.StateHash, salt);
        _keys = _secrets.Derive(salt, _transcript.SessionId);
        _secrets.Dispose();
    }

    private bool Confirms(M2MStep step, M2MRow row)
    {
        string expected = _keys!.Confirm(M2MTranscript.IsOfInitiator(step));
        return ConstantTime.AreEqual(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(row.Text("confirm")!));
    }

    private M2MNextRow MakeNext(M2MStep step)
    {
        string? ack = M2MTranscript.IsOfInitiator(step) && step == M2MStep.Propose ? null : _transcript.AckOf(step);
        string nonce = step == M2MStep.Propose ? _secrets.NonceHex : _transcript.Nonce;
        var input = new Payload();
        switch (step)
        {
            case M2MStep.Propose or M2MStep.Respond:
                string? kemPub = step == M2MStep.Propose ? _secrets.KemPub : null;
                input.Add("ack_hash", ack).Add("kem_pub", kemPub).Add("peer_origin", _peer.Origin.Text).Add("peer_pubkey", _peer.PublicKey).Add("peer_slug", _peer.Name)
                    .Add("self_pubkey", _self.PublicKey).Add("session_nonce", nonce)
                    .Add("signature", _secrets.Sign(M2MText.Signed(step == M2MStep.Propose ? "propose" : "respond", _self, _peer, nonce, ack, null, kemPub)));
                break;
            case M2MStep.ResponderKeyed or M2MStep.InitiatorKeyed:
                string? kemCt = step == M2MStep.ResponderKeyed ? _secrets.KemCt : null;
                input.Add("ack_hash", ack).Add("ecdh_pub", _secrets.EcdhPub).Add("kem_ct", kemCt).Add("peer_slug", _peer.Name)
                    .Add("session_nonce", step == M2MStep.ResponderKeyed ? nonce : null)
                    .Add("signature", _secrets.Sign(M2MText.Signed("key", _self, _peer, nonce, ack, _secrets.EcdhPub, kemCt)));
                break;
            default:
                input.Add("confirm", _keys!.Confirm(_isInitiator)).Add("peer_keyed_hash", ack).Add("session_id", _transcript.SessionId);
                break;
        }

        return new M2MNextRow(step, M2MTranscript.StatesOf(step).To, input.ToCanonicalText());
    }

    /// <summary>Whether the row's input is the one that was given, member for member: a home that leaves one out or adds one wrote another row.</summary>
    private static bool HasInput(ChainRow row, string input)
    {
        using var payload = JsonDocument.Parse(row.Payload!);
        try
        {
            byte[] written = Jcs.Canonicalize(Encoding.UTF8.GetBytes(payload.RootElement.GetProperty("input").GetRawText()));
            return written.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(input));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private bool Refuse(M2MStep step, M2MFault fault)
    {
        Refusal = new M2MRefusal(step, fault);
        Dispose();
        return false;
    }
}
