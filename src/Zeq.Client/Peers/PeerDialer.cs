using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zeq.Client;

/// <summary>The address of a peer may not be dialled.</summary>
internal sealed class AddressRefusedException() : IOException("The peer has no address that may be dialled.");

/// <summary>
/// Makes connections to strangers. It resolves the name itself and dials only an address that it has checked, so a name that
/// resolves to something else a moment later (DNS rebinding) gains nothing.
/// </summary>
internal sealed class PeerDialer(PeerPolicy policy, IHostResolver resolver, TimeProvider time)
{
    private const int MaxAddresses = 8;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // An address that swallows packets must leave time for the next one.
    private TimeSpan TimePerAddress => policy.Timeout / 3;

    /// <summary>A handler without proxy, cookies, redirects, decompression and trace headers, with bounded headers.</summary>
    /// <param name="roots">The only roots to trust instead of the system's, for tests; null for the system's.</param>
    public SocketsHttpHandler CreateHandler(X509Certificate2Collection? roots = null) => new()
    {
        ConnectCallback = ConnectAsync,
        ConnectTimeout = policy.Timeout,        // a dial outlives a call that was given up, but not for long
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        PreAuthenticate = false,
        Credentials = null,
        ActivityHeadersPropagator = null,       // strangers learn nothing of our traces
        MaxResponseHeadersLength = policy.MaxHeaderKib,
        MaxResponseDrainSize = 0,
        MaxConnectionsPerServer = policy.MaxConcurrentPerPeer,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = ChainPolicy(roots),
        },
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host.Trim('[', ']');
        var addresses = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await resolver.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        if (addresses.Count == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        IPAddress[] allowed = [.. addresses.Where(MayDial).Distinct().Take(MaxAddresses)];
        if (allowed.Length == 0)
        {
            throw new AddressRefusedException();
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await DialAsync(new IPEndPoint(allowed[i], context.DnsEndPoint.Port), i == allowed.Length - 1, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException && i < allowed.Length - 1 && !cancellationToken.IsCancellationRequested)
            {
                // The next address may do better; the failure of the last one is the call's.
            }
        }
    }

    private async ValueTask<Stream> DialAsync(IPEndPoint endPoint, bool isLast, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : TimePerAddress, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await socket.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool MayDial(IPAddress address) =>
        PublicAddress.IsPublic(address) || (policy.AllowLoopback && PublicAddress.IsPlainLoopback(address));

    // A stranger's certificate names addresses for revocation lists and missing issuers; fetching them would be a way around the checks above.
    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection? roots)
    {
        var chain = new X509ChainPolicy
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            TrustMode = roots is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        chain.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.CustomTrustStore.AddRange(roots ?? []);
        return chain;
    }
}
