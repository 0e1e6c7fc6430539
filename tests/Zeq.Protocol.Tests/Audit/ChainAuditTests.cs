namespace Zeq.Protocol.Tests;

public class ChainAuditTests
{
    private static string Chain(Story s) => s.Anna.OwnMachine.Text;

    public static TheoryData<string, Func<ChainHead, ChainHead>> DamagedHeads => new()
    {
        { "seq", h => h with { Seq = h.Seq - 1 } },
        { "time", h => h with { Zeqond = new Zeqond(h.Zeqond.Value + 1) } },
        { "hash", h => h with { StateHash = new string('0', 64) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedHeads))]
    public Task A_damaged_head_is_named(string what, Func<ChainHead, ChainHead> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("chain_heads", Chain, (store, story) => store.Change(ChainHead.Table, h => h.Slug == story.Anna.OwnMachine, damage));
    }

    [Fact]
    public Task A_cut_tail_is_found() => AuditorTests.FindsAsync("chain_heads", Chain, (store, story) =>
    {
        long last = store.All(ChainHead.Table).First(h => h.Slug == story.Anna.OwnMachine).Seq;
        store.Remove(ChainRow.Table, r => r.Slug == story.Anna.OwnMachine && r.Seq == last);
    });

    [Fact]
    public Task A_tail_cut_with_its_head_leaves_moves() => AuditorTests.FindsAsync("moves", s => $"{s.Local.Text}|1", (store, story) =>
    {
        Slug slug = story.Anna.OwnMachine;
        ChainRow cut = store.All(ChainRow.Table).First(r => r.Slug == slug && r.Type == "transfer_out");
        ChainRow kept = store.All(ChainRow.Table).First(r => r.Slug == slug && r.Seq == cut.Seq - 1);
        store.Remove(ChainRow.Table, r => r.Slug == slug && r.Seq >= cut.Seq);
        store.Change(ChainHead.Table, h => h.Slug == slug, _ => new ChainHead(slug, kept.Seq, kept.Zeqond, kept.StateHash));
    });

    [Fact]
    public Task A_missing_head_is_found() => AuditorTests.FindsAsync(
        "chain_heads", Chain, (store, story) => store.Remove(ChainHead.Table, h => h.Slug == story.Anna.OwnMachine));

    [Fact]
    public Task A_missing_machine_is_found() => AuditorTests.FindsAsync(
        "machines", Chain, (store, story) => store.Remove(Machine.Table, m => m.Slug == story.Anna.OwnMachine));

    [Fact]
    public Task The_homes_own_chain_is_missed() => AuditorTests.FindsAsync("machines", "zeq-sys", (store, _) =>
    {
        store.Remove(Machine.Table, m => m.Slug == Slug.ZeqSys);
        store.Remove(ChainHead.Table, h => h.Slug == Slug.ZeqSys);
        store.Remove(ChainRow.Table, r => r.Slug == Slug.ZeqSys);
    });

    [Fact]
    public Task A_chain_of_rows_alone_is_found() => AuditorTests.FindsAsync("machines", Chain, (store, story) =>
    {
        store.Remove(Machine.Table, m => m.Slug == story.Anna.OwnMachine);
        store.Remove(ChainHead.Table, h => h.Slug == story.Anna.OwnMachine);
    });

    public static TheoryData<string, Func<Machine, Machine>> DamagedMachines => new()
    {
        { "owner", m => m with { Owner = Zid.FromNumber(2) } },
        { "own", m => m with { IsOwn = false } },
        { "public from", m => m with { PublicSince = 9_999 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedMachines))]
    public Task A_damaged_machine_is_named(string what, Func<Machine, Machine> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("machines", Chain, (store, story) => store.Change(Machine.Table, m => m.Slug == story.Anna.OwnMachine, damage));
    }

    [Fact]
    public Task Another_genesis_breaks_the_first_row() => AuditorTests.FindsAsync("chain_rows", s => $"{Chain(s)}|1", (store, story) =>
        store.Change(Machine.Table, m => m.Slug == story.Anna.OwnMachine, m => m with { Genesis = new Zeqond(m.Genesis.Value - 1) }));

    [Fact]
    public Task A_damaged_row_is_named() => AuditorTests.FindsAsync("chain_rows", s => $"{Chain(s)}|2", (store, story) =>
        store.Change(ChainRow.Table, r => r.Slug == story.Anna.OwnMachine && r.Seq == 2, r => r with { Payload = r.Payload!.Replace("cost", "cast", StringComparison.Ordinal) }));

    [Fact]
    public Task A_callers_row_that_looks_like_a_move_never_counts() => AppendsAsync("transfer_in", "c0", asSystem: false);

    [Fact]
    public Task A_callers_row_that_looks_like_a_compute_never_counts() => AppendsAsync("compute", "c1", asSystem: false);

    [Fact]
    public Task A_home_row_of_no_move_is_found() => AppendsAsync("transfer_in", "s0", asSystem: true);

    [Fact]
    public Task A_home_row_of_no_compute_is_found() => AppendsAsync("compute", "s0", asSystem: true);

    [Fact]
    public async Task A_move_row_that_a_caller_wrote_again_is_no_move_row()
    {
        // The whole chain is rewritten so that it validates: only the flag tells.
        AuditReport report = await AuditorTests.DamageAsync((store, story) =>
            Rewrite(store, story.Ben.OwnMachine, row => row.Type == "transfer_in" ? row with { Flags = "c0" } : row));
        Assert.Contains(report.Findings, f => f.Table == "moves" && f.Reason.Contains("not the home's row", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Table == "chain_rows" && f.Reason.Contains("A caller wrote", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, f => f.Reason.Contains("broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rewritten_payload_is_found_though_its_chain_validates()
    {
        AuditReport report = await AuditorTests.DamageAsync((store, story) =>
        {
            Rewrite(store, story.Ben.OwnMachine, row => row.Type != "transfer_in" ? row
                : row with { Payload = row.Payload!.Replace("\"kind\":\"transfer\"", "\"kind\":\"recall\"", StringComparison.Ordinal) });
            foreach (ChainRow row in store.All(ChainRow.Table).Where(r => r.Slug == story.Ben.OwnMachine && r.Type == "transfer_in"))
            {
                store.Change(Move.Table, m => m.RowIn is { } at && at.Slug == row.Slug.Text && at.Seq == row.Seq || m.RowOut.Slug == row.Slug.Text && m.RowOut.Seq == row.Seq, m =>
                    m.RowIn?.Seq == row.Seq && m.RowIn.Slug == row.Slug.Text ? m with { RowIn = RowRef.Of(row) } : m with { RowOut = RowRef.Of(row) });
            }
        });
        Assert.Contains(report.Findings, f => f.Table == "moves" && f.Reason == "The move's chain row holds another payload.");
        Assert.DoesNotContain(report.Findings, f => f.Reason.Contains("another hash", StringComparison.Ordinal) && f.Key.EndsWith("|1", StringComparison.Ordinal));
    }

    private static Task AppendsAsync(string type, string flags, bool asSystem) => AuditorTests.FindsAsync("chain_rows", s => $"{Chain(s)}|", (store, story) =>
    {
        ChainHead head = store.All(ChainHead.Table).First(h => h.Slug == story.Anna.OwnMachine);
        Move move = store.All(Move.Table).First(m => m.TokenId == story.Local && m.SpendSeq == 1);
        Envelope coin = store.All(Envelope.Table).First(e => e.TokenId == story.Local);
        ChainRow row = ChainBuilder.Row(
            "alpha:" + head.Slug.Text, head.Seq + 1, head.StateHash, head.Zeqond, type, move.ChainPayload(coin), null, asSystem ? Actor.Home : new Actor(story.Anna.Text, "zeq_ak_00001"), flags);
        store.Add(ChainRow.Table, row);
        store.Change(ChainHead.Table, h => h.Slug == head.Slug, _ => new ChainHead(head.Slug, row.Seq, row.Zeqond, row.StateHash));
    });

    /// <summary>Changes rows of a chain and makes every hash after them anew, with the head.</summary>
    private static void Rewrite(DamagedStore store, Slug slug, Func<ChainRow, ChainRow> how)
    {
        ChainRow? before = null;
        foreach (ChainRow old in store.All(ChainRow.Table).Where(r => r.Slug == slug))
        {
            ChainRow row = how(old);
            row = row with { PrevHash = before?.StateHash ?? row.PrevHash, PayloadHash = row.Payload is null ? row.PayloadHash : ChainHash.Payload(row.Salt, row.Payload) };
            row = row with { StateHash = ChainHash.State("alpha:" + slug.Text, row.Seq, row.PrevHash, row.Zeqond, row.Type, row.TransitionId, row.PayloadHash, row.ActorHash, row.Flags) };
            before = store.Change(ChainRow.Table, r => r.Slug == slug && r.Seq == row.Seq, _ => row);
        }

        store.Change(ChainHead.Table, h => h.Slug == slug, h => h with { StateHash = before!.StateHash });
    }
}
