using System.Text;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>One run: homes, users, faults and their times, all from one number.</summary>
internal static class Schedule
{
    private const long StormUs = 25_000_000;

    /// <summary>Far more than the 20 Zeqonds that a step may take once its home can be reached, for steps follow steps.</summary>
    private const long CalmUs = 240_000_000;

    /// <summary>Runs a seed to its end.</summary>
    /// <returns>The hash of its trace.</returns>
    /// <exception cref="SimulationFault">Something was not as it must be.</exception>
    public static async Task<ulong> RunAsync(int seed, Genesis genesis, string dataFolder, bool hasLyingDisks = false, Action<string>? onNote = null)
    {
        var timeline = new Timeline(seed) { OnNote = onNote };
        var world = new World(timeline, timeline.Chance(0.5) ? ["a", "b"] : ["a", "b", "c"], dataFolder) { HasLyingDisks = hasLyingDisks };
        genesis.Begin(world);
        foreach (Node node in world.Nodes)
        {
            timeline.Watch(node.StartAsync());
            node.PlanCrashes(Enumerable.Range(0, timeline.Random.Next(4)).Select(_ => timeline.Random.Next(1, 160)).ToArray());
        }

        var sessions = new List<Session>();
        foreach (User user in world.Users)
        {
            for (int count = timeline.Random.Next(1, 3); count > 0; count--)
            {
                var session = new Session(world, user);
                sessions.Add(session);
                timeline.Watch(session.RunAsync(timeline.Random.Next(2, 7)));
            }
        }

        PlanClocks(world);
        PlanRestore(world);
        bool IsDone() => sessions.TrueForAll(session => session.IsOver);
        await timeline.RunAsync(StormUs, IsDone);
        world.IsCalm = true;
        timeline.Note("calm");
        if (!await timeline.RunAsync(CalmUs, () => IsDone() && world.Nodes.All(node => node.IsReachable)))
        {
            throw new SimulationFault("A user was kept waiting for ever, or a node does not come back.");
        }

        await SettleAsync(world);
        await Invariants.CheckAsync(world);
        if (seed % 4 == 0)
        {
            await UntilAsync(timeline, BringHomeAsync(world));
            await Invariants.CheckAsync(world);
        }

        return timeline.TraceHash;
    }

    /// <summary>Clocks are set: a little, which nobody minds, or far, which the admin has to confirm.</summary>
    private static void PlanClocks(World world)
    {
        Timeline timeline = world.Timeline;
        foreach (Node node in world.Nodes.Where(_ => timeline.Chance(0.25)))
        {
            bool isFar = timeline.Chance(0.4);
            long jump = isFar ? timeline.Between(120_000_000, 400_000_000) : timeline.Between(-20_000_000, 20_000_000);
            timeline.In(timeline.Between(1, StormUs / 2), () =>
            {
                if (!world.IsCalm)
                {
                    node.WallOffsetUs += jump;
                    timeline.Note($"{node.Name} clock {jump}");
                }
            });
        }
    }

    /// <summary>In one run of eight a home's store goes back to an earlier copy.</summary>
    private static void PlanRestore(World world)
    {
        Timeline timeline = world.Timeline;
        if (!timeline.Chance(0.125))
        {
            return;
        }

        Node node = timeline.Pick(world.Nodes);
        long copied = timeline.Between(1, StormUs / 3);
        timeline.In(copied, () =>
        {
            MemoryHomeStore old = node.Disk.Fork();
            timeline.In(timeline.Between(1, StormUs / 3), () =>
            {
                if (!world.IsCalm && node.Life is not null && node.IsReachable)
                {
                    timeline.Watch(node.RestoreAsync(old, copied));
                }
            });
        });
    }

    /// <summary>The admins confirm their clocks, the workers run out, and where a store was set back the holders ask how their claims stand.</summary>
    private static async Task SettleAsync(World world)
    {
        Timeline timeline = world.Timeline;
        Task confirming = Task.WhenAll(world.Nodes.Select(node => AdminAsync(world, node, "/api/admin/clock/confirm")));
        await UntilAsync(timeline, confirming);
        await WorkersAsync(world);
        if (world.Nodes.Any(node => node.WasRestored))
        {
            // Twice: a claim that was restored to an old height learns the newest one first.
            await UntilAsync(timeline, RefreshAllAsync(world));
            await WorkersAsync(world);
        }
    }

    private static async Task WorkersAsync(World world)
    {
        for (long left = CalmUs; left > 0; left -= 1_000_000)
        {
            var open = new List<PeerStep>();
            foreach (Node node in world.Nodes)
            {
                open.AddRange((await Facts.OfAsync(node.Disk)).OpenSteps);
            }

            if (open.Count == 0)
            {
                return;
            }

            await world.Timeline.RunAsync(1_000_000, () => false);
        }

        throw new SimulationFault("A step is never settled.");
    }

    private static async Task UntilAsync(Timeline timeline, Task task)
    {
        timeline.Watch(task);
        if (!await timeline.RunAsync(CalmUs, () => task.IsCompleted))
        {
            throw new SimulationFault("A call in the calm is never answered.");
        }
    }

    private static async Task AdminAsync(World world, Node node, string path)
    {
        Delivery delivery = await world.Network.SendAsync(node, new Ask("POST", path, null, node.AdminKey, null));
        if (delivery.Answer is not { Status: 200 })
        {
            throw new SimulationFault($"{node.Name} {path}: {delivery.Answer?.Status}");
        }
    }

    /// <summary>Whoever holds a claim can pay with it: each goes back to an account of the coin's home.</summary>
    private static async Task BringHomeAsync(World world)
    {
        foreach (Node node in world.Nodes)
        {
            foreach (ClaimRow claim in (await World.RowsAsync(node.Disk, ClaimRow.Table)).Where(claim => claim.Status == ClaimStatus.Held))
            {
                Node home = world.NodeAt(claim.HomeOrigin.Text);
                if (await home.Disk.FindAsync(Envelope.Table, claim.TokenId.Text) is null)
                {
                    continue;
                }

                User holder = world.Users.First(user => user.Home == node.Name && user.Zid == claim.Holder);
                string to = world.Users.First(user => user.Home == home.Name).Zid.Text;
                byte[] body = Encoding.UTF8.GetBytes(
                    $$"""{"token_id":"{{claim.TokenId.Text}}","to":"{{to}}","to_origin":"{{home.Origin.Text}}","home_origin":"{{home.Origin.Text}}"}""");
                Delivery delivery = await world.Network.SendAsync(node, new Ask("POST", "/api/tally/claims/transfer", body, holder.Key, null));
                if (delivery.Answer is not { Status: 200 })
                {
                    throw new SimulationFault($"{node.Name} cannot pay with {claim.TokenId}: {delivery.Answer?.Status} {Encoding.UTF8.GetString(delivery.Answer?.Body ?? [])}");
                }
            }
        }
    }

    private static async Task RefreshAllAsync(World world)
    {
        foreach (Node node in world.Nodes)
        {
            foreach (ClaimRow claim in await World.RowsAsync(node.Disk, ClaimRow.Table))
            {
                User holder = world.Users.First(user => user.Home == node.Name && user.Zid == claim.Holder);
                byte[] body = Encoding.UTF8.GetBytes($$"""{"home_origin":"{{claim.HomeOrigin.Text}}"}""");
                await world.Network.SendAsync(node, new Ask("POST", $"/api/tally/claims/{claim.TokenId.Text}/refresh", body, holder.Key, null));
            }
        }
    }
}
