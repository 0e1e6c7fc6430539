using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// A home's signature over an answer to another home, so that nobody between them can change it (spec 05 rule 14): Ed25519 over the
/// canonical JSON of <c>{kind:"zeq-answer/v1", route, request_sha256, body_sha256, zeqond}</c>, sent as hex in a header.
/// </summary>
public static class AnswerSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "x-zeq-answer-sig";

    /// <summary>The bytes that are signed.</summary>
    /// <param name="route">Method, a space, and the path without its query.</param>
    /// <param name="request">The request's body.</param>
    /// <param name="body">The answer's body.</param>
    /// <param name="zeqond">The Zeqond that the answer's body shows.</param>
    public static byte[] SignedBytes(string route, ReadOnlySpan<byte> request, ReadOnlySpan<byte> body, Zeqond zeqond) => new Payload()
        .Add("body_sha256", Sha256.HashHex(body))
        .Add("kind", "zeq-answer/v1")
        .Add("request_sha256", Sha256.HashHex(request))
        .Add("route", route)
        .Add("zeqond", zeqond.Value)
        .ToUtf8();
}
