namespace Zeq.Client;

/// <summary>
/// The home said no (spec 00, "Answers"): a 4xx or 5xx with its code. It changed nothing, but for the code <c>OUTCOME_UNKNOWN</c>,
/// which the same call with the same <see cref="IdempotencyKey"/> settles. Holds no key, no ticket and no URL.
/// </summary>
public sealed class ZeqApiException : Exception
{
    /// <summary>The code of a commit whose answer was lost.</summary>
    public const string OutcomeUnknown = "OUTCOME_UNKNOWN";

    internal ZeqApiException(int status, string code, string message, IReadOnlyList<ErrorDetail> details, TimeSpan? retryAfter, string? idempotencyKey)
        : base(message)
    {
        Status = status;
        Code = code;
        Details = details;
        RetryAfter = retryAfter;
        IdempotencyKey = idempotencyKey;
    }

    /// <summary>The HTTP status, 400 to 599.</summary>
    public int Status { get; }

    /// <summary>The class of the refusal, <c>UPPER_SNAKE</c>; <c>HTTP_404</c> and the like where the answer was not of the protocol.</summary>
    public string Code { get; }

    /// <summary>What is wrong with single fields or ids; empty where the home named none.</summary>
    public IReadOnlyList<ErrorDetail> Details { get; }

    /// <summary>How long the home asks to wait before another try.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The key under which the call was sent; null where none is used.</summary>
    public string? IdempotencyKey { get; }
}
