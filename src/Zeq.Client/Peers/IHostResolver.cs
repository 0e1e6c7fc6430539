using System.Net;

namespace Zeq.Client;

/// <summary>Turns the name of a host into addresses. Nothing it answers is trusted: each address is checked before it is dialled.</summary>
public interface IHostResolver
{
    /// <summary>The addresses of a name, in order of preference; empty where it has none.</summary>
    /// <param name="host">A DNS name in lower-case ASCII; never an IP literal.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The name does not resolve.</exception>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}
