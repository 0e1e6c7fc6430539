using System.Text.Json.Nodes;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Faults.Tests;

/// <summary>Two nodes, one home, one database: 64 requests at once, half of them at each node, for what only one can have.</summary>
[Collection(FaultsCollection.Name)]
public sealed class TwoNodesTests
{
    private const int Racers = 64;

    // Seen red with the commit not checking who wrote the rows that it changes (xmin and version, TableSql).
    [Fact]
    public async Task One_of_64_transfers_of_one_coin_wins()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        Api[] nodes = await StartTwoAsync(home);
        Account owner = await nodes[0].RegisterAsync();
        Account[] others = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => nodes[i % 2].RegisterAsync(paid: 0)));
        for (int round = 0; round < 5; round++)
        {
            string token = await nodes[round % 2].MintAsync(owner);
            WireAnswer[] answers = await Answers.AtOnceAsync(Racers, i => nodes[i % 2].TransferAsync(owner, token, others[i].Zid));
            WireAnswer won = Assert.Single(answers, answer => answer.IsOk);
            Assert.All(answers.Where(answer => !answer.IsOk), lost => Assert.True(lost is { Status: 403, Code: "NOT_OWNER" } or { Status: 404, Code: "TOKEN_NOT_FOUND" }, lost.ToString()));
            Account winner = others.Single(other => other.Zid == won.Json["to"]!.GetValue<string>());
            foreach (Api node in nodes)
            {
                Assert.Equal(1, await node.HeightAsync(token));
                (await node.GetAsync("/api/tally/envelopes/" + token, winner.Key)).Expect();
            }
        }

        await home.VerifyAsync(null, exactly: true);
    }

    [Fact]
    public async Task Equal_requests_with_one_key_have_one_effect_and_one_answer()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        Api[] nodes = await StartTwoAsync(home);
        Account owner = await nodes[0].RegisterAsync();
        Account other = await nodes[1].RegisterAsync(paid: 0);
        JsonObject compute = Api.Compute();
        WireAnswer[] computed = await Answers.AtOnceAsync(Racers, i => nodes[i % 2].PostAsync("/api/zeq/compute", owner.Key, compute.DeepClone(), "compute-1"));
        Assert.Equal(computed[0].Expect().Text, Assert.Single(computed.Select(answer => answer.Text).Distinct()));

        string token = computed[0].Json["envelopes"]![0]!["token_id"]!.GetValue<string>();
        WireAnswer[] moved = await Answers.AtOnceAsync(Racers, i => nodes[i % 2].TransferAsync(owner, token, other.Zid, idempotencyKey: "move-1"));
        Assert.Equal(moved[0].Expect().Text, Assert.Single(moved.Select(answer => answer.Text).Distinct()));
        Assert.Equal(1, await nodes[1].HeightAsync(token));

        JsonNode credits = (await nodes[1].GetAsync("/api/tally/credits/" + owner.Zid, owner.Key)).Expect().Json;
        Assert.Equal(1_000 - computed[0].Json["cost"]!.GetValue<long>(), credits["paid_credits"]!.GetValue<long>());
        await home.VerifyAsync(null, exactly: true);
    }

    [Fact]
    public async Task Imports_of_one_receipt_come_to_one_claim()
    {
        PgHome.NeedPostgres();
        await using BreakableHome a = await BreakableHome.StartAsync();
        await using PgHome b = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        Api[] nodes = await StartTwoAsync(b);
        Account alice = await a.Api.RegisterAsync();
        Account bob = await nodes[0].RegisterAsync(paid: 0);
        string token = await a.Api.MintAsync(alice);
        JsonObject import = await a.Api.SendAwayAsync(alice, token, bob, b.Url);

        WireAnswer[] imports = await Answers.AtOnceAsync(Racers, i => nodes[i % 2].ImportAsync(bob, (JsonObject)import.DeepClone()));
        Assert.Contains(imports, answer => answer.IsOk);
        Assert.All(imports.Where(answer => answer.IsOk), answer => Assert.Equal(2, answer.Json["claim"]!["spend_seq"]!.GetValue<long>()));
        Assert.All(imports.Where(answer => !answer.IsOk), answer => Assert.True(answer is { Status: 409 }, answer.ToString()));
        Assert.Equal(2, await a.Api.HeightAsync(token));
        Assert.Equal("held", (await nodes[1].ClaimAsync(bob, token))!["status"]!.GetValue<string>());
        await using (PostgresHomeStore store = await b.ReadAsync())
        {
            int claims = 0;
            await foreach (ClaimRow claim in store.QueryAsync(new Query<ClaimRow>(ClaimRow.Table)))
            {
                claims++;
            }

            Assert.Equal(1, claims);
        }

        await a.StopAsync();
        await a.AuditAsync();
        await b.VerifyAsync(null, exactly: true);
    }

    private static async Task<Api[]> StartTwoAsync(PgHome home)
    {
        NodeProcess first = await home.StartNodeAsync();
        NodeProcess second = await home.StartNodeAsync(isBeside: true);
        return [home.Call(first.Url), home.Call(second.Url)];
    }
}
