using System.Net.Sockets;
using System.Text;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>A node that is killed, and one that is asked to stop, in the middle of its work.</summary>
[Collection(FaultsCollection.Name)]
public sealed class KilledNodeTests
{
    private const int Rounds = 20;

    // Seen red with the answer given before the commit (Home.DecideAndCommitAsync).
    [Fact]
    public async Task What_was_acknowledged_survives_kill_and_a_retry_has_one_effect()
    {
        using var folder = new TempFolder();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        Dictionary<string, string> settings = NodeProcess.Settings(folder.Path, url);
        TransferLoad? load = null;
        int unanswered = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using var api = new Api(url);
            using NodeProcess node = await NodeProcess.StartAsync(url, settings);
            load ??= await TransferLoad.PrepareAsync(api);
            await load.RetryAsync(api);
            Assert.Equal(0, load.Unanswered);

            await load.RunForAsync(api, round, node.KillAsync);
            unanswered += load.Unanswered;
            await load.VerifyAsync(folder["home.db"], exactly: false);
        }

        Assert.True(unanswered > 0, "No kill met a request under way: the test shows nothing.");
        using (NodeProcess node = await NodeProcess.StartAsync(url, settings))
        {
            using var api = new Api(url);
            await load!.RetryAsync(api);
            await node.KillAsync();
        }

        await load.VerifyAsync(folder["home.db"], exactly: true);
        await BreakableHome.AuditAsync(folder["home.db"]);
    }

    // Seen red with the store closed before the web server had drained (ZeqHome.StoppingAsync closing it), and with streams that did not
    // end on shutdown.
    [Fact]
    public async Task A_node_asked_to_stop_answers_what_it_took_and_leaves()
    {
        using var folder = new TempFolder();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        Dictionary<string, string> settings = NodeProcess.Settings(folder.Path, url);
        using var api = new Api(url);
        using NodeProcess node = await NodeProcess.StartAsync(url, settings);
        TransferLoad load = await TransferLoad.PrepareAsync(api);

        // What must not hold it up: a stream, an idle connection, half a request.
        using var stream = new HttpClient();
        using Stream pulses = await stream.GetStreamAsync(url + "/api/zeq/pulse/stream");
        using var idle = new TcpClient();
        await idle.ConnectAsync("127.0.0.1", new Uri(url).Port);
        using var half = new TcpClient();
        await half.ConnectAsync("127.0.0.1", new Uri(url).Port);
        await half.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/zeq/pulse HTTP/1.1\r\nHost: x\r\n"));

        using var over = new CancellationTokenSource();
        Task running = load.RunAsync(api, over.Token);
        for (int waits = 0; load.Acknowledged < 2 * TransferLoad.Clients && waits < 1_000; waits++)
        {
            await Task.Delay(10);
        }

        int? exitCode = await node.TerminateAsync(within: TimeSpan.FromSeconds(10));
        await over.CancelAsync();
        await running;

        // The stream was ended, not cut off.
        await pulses.CopyToAsync(Stream.Null);
        Assert.Equal(0, exitCode);
        Assert.True(load.Acknowledged >= 2 * TransferLoad.Clients);
        Assert.Equal("", node.Errors);
        await load.VerifyAsync(folder["home.db"], exactly: true);
        await BreakableHome.AuditAsync(folder["home.db"]);
        Assert.False(File.Exists(folder["home.db-wal"]), "The log was not copied into the file.");
    }
}
