using Zeq.Postgres.Cluster;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>What a home must not start on is refused in one sentence, without a password in it.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private PostgresDatabase? _database;

    private PostgresDatabase Database => _database!;

    private PostgresOptions Options => TestStore.OptionsOf(Database);

    public async ValueTask InitializeAsync() => _database = await TestStore.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_schema_of_a_newer_version()
    {
        await MakeAsync();
        await Database.ExecuteAsync("INSERT INTO schema_migrations (number, name, sha256) VALUES (9999, '9999_later.sql', 'x')");
        await RefusesAsync(Options, "newer version");
    }

    [Fact]
    public async Task A_schema_whose_steps_were_others()
    {
        await MakeAsync();
        await Database.ExecuteAsync("UPDATE schema_migrations SET sha256 = 'x' WHERE number = 2");
        await RefusesAsync(Options, "another step 2");
    }

    [Fact]
    public async Task A_database_of_another_program()
    {
        await Database.ExecuteAsync("CREATE TABLE notes (text text)");
        await RefusesAsync(Options, "no Zeq store");
        await Database.ExecuteAsync($"DROP TABLE notes; CREATE TABLE schema_migrations (version text); ALTER TABLE schema_migrations OWNER TO {Database.OwnerRole}");
        await RefusesAsync(Options, "another program");
    }

    [Fact]
    public async Task A_database_without_a_schema_where_the_node_makes_none()
    {
        await RefusesAsync(Options with { MigrateAtStart = false }, "zeq-node migrate");
        Assert.Equal(Migration.All.Count, await PostgresHomeStore.MigrateAsync(Options));
        Assert.Equal(0, await PostgresHomeStore.MigrateAsync(Options));
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(Options with { MigrateAtStart = false });
        await TestStore.PutAsync(store, "a", "b");
        await using PostgresHomeStore readOnly = await PostgresHomeStore.OpenReadOnlyAsync(Options);
        Assert.Equal("b", (await readOnly.FindAsync(HomeMeta.Table, "a"))!.Value);
        Assert.Contains("read-only", readOnly.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_of_fewer_steps_gets_the_rest_and_keeps_its_rows()
    {
        var owner = new PostgresOptions { ConnectionString = Database.OwnerConnectionString };
        await using (PostgresHomeStore old = await PostgresHomeStore.OpenAsync(owner, [.. Migration.All.Take(2)], default))
        {
            await TestStore.PutAsync(old, "a", "b");
        }

        Assert.Contains("older version", (await Assert.ThrowsAsync<StoreException>(() => PostgresHomeStore.OpenReadOnlyAsync(owner))).Message, StringComparison.Ordinal);
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(Options);
        Assert.Equal("b", (await store.FindAsync(HomeMeta.Table, "a"))!.Value);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_steps_before_it()
    {
        Migration bad = new(2, "0002_bad.sql", "CREATE TABLE half (id text); CREATE TABLE half (id text);", "x");
        await Assert.ThrowsAsync<StoreException>(() => PostgresHomeStore.OpenAsync(Options, [Migration.All[0], bad], default));
        Assert.Equal("1|0", await Database.ExecuteAsync("SELECT (SELECT count(*) FROM schema_migrations), (SELECT count(*) FROM pg_class WHERE relname = 'half')"));
    }

    [Fact]
    public async Task Two_that_migrate_at_once_run_each_step_once()
    {
        int[] run = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => PostgresHomeStore.MigrateAsync(Options))));
        Assert.Equal(Migration.All.Count, run.Sum());
    }

    [Fact]
    public async Task A_wrong_password()
    {
        StoreException refused = await RefusesAsync(Options with { ConnectionString = Options.ConnectionString.Replace(Database.Password, "of-another-door", StringComparison.Ordinal), MigrateAtStart = false }, "does not let this role in");
        Assert.DoesNotContain("of-another-door", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there()
    {
        StoreException refused = await RefusesAsync(new PostgresOptions { ConnectionString = $"Host=127.0.0.1;Port=1;Username=a;Password={Database.Password};Database=b" }, "cannot be reached");
        Assert.True(refused.IsTransient);
    }

    [Theory]
    [InlineData("no connection string;hush-hush")]
    [InlineData("Host=h;Port=hush-hush")]
    [InlineData("Host=h;hush-hush=1")]
    [InlineData("Username=hush-hush")]
    public async Task A_malformed_connection_string(string text)
    {
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => PostgresHomeStore.OpenAsync(new PostgresOptions { ConnectionString = text }));
        Assert.DoesNotContain("hush-hush", refused.ToString(), StringComparison.Ordinal);
    }

    // Spec 05 rule 26.
    [Fact]
    public async Task Commits_that_are_not_durable()
    {
        await MakeAsync();
        await Database.ExecuteAsync($"ALTER ROLE {Database.NodeRole} SET synchronous_commit = off");
        await RefusesAsync(Options, "synchronous_commit is off");
    }

    [Theory]
    [InlineData("on", "", false, true)]
    [InlineData("on", "", true, false)]
    [InlineData("on", "other", true, true)]
    [InlineData("local", "", false, true)]
    [InlineData("local", "other", false, false)]
    [InlineData("remote_write", "other", true, false)]
    [InlineData("remote_apply", "other", true, true)]
    [InlineData("off", "", false, false)]
    public void What_durable_means_with_and_without_a_standby(string synchronousCommit, string standbys, bool isFailover, bool isGood) =>
        Assert.Equal(isGood, StartChecks.Judge(150_000, "UTF8", isStandby: false, synchronousCommit, standbys, null, isFailover) is null);

    [Fact]
    public void A_server_that_is_too_old_or_a_standby_or_of_another_encoding()
    {
        Assert.Contains("PostgreSQL 14", StartChecks.Judge(130_000, "UTF8", false, "on", "", null, false)!, StringComparison.Ordinal);
        Assert.Contains("UTF8", StartChecks.Judge(150_000, "LATIN1", false, "on", "", null, false)!, StringComparison.Ordinal);
        Assert.Contains("standby", StartChecks.Judge(150_000, "UTF8", true, "on", "", null, false)!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_not_do_what_it_must()
    {
        await MakeAsync();
        await Database.ExecuteAsync($"REVOKE INSERT ON moves FROM {Database.NodeRole}; REVOKE UPDATE (seq, zeqond, state_hash) ON chain_heads FROM {Database.NodeRole}");
        await RefusesAsync(Options with { MigrateAtStart = false }, "chain_heads, moves");
    }

    [Fact]
    public async Task One_role_alone_serves_too()
    {
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(new PostgresOptions { ConnectionString = Database.OwnerTcpConnectionString });
        await TestStore.PutAsync(store, "a", "b");
        await TestStore.PutAsync(store, "a", "c");
        Assert.DoesNotContain(Database.Password, store.Description + new PostgresOptions { ConnectionString = Database.OwnerTcpConnectionString }, StringComparison.Ordinal);
    }

    private async Task MakeAsync() => await (await PostgresHomeStore.OpenAsync(Options)).DisposeAsync();

    private async Task<StoreException> RefusesAsync(PostgresOptions options, string because)
    {
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => PostgresHomeStore.OpenAsync(options));
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Database.Password, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        return refused;
    }
}
