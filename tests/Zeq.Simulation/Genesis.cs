using System.Text;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>What every run begins with: three homes, six accounts, and twelve coins. Made once in a process, by the doors.</summary>
internal sealed class Genesis
{
    private const int UsersPerHome = 2;
    private const int CoinsPerUser = 2;
    private readonly Dictionary<string, MemoryHomeStore> _disks = new(StringComparer.Ordinal);
    private readonly List<User> _users = [];
    private long _tookUs;

    public static async Task<Genesis> MakeAsync(string dataFolder)
    {
        var genesis = new Genesis();
        var timeline = new Timeline(0);
        var world = new World(timeline, ["a", "b", "c"], dataFolder) { IsCalm = true };
        Task making = genesis.FillAsync(world);
        timeline.Watch(making);
        if (!await timeline.RunAsync(600_000_000, () => making.IsCompleted))
        {
            throw new SimulationFault("The beginning does not come about.");
        }

        genesis._tookUs = timeline.NowUs;
        return genesis;
    }

    /// <summary>Sets a world up.</summary>
    public void Begin(World world)
    {
        foreach (Node node in world.Nodes)
        {
            node.Disk = _disks[node.Name].Fork();
            node.WallOffsetUs = _tookUs;
        }

        world.Users.AddRange(_users.Where(user => world.Nodes.Any(node => node.Name == user.Home)));
    }

    private async Task FillAsync(World world)
    {
        int number = 0;
        foreach (Node node in world.Nodes)
        {
            await node.StartAsync();
            for (int i = 0; i < UsersPerHome; i++)
            {
                // The same ZIDs at every home: a holder is the pair of ZID and origin.
                var zid = Zid.FromNumber(700_000_000 + i);
                NewKey key = NewKey.Account();
                await node.Life!.ExecuteAsync(new RegisterIdentity(zid, null, null, KeyDigest.Of(key), KeyDigest.Of(NewKey.Account())));
                var user = new User(node.Name, zid, key.Secret);
                _users.Add(user);
                await PostAsync(node, "/api/tally/credits/grant", node.AdminKey, new GrantRequest(zid.Text, 100, $"begin-{number}"), WireJson.Default.GrantRequest);
                for (int coin = 0; coin < CoinsPerUser; coin++)
                {
                    await PostAsync(node, "/api/zeq/compute", key.Secret, Session.Work(++number), WireJson.Default.ComputeRequest);
                }
            }
        }

        foreach (Node node in world.Nodes)
        {
            _disks[node.Name] = node.Disk.Fork();
        }
    }

    private static async Task PostAsync<T>(Node node, string path, string key, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        Answer answer = await node.Life!.AskAsync(new Ask("POST", path, JsonSerializer.SerializeToUtf8Bytes(body, type), key, null), default);
        if (answer.Status != 200)
        {
            throw new SimulationFault($"{path}: {answer.Status} {Encoding.UTF8.GetString(answer.Body)}");
        }
    }
}
