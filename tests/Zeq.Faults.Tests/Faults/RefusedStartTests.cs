using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>Databases that a node must not start on: one sentence on stderr, exit code 1, no password in it.</summary>
[Collection(FaultsCollection.Name)]
public sealed class RefusedStartTests
{
    [Fact]
    public async Task A_wrong_password_is_named_and_not_shown()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        const string Wrong = "a-wrong-password-nobody-may-see";
        home.ConnectionString = home.ConnectionString.Replace(home.Database.Password, Wrong, StringComparison.Ordinal);
        string errors = await RefusedAsync(home);
        Assert.Contains("password authentication failed", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Wrong, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_changed_under_a_running_node_stops_it_until_it_is_right_again()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        NodeProcess node = await home.StartNodeAsync();
        Api api = home.Call();
        Account owner = await api.RegisterAsync(), other = await api.RegisterAsync(paid: 0);
        string token = await api.MintAsync(owner);
        await home.Database.ExecuteAsync(
            $"ALTER ROLE {home.Database.NodeRole} PASSWORD 'another';\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{home.Database.NodeRole}'");
        for (int i = 0; i < 3; i++)
        {
            (await api.TransferAsync(owner, token, other.Zid, idempotencyKey: "once")).NotNow();
        }

        await home.Database.ExecuteAsync($"ALTER ROLE {home.Database.NodeRole} PASSWORD '{home.Database.Password}'");
        await Answers.UntilTakenAsync(() => api.TransferAsync(owner, token, other.Zid, idempotencyKey: "once"));
        Assert.Equal(1, await api.HeightAsync(token));
        Assert.DoesNotContain(home.Database.Password, node.Output + node.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        home.ConnectionString = home.Database.Over("127.0.0.1", Ports.Free(), home.Database.NodeRole);
        string errors = await RefusedAsync(home);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(home.Database.Password, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_left_alone()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        await home.Database.ExecuteAsync("INSERT INTO schema_migrations VALUES (9999, 'of_a_later_version', '00')");
        Assert.Contains("newer", await RefusedAsync(home), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_commits_are_not_durable_is_refused()
    {
        PgHome.NeedPostgres();
        await using PgHome home = await PgHome.CreateAsync(await PostgresCluster.SharedAsync());
        await home.Database.ExecuteAsync($"ALTER ROLE {home.Database.NodeRole} SET synchronous_commit = off");
        Assert.Contains("synchronous_commit", await RefusedAsync(home), StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(PgHome home)
    {
        (int exitCode, string errors, string output) = await NodeProcess.RefuseAsync(home.Url, home.Settings());
        Assert.Equal(1, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors);
        return errors;
    }
}
