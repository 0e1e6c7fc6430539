namespace Zeq.Protocol;

/// <summary>What a responder answers to a ciphertext, and its side of the session.</summary>
/// <param name="ResponderSalt">32 bytes, drawn for this session.</param>
/// <param name="Confirmation">The responder's record 0: it opens for whoever made the ciphertext, and for nobody else.</param>
/// <param name="Session">The responder's side.</param>
public sealed record KeyExchangeAnswer(ReadOnlyMemory<byte> ResponderSalt, ReadOnlyMemory<byte> Confirmation, KeyExchangeSession Session);
