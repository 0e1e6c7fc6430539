using System.Globalization;
using System.Text;
using Zeq.Crypto;
using Zeq.Crypto.Tests;

namespace Zeq.Protocol.Tests;

/// <summary>Key exchanges with an implementation of its own, <c>tests/interop/keyex.mjs</c>, that stands on libraries which nobody here wrote; either one is the initiator.</summary>
public class KeyExchangeInteropTests(NodePeer peer) : IClassFixture<NodePeer>
{
    private static readonly byte[] Name = Encoding.UTF8.GetBytes(Handshake.Lab.Text);

    [Fact]
    public async Task Another_initiator_gets_our_session()
    {
        Random random = Handshake.SeededRandom();
        for (int i = 0; i < 20; i++)
        {
            using var pair = new KeyExchangeKeyPair(Bytes(random, 64));
            byte[][] sent = await AskAsync("mlkem768.encapsulate", pair.PublicKey.ToArray(), Bytes(random, 32));
            Assert.Equal(KeyExchangeStatus.Ok, pair.TryAnswer(Handshake.Lab, sent[0], Handshake.At, out KeyExchangeAnswer? answer));
            byte[][] session = await ConfirmAsync(pair.PublicKey.ToArray(), sent, answer!, answer!.Confirmation.ToArray()) ?? throw new InvalidOperationException("The confirmation did not open there.");
            Assert.Equal(answer.Session.SessionId, Encoding.ASCII.GetString(session[0]));
            await ExchangeAsync(session[1], session[0], answer.Session, "i2r", "r2i", 0, 1);
        }
    }

    [Fact]
    public async Task Another_responder_gets_ours()
    {
        Random random = Handshake.SeededRandom();
        for (int i = 0; i < 20; i++)
        {
            byte[] seed = Bytes(random, 64), salt = Bytes(random, 32);
            using var pair = new KeyExchangeKeyPair(seed);
            KeyExchangeInitiator initiator = Begin(pair.PublicKey.ToArray());
            byte[][] answer = await AnswerAsync(seed, initiator, salt);
            Assert.Equal(pair.PublicKey.ToArray(), answer[0]);
            Assert.Equal(KeyExchangeStatus.Ok, initiator.TryConfirm(salt, Encoding.ASCII.GetString(answer[1]), answer[2], out KeyExchangeSession? session));
            Assert.Equal(Handshake.At, session!.Zeqond);
            await ExchangeAsync(answer[3], answer[1], session, "r2i", "i2r", 1, 0);
        }
    }

    [Fact]
    public async Task Every_changed_byte_of_what_we_send_is_refused_there()
    {
        Random random = Handshake.SeededRandom();
        using var pair = new KeyExchangeKeyPair(Bytes(random, 64));
        byte[] publicKey = pair.PublicKey.ToArray();
        byte[][] sent = await AskAsync("mlkem768.encapsulate", publicKey, Bytes(random, 32));
        pair.TryAnswer(Handshake.Lab, sent[0], Handshake.At, out KeyExchangeAnswer? right);
        Assert.NotNull(await ConfirmAsync(publicKey, sent, right!, right!.Confirmation.ToArray()));
        for (int i = 0; i < right.Confirmation.Length; i++)
        {
            Assert.Null(await ConfirmAsync(publicKey, sent, right, Changed(right.Confirmation.ToArray(), i)));
        }

        // The ciphertext on its way to us, and the key on its way there.
        for (int i = 0; i < sent[0].Length; i++)
        {
            pair.TryAnswer(Handshake.Lab, Changed(sent[0], i), Handshake.At, out KeyExchangeAnswer? answer);
            Assert.Null(await ConfirmAsync(publicKey, sent, answer!, answer!.Confirmation.ToArray()));
        }

        for (int i = 0; i < publicKey.Length; i++)
        {
            byte[] changed = Changed(publicKey, i);
            if (await peer.AskAsync("mlkem768.encapsulate", changed, Bytes(random, 32)) is { } other)
            {
                pair.TryAnswer(Handshake.Lab, other[0], Handshake.At, out KeyExchangeAnswer? answer);
                Assert.Null(await ConfirmAsync(changed, other, answer!, answer!.Confirmation.ToArray()));
            }
        }
    }

    [Fact]
    public async Task Every_changed_byte_of_what_comes_from_there_is_refused_here()
    {
        Random random = Handshake.SeededRandom();
        byte[] seed = Bytes(random, 64), salt = Bytes(random, 32);
        using var pair = new KeyExchangeKeyPair(seed);
        byte[] publicKey = pair.PublicKey.ToArray();
        int size = (await AnswerAsync(seed, Begin(publicKey), salt))[2].Length;
        for (int i = 0; i < size; i++)
        {
            KeyExchangeInitiator initiator = Begin(publicKey);
            byte[][] answer = await AnswerAsync(seed, initiator, salt);
            Refused(initiator, salt, answer[1], Changed(answer[2], i));
        }

        for (int i = 0; i < MLKem768.CipherTextSizeBytes; i++)
        {
            KeyExchangeInitiator initiator = Begin(publicKey);
            byte[][] answer = await AskAsync("keyex.answer", seed, Name, Changed(initiator.CipherText.ToArray(), i), salt, Digits(Handshake.At.Value));
            Refused(initiator, salt, Encoding.ASCII.GetBytes(KeyExchange.SessionId(publicKey, initiator.CipherText.Span, salt)), answer[2]);
        }

        for (int i = 0; i < publicKey.Length; i++)
        {
            byte[] changed = Changed(publicKey, i);
            if (KeyExchangeInitiator.TryBegin(Handshake.Lab, changed, new UnauthenticatedFirstContact(), out KeyExchangeInitiator? initiator) == KeyExchangeStatus.Ok)
            {
                byte[][] answer = await AnswerAsync(seed, initiator!, salt);
                Refused(initiator!, salt, Encoding.ASCII.GetBytes(KeyExchange.SessionId(changed, initiator!.CipherText.Span, salt)), answer[2]);
            }

            Assert.NotEqual(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Handshake.Lab, changed, new PinnedFingerprint(pair.Fingerprint), out _));
        }
    }

    private static KeyExchangeInitiator Begin(byte[] publicKey)
    {
        Assert.Equal(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Handshake.Lab, publicKey, new UnauthenticatedFirstContact(), out KeyExchangeInitiator? initiator));
        return initiator!;
    }

    private static void Refused(KeyExchangeInitiator initiator, byte[] salt, byte[] sessionId, byte[] confirmation)
    {
        Assert.Equal(KeyExchangeStatus.ConfirmationRefused, initiator.TryConfirm(salt, Encoding.ASCII.GetString(sessionId), confirmation, out KeyExchangeSession? none));
        Assert.Null(none);
    }

    /// <summary>Records of both ways, ends and the second key included.</summary>
    private async Task ExchangeAsync(byte[] recordKey, byte[] sessionId, KeyExchangeSession session, string theirWay, string ourWay, int theirs, int ours)
    {
        byte[] plaintext = new byte[200];
        for (int i = 0; i < 2; i++, theirs++, ours++)
        {
            byte[] data = Encoding.UTF8.GetBytes($"record {i}"), record = new byte[data.Length + RecordSealer.OverheadBytes];
            byte[][] sent = await AskAsync("keyex.seal", recordKey, sessionId, Encoding.ASCII.GetBytes(theirWay), Digits(theirs), [0], data);
            Assert.Equal(RecordStatus.Ok, session.Opener.TryOpen(sent[0], plaintext, out RecordKind kind, out int size));
            Assert.Equal(RecordKind.Data, kind);
            Assert.Equal(data, plaintext[1..(1 + size)]);
            session.Sealer.Seal(RecordKind.Data, data, record);
            Assert.Equal([[0, .. data]], await AskAsync("keyex.open", recordKey, sessionId, Encoding.ASCII.GetBytes(ourWay), Digits(ours), record));
        }

        byte[][] end = await AskAsync("keyex.seal", recordKey, sessionId, Encoding.ASCII.GetBytes(theirWay), Digits(theirs), [1], []);
        Assert.Equal(RecordStatus.Ok, session.Opener.TryOpen(end[0], plaintext, out RecordKind last, out _));
        Assert.Equal(RecordKind.End, last);
    }

    private Task<byte[][]> AnswerAsync(byte[] seed, KeyExchangeInitiator initiator, byte[] salt) =>
        AskAsync("keyex.answer", seed, Name, initiator.CipherText.ToArray(), salt, Digits(Handshake.At.Value));

    private Task<byte[][]?> ConfirmAsync(byte[] publicKey, byte[][] sent, KeyExchangeAnswer answer, byte[] confirmation) =>
        peer.AskAsync("keyex.confirm", publicKey, sent[0], sent[1], answer.ResponderSalt.ToArray(), Name, confirmation);

    private async Task<byte[][]> AskAsync(string call, params byte[][] args)
    {
        byte[][]? answer = await peer.AskAsync(call, args);
        Assert.True(answer is not null, $"{call} was refused");
        return answer;
    }

    private static byte[] Digits(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Changed(byte[] bytes, int at)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= 1;
        return changed;
    }
}
