using System.Net;
using System.Net.Http.Headers;

namespace Zeq.Client;

/// <summary>
/// A request body that knows whether any of it was handed to a connection: until then the peer cannot have acted. A handler
/// never repeats a request by itself once its body was started.
/// </summary>
internal sealed class PeerContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;

    public PeerContent(ReadOnlyMemory<byte>? body)
    {
        _body = body ?? default;
        if (body is not null)
        {
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
    }

    /// <summary>True from the first attempt to send the body, also an empty one.</summary>
    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Started = true;
        await stream.WriteAsync(_body, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
