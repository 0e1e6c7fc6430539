using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zeq.Client.Tests;

/// <summary>Over TLS: the certificate must be good for the name that was asked for, whatever address it has.</summary>
public sealed class PeerHttpTlsTests
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_good_certificate_is_taken()
    {
        using var certificate = Make("peer.example", ServerAuthentication, Until);
        var result = await CallAsync(certificate, "peer.example", [certificate]);
        Assert.IsType<PeerAnswer>(result);
    }

    [Fact]
    public async Task An_untrusted_certificate_is_refused_before_anything_is_sent()
    {
        using var certificate = Make("peer.example", ServerAuthentication, Until);
        Assert.Equal(new PeerUnreachable(PeerFailure.Tls, false), await CallAsync(certificate, "peer.example", null));
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_refused()
    {
        using var certificate = Make("other.example", ServerAuthentication, Until);
        Assert.Equal(new PeerUnreachable(PeerFailure.Tls, false), await CallAsync(certificate, "peer.example", [certificate]));
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using var certificate = Make("peer.example", ServerAuthentication, From.AddDays(1));
        Assert.Equal(new PeerUnreachable(PeerFailure.Tls, false), await CallAsync(certificate, "peer.example", [certificate]));
    }

    [Fact]
    public async Task A_certificate_for_clients_is_refused()
    {
        using var certificate = Make("peer.example", ClientAuthentication, Until);
        Assert.Equal(new PeerUnreachable(PeerFailure.Tls, false), await CallAsync(certificate, "peer.example", [certificate]));
    }

    [Fact]
    public async Task A_peer_without_tls_is_no_https_peer()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        await using var chatty = new TalksFirst("HTTP/1.1 200 X\r\n\r\n");
        using var http = new PeerHttp(PeerHttpAnswerTests.Loopback with { Timeout = TimeSpan.FromSeconds(1) });
        var silent = Assert.IsType<PeerUnreachable>(await http.SendAsync(Post($"https://127.0.0.1:{peer.Port}")));
        Assert.False(silent.MayHaveArrived);
        Assert.Equal(new PeerUnreachable(PeerFailure.Tls, false), await http.SendAsync(Post($"https://127.0.0.1:{chatty.Port}")));
    }

    private static async Task<PeerResult> CallAsync(X509Certificate2 certificate, string host, X509Certificate2Collection? roots)
    {
        await using var peer = new TlsPeer(certificate);
        using var http = new PeerHttp(PeerHttpAnswerTests.Loopback, new ScriptedResolver(["127.0.0.1"]), null, roots);
        return await http.SendAsync(Post($"https://{host}:{peer.Port}"));
    }

    private static PeerRequest Post(string origin) => PeerHttpReachTests.Get(origin) with { Method = "POST", Body = "{}"u8.ToArray() };

    private static X509Certificate2 Make(string name, string usage, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        return request.CreateSelfSigned(From, until);
    }

    private class TalksFirst : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly Task _loop;

        public TalksFirst(string text)
            : this(async (stream, end) => await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), end))
        {
        }

        protected TalksFirst(Func<NetworkStream, CancellationToken, Task> serve)
        {
            _listener.Start();
            _loop = ServeAsync(serve);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _loop;
            _listener.Stop();
            _end.Dispose();
        }

        private async Task ServeAsync(Func<NetworkStream, CancellationToken, Task> serve)
        {
            while (!_end.IsCancellationRequested)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                    await serve(client.GetStream(), _end.Token);
                }
                catch (Exception e) when (e is OperationCanceledException or IOException or AuthenticationException)
                {
                    // The caller hung up, or the test is over.
                }
            }
        }
    }

    private sealed class TlsPeer(X509Certificate2 certificate) : TalksFirst(async (inner, end) =>
    {
        await using var stream = new SslStream(inner);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, end);
        var buffer = new byte[4096];
        await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, end);
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(RawPeer.Json(200, "{}", "Connection: close\r\n")), end);
        await stream.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, end);
    });
}
