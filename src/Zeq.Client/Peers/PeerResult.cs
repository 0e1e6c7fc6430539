namespace Zeq.Client;

/// <summary>What became of a call to another home: <see cref="PeerAnswer"/>, <see cref="PeerRefusedLocally"/> or <see cref="PeerUnreachable"/>.</summary>
public abstract record PeerResult
{
    private protected PeerResult()
    {
    }

    /// <summary>
    /// False only where the peer has certainly not acted on the request. True means that it may have: settle the intent by
    /// asking again. Errs on the side of true.
    /// </summary>
    public abstract bool MayHaveArrived { get; }
}

/// <summary>The peer answered: any 2xx or 4xx with a JSON body. What the body says is still to be checked.</summary>
/// <param name="Status">200 to 299 or 400 to 499.</param>
/// <param name="Body">Valid JSON in UTF-8, at most <see cref="PeerPolicy.MaxAnswerBytes"/>.</param>
/// <param name="AnswerSignature">Header <c>x-zeq-answer-sig</c> (spec 05 rule 14), unchecked; null where absent or given twice.</param>
public sealed record PeerAnswer(int Status, byte[] Body, string? AnswerSignature) : PeerResult
{
    /// <inheritdoc/>
    public override bool MayHaveArrived => true;

    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>This home did not call. Nothing was sent to the peer.</summary>
/// <param name="Reason">Why.</param>
public sealed record PeerRefusedLocally(PeerRefusal Reason) : PeerResult
{
    /// <inheritdoc/>
    public override bool MayHaveArrived => false;
}

/// <summary>The call was made and brought no usable answer: 502 <c>PEER_UNREACHABLE</c> (spec 00).</summary>
/// <param name="Reason">Why the last try failed.</param>
/// <param name="MayHaveArrived">True where any try may have reached the peer.</param>
public sealed record PeerUnreachable(PeerFailure Reason, bool MayHaveArrived) : PeerResult
{
    /// <inheritdoc/>
    public override bool MayHaveArrived { get; } = MayHaveArrived;
}

/// <summary>Why this home did not call a peer.</summary>
public enum PeerRefusal
{
    /// <summary>The origin is malformed, not https, or not among the allowed ones.</summary>
    OriginNotAllowed,

    /// <summary>The name has no address, or the literal is no address, that may be dialled.</summary>
    AddressNotPublic,

    /// <summary>The peer failed several times in a row and is left alone for a while.</summary>
    BreakerOpen,

    /// <summary>Too many calls for this caller, this peer or in all, and no place became free in time.</summary>
    TooManyCalls,
}

/// <summary>Why a call brought no usable answer.</summary>
public enum PeerFailure
{
    /// <summary>The time for the call in all has passed.</summary>
    Timeout,

    /// <summary>The name does not resolve.</summary>
    NameNotFound,

    /// <summary>No connection could be made.</summary>
    Connect,

    /// <summary>The TLS handshake failed, or the certificate is not good for this name.</summary>
    Tls,

    /// <summary>The connection broke off before the answer was whole.</summary>
    ConnectionLost,

    /// <summary>The peer sent a redirect, which is never followed.</summary>
    Redirect,

    /// <summary>The peer answered 5xx.</summary>
    ServerError,

    /// <summary>The answer is not HTTP, or its status is none that a home sends.</summary>
    NotHttp,

    /// <summary>The answer is not JSON by its content type or its bytes.</summary>
    NotJson,

    /// <summary>The body or the headers are longer than allowed.</summary>
    TooLarge,
}
