using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>How long sessions are kept, and how many: rule 3 of spec 06.</summary>
public sealed class KeyExchangeSessionsTests
{
    private readonly ManualTime _time = new();
    private readonly KeyExchangeKeyPair _pair = new(new byte[64]);

    [Fact]
    public void ASessionWithoutARecordIsDroppedAfterAHundredZeqonds()
    {
        using var sessions = new KeyExchangeSessions(_time, 86_400);
        (KeyExchangeSession unused, _) = Add(sessions, "lab");
        (KeyExchangeSession taken, _) = Add(sessions, "lab");
        (KeyExchangeSession used, KeyExchangeSession initiator) = Add(sessions, "lab");
        Assert.True(sessions.TryTake(taken.Slug, taken.SessionId, out _));
        Assert.True(sessions.TryTake(used.Slug, used.SessionId, out _));
        Send(initiator, used);
        _time.PassZeqonds(99);
        sessions.Sweep();
        Assert.Equal(3, sessions.Count);
        _time.PassZeqonds(1);
        Assert.False(sessions.TryTake(unused.Slug, unused.SessionId, out _));
        sessions.Sweep();
        Assert.Equal(1, sessions.Count);

        // What was dropped is erased, also under who took it.
        Assert.Throws<ObjectDisposedException>(() => unused.Sealer.Seal(RecordKind.Data, [], new byte[RecordSealer.OverheadBytes]));
        Assert.Throws<ObjectDisposedException>(() => taken.Sealer.Seal(RecordKind.Data, [], new byte[RecordSealer.OverheadBytes]));
        Send(initiator, used);
    }

    [Fact]
    public void ASessionEndsWithItsTime()
    {
        using var sessions = new KeyExchangeSessions(_time, 86_400);
        (KeyExchangeSession used, KeyExchangeSession initiator) = Add(sessions, "lab");
        Send(initiator, used);
        _time.PassZeqonds(86_399);
        sessions.Sweep();
        Assert.Equal(1, sessions.Count);
        _time.PassZeqonds(1);
        sessions.Sweep();
        Assert.Equal(0, sessions.Count);
        Assert.Throws<ObjectDisposedException>(() => Send(initiator, used));
    }

    /// <summary>A flood of handshakes pushes out what nobody uses, never what is used.</summary>
    [Fact]
    public void AThousandAndTwentyFourOfAMachine_TheOldestUnusedGoes()
    {
        using var sessions = new KeyExchangeSessions(_time, 86_400);
        (KeyExchangeSession used, KeyExchangeSession initiator) = Add(sessions, "lab");
        Send(initiator, used);
        (KeyExchangeSession oldest, _) = Add(sessions, "lab");
        (KeyExchangeSession other, _) = Add(sessions, "other");
        var kept = new List<(KeyExchangeSession Responder, KeyExchangeSession Initiator)>();
        for (int i = 0; i < 1_023; i++)
        {
            _time.Pass(TimeSpan.FromMilliseconds(1));
            kept.Add(Add(sessions, "lab"));
        }

        Assert.Equal(1_025, sessions.Count);
        Assert.False(sessions.TryTake(oldest.Slug, oldest.SessionId, out _));
        Assert.True(sessions.TryTake(used.Slug, used.SessionId, out _));
        Assert.True(sessions.TryTake(other.Slug, other.SessionId, out _));
        Assert.True(sessions.TryTake(kept[0].Responder.Slug, kept[0].Responder.SessionId, out _));

        // Where every one is used, the new one is refused and erased.
        kept.ForEach(pair => Send(pair.Initiator, pair.Responder));
        (KeyExchangeSession refused, _) = Pair("lab");
        Assert.False(sessions.TryAdd(refused));
        Assert.Throws<ObjectDisposedException>(() => refused.Sealer.Seal(RecordKind.Data, [], new byte[RecordSealer.OverheadBytes]));
        Assert.Equal(1_025, sessions.Count);
    }

    private static void Send(KeyExchangeSession from, KeyExchangeSession to)
    {
        byte[] record = new byte[RecordSealer.OverheadBytes];
        from.Sealer.Seal(RecordKind.Data, [], record);
        Assert.Equal(RecordStatus.Ok, to.Opener.TryOpen(record, new byte[1], out _, out _));
    }

    private (KeyExchangeSession Responder, KeyExchangeSession Initiator) Add(KeyExchangeSessions sessions, string slug)
    {
        (KeyExchangeSession Responder, KeyExchangeSession Initiator) pair = Pair(slug);
        Assert.True(sessions.TryAdd(pair.Responder));
        return pair;
    }

    private (KeyExchangeSession Responder, KeyExchangeSession Initiator) Pair(string name)
    {
        var slug = Slug.Parse(name);
        KeyExchangeInitiator.TryBegin(slug, _pair.PublicKey.Span, new UnauthenticatedFirstContact(), out KeyExchangeInitiator? initiator);
        _pair.TryAnswer(slug, initiator!.CipherText.Span, new Zeqond(1), out KeyExchangeAnswer? answer);
        initiator.TryConfirm(answer!.ResponderSalt.Span, answer.Session.SessionId, answer.Confirmation.Span, out KeyExchangeSession? session);
        return (answer.Session, session!);
    }
}
