using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Postgres.Cluster;

/// <summary>
/// A PostgreSQL server of the test process's own: made from the local programs, in a temporary folder, on a Unix socket there and a loopback
/// port. The machine's own PostgreSQL service is neither needed nor touched. Nothing of it outlives the test process, however that ends.
/// </summary>
public sealed partial class PostgresCluster : IAsyncDisposable
{
    /// <summary>The superuser, who comes in over the Unix socket alone, without a password.</summary>
    public const string Superuser = "postgres";

    private const int StartTimeoutMs = 60_000;

    private static readonly Lazy<Task<PostgresCluster>> OfProcess = new(static () => CreateAsync(new PostgresClusterOptions { Durable = false }));

    private readonly PostgresBinaries _binaries = PostgresBinaries.Required;
    private readonly PostgresClusterOptions _options;
    private readonly ClusterGuard _guard;
    private Process? _postmaster;

    private PostgresCluster(string folder, PostgresClusterOptions options, int? port = null)
    {
        SocketFolder = folder;
        Port = port ?? FreePort();
        _options = options;
        _guard = new ClusterGuard(_binaries, folder);
    }

    /// <summary>Why no cluster can be started here, for a test to skip with; null where one can.</summary>
    public static string? WhyNot => PostgresBinaries.WhyNot;

    /// <summary>The folder of the Unix socket, which holds everything else too.</summary>
    public string SocketFolder { get; }

    /// <summary>The loopback port, and the number in the socket's name.</summary>
    public int Port { get; }

    /// <summary>Where the cluster's files are.</summary>
    public string DataFolder => Path.Combine(SocketFolder, "data");

    /// <summary>Whether the server's first process is there.</summary>
    public bool IsRunning => _postmaster is { HasExited: false };

    /// <summary>What the server has written.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(SocketFolder, "server.log");

    /// <summary>The one cluster that all tests of the process share, which do not stop it: not durable, and quick therefore.</summary>
    public static Task<PostgresCluster> SharedAsync() => OfProcess.Value;

    /// <summary>Makes a cluster and starts it.</summary>
    public static async Task<PostgresCluster> CreateAsync(PostgresClusterOptions? options = null)
    {
        PostgresBinaries binaries = PostgresBinaries.Required;
        PostgresCluster cluster = new(await MakeFolderAsync(binaries).ConfigureAwait(false), options ?? new PostgresClusterOptions());
        try
        {
            // Not the byte order of C where the server can: a query that needs that order has to ask for it.
            string[] locale = binaries.Major >= 15 ? ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"] : ["--locale=C.UTF-8"];
            await binaries.RunAsync(
                "initdb", ["-D", cluster.DataFolder, "-U", Superuser, "--no-sync", "--encoding=UTF8", "--auth=trust", .. locale]).ConfigureAwait(false);

            // Before the first start: who may come in, and how.
            await File.WriteAllTextAsync(
                Path.Combine(cluster.DataFolder, "pg_hba.conf"),
                $"""
                local all         {Superuser} trust
                local replication {Superuser} trust
                local all         all         scram-sha-256
                host  all         all         127.0.0.1/32 scram-sha-256

                """).ConfigureAwait(false);
            await cluster.StartAsync().ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A database of its own, with its two roles.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var database = new PostgresDatabase(this, "zeq_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), NewPassword());
        await ExecuteAsync(
            $"""
            CREATE ROLE {database.OwnerRole} LOGIN PASSWORD '{database.Password}';
            CREATE ROLE {database.NodeRole} LOGIN PASSWORD '{database.Password}';
            CREATE DATABASE {database.Name} OWNER {database.OwnerRole};
            REVOKE ALL ON DATABASE {database.Name} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {database.Name} TO {database.NodeRole};
            """).ConfigureAwait(false);
        return database;
    }

    /// <summary>Runs statements as the superuser; what they answered, a line for each row, columns apart by <c>|</c>.</summary>
    public async Task<string> ExecuteAsync(string sql, string database = "postgres") =>
        (await RunAsync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", .. Session, "-d", database], sql).ConfigureAwait(false)).TrimEnd('\n');

    /// <summary>Runs one of PostgreSQL's programs as the cluster's user, such as <c>pg_dump</c>; what it wrote. Its session is <see cref="Session"/>.</summary>
    public Task<string> RunAsync(string program, IEnumerable<string> arguments, string? input = null) => _binaries.RunAsync(program, arguments, input);

    /// <summary>The arguments with which a program of PostgreSQL's comes in as superuser.</summary>
    public IReadOnlyList<string> Session => ["-h", SocketFolder, "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", Superuser];

    /// <summary>Starts the server on what its folder holds, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException("The server runs.");
        }

        Dictionary<string, string> settings = new()
        {
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = SocketFolder,
            ["max_connections"] = _options.MaxConnections.ToString(CultureInfo.InvariantCulture),
            ["fsync"] = _options.Durable ? "on" : "off",
            ["full_page_writes"] = _options.Durable ? "on" : "off",
            ["wal_level"] = "replica",
            ["max_wal_senders"] = "8",
            ["jit"] = "off",
        };
        foreach ((string name, string value) in _options.Settings)
        {
            settings[name] = value;
        }

        ProcessStartInfo start = _binaries.Start(
            "sh",
            ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "server", LogFile, Path.Combine(_binaries.Folder, "postgres"), "-D", DataFolder, .. settings.SelectMany(static one => (string[])["-c", $"{one.Key}={one.Value}"])]);
        _postmaster?.Dispose();
        _postmaster = Process.Start(start)!;
        long began = Environment.TickCount64;
        while (!IsReady())
        {
            if (_postmaster.HasExited)
            {
                throw new InvalidOperationException("The server did not start: " + Log);
            }

            if (Environment.TickCount64 - began > StartTimeoutMs)
            {
                throw new InvalidOperationException($"The server was not ready after {StartTimeoutMs} ms: {Log}");
            }

            await Task.Delay(10).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the server to stop, and waits until it has.</summary>
    public async Task StopAsync(StopMode mode = StopMode.Fast)
    {
        Process postmaster = Running();
        Signal(postmaster.Id, mode is StopMode.Fast ? 2 : 3);
        await postmaster.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>SIGKILL to the server's first process and then to all of its others: what a machine does that loses power, but for its disk.</summary>
    public async Task KillAsync()
    {
        Process postmaster = Running();
        List<int> children = ChildrenOf(postmaster.Id);
        postmaster.Kill();
        await postmaster.WaitForExitAsync().ConfigureAwait(false);
        foreach (int child in children.Where(IsOfCluster))
        {
            _ = kill(child, 9);
        }

        for (int waits = 0; children.Any(IsOfCluster); waits++)
        {
            if (waits > 1_000)
            {
                throw new InvalidOperationException("A process of the killed server is still there.");
            }

            await Task.Delay(10).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Makes a standby of this server, which streams what it writes, and has every commit wait for it from then on. Its name is that which
    /// <c>synchronous_standby_names</c> carries.
    /// </summary>
    /// <param name="port">The port of a server that is gone, for its successor; null: a free one.</param>
    public async Task<PostgresCluster> CreateStandbyAsync(int? port = null)
    {
        PostgresCluster standby = new(await MakeFolderAsync(_binaries).ConfigureAwait(false), _options, port);
        try
        {
            string name = "standby_" + standby.Port.ToString(CultureInfo.InvariantCulture);
            await RunAsync(
                "pg_basebackup",
                ["-D", standby.DataFolder, "-X", "stream", "-c", "fast", "-R", "--no-sync", "-d", $"host={SocketFolder} port={Port} user={Superuser} application_name={name}"]).ConfigureAwait(false);

            // What this server waits for is not what its copy waits for once it is promoted.
            await standby.ForgetStandbysAsync().ConfigureAwait(false);
            await standby.StartAsync().ConfigureAwait(false);
            await SetStandbysAsync(name).ConfigureAwait(false);
            for (int waits = 0; await ExecuteAsync($"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{name}'").ConfigureAwait(false) != "sync"; waits++)
            {
                if (waits > 500)
                {
                    throw new InvalidOperationException("The standby does not stream: " + standby.Log);
                }

                await Task.Delay(20).ConfigureAwait(false);
            }

            return standby;
        }
        catch
        {
            await standby.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sets the names of the standbys that a commit waits for; an empty text: none.</summary>
    public Task SetStandbysAsync(string names) => ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{names}';\nSELECT pg_reload_conf();");

    /// <summary>Makes a standby the primary, and waits until it takes writes.</summary>
    public Task PromoteAsync() => RunAsync("pg_ctl", ["promote", "-w", "-D", DataFolder]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _guard.FinishAsync().ConfigureAwait(false);
        _postmaster?.Dispose();
        _postmaster = null;
    }

    private async Task ForgetStandbysAsync()
    {
        string path = Path.Combine(DataFolder, "postgresql.auto.conf");
        string[] lines = await File.ReadAllLinesAsync(path).ConfigureAwait(false);
        await File.WriteAllLinesAsync(path, lines.Where(static line => !line.StartsWith("synchronous_standby_names", StringComparison.Ordinal))).ConfigureAwait(false);
    }

    private static async Task<string> MakeFolderAsync(PostgresBinaries binaries)
    {
        string made = await binaries.RunAsync("mktemp", ["-d", Path.Combine(Path.GetTempPath(), "zeq-pg-XXXXXXXX")]).ConfigureAwait(false);
        return made.TrimEnd('\n');
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private Process Running() => IsRunning ? _postmaster! : throw new InvalidOperationException("The server does not run.");

    // postmaster.pid: the process in line 1, its state in line 8.
    private bool IsReady()
    {
        try
        {
            string[] lines = File.ReadAllLines(Path.Combine(DataFolder, "postmaster.pid"));
            return lines.Length >= 8 && lines[0] == _postmaster!.Id.ToString(CultureInfo.InvariantCulture) && lines[7].Trim() is "ready" or "standby";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static List<int> ChildrenOf(int parent) =>
        [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static pid => int.Parse(pid, CultureInfo.InvariantCulture))];

    private bool IsOfCluster(int processId)
    {
        try
        {
            return new FileInfo($"/proc/{processId}/cwd").ResolveLinkTarget(false)?.FullName == DataFolder;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Signal(int processId, int signal)
    {
        if (kill(processId, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

#pragma warning disable SYSLIB1054, IDE1006 // The C library's own name.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
#pragma warning restore SYSLIB1054, IDE1006
}
