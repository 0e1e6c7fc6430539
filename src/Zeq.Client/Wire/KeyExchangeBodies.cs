namespace Zeq.Client;

/// <summary>The row of a machine's chain that carries a fingerprint.</summary>
public sealed record AnchorBody(long Seq, string StateHash);

/// <summary><c>GET /api/keyex/:slug/pubkey</c> and <c>POST /api/keyex/:slug/rotate</c>: a machine's public key of ML-KEM-768 (spec 30 §1), base64url. What it says of itself is no pin.</summary>
public sealed record KeyExchangeKeyAnswer(bool Ok, string PublicKey, string Fingerprint, string Alg, string Slug, AnchorBody Anchored);

/// <summary>Body of <c>POST /api/keyex/:slug/handshake</c>: 1,088 bytes, base64url.</summary>
public sealed record KeyExchangeHandshakeRequest(string CipherText);

/// <summary>The responder's answer: salt in hex, confirmation in base64url. Only the confirmation, once it opens, says anything.</summary>
public sealed record KeyExchangeHandshakeAnswer(bool Ok, string SessionId, string ResponderSalt, string Confirmation, long ExpiresZeqond, long Zeqond);
