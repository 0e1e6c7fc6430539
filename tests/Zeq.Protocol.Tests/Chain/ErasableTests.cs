namespace Zeq.Protocol.Tests;

/// <summary>Payloads that rest beside the log: read with it, checked with it, erased without breaking it.</summary>
public class ErasableTests
{
    [Fact]
    public async Task Private_events_are_read_whole_and_the_log_alone_holds_none_of_them()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        var written = new List<ChainRow>();
        for (int i = 0; i < 20; i++)
        {
            written.Add(await a.AcceptedAsync(new WriteEvent(alice, own, "note", i % 3 == 2 ? null : $"{{\"n\":{i}}}", i % 3 == 2 ? new string('a', 64) : null, i % 3 == 1)));
        }

        List<ChainRow> read = await ReadAsync(a, own, 1, long.MaxValue);
        Assert.Equal(written.Select(row => (row.Seq, row.Payload, Convert.ToHexString(row.Salt!))), read.Select(row => (row.Seq, row.Payload, Convert.ToHexString(row.Salt!))));
        Assert.Equal(written.Skip(4).Take(5).Select(row => row.Payload), (await ReadAsync(a, own, 5, 9)).Select(row => row.Payload));
        await foreach (ChainRow bare in a.Store.QueryAsync(new Query<ChainRow>(ChainRow.Table).Where("slug", own.Text)))
        {
            Assert.Equal(bare.Flags == "c0" && written[(int)bare.Seq - 1].Payload is not null, bare.IsWithoutPayload);
        }

        Machine machine = a.Store.Find(Machine.Table, own.Text)!;
        Assert.True((await a.Store.ValidateChainAsync(a.Context, machine)).IsValid);
    }

    [Fact]
    public async Task A_payload_is_erased_once_by_the_owner_alone()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        ChainRow row = await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"secret\"", null, false));
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"other\"", null, false));
        Caller helper = AccountKeysTests.Helper(a, 1);
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new ErasePayload(helper, own, 1, row.TransitionId)));
        Assert.Equal(RejectionCode.Gone, await a.RefusedAsync(new ErasePayload(alice, own, 2, row.TransitionId)));
        ChainRow note = await a.AcceptedAsync(new ErasePayload(alice, own, 1, row.TransitionId));
        Assert.Equal(("payload_erased", "s0", 3L), (note.Type, note.Flags, note.Seq));
        Assert.Equal(RejectionCode.Gone, await a.RefusedAsync(new ErasePayload(alice, own, 1, row.TransitionId)));
        Assert.DoesNotContain("secret", a.Store.Dump(), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(row.Salt!), a.Store.Dump(), StringComparison.OrdinalIgnoreCase);
        List<ChainRow> read = await ReadAsync(a, own, 1, 3);
        Assert.Equal([null, "\"other\"", note.Payload], read.Select(r => r.Payload));
        Assert.True((await a.Store.ValidateChainAsync(a.Context, a.Store.Find(Machine.Table, own.Text)!)).IsValid);
        AuditReport report = await Auditor.RunAsync(a.Store);
        Assert.True(report.Ok, string.Join("\n", report.Findings));
    }

    [Fact]
    public async Task A_payload_that_was_changed_or_belongs_to_nothing_is_found()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"one\"", null, false));
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"two\"", null, false));
        Machine machine = a.Store.Find(Machine.Table, own.Text)!;
        DamagedStore store = await DamagedStore.CopyAsync(a.Store);
        store.Change(ChainPayload.Table, p => p.Seq == 2, p => p with { Payload = "\"zwei\"" });
        ChainBreak broken = (await store.ValidateChainAsync(a.Context, machine)).BrokenAt!.Value;
        Assert.Equal((2, ChainBreakReason.PayloadHash), (broken.Seq, broken.Reason));
        Assert.False((await Auditor.RunAsync(store)).Ok);

        store = await DamagedStore.CopyAsync(a.Store);
        store.Change(ChainPayload.Table, p => p.Seq == 2, p => p with { Seq = 9 });
        AuditReport report = await Auditor.RunAsync(store);
        Assert.Contains(report.Findings, finding => finding.ToString().Contains("belongs to no row", StringComparison.Ordinal));
    }

    private static async Task<List<ChainRow>> ReadAsync(World a, Slug slug, long first, long last)
    {
        var rows = new List<ChainRow>();
        await foreach (ChainRow row in a.Store.ReadChainAsync(slug, first, last))
        {
            rows.Add(row);
        }

        return rows;
    }
}
