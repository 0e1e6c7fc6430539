using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What a handler answers: a body with its status, or a refusal.</summary>
/// <param name="Status">The HTTP status of a body.</param>
/// <param name="Body">The body; null where <paramref name="Why"/> says no, or where the handler has written a stream itself.</param>
/// <param name="Why">The refusal.</param>
/// <param name="At">The instant that the body shows, in milliseconds since the Unix epoch.</param>
internal sealed record Reply(int Status, byte[]? Body, Rejection? Why, long At)
{
    /// <summary>The refusal's wait, in seconds, where it has one.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The content type of the body.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>The handler has written its own answer.</summary>
    public static Reply Streamed { get; } = new(200, null, null, 0);

    public static Reply Refuse(Rejection why, long at) => new(ErrorTable.Status(why.Code), null, why, at);
}
