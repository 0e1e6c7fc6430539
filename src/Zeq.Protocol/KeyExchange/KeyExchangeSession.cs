using System.IO.Pipelines;

namespace Zeq.Protocol;

/// <summary>One side of a session that was agreed upon: the keys of both directions, behind the confirmation (spec 30 §2). Use its sealer and opener, or run a <see cref="RecordStream"/> with it, once.</summary>
public sealed class KeyExchangeSession : IDisposable
{
    private int _isTaken;

    internal KeyExchangeSession(string sessionId, Slug slug, string fingerprint, Zeqond zeqond, bool isAuthenticated, RecordSealer sealer, RecordOpener opener) =>
        (SessionId, Slug, Fingerprint, Zeqond, IsAuthenticated, Sealer, Opener) = (sessionId, slug, fingerprint, zeqond, isAuthenticated, sealer, opener);

    /// <summary>Its name, 32 lower-case hex.</summary>
    public string SessionId { get; }

    /// <summary>The responder's machine.</summary>
    public Slug Slug { get; }

    /// <summary>The fingerprint of the responder's public key.</summary>
    public string Fingerprint { get; }

    /// <summary>When the responder answered, by its clock.</summary>
    public Zeqond Zeqond { get; }

    /// <summary>Whether the other side is who was meant: true for an initiator that had a pin. A responder never knows who the initiator is.</summary>
    public bool IsAuthenticated { get; }

    /// <summary>Seals what this side sends.</summary>
    public RecordSealer Sealer { get; }

    /// <summary>Opens what the other side sends.</summary>
    public RecordOpener Opener { get; }

    /// <summary>Runs the session over a transport. The stream owns the keys from now on.</summary>
    /// <param name="transport">Both ways of the transport; the stream completes them.</param>
    /// <exception cref="InvalidOperationException">The session was used for a stream before.</exception>
    public RecordStream OpenStream(IDuplexPipe transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return Interlocked.Exchange(ref _isTaken, 1) == 0
            ? new RecordStream(transport, Sealer, Opener)
            : throw new InvalidOperationException("A session has one stream: its counters go on.");
    }

    /// <summary>Erases the keys, also those of a stream that runs with them.</summary>
    public void Dispose()
    {
        Sealer.Dispose();
        Opener.Dispose();
    }
}
