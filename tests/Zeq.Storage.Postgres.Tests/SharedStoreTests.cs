using System.Collections.Concurrent;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>What nodes on one database tell each other, and who leads.</summary>
public sealed class SharedStoreTests : IAsyncLifetime
{
    private const string Work = "steps";
    private static readonly Moment Now = new(1_700_000_000_000, new byte[32]);

    private PostgresDatabase? _database;
    private PostgresHomeStore _one = null!;
    private PostgresHomeStore _two = null!;

    private PostgresDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestStore.CreateDatabaseAsync();
        _one = await PostgresHomeStore.OpenAsync(Named("one"));
        _two = await PostgresHomeStore.OpenAsync(Named("two"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _one.DisposeAsync();
            await _two.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_row_that_nodes_keep_in_memory_is_told_to_all_and_everything_first()
    {
        var heard = new Heard();
        await using SharedWatch watch = _two.Watch(heard.Add);
        await heard.UntilAsync(SharedChange.Everything);
        await Eventually(() => watch.IsCurrent);
        await TestStore.PutAsync(_one, "a", "1");
        await heard.UntilAsync(new SharedChange("home_meta", "a"));

        // Its own commit's too: one whose answer was lost is known by this alone.
        await TestStore.PutAsync(_two, "b|c", "1");
        await heard.UntilAsync(new SharedChange("home_meta", "b|c"));

        // Whoever changes it.
        await Database.ExecuteAsync("UPDATE home_meta SET value = '2' WHERE name = 'a'");
        await heard.UntilAsync(new SharedChange("home_meta", "a"));
    }

    [Fact]
    public async Task Chains_that_grew_are_told_to_the_others_after_the_commit()
    {
        var ours = new Heard();
        var theirs = new Heard();
        await using SharedWatch own = _one.Watch(ours.Add);
        await using SharedWatch watch = _two.Watch(theirs.Add);
        await ours.UntilAsync(SharedChange.Everything);
        await theirs.UntilAsync(SharedChange.Everything);
        var rows = new List<Change>();
        for (int slug = 0; slug < 1_000; slug++)
        {
            for (int seq = 5; seq < 8; seq++)
            {
                rows.Add(RowOf($"a-chain-of-a-machine-{slug}", seq));
            }
        }

        _one.Announce(rows);
        await theirs.UntilAsync(new SharedChange("chain_rows", "a-chain-of-a-machine-0", 5, 7));
        await theirs.UntilAsync(new SharedChange("chain_rows", "a-chain-of-a-machine-999", 5, 7));

        // Too many to name: any.
        _one.Announce([.. Enumerable.Range(0, 5_000).Select(slug => RowOf($"many-{slug}", 1))]);
        await theirs.UntilAsync(new SharedChange("chain_rows", null));

        // A node knows its own.
        await TestStore.PutAsync(_two, "last", "1");
        await ours.UntilAsync(new SharedChange("home_meta", "last"));
        Assert.DoesNotContain(ours.All, change => change.Table == "chain_rows");
    }

    [Fact]
    public async Task While_the_line_is_down_nothing_is_current_and_after_it_everything_is_told_again()
    {
        var heard = new Heard();
        await using SharedWatch watch = _two.Watch(heard.Add);
        await heard.UntilAsync(SharedChange.Everything);
        await Eventually(() => watch.IsCurrent);
        await Database.ExecuteAsync($"ALTER ROLE {Database.NodeRole} NOLOGIN");
        await CutAsync("two", "SELECT 1");
        await Task.Delay(SharedWatch.MaxLagMs);
        Assert.False(watch.IsCurrent);
        await Database.ExecuteAsync($"ALTER ROLE {Database.NodeRole} LOGIN");
        await heard.UntilAsync(SharedChange.Everything);
        await Eventually(() => watch.IsCurrent);
        await TestStore.PutAsync(_one, "a", "1");
        await heard.UntilAsync(new SharedChange("home_meta", "a"));
    }

    [Fact]
    public void A_message_that_is_not_understood_means_everything()
    {
        Assert.Equal([SharedChange.Everything], NodeMessage.Read("z|of a newer version", "me"));
        Assert.Equal([SharedChange.Everything], NodeMessage.Read("", "me"));
        Assert.Equal([new SharedChange("chain_rows", null)], NodeMessage.Read("l|you|chain_rows|a:1", "me"));
        Assert.Equal([new SharedChange("chain_rows", null)], NodeMessage.Read("l|you|chain_rows|*", "me"));
        Assert.Equal([new SharedChange("chain_rows", "a", 1, 2), new SharedChange("chain_rows", "b-1", 3, 3)], NodeMessage.Read("l|you|chain_rows|a:1-2,b-1:3-3", "me"));
        Assert.Empty(NodeMessage.Read("l|me|chain_rows|a:1-2", "me"));
        Assert.Empty(NodeMessage.Read("h|hello", "me"));
        var grown = Enumerable.Range(0, 4_000).ToDictionary(i => $"machine-{i}", _ => (1L, 9L));
        string[] messages = NodeMessage.Grown("you", "chain_rows", grown);
        Assert.All(messages, message => Assert.True(message.Length < 8_000));
        Assert.Equal(4_000, messages.SelectMany(message => NodeMessage.Read(message, "me")).Distinct().Count());
    }

    [Fact]
    public async Task One_leads_and_each_leader_has_a_higher_number()
    {
        await using (HomeLease first = (await _one.TryLeadAsync(Work))!)
        {
            Assert.Equal(1, first.Generation);
            Assert.Null(await _two.TryLeadAsync(Work));
            Assert.Null(await _two.TryLeadAsync(Work));
            Assert.True(await first.IsHeldAsync());
            await using HomeLease other = (await _two.TryLeadAsync("other"))!;
            Assert.Equal(1, other.Generation);
        }

        await using HomeLease second = (await _two.TryLeadAsync(Work))!;
        Assert.Equal(2, second.Generation);
    }

    // Seen red with Fenced that lets every generation through.
    [Fact]
    public async Task Whoever_has_lost_the_lease_commits_nothing_any_more()
    {
        HomeLease old = (await _one.TryLeadAsync(Work))!;
        Command<bool> write = old.Fence(new WriteMeta("a", "by the old one"));
        Assert.IsType<Accepted<bool>>(await RunAsync(_one, write));

        // What it decided before it lost the lease comes too late, and what it decides after that is refused.
        await using HomeTransaction decided = await BeginAsync(_one, write);
        Assert.IsType<Accepted<bool>>(write.Decide(decided.Workspace, Now));
        await CutAsync("one", "INSERT INTO home_meta");
        HomeLease? next = null;
        await Eventually(async () => (next = await _two.TryLeadAsync(Work)) is not null);
        await using HomeLease young = next!;
        Assert.Equal(2, young.Generation);
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => decided.CommitAsync(default).AsTask())).IsStale);
        Rejected<bool> refused = Assert.IsType<Rejected<bool>>(await RunAsync(_one, write));
        Assert.Equal(RejectionCode.Conflict, refused.Why.Code);
        Assert.IsType<Accepted<bool>>(await RunAsync(_two, young.Fence(new WriteMeta("a", "by the young one"))));
        Assert.Equal("by the young one", (await _one.FindAsync(HomeMeta.Table, "a"))!.Value);
        Assert.False(await old.IsHeldAsync());
        Assert.False(await old.IsHeldAsync());
        await old.DisposeAsync();
        Assert.True(await young.IsHeldAsync());
    }

    // A paused node says nothing.
    [Fact]
    public async Task A_leader_that_falls_silent_loses_the_lease()
    {
        await using HomeLease silent = (await _one.TryLeadAsync(Work))!;
        HomeLease? next = null;
        await Eventually(async () => (next = await _two.TryLeadAsync(Work)) is not null);
        await using HomeLease young = next!;
        Assert.Equal(2, young.Generation);
        Assert.False(await silent.IsHeldAsync());
    }

    private PostgresOptions Named(string name) => new()
    {
        ConnectionString = Database.NodeConnectionString + ";Application Name=" + name,
        OwnerConnectionString = Database.OwnerConnectionString,
    };

    private static Change RowOf(string slug, long seq) => new(
        ChangeKind.Insert, ChainRow.Table, slug, null,
        ChainRow.Table.Read([.. ChainRow.Table.Columns.Select(column => column.Name == "seq" ? Cell.Of(seq) : column.Name == "slug" ? Cell.Of(slug) : column.IsNullable ? default : SampleOf(column))]));

    private static Cell SampleOf(Column column) => column.Kind == ColumnKind.Integer ? Cell.Of(1) : Cell.Of(column.Name.EndsWith("zid", StringComparison.Ordinal) ? "ZEQ07000000001" : new string('a', 64));

    private Task<string> CutAsync(string name, string query) => Database.ExecuteAsync(
        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{name}' AND query LIKE '{query}%'");

    private static async Task<HomeTransaction> BeginAsync(PostgresHomeStore store, Command<bool> command)
    {
        var keys = new KeySet();
        command.Touch(keys, Now);
        return await store.BeginAsync(keys, default);
    }

    private static async Task<Decision<bool>> RunAsync(PostgresHomeStore store, Command<bool> command)
    {
        for (int tries = 0; ; tries++)
        {
            await using HomeTransaction transaction = await BeginAsync(store, command);
            Decision<bool> decision = command.Decide(transaction.Workspace, Now);
            try
            {
                await (decision is Accepted<bool> ? transaction.CommitAsync(default) : transaction.ConfirmAsync(default));
                return decision;
            }
            catch (StoreException stale) when (stale.IsStale && tries < 5)
            {
            }
        }
    }

    private static Task Eventually(Func<bool> isSo) => Eventually(() => Task.FromResult(isSo()));

    private static async Task Eventually(Func<Task<bool>> isSo)
    {
        for (int tries = 0; !await isSo(); tries++)
        {
            Assert.True(tries < 600, "it never came to be");
            await Task.Delay(50);
        }
    }

    private sealed record WriteMeta(string Name, string Value) : Command<bool>
    {
        public override void Touch(KeySet keys, Moment now) => keys.Add(HomeMeta.Table, Name);

        public override Decision<bool> Decide(Workspace home, Moment now)
        {
            home.Put(HomeMeta.Table, new HomeMeta(Name, Value));
            return Accept(true);
        }
    }

    private sealed class Heard
    {
        private readonly ConcurrentQueue<SharedChange> _new = new();

        public ConcurrentQueue<SharedChange> All { get; } = new();

        public void Add(SharedChange change)
        {
            All.Enqueue(change);
            _new.Enqueue(change);
        }

        public Task UntilAsync(SharedChange change) => Eventually(() =>
        {
            while (_new.TryDequeue(out SharedChange next))
            {
                if (next == change)
                {
                    return true;
                }
            }

            return false;
        });
    }
}
