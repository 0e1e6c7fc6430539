using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The rows of one handshake as they come to be, and everything about them that is seen without a secret (spec 06 rule 14): order, parties, keys, nonce, acknowledgements, signatures, session id. Both sides and
/// the auditor check by it. Not thread-safe.
/// </summary>
internal sealed class M2MTranscript(M2MParty initiator, M2MParty responder, bool asksForOrigins)
{
    private readonly M2MRow?[] _rows = new M2MRow?[6];

    public string Nonce { get; private set; } = "";

    public string KemPub => _rows[(int)M2MStep.Propose]!.Text("kem_pub")!;

    public string KemCt => _rows[(int)M2MStep.ResponderKeyed]!.Text("kem_ct")!;

    public string InitiatorEcdhPub => _rows[(int)M2MStep.InitiatorKeyed]!.Text("ecdh_pub")!;

    public string ResponderEcdhPub => _rows[(int)M2MStep.ResponderKeyed]!.Text("ecdh_pub")!;

    public string SessionId => M2MText.SessionId(Nonce, InitiatorEcdhPub, ResponderEcdhPub);

    public M2MRow? this[M2MStep step] => _rows[(int)step];

    public static bool IsOfInitiator(M2MStep step) => step is M2MStep.Propose or M2MStep.InitiatorKeyed or M2MStep.InitiatorActive;

    public static (string From, string To) StatesOf(M2MStep step) => step switch
    {
        M2MStep.Propose or M2MStep.Respond => ("proposed", "accepted_pending"),
        M2MStep.ResponderKeyed or M2MStep.InitiatorKeyed => ("accepted_pending", "keyed"),
        _ => ("keyed", "active"),
    };

    /// <summary>Takes the row of a step; what is wrong with it, or null.</summary>
    public M2MFault? Take(M2MStep step, M2MRow row)
    {
        if (Check(step, row) is { } fault)
        {
            return fault;
        }

        _rows[(int)step] = row;
        return null;
    }

    /// <summary>The hash of the row that a step acknowledges; null where it acknowledges none.</summary>
    public string? AckOf(M2MStep step) => step switch
    {
        M2MStep.Propose => null,
        M2MStep.Respond or M2MStep.ResponderKeyed => _rows[(int)M2MStep.Propose]!.StateHash,
        M2MStep.InitiatorKeyed or M2MStep.InitiatorActive => _rows[(int)M2MStep.ResponderKeyed]!.StateHash,
        _ => _rows[(int)M2MStep.InitiatorKeyed]!.StateHash,
    };

    private M2MFault? Check(M2MStep step, M2MRow row)
    {
        bool isOfInitiator = IsOfInitiator(step);
        (M2MParty writer, M2MParty reader) = isOfInitiator ? (initiator, responder) : (responder, initiator);
        if ((row.From, row.To) != StatesOf(step) || !IsDue(step))
        {
            return M2MFault.OutOfOrder;
        }

        M2MRow? before = null;
        for (int i = 0; i < _rows.Length; i++)
        {
            before = IsOfInitiator((M2MStep)i) == isOfInitiator ? _rows[i] ?? before : before;
        }

        if (before is not null && before.ContractId != row.ContractId)
        {
            return M2MFault.OtherContract;
        }

        if (before is not null && row.Row.Seq <= before.Row.Seq)
        {
            return M2MFault.OutOfOrder;
        }

        return step < M2MStep.InitiatorActive ? CheckAgreement(step, row, writer, reader) : CheckActive(step, row);
    }

    /// <summary>Every step before is taken; the two last ones wait for the four first alone.</summary>
    private bool IsDue(M2MStep step) => _rows[(int)step] is null && _rows.AsSpan(0, Math.Min((int)step, (int)M2MStep.InitiatorActive)).IndexOf((M2MRow?)null) < 0;

    private M2MFault? CheckAgreement(M2MStep step, M2MRow row, M2MParty writer, M2MParty reader)
    {
        bool isPending = step is M2MStep.Propose or M2MStep.Respond;
        string? ecdhPub = isPending ? null : row.Text("ecdh_pub");
        string? kem = step switch { M2MStep.Propose => row.Text("kem_pub"), M2MStep.ResponderKeyed => row.Text("kem_ct"), _ => null };
        int kemSizeBytes = step switch { M2MStep.Propose => MLKem768.EncapsulationKeySizeBytes, M2MStep.ResponderKeyed => MLKem768.CipherTextSizeBytes, _ => 0 };
        string? nonce = row.SessionNonce;
        bool needsNonce = step != M2MStep.InitiatorKeyed;
        if (row.Text("peer_slug") is not { } peerSlug || row.Text("signature") is not { } signature
            || (needsNonce && nonce is null) || (nonce is not null && !Hex.IsLowerHex(nonce, 2 * M2MText.NonceSizeBytes))
            || (isPending && (row.Text("peer_origin") is null || row.Text("self_pubkey") is null || row.Text("peer_pubkey") is null))
            || (!isPending && (ecdhPub is null || !Hex.IsLowerHex(ecdhPub, 2 * X25519.PublicKeySizeBytes)))
            || (kemSizeBytes > 0 && !IsBase64Url(kem, kemSizeBytes)))
        {
            return M2MFault.Malformed;
        }

        if ((peerSlug != reader.Name && (asksForOrigins || peerSlug != reader.Slug.Text)) || (isPending && row.Text("peer_origin") != reader.Origin.Text))
        {
            return M2MFault.WrongPeer;
        }

        if (isPending && (row.Text("self_pubkey") != writer.PublicKey || row.Text("peer_pubkey") != reader.PublicKey))
        {
            return M2MFault.WrongKey;
        }

        if (step == M2MStep.Propose)
        {
            Nonce = nonce!;
        }
        else if (nonce is not null && nonce != Nonce)
        {
            return M2MFault.WrongNonce;
        }

        string? ack = AckOf(step);
        if (row.AckHash != ack)
        {
            return M2MFault.WrongAck;
        }

        string verb = step switch { M2MStep.Propose => "propose", M2MStep.Respond => "respond", _ => "key" };
        string text = M2MText.Signed(verb, writer, reader, Nonce, ack, ecdhPub, kem);
        return SignedStamp.Verify(Encoding.UTF8.GetBytes(text), signature, writer.PublicKey) ? null : M2MFault.BadSignature;
    }

    private M2MFault? CheckActive(M2MStep step, M2MRow row)
    {
        if (row.Text("peer_keyed_hash") is not { } keyed || row.Text("session_id") is not { } sessionId || row.Text("confirm") is not { } confirm || !Hex.IsLowerHex(confirm, 2 * HmacKey.MacSizeBytes))
        {
            return M2MFault.Malformed;
        }

        return keyed != AckOf(step) ? M2MFault.WrongAck : sessionId != SessionId ? M2MFault.WrongSession : null;
    }

    private static bool IsBase64Url(string? text, int sizeBytes)
    {
        // The longer of the two has 1,184 bytes.
        Span<byte> bytes = stackalloc byte[MLKem768.EncapsulationKeySizeBytes];
        return text is not null && Base64UrlText.TryDecode(text, bytes, out int written) && written == sizeBytes;
    }
}
