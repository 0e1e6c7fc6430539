using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>
/// A commit whose answer is lost on the way. The node does not guess: it says that it does not know, and what the idempotency record says
/// is what was.
/// </summary>
[Collection(FaultsCollection.Name)]
public sealed class LostAnswerTests
{
    // Seen red with a connection that is lost in a commit taken for a commit that did not happen (PostgresFault.Of).
    [Theory]
    [InlineData((int)Cut.AfterCommit)]
    [InlineData((int)Cut.BeforeCommit)]
    public async Task The_outcome_is_found_out_by_the_idempotency_record(int cut)
    {
        PgHome.NeedPostgres();
        PostgresCluster cluster = await PostgresCluster.SharedAsync();
        await using PgHome home = await PgHome.CreateAsync(cluster);
        await using var proxy = new CommitProxy(() => cluster.Port);
        home.ConnectionString = home.Database.Over("127.0.0.1", proxy.Port, home.Database.NodeRole) + PgHome.Plain;
        await home.StartNodeAsync();
        Api api = home.Call();
        Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
        for (int round = 1; round <= 5; round++)
        {
            string token = await api.MintAsync(owner);
            string key = "lost-" + round.ToString(CultureInfo.InvariantCulture);
            proxy.Arm((Cut)cut, token);
            WireAnswer lost = await api.TransferAsync(owner, token, other.Zid, idempotencyKey: key);
            Assert.Equal("OUTCOME_UNKNOWN", lost.NotNow());
            Assert.Equal((2 * round) - 1, proxy.Cuts);
            Assert.Equal((Cut)cut == Cut.AfterCommit ? "1" : "0", await home.Database.ExecuteAsync($"SELECT count(*) FROM moves WHERE token_id = '{token}' AND spend_seq = 1"));

            WireAnswer first = await Answers.UntilTakenAsync(() => api.TransferAsync(owner, token, other.Zid, idempotencyKey: key));
            Assert.Equal(1, first.Json["receipt"]!["spend_seq"]!.GetValue<long>());
            Assert.Equal(first.Text, (await api.TransferAsync(owner, token, other.Zid, idempotencyKey: key)).Expect().Text);
            Assert.Equal(1, await api.HeightAsync(token));

            // What was paid for once is not paid for twice either.
            JsonObject compute = Api.Compute();
            proxy.Arm((Cut)cut, owner.Zid);
            Assert.Equal("OUTCOME_UNKNOWN", (await api.PostAsync("/api/zeq/compute", owner.Key, compute.DeepClone(), "c" + key)).NotNow());
            await Answers.UntilTakenAsync(() => api.PostAsync("/api/zeq/compute", owner.Key, compute.DeepClone(), "c" + key));
            Assert.Equal((2 * round).ToString(CultureInfo.InvariantCulture), await home.Database.ExecuteAsync($"SELECT count(*) FROM computes WHERE payer_zid = '{owner.Zid}'"));
        }

        await home.VerifyAsync(null, exactly: true);
    }
}
