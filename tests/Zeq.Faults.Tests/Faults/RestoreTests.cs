using System.Text.Json.Nodes;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>A database that came back from a backup (spec 05 rule 26).</summary>
[Collection(FaultsCollection.Name)]
public sealed class RestoreTests
{
    [Fact]
    public async Task After_a_restore_every_height_and_ticket_of_before_is_worth_nothing()
    {
        PgHome.NeedPostgres();
        PostgresCluster cluster = await PostgresCluster.SharedAsync();
        await using BreakableHome b = await BreakableHome.StartAsync();
        await using PgHome a = await PgHome.CreateAsync(cluster);
        Account bob = await b.Api.RegisterAsync();
        NodeProcess node = await a.StartNodeAsync();
        Api api = a.Call();
        Account alice = await api.RegisterAsync(), carol = await api.RegisterAsync(), dave = await api.RegisterAsync();
        string moved = await api.MintAsync(alice), sent = await api.MintAsync(alice);
        string backup = await cluster.RunAsync("pg_dump", ["--no-owner", .. cluster.Session, a.Database.Name]);

        // What the backup does not know: a height of one coin, and a ticket of another.
        JsonNode receipt = (await api.TransferAsync(alice, moved, carol.Zid)).Expect().Json["receipt"]!;
        JsonObject ticket = await api.SendAwayAsync(alice, sent, bob, b.Origin);
        await node.KillAsync();

        await cluster.ExecuteAsync($"DROP DATABASE {a.Database.Name} WITH (FORCE);\nCREATE DATABASE {a.Database.Name} OWNER {a.Database.OwnerRole};");
        await cluster.RunAsync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", .. cluster.Session, "-d", a.Database.Name], backup);
        await a.StartNodeAsync();
        Api back = a.Call();
        Assert.Equal(0, await back.HeightAsync(moved));
        JsonNode restored = (await back.PostAsync("/api/admin/home/restored", Api.AdminKey, new JsonObject(), "restore")).Expect().Json;
        Assert.Equal(2, restored["raised"]!.GetValue<long>());
        foreach (string coin in (string[])[moved, sent])
        {
            Assert.Equal(1_000_000, await back.HeightAsync(coin));
        }

        // The height that was given away before is never given to anyone else, and says nothing any more.
        JsonNode second = (await back.TransferAsync(alice, moved, dave.Zid)).Expect().Json["receipt"]!;
        Assert.Equal((1, 1_000_001), (receipt["spend_seq"]!.GetValue<long>(), second["spend_seq"]!.GetValue<long>()));
        WireAnswer import = await b.Api.ImportAsync(bob, ticket);
        Assert.True(import.Status is >= 400 and < 500, import.ToString());
        Assert.Equal(1_000_000, await back.HeightAsync(sent));
        Assert.Null(await b.Api.ClaimAsync(bob, sent));
        Assert.Equal("1", await a.Database.ExecuteAsync("SELECT count(*) FROM chain_rows WHERE slug = 'zeq-sys' AND type = 'restored'"));

        // Sent again, it arrives.
        JsonObject again = await back.SendAwayAsync(alice, sent, bob, b.Origin);
        Assert.Equal(1_000_002, (await b.Api.ImportAsync(bob, again)).Expect().Json["claim"]!["spend_seq"]!.GetValue<long>());
        await a.VerifyAsync(null, exactly: true);
    }
}
