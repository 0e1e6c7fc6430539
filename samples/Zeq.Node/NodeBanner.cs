using Zeq.Crypto;
using Zeq.Hosting;

namespace Zeq.Node;

/// <summary>What the node says once it listens.</summary>
internal static class NodeBanner
{
    public static void Write(ZeqHome home, string url, IReadOnlyList<AlgorithmInfo> algorithms)
    {
        Console.WriteLine($"Zeq home {home.Context.Origin.Text} ({home.Context.Name.Text}) listens on {url}");
        Console.WriteLine($"  storage  {home.StoreDescription}");
        Console.WriteLine($"  crypto   {string.Join(", ", algorithms)}");
        Console.WriteLine($"  node key {home.Context.Keys.NodePublicKey}");
        foreach (string file in home.MadeSecrets)
        {
            Console.WriteLine($"  made     {file} (mode 0600; back it up, it is nowhere else)");
        }

        Console.WriteLine();
        Console.WriteLine("Try:");
        Console.WriteLine($"  curl -s {url}/api/zeq/pulse");
        Console.WriteLine($"  dotnet run --project samples/Zeq.Cli -- register --origin {url}");
        Console.WriteLine("  dotnet run --project samples/Zeq.Cli -- compute KO42 NM19 mass_kg=2 acceleration_ms2=3");
    }
}

/// <summary>The node's help.</summary>
internal static class NodeHelp
{
    public const string Text = """
        Zeq.Node: a home of the Zeq protocols.

        usage: dotnet run --project samples/Zeq.Node [-- --urls http://127.0.0.1:8777]

               dotnet run --project samples/Zeq.Node -- migrate    brings a PostgreSQL store's schema up to date, and ends

        settings (environment, or Zeq:* in configuration):
          ZEQ_ORIGIN          this home's public origin, e.g. https://a.example; absent: the local URL, for trying out
          ZEQ_NAME            short name; default the first 12 hex of SHA-256(ZEQ_ORIGIN)
          ZEQ_DATA            data folder, default zeq-data
          ZEQ_STORAGE         sqlite:<file> or postgres:<connection string>; default home.db in the data folder
          ZEQ_STORAGE_OWNER   connection string of the role that owns a PostgreSQL store's tables; absent: the node's own
          ZEQ_STORAGE_MIGRATE true (default) or false: whether the start brings a PostgreSQL store's schema up to date
          ZEQ_HOME_SECRET, ZEQ_NODE_SECRET, ZEQ_FIELD_KEY, ZEQ_MESH_SECRET, ZEQ_ADMIN_KEY
                              secrets; those that are absent are made once, at the first start, in the data folder
          ZEQ_FIELD_KEY_PREV  opens only, while the field key is changed
          ZEQ_REGISTRATION    open (default) or closed
          ZEQ_FREE_CREDITS    what registration gives, default 1287
          ZEQ_PEERS           origins this home talks to; empty: any https origin with a public address
          ZEQ_ISSUERS         trusted issuers: origin=<node public key>, comma-separated
          ZEQ_ALLOW_LOOPBACK_PEERS   true only in development: http and loopback origins are taken
          Zeq:RateLimits:NAME:permits, :window_seconds

        exit codes: 0 stopped, 1 could not start (one sentence says why)
        """;
}
