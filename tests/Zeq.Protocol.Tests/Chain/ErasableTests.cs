namespace Zeq.Protocol.Tests;

/// <summary>Payloads that rest beside the log: read with it, checked with it, erased without breaking it.</summary>
public class ErasableTests
{
    [Fact]
    public async Task Private_events_are_read_whole_and_the_log_alone_holds_none_of_them()
    {
        (World a, MemoryHomeStore store) = await StartAsync();
        await using World _ = a;
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        var written = new List<ChainRow>();
        for (int i = 0; i < 20; i++)
        {
            written.Add(await a.AcceptedAsync(new WriteEvent(alice, own, "note", i % 3 == 2 ? null : $"{{\"n\":{i}}}", i % 3 == 2 ? new string('a', 64) : null, i % 3 == 1)));
        }

        List<ChainRow> read = await ReadAsync(store, own, 1, long.MaxValue);
        Assert.Equal(written.Select(row => (row.Seq, row.Payload, Convert.ToHexString(row.Salt!))), read.Select(row => (row.Seq, row.Payload, Convert.ToHexString(row.Salt!))));
        Assert.Equal(written.Skip(4).Take(5).Select(row => row.Payload), (await ReadAsync(store, own, 5, 9)).Select(row => row.Payload));
        await foreach (ChainRow bare in store.QueryAsync(new Query<ChainRow>(ChainRow.Table).Where("slug", own.Text)))
        {
            Assert.Equal(bare.Flags == "c0" && written[(int)bare.Seq - 1].Payload is not null, bare.IsWithoutPayload);
        }

        Machine machine = (await store.FindAsync(Machine.Table, own.Text))!;
        Assert.True((await store.ValidateChainAsync(a.Context, machine)).IsValid);
    }

    [Fact]
    public async Task A_payload_is_erased_once_by_the_owner_alone()
    {
        (World a, MemoryHomeStore store) = await StartAsync();
        await using World _ = a;
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        ChainRow row = await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"secret\"", null, false));
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"other\"", null, false));
        var helper = new Caller(alice.Zid, "zsm_helper", IsAccountKey: false, IsWallet: false, own, MachineRole.Admin);
        Assert.Equal(RejectionCode.Forbidden, await a.RefusedAsync(new ErasePayload(helper, own, 1, row.TransitionId)));
        Assert.Equal(RejectionCode.Gone, await a.RefusedAsync(new ErasePayload(alice, own, 2, row.TransitionId)));
        ChainRow note = await a.AcceptedAsync(new ErasePayload(alice, own, 1, row.TransitionId));
        Assert.Equal(("payload_erased", "s0", 3L), (note.Type, note.Flags, note.Seq));
        Assert.Equal(RejectionCode.Gone, await a.RefusedAsync(new ErasePayload(alice, own, 1, row.TransitionId)));
        Assert.Null(await store.FindAsync(ChainPayload.Table, row.TransitionId));
        List<ChainRow> read = await ReadAsync(store, own, 1, 3);
        Assert.Equal([null, "\"other\"", note.Payload], read.Select(r => r.Payload));
        Assert.True((await store.ValidateChainAsync(a.Context, (await store.FindAsync(Machine.Table, own.Text))!)).IsValid);
        AuditReport report = await Auditor.RunAsync(store);
        Assert.True(report.Ok, string.Join("\n", report.Findings));
    }

    [Fact]
    public async Task A_payload_that_was_changed_or_belongs_to_nothing_is_found()
    {
        (World a, MemoryHomeStore store) = await StartAsync();
        await using World _ = a;
        Caller alice = await a.RegisterAsync(1);
        Slug own = alice.Zid.OwnMachine;
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"one\"", null, false));
        await a.AcceptedAsync(new WriteEvent(alice, own, "note", "\"two\"", null, false));
        Machine machine = (await store.FindAsync(Machine.Table, own.Text))!;
        DamagedStore damaged = await DamagedStore.CopyAsync(store);
        damaged.Change(ChainPayload.Table, p => p.Seq == 2, p => p with { Payload = "\"zwei\"" });
        ChainBreak broken = (await damaged.ValidateChainAsync(a.Context, machine)).BrokenAt!.Value;
        Assert.Equal((2, ChainBreakReason.PayloadHash), (broken.Seq, broken.Reason));
        Assert.False((await Auditor.RunAsync(damaged)).Ok);

        damaged = await DamagedStore.CopyAsync(store);
        damaged.Change(ChainPayload.Table, p => p.Seq == 2, p => p with { Seq = 9 });
        AuditReport report = await Auditor.RunAsync(damaged);
        Assert.Contains(report.Findings, finding => finding.ToString().Contains("belongs to no row", StringComparison.Ordinal));
    }

    private static async Task<(World World, MemoryHomeStore Store)> StartAsync()
    {
        var store = new MemoryHomeStore();
        var world = new World(store: store);
        var pins = new Dictionary<string, string>
        {
            [PinName.Origin] = world.Origin.Text, [PinName.Name] = world.Context.Name.Text, [PinName.NodePublicKey] = world.Context.Keys.NodePublicKey,
        };
        await world.AcceptedAsync(new PinHome(pins, new HashSet<string>()));
        return (world, store);
    }

    private static async Task<List<ChainRow>> ReadAsync(MemoryHomeStore store, Slug slug, long first, long last)
    {
        var rows = new List<ChainRow>();
        await foreach (ChainRow row in store.ReadChainAsync(slug, first, last))
        {
            rows.Add(row);
        }

        return rows;
    }
}
