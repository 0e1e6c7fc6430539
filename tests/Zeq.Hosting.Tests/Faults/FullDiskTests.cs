using System.Diagnostics;
using System.Text.Json.Nodes;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>A store with no room: 503 with Retry-After, nothing changed, reads go on, and work again once there is room.</summary>
[Collection(FaultsCollection.Name)]
public sealed class FullDiskTests
{
    // Seen red with SQLITE_FULL mapped to an outcome that is not known (SqliteFault), and with the 503 sent without its header.
    [Fact]
    public async Task A_store_at_its_size_limit_refuses_and_goes_on()
    {
        await using BreakableHome home = await BreakableHome.StartAsync(store: new SqliteOptions { MaxPages = 120 });
        Account owner = await home.Api.RegisterAsync(), other = await home.Api.RegisterAsync(paid: 0);
        string token = await home.Api.MintAsync(owner);
        await FillAsync(home, owner, other, token);

        home.StoreOptions = new SqliteOptions();
        await home.RestartAsync();
        (await home.Api.TransferAsync(owner, token, other.Zid)).Expect();
        await home.Api.MintAsync(owner);
        await home.StopAsync();
        await home.AuditAsync();
    }

    // Seen red with SQLITE_FULL mapped to an outcome that is not known.
    [Fact]
    public async Task A_full_disk_refuses_and_goes_on_once_there_is_room()
    {
        using var folder = new TempFolder();
        Assert.SkipUnless(Environment.UserName == "root", "Needs root, to mount a small file system.");
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder.Path) == 0, "No file system can be mounted here.");
        try
        {
            string url = $"http://127.0.0.1:{Ports.Free()}";
            using (NodeProcess node = await NodeProcess.StartAsync(url, NodeProcess.Settings(folder.Path, url)))
            {
                using var api = new Api(url);
                Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
                string token = await api.MintAsync(owner);

                // Somebody else's file takes what is left.
                string filler = folder["filler"];
                await using (FileStream stream = new(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1))
                {
                    byte[] block = new byte[4_096];
                    for (bool hasRoom = true; hasRoom;)
                    {
                        try
                        {
                            stream.Write(block);
                        }
                        catch (IOException)
                        {
                            hasRoom = false;
                        }
                    }
                }

                WireAnswer refused = await RefusedAsync(() => api.PostAsync("/api/zeq/compute", owner.Key, Api.Compute()));
                Assert.Equal("STORAGE_UNAVAILABLE", refused.Code);
                Assert.Equal("STORAGE_UNAVAILABLE", (await api.TransferAsync(owner, token, other.Zid)).Code);
                Assert.Equal(0, await api.HeightAsync(token));

                File.Delete(filler);
                (await api.TransferAsync(owner, token, other.Zid)).Expect();
                await api.MintAsync(owner);
                Assert.Equal(0, await node.TerminateAsync(TimeSpan.FromSeconds(30)));
            }

            await BreakableHome.AuditAsync(folder["home.db"]);
        }
        finally
        {
            await RunAsync("umount", folder.Path);
        }
    }

    /// <summary>Mints until there is no room, and asserts what then holds.</summary>
    private static async Task FillAsync(BreakableHome home, Account owner, Account other, string token)
    {
        WireAnswer refused = await RefusedAsync(() => home.Api.PostAsync("/api/zeq/compute", owner.Key, Api.Compute()));
        Assert.Equal("STORAGE_UNAVAILABLE", refused.Code);
        Assert.True(int.Parse(Assert.Single(refused.Headers.GetValues("Retry-After"))) >= 1);

        // Refused is refused: no fuel was taken and no coin made by the last one, and a retry with its key is refused alike.
        long before = await PaidAsync(home, owner);
        JsonObject compute = Api.Compute();
        for (int i = 0; i < 3; i++)
        {
            WireAnswer again = await home.Api.PostAsync("/api/zeq/compute", owner.Key, compute.DeepClone(), "full-1");
            Assert.Equal((503, "STORAGE_UNAVAILABLE"), (again.Status, again.Code));
        }

        Assert.Equal(before, await PaidAsync(home, owner));
        Assert.Equal(0, await home.Api.HeightAsync(token));
        (await home.Api.GetAsync("/api/tally/envelopes/" + token, owner.Key)).Expect();
    }

    private static async Task<WireAnswer> RefusedAsync(Func<Task<WireAnswer>> ask)
    {
        for (int i = 0; i < 2_000; i++)
        {
            WireAnswer answer = await ask();
            if (!answer.IsOk)
            {
                Assert.Equal(503, answer.Status);
                return answer;
            }
        }

        throw new InvalidOperationException("The store never became full.");
    }

    private static async Task<long> PaidAsync(BreakableHome home, Account of) =>
        (await home.Api.GetAsync("/api/tally/credits/" + of.Zid, of.Key)).Expect().Json["paid_credits"]!.GetValue<long>();

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
