using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zeq.Hosting;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>http-transfer</c>: transfers over HTTP on a real Kestrel with a SQLite store, beside a constant answer of the same size on the same
/// Kestrel. Clients are bare sockets in the same process; a request waits for the answer before it.
/// </summary>
internal static class HttpTransferVerb
{
    private const int Accounts = 200;

    public static async Task RunAsync(Arguments arguments)
    {
        int clients = arguments.Number("clients", 64);
        int rounds = arguments.Number("rounds", 3);
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        string folder = Directory.CreateTempSubdirectory("zeq-http-transfer").FullName;
        try
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.AddZeq(options =>
            {
                (options.Origin, options.DataFolder, options.FreeCredits) = (Origin.Parse("https://bench.example"), folder, 0);
                foreach (string bucket in (string[])["Tally", "Default"])
                {
                    options.RateLimits[bucket] = new RateLimit(0, 60);
                }
            }).UseSqlite(Path.Combine(folder, "home.db"));
            await using WebApplication app = builder.Build();
            byte[] constant = [];
            app.MapPost("/constant", async http =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null).ConfigureAwait(false);
                http.Response.ContentType = "application/json; charset=utf-8";
                http.Response.ContentLength = constant.Length;
                await http.Response.Body.WriteAsync(constant).ConfigureAwait(false);
            });
            app.MapZeq();
            await app.StartAsync();
            string url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            var server = new IPEndPoint(IPAddress.Loopback, new Uri(url).Port);

            NewKey[] keys = [.. Enumerable.Range(0, Accounts).Select(_ => NewKey.Account())];
            int coins = Math.Max(clients * 16, 2_000);
            TokenId[] tokens = await BenchHome.FillAsync(app.Services.GetRequiredService<ZeqHome>().Home, Accounts, coins, i => KeyDigest.Of(keys[i]));
            var holders = new int[coins];
            for (int i = 0; i < coins; i++)
            {
                holders[i] = i % Accounts;
            }

            byte[] Transfer(Random random, int client, out Action done)
            {
                int coin = (client * (coins / clients)) + random.Next(coins / clients);
                int to = (holders[coin] + 1 + random.Next(Accounts - 1)) % Accounts;
                byte[] request = Request("/api/tally/envelopes/transfer", keys[holders[coin]].Secret, tokens[coin], Zid.FromNumber(to));
                done = () => holders[coin] = to;
                return request;
            }

            byte[] Constant(Random random, int client, out Action done)
            {
                done = static () => { };
                return Request("/constant", keys[0].Secret, tokens[client], Zid.FromNumber(random.Next(Accounts)));
            }

            using (var first = new SocketClient())
            {
                await first.ConnectAsync(server);
                int status = await first.AskAsync(Transfer(new Random(1), 0, out Action done));
                constant = first.Body.ToArray();
                if (status != 200)
                {
                    throw new InvalidOperationException($"A transfer answered {status}: {Encoding.UTF8.GetString(constant)}");
                }

                done();
            }

            List<Sample> constants = [], transfers = [];
            for (int round = 0; round < rounds; round++)
            {
                constants.Add(await LoadAsync(server, clients, duration, Constant));
                transfers.Add(await LoadAsync(server, clients, duration, Transfer));
            }

            await app.StopAsync();
            Print(arguments, clients, duration, constant.Length, constants, transfers);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private delegate byte[] MakeRequest(Random random, int client, out Action done);

    private static byte[] Request(string path, string key, TokenId token, Zid to)
    {
        string body = $$"""{"token_id":"{{token.Text}}","to":"{{to.Text}}"}""";
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: bench.example\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }

    private static async Task<Sample> LoadAsync(IPEndPoint server, int clients, TimeSpan duration, MakeRequest make)
    {
        SocketClient[] sockets = [.. Enumerable.Range(0, clients).Select(_ => new SocketClient())];
        var ticks = new List<long>[clients];
        long[] refused = new long[clients];
        foreach (SocketClient socket in sockets)
        {
            await socket.ConnectAsync(server).ConfigureAwait(false);
        }

        long began = Stopwatch.GetTimestamp();
        long until = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            List<long> own = ticks[client] = [];
            while (Stopwatch.GetTimestamp() is var start && start < until)
            {
                byte[] request = make(random, client, out Action done);
                if (await sockets[client].AskAsync(request).ConfigureAwait(false) == 200)
                {
                    own.Add(Stopwatch.GetTimestamp() - start);
                    done();
                }
                else
                {
                    refused[client]++;
                }
            }
        }))).ConfigureAwait(false);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        foreach (SocketClient socket in sockets)
        {
            socket.Dispose();
        }

        return Sample.Of(ticks, refused.Sum(), elapsed, 0);
    }

    private static void Print(Arguments arguments, int clients, TimeSpan duration, int size, List<Sample> constants, List<Sample> transfers)
    {
        Sample constant = Sample.Median(constants);
        Sample transfer = Sample.Median(transfers);
        double ratio = Sample.Median(transfers.Select((sample, round) => sample.PerSecond / constants[round].PerSecond));
        long rejected = transfers.Sum(sample => sample.Rejected);
        Console.WriteLine(arguments.IsTable
            ? Output.Head("Transfers over HTTP") + $"""

                `http-transfer`: {transfers.Count} rounds of {duration.TotalSeconds} s, {clients} connections, both lines in turn in every round; medians. Kestrel, the home and a SQLite store (durable) in one process, and the
                clients in it too: bare sockets that send ready bytes, about the load of the constant line. The constant line reads the same request and answers the same {size} bytes.
                Refused: {rejected}.


                """ + Output.Table(
                ["", "requests/s", "p50 ms", "p99 ms", "x constant"],
                [
                    ["constant answer", Output.Whole(constant.PerSecond), Output.Fine(constant.P50Ms), Output.Fine(constant.P99Ms), "1.00"],
                    ["transfer", Output.Whole(transfer.PerSecond), Output.Fine(transfer.P50Ms), Output.Fine(transfer.P99Ms), Output.Fine(ratio)],
                ])
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"requests_per_s\":{transfer.PerSecond:0},\"p50_ms\":{transfer.P50Ms:0.00},\"p99_ms\":{transfer.P99Ms:0.00},\"rejected\":{rejected},\"constant_per_s\":{constant.PerSecond:0},\"constant_p50_ms\":{constant.P50Ms:0.00},\"ratio_to_constant\":{ratio:0.000}}}"));
    }
}
