using System.Net.Sockets;
using System.Text;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>Clients that hold connections and send nothing, or next to nothing: they lose theirs, nobody else notices.</summary>
[Collection(FaultsCollection.Name)]
public sealed class SlowClientTests
{
    private const int Idle = 1_000;

    // Seen red with MaxConcurrentConnections at 500; with RequestHeadersTimeout at an hour; with MinRequestBodyDataRate null.
    [Fact]
    public async Task Slow_clients_are_cut_off_and_hold_up_nobody()
    {
        using var folder = new TempFolder();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        using NodeProcess node = await NodeProcess.StartAsync(url, NodeProcess.Settings(folder.Path, url));
        using var early = new Api(url);
        Account owner = await early.RegisterAsync(paid: 100_000);
        var sockets = new List<Socket>();
        try
        {
            for (int i = 0; i < Idle; i++)
            {
                sockets.Add(await DialAsync(url));
            }

            // Who comes after them gets a connection too.
            using var api = new Api(url);
            await api.MintAsync(owner);
            Socket[] headers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => DialAsync(url)));
            Socket[] bodies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => DialAsync(url)));
            sockets.AddRange(headers);
            sockets.AddRange(bodies);
            using var over = new CancellationTokenSource();
            Task<bool>[] cut =
            [
                .. headers.Select(socket => TrickleAsync(socket, "POST /api/zeq/compute HTTP/1.1\r\nHost: x\r\nX-Slow: ", over.Token)),
                .. bodies.Select(socket => TrickleAsync(
                    socket, $"POST /api/zeq/compute HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {owner.Key}\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{{", over.Token)),
            ];

            // Meanwhile everybody else is served.
            int served = 0;
            for (; served < 50 || cut.Any(slow => !slow.IsCompleted); served++)
            {
                await api.MintAsync(owner);
                Assert.True(served < 1_000, "A slow client was never cut off.");
                if (served >= 50)
                {
                    await Task.Delay(50);
                }
            }

            Assert.All(await Task.WhenAll(cut), Assert.True);
            await over.CancelAsync();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await early.MintAsync(owner);
    }

    private static async Task<Socket> DialAsync(string url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", new Uri(url).Port);
        return socket;
    }

    /// <summary>Sends a beginning, then a byte now and then; true once the other side has closed.</summary>
    private static async Task<bool> TrickleAsync(Socket socket, string beginning, CancellationToken over)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(beginning), over);
            byte[] answer = new byte[4_096];
            Task<int> reading = socket.ReceiveAsync(answer, over).AsTask();
            while (!over.IsCancellationRequested)
            {
                await Task.WhenAny(reading, Task.Delay(200, over));
                if (reading.IsCompleted)
                {
                    if (await reading == 0)
                    {
                        return true;
                    }

                    reading = socket.ReceiveAsync(answer, over).AsTask();
                }

                await socket.SendAsync("x"u8.ToArray(), over);
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
