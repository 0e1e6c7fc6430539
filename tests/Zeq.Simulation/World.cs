using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>An account of the simulation.</summary>
internal sealed record User(string Home, Zid Zid, string Key);

/// <summary>A payment on its way to its recipient: whoever carries it may deliver it twice, late or never.</summary>
internal sealed record Letter(ReceiptBody Receipt, string Ticket);

/// <summary>Several homes, their users and the network between them, in one run.</summary>
internal sealed class World
{
    private static readonly Dictionary<string, string> NodeKeys = new(StringComparer.Ordinal);

    public World(Timeline timeline, IEnumerable<string> names, string dataFolder)
    {
        (Timeline, DataFolder) = (timeline, dataFolder);
        Network = new SimNetwork(this);
        Nodes = [.. names.Select(name => new Node(this, name))];
    }

    public Timeline Timeline { get; }

    public string DataFolder { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public SimNetwork Network { get; }

    public List<User> Users { get; } = [];

    public List<Letter> Letters { get; } = [];

    /// <summary>Exported coins: files of which anyone may have a copy.</summary>
    public List<CoinBody> Files { get; } = [];

    public List<(string Home, string VoteId)> Votes { get; } = [];

    public Ledger Ledger { get; } = new();

    /// <summary>Whether nothing fails any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>Whether disks say that a commit is durable a while before it is: a fault that a run must show.</summary>
    public bool HasLyingDisks { get; init; }

    /// <summary>Numbers the requests that carry an Idempotency-Key.</summary>
    public int NextKey { get; set; }

    /// <summary>Whose coins a home redeems: c trusts b alone, so that unknown issuers and pinned keys occur too.</summary>
    public static bool Trusts(Node home, Node issuer) => home.Name != "c" || issuer.Name == "b";

    public Node NodeOf(string name) => Nodes.First(node => node.Name == name);

    public Node NodeAt(string origin) => Nodes.First(node => node.Origin.Text == origin);

    public static string NodeKeyOf(Node node)
    {
        if (!NodeKeys.TryGetValue(node.Name, out string? key))
        {
            using var keys = new HomeKeys(Convert.FromHexString(node.HomeSecret), node.Origin);
            NodeKeys[node.Name] = key = keys.NodePublicKey;
        }

        return key;
    }

    /// <summary>The rows of a table on a node's disk.</summary>
    public static async Task<List<TRow>> RowsAsync<TRow>(IHomeReader disk, Table<TRow> table)
        where TRow : class
    {
        var rows = new List<TRow>();
        await foreach (TRow row in disk.QueryAsync(new Query<TRow>(table)))
        {
            rows.Add(row);
        }

        return rows;
    }
}
