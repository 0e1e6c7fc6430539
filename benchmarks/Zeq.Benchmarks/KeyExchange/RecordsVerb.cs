using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>records</c>: one direction of a <see cref="RecordStream"/> beside <see cref="SslStream"/> (TLS 1.3, AES-256-GCM), both over the same kind of transport: pipes in this process, and TCP on 127.0.0.1. One
/// task writes, one reads; the ways run in turn.
/// </summary>
internal static class RecordsVerb
{
    private const int ReadSizeBytes = 65_536;

    public static async Task RunAsync(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5), megabytes = arguments.Number("megabytes", 64);
        int[] sizes = arguments.Numbers("sizes", [1_024, 16_384, 262_144]);
        var rows = new List<Row>();
        foreach (string transport in (string[])["pipe", "tcp"])
        {
            foreach (int size in sizes)
            {
                long total = (long)megabytes << 20;
                if (size < 4_096)
                {
                    total /= 8;
                }

                double[] ours = new double[rounds], theirs = new double[rounds], alloc = new double[2];
                await MeasureAsync(transport, false, size, total / 8);
                await MeasureAsync(transport, true, size, total / 8);
                for (int round = 0; round < rounds; round++)
                {
                    (ours[round], alloc[0]) = await MeasureAsync(transport, false, size, total);
                    (theirs[round], alloc[1]) = await MeasureAsync(transport, true, size, total);
                }

                double ratio = Sample.Median(ours.Zip(theirs, (a, b) => a / b));
                rows.Add(new Row(transport, size, "RecordStream", Sample.Median(ours), ratio, alloc[0]));
                rows.Add(new Row(transport, size, "SslStream", Sample.Median(theirs), 1, alloc[1]));
            }
        }

        Console.WriteLine(arguments.IsTable
            ? Output.Head("Records beside TLS") + $"""

                `records`: {megabytes} MiB in one direction (an eighth for writes under 4 KiB), one writer and one reader, {rounds} rounds in turn; medians, and the median of the rounds' ratios to SslStream (TLS 1.3, AES-256-GCM) over the
                same transport: pipes in one process, and TCP on 127.0.0.1. Bytes allocated are of the whole process, per write:
                over a pipe also its segments, when more of them wait than its pool keeps.


                """ + Output.Table(["transport", "bytes a write", "", "MB/s", "x", "bytes allocated"], rows.Select(row => new[]
                {
                    row.Transport, Output.Whole(row.Size), row.Name, Output.Whole(row.MegabytesPerSecond), Output.Fine(row.Ratio), Output.Fine(row.AllocBytes),
                }))
            : "[" + string.Join(',', rows.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"transport\":\"{row.Transport}\",\"size\":{row.Size},\"stream\":\"{row.Name}\",\"mb_per_s\":{row.MegabytesPerSecond:0},\"ratio\":{row.Ratio:0.000},\"alloc_bytes_per_write\":{row.AllocBytes:0.0}}}"))) + "]");
    }

    private static async Task<(double MegabytesPerSecond, double AllocBytes)> MeasureAsync(string transport, bool isTls, int size, long total)
    {
        await using Line line = transport == "tcp" ? await Line.OverTcpAsync() : Line.OverPipes();
        (Stream writer, Stream reader) = isTls ? await TlsAsync(line) : Records(line);
        byte[] data = new byte[size], buffer = new byte[ReadSizeBytes];

        // The first bytes make buffers and keys.
        await PumpAsync(writer, reader, data, buffer, size * 8L);
        GC.Collect();
        long before = GC.GetTotalAllocatedBytes(true), began = Stopwatch.GetTimestamp();
        await PumpAsync(writer, reader, data, buffer, total);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double alloc = (GC.GetTotalAllocatedBytes(true) - before) / (total / (double)size);
        await writer.DisposeAsync();
        await reader.DisposeAsync();
        return (total / seconds / 1e6, alloc);
    }

    private static async Task PumpAsync(Stream writer, Stream reader, byte[] data, byte[] buffer, long total)
    {
        Task writing = Task.Run(async () =>
        {
            for (long sent = 0; sent < total; sent += data.Length)
            {
                await writer.WriteAsync(data);
            }
        });
        Task reading = Task.Run(async () =>
        {
            for (long received = 0; received < total;)
            {
                int count = await reader.ReadAsync(buffer);
                received += count > 0 ? count : throw new EndOfStreamException();
            }
        });
        await Task.WhenAll(writing, reading);
    }

    private static (Stream Writer, Stream Reader) Records(Line line)
    {
        byte[] key = new byte[KeyExchange.RecordKeySizeBytes];
        string id = new('0', KeyExchange.SessionIdLength);
        return (
            new RecordStream(line.A, new RecordSealer(key, RecordDirection.InitiatorToResponder, id), new RecordOpener(key, RecordDirection.ResponderToInitiator, id)),
            new RecordStream(line.B, new RecordSealer(key, RecordDirection.ResponderToInitiator, id), new RecordOpener(key, RecordDirection.InitiatorToResponder, id)));
    }

    private static async Task<(Stream Writer, Stream Reader)> TlsAsync(Line line)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        var client = new SslStream(line.StreamA);
        var server = new SslStream(line.StreamB);
        var policy = OperatingSystem.IsLinux() ? new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_256_GCM_SHA384]) : null;
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = SslProtocols.Tls13, CipherSuitesPolicy = policy }),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "bench", EnabledSslProtocols = SslProtocols.Tls13, CipherSuitesPolicy = policy, RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString(),
            }));
        return (client, server);
    }

    private readonly record struct Row(string Transport, int Size, string Name, double MegabytesPerSecond, double Ratio, double AllocBytes);

    /// <summary>Two joined ends, as pipes and as streams.</summary>
    private sealed class Line : IAsyncDisposable
    {
        private readonly Socket[] _sockets;

        private Line(IDuplexPipe a, IDuplexPipe b, Stream streamA, Stream streamB, params Socket[] sockets) => (A, B, StreamA, StreamB, _sockets) = (a, b, streamA, streamB, sockets);

        public IDuplexPipe A { get; }

        public IDuplexPipe B { get; }

        public Stream StreamA { get; }

        public Stream StreamB { get; }

        public static Line OverPipes()
        {
            var options = new PipeOptions(pauseWriterThreshold: 262_144, resumeWriterThreshold: 131_072, useSynchronizationContext: false);
            Pipe there = new(options), back = new(options);
            var a = new Ends(back.Reader, there.Writer);
            var b = new Ends(there.Reader, back.Writer);
            return new Line(a, b, new Joined(a), new Joined(b));
        }

        public static async Task<Line> OverTcpAsync()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            var a = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Task<Socket> accepting = listener.AcceptAsync();
            await a.ConnectAsync(listener.LocalEndPoint!);
            Socket b = await accepting;
            b.NoDelay = true;
            NetworkStream streamA = new(a), streamB = new(b);
            return new Line(EndsOf(streamA), EndsOf(streamB), streamA, streamB, a, b);
        }

        public ValueTask DisposeAsync()
        {
            foreach (Socket socket in _sockets)
            {
                socket.Dispose();
            }

            return ValueTask.CompletedTask;
        }

        private static Ends EndsOf(Stream stream) => new(
            PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 65_536, leaveOpen: true)), PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 65_536, leaveOpen: true)));
    }

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    /// <summary>Both ways of a pipe as one stream.</summary>
    private sealed class Joined(IDuplexPipe ends) : Stream
    {
        private readonly Stream _input = ends.Input.AsStream(), _output = ends.Output.AsStream();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
