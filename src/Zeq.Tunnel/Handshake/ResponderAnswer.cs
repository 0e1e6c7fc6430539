using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>The response to one init, and the session that it begins (spec 51 §4 to §6 step 7).</summary>
internal static class ResponderAnswer
{
    private const int KeySizeBytes = 32;

    /// <param name="secrets">The tunnel's.</param>
    /// <param name="init">Checked up to its MAC and stamp.</param>
    /// <param name="index">Ours, not zero and unused.</param>
    /// <param name="stamp">Our clock, in Unix milliseconds.</param>
    /// <param name="randomness">The operating system's, except in known answers.</param>
    /// <param name="response">As many bytes as the init has.</param>
    /// <returns>Null where the init's keys lead nowhere: an agreement of all zeros.</returns>
    public static SessionSecrets? Write(TunnelSecrets secrets, ReadOnlySpan<byte> init, uint index, ulong stamp, IHandshakeRandomness randomness, Span<byte> response)
    {
        TunnelSuite suite = secrets.Suite;
        response.Clear();
        response[0] = DataHeader.TypeResponse;
        response[1] = (byte)suite;
        BinaryPrimitives.WriteUInt32LittleEndian(response[HandshakeLayout.SenderAt..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(response[HandshakeLayout.ResponseReceiverAt..], HandshakeLayout.Sender(init));
        BinaryPrimitives.WriteUInt64BigEndian(response[HandshakeLayout.StampAt..], stamp);

        Span<byte> ephemeral = stackalloc byte[KeySizeBytes];
        Span<byte> shared = stackalloc byte[3 * KeySizeBytes];
        shared.Clear();
        randomness.Fill(ephemeral);
        X25519.GetPublicKey(ephemeral, response.Slice(HandshakeLayout.EphemeralAt, KeySizeBytes));
        bool isAgreed = X25519.TryAgree(ephemeral, init.Slice(HandshakeLayout.EphemeralAt, KeySizeBytes), shared[..KeySizeBytes]);
        if (isAgreed && suite == TunnelSuite.Hybrid)
        {
            isAgreed = MLKem768.TryDecapsulate(secrets.DecapsulationKey, init.Slice(HandshakeLayout.CipherTextAt, MLKem768.CipherTextSizeBytes), shared.Slice(KeySizeBytes, KeySizeBytes));
            randomness.Encapsulate(secrets.PeerEncapsulationKey, response.Slice(HandshakeLayout.CipherTextAt, MLKem768.CipherTextSizeBytes), shared[(2 * KeySizeBytes)..]);
        }

        SessionSecrets? session = null;
        if (isAgreed)
        {
            Span<byte> hash = stackalloc byte[Sha256.HashSizeBytes];
            SessionSecrets.Mix(secrets.Transcript, init, suite, hash);
            SessionSecrets.Mix(hash, response, suite, hash);
            session = SessionSecrets.Derive(secrets, hash, shared);
            session.Confirm.CopyTo(response[HandshakeLayout.ConfirmAt(suite)..]);
            HandshakeLayout.WriteMac(secrets.MacResponder, response, HandshakeLayout.ResponseMacAt(suite));
        }

        CryptographicOperations.ZeroMemory(ephemeral);
        CryptographicOperations.ZeroMemory(shared);
        return session;
    }
}
