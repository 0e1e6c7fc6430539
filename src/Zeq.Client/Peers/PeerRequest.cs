namespace Zeq.Client;

/// <summary>One call to another home. Not a URL: what a stranger chose (the origin) stays apart from what this home chose.</summary>
public sealed record PeerRequest
{
    /// <summary>The peer, <c>scheme://host[:port]</c> in canonical form (spec 00). May come from a stranger; anything else is refused as a value.</summary>
    public required string Origin { get; init; }

    /// <summary>GET, POST, PUT, PATCH or DELETE.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query, starting with one slash; the characters of RFC 3986 and <c>|</c>; sent as it is.</summary>
    public required string Path { get; init; }

    /// <summary>The JSON body, or null for none. At most 256 KiB (spec 00, "Answers"). Not copied: do not change it during the call.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>On whose behalf, for fair use: the ZID of the caller; null for the home's own work, which has no limit of its own.</summary>
    public string? Key { get; init; }

    /// <summary>True where the peer answers a repetition as it did the first time; only then is a failed try repeated.</summary>
    public bool IsIdempotent { get; init; }
}
