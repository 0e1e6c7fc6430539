namespace Zeq.Client;

/// <summary>
/// No answer of the protocol came: the home cannot be reached, took too long, or something else answered in its place. Whether a
/// mutation happened is unknown; the same call with the same <see cref="IdempotencyKey"/> settles it. Holds no key and no ticket.
/// </summary>
public sealed class ZeqUnreachableException : Exception
{
    internal ZeqUnreachableException(string message, string? idempotencyKey = null, Exception? inner = null)
        : base(message, inner) => IdempotencyKey = idempotencyKey;

    /// <summary>The key under which the call was sent; null where none is used.</summary>
    public string? IdempotencyKey { get; }
}
