using System.Text;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class KeyExchangeTests
{
    [Fact]
    public void Both_sides_get_one_session_whose_records_open_both_ways()
    {
        var (initiator, responder) = Handshake.Run();
        using (initiator)
        using (responder)
        {
            Assert.Equal(initiator.SessionId, responder.SessionId);
            Assert.Equal((Handshake.Lab, Handshake.At), (initiator.Slug, initiator.Zeqond));
            Assert.True(initiator.IsAuthenticated);
            Assert.False(responder.IsAuthenticated);

            // The confirmation was record 0 of this way.
            Assert.Equal((0UL, 1UL, 1UL, 0UL), (initiator.Sealer.Counter, initiator.Opener.Counter, responder.Sealer.Counter, responder.Opener.Counter));
            Exchange(initiator.Sealer, responder.Opener);
            Exchange(responder.Sealer, initiator.Opener);
        }
    }

    [Fact]
    public void A_repeated_ciphertext_is_another_session_with_other_keys()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        KeyExchangeInitiator.TryBegin(Handshake.Lab, pair.PublicKey.Span, new UnauthenticatedFirstContact(), out var initiator);
        pair.TryAnswer(Handshake.Lab, initiator!.CipherText.Span, Handshake.At, out var first);
        pair.TryAnswer(Handshake.Lab, initiator.CipherText.Span, Handshake.At, out var second);
        Assert.NotEqual(first!.Session.SessionId, second!.Session.SessionId);
        Assert.NotEqual(first.ResponderSalt.ToArray(), second.ResponderSalt.ToArray());

        // The confirmation of the one does not stand for the other.
        Assert.Equal(
            KeyExchangeStatus.ConfirmationRefused,
            initiator.TryConfirm(second.ResponderSalt.Span, second.Session.SessionId, first.Confirmation.Span, out _));
    }

    [Fact]
    public void The_pin_is_asked_before_anything_is_sent_and_the_anchored_one_is_closed()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        using var other = new KeyExchangeKeyPair([.. Handshake.Seed.Reverse()]);
        Assert.Equal(KeyExchangeStatus.PinMismatch, KeyExchangeInitiator.TryBegin(Handshake.Lab, other.PublicKey.Span, new PinnedFingerprint(pair.Fingerprint), out var refused));
        Assert.Null(refused);
        Assert.Equal(KeyExchangeStatus.NotWitnessed, KeyExchangeInitiator.TryBegin(Handshake.Lab, pair.PublicKey.Span, new AnchoredFingerprint(), out refused));
        Assert.Null(refused);
        Assert.Equal(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Handshake.Lab, pair.PublicKey.Span, new UnauthenticatedFirstContact(), out var initiator));
        pair.TryAnswer(Handshake.Lab, initiator!.CipherText.Span, Handshake.At, out var answer);
        Assert.Equal(KeyExchangeStatus.Ok, initiator.TryConfirm(answer!.ResponderSalt.Span, answer.Session.SessionId, answer.Confirmation.Span, out var session));
        Assert.False(session!.IsAuthenticated);
        Assert.Throws<ArgumentNullException>(() => KeyExchangeInitiator.TryBegin(Handshake.Lab, pair.PublicKey.Span, null!, out _));
        Assert.Throws<ArgumentException>(() => new PinnedFingerprint(pair.Fingerprint.ToUpperInvariant()));
    }

    [Fact]
    public void A_man_in_the_middle_with_his_own_key_is_seen_by_the_pin_alone()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        using var middle = new KeyExchangeKeyPair([.. Handshake.Seed.Reverse()]);
        Assert.Equal(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Handshake.Lab, middle.PublicKey.Span, new UnauthenticatedFirstContact(), out _));
        Assert.Equal(KeyExchangeStatus.PinMismatch, KeyExchangeInitiator.TryBegin(Handshake.Lab, middle.PublicKey.Span, new PinnedFingerprint(pair.Fingerprint), out _));
    }

    [Fact]
    public void Every_changed_byte_of_ciphertext_salt_and_confirmation_is_refused()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        int size = Begin(pair).CipherText.Length;
        for (int i = 0; i < size; i++)
        {
            using KeyExchangeInitiator initiator = Begin(pair);
            Assert.Equal(KeyExchangeStatus.Ok, pair.TryAnswer(Handshake.Lab, Damaged(initiator.CipherText, i), Handshake.At, out var wrong));
            string own = KeyExchange.SessionId(pair.PublicKey.Span, initiator.CipherText.Span, wrong!.ResponderSalt.Span);
            Assert.Equal(KeyExchangeStatus.ConfirmationRefused, initiator.TryConfirm(wrong.ResponderSalt.Span, own, wrong.Confirmation.Span, out var none));
            Assert.Null(none);
        }

        pair.TryAnswer(Handshake.Lab, Begin(pair).CipherText.Span, Handshake.At, out var any);
        for (int i = 0; i < any!.Confirmation.Length; i++)
        {
            Refused(pair, KeyExchangeStatus.ConfirmationRefused, a => (a.ResponderSalt.ToArray(), a.Session.SessionId, Damaged(a.Confirmation, i)));
            Refused(pair, KeyExchangeStatus.ConfirmationRefused, a => (a.ResponderSalt.ToArray(), a.Session.SessionId, a.Confirmation[..i].ToArray()));
        }

        for (int i = 0; i < 32; i++)
        {
            Refused(pair, KeyExchangeStatus.InvalidAnswer, a => (Damaged(a.ResponderSalt, i), a.Session.SessionId, a.Confirmation.ToArray()));
        }

        Refused(pair, KeyExchangeStatus.InvalidAnswer, a => (a.ResponderSalt[1..].ToArray(), a.Session.SessionId, a.Confirmation.ToArray()));
        Refused(pair, KeyExchangeStatus.InvalidAnswer, a => (a.ResponderSalt.ToArray(), new string('0', 32), a.Confirmation.ToArray()));
        Refused(pair, KeyExchangeStatus.InvalidAnswer, a => (a.ResponderSalt.ToArray(), a.Session.SessionId.ToUpperInvariant() + " ", a.Confirmation.ToArray()));
        Refused(pair, KeyExchangeStatus.ConfirmationRefused, a => (a.ResponderSalt.ToArray(), a.Session.SessionId, [.. a.Confirmation.ToArray(), 0]));
    }

    [Fact]
    public void A_public_key_that_is_none_is_refused()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        byte[] key = pair.PublicKey.ToArray();
        Assert.Equal(KeyExchangeStatus.InvalidPublicKey, Try(key[1..]));
        Assert.Equal(KeyExchangeStatus.InvalidPublicKey, Try([]));
        (key[0], key[1]) = (3329 & 0xFF, (byte)((key[1] & 0xF0) | (3329 >> 8)));
        Assert.Equal(KeyExchangeStatus.InvalidPublicKey, Try(key));

        static KeyExchangeStatus Try(byte[] key) => KeyExchangeInitiator.TryBegin(Handshake.Lab, key, new UnauthenticatedFirstContact(), out _);
    }

    [Fact]
    public void A_ciphertext_of_another_length_is_refused()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        foreach (int size in (int[])[0, 1, 1087, 1089])
        {
            Assert.Equal(KeyExchangeStatus.InvalidCipherText, pair.TryAnswer(Handshake.Lab, new byte[size], Handshake.At, out var none));
            Assert.Null(none);
        }
    }

    [Fact]
    public void A_session_for_another_machine_does_not_confirm()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        using KeyExchangeInitiator initiator = Begin(pair);
        pair.TryAnswer(Slug.Parse("lab-8"), initiator.CipherText.Span, Handshake.At, out var answer);
        Assert.Equal(KeyExchangeStatus.ConfirmationRefused, initiator.TryConfirm(answer!.ResponderSalt.Span, answer.Session.SessionId, answer.Confirmation.Span, out _));
    }

    /// <summary>The responder holds the key and lies in what it says under it: the initiator takes nothing else than the exact text.</summary>
    [Fact]
    public void An_authentic_confirmation_that_says_something_else_is_refused()
    {
        string fingerprint = World.Hash("key"), session = World.Hash("session")[..32];
        byte[] right = KeyExchange.Confirmation(fingerprint, session, Handshake.Lab, Handshake.At);
        Assert.True(Reads(right));
        foreach (string member in (string[])["fingerprint", "session_id", "slug", "zeqond"])
        {
            var changed = JsonNode.Parse(right)!.AsObject();
            changed[member] = member == "zeqond" ? JsonValue.Create("1") : JsonValue.Create(World.Hash("other"));
            Assert.False(Reads(Encoding.UTF8.GetBytes(changed.ToJsonString())));
            changed.Remove(member);
            Assert.False(Reads(Encoding.UTF8.GetBytes(changed.ToJsonString())));
        }

        var more = JsonNode.Parse(right)!.AsObject();
        more["zzz"] = 1;
        Assert.False(Reads(Encoding.UTF8.GetBytes(more.ToJsonString())));
        Assert.False(Reads([.. right, (byte)' ']));
        Assert.False(Reads([]));
        Assert.False(Reads("{"u8.ToArray()));
        Assert.False(Reads([0xFF, 0xFE]));
        Assert.False(Reads(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(right).Replace("2252252252", "-1", StringComparison.Ordinal))));

        bool Reads(byte[] data) => KeyExchange.TryReadConfirmation(data, fingerprint, session, Handshake.Lab, out _);
    }

    [Fact]
    public void An_exchange_takes_one_answer()
    {
        using var pair = new KeyExchangeKeyPair(Handshake.Seed);
        using KeyExchangeInitiator initiator = Begin(pair);
        pair.TryAnswer(Handshake.Lab, initiator.CipherText.Span, Handshake.At, out var answer);
        Assert.Equal(KeyExchangeStatus.InvalidAnswer, initiator.TryConfirm(new byte[32], answer!.Session.SessionId, answer.Confirmation.Span, out _));
        Assert.Throws<InvalidOperationException>(() => initiator.TryConfirm(answer.ResponderSalt.Span, answer.Session.SessionId, answer.Confirmation.Span, out _));
        pair.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pair.TryAnswer(Handshake.Lab, initiator.CipherText.Span, Handshake.At, out _));
    }

    private static KeyExchangeInitiator Begin(KeyExchangeKeyPair pair)
    {
        Assert.Equal(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Handshake.Lab, pair.PublicKey.Span, new PinnedFingerprint(pair.Fingerprint), out var initiator));
        return initiator!;
    }

    private static void Refused(KeyExchangeKeyPair pair, KeyExchangeStatus status, Func<KeyExchangeAnswer, (byte[] Salt, string SessionId, byte[] Confirmation)> change)
    {
        using KeyExchangeInitiator initiator = Begin(pair);
        pair.TryAnswer(Handshake.Lab, initiator.CipherText.Span, Handshake.At, out var answer);
        var (salt, id, confirmation) = change(answer!);
        Assert.Equal(status, initiator.TryConfirm(salt, id, confirmation, out var none));
        Assert.Null(none);
    }

    private static byte[] Damaged(ReadOnlyMemory<byte> bytes, int at)
    {
        byte[] damaged = bytes.ToArray();
        damaged[at] ^= 1;
        return damaged;
    }

    private static void Exchange(RecordSealer sealer, RecordOpener opener)
    {
        byte[] data = Encoding.UTF8.GetBytes("a first word"), record = new byte[data.Length + RecordSealer.OverheadBytes], plaintext = new byte[record.Length];
        sealer.Seal(RecordKind.Data, data, record);
        Assert.Equal(RecordStatus.Ok, opener.TryOpen(record, plaintext, out RecordKind kind, out int size));
        Assert.Equal((RecordKind.Data, data.Length), (kind, size));
        Assert.Equal(data, plaintext[1..(1 + size)]);
    }
}
