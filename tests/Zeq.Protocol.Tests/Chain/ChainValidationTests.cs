namespace Zeq.Protocol.Tests;

public class ChainValidationTests
{
    [Fact]
    public async Task A_stored_chain_is_validated_whole_and_in_parts()
    {
        (TestHome home, Story story) = await TestHome.WithStoryAsync();
        await using (home)
        {
            Machine machine = (await home.Store.FindAsync(Machine.Table, story.Anna.OwnMachine.Text))!;
            ChainHead head = (await home.Store.FindAsync(ChainHead.Table, story.Anna.OwnMachine.Text))!;
            ChainVerdict whole = await home.Store.ValidateChainAsync(home.Context, machine);
            Assert.Equal((true, head.Seq, head.StateHash, null), (whole.IsValid, whole.Count, whole.HeadHash, whole.NextAfter));

            ChainVerdict part = await home.Store.ValidateChainAsync(home.Context, machine, new ChainRange { From = 3, To = 5 });
            Assert.Equal((true, 3), (part.IsValid, part.Count));

            ChainVerdict page = await home.Store.ValidateChainAsync(home.Context, machine, new ChainRange { From = 2, Limit = 4 });
            Assert.Equal((true, 4, 5), (page.IsValid, page.Count, page.NextAfter));

            ChainVerdict exact = await home.Store.ValidateChainAsync(home.Context, machine, new ChainRange { Limit = head.Seq });
            Assert.Equal((true, head.Seq, null), (exact.IsValid, exact.Count, exact.NextAfter));
        }
    }

    [Fact]
    public async Task A_remembered_row_counts_wherever_it_stands()
    {
        (TestHome home, Story story) = await TestHome.WithStoryAsync();
        await using (home)
        {
            Machine machine = (await home.Store.FindAsync(Machine.Table, story.Anna.OwnMachine.Text))!;
            long head = (await home.Store.FindAsync(ChainHead.Table, story.Anna.OwnMachine.Text))!.Seq;
            foreach (long seq in (long[])[1, 3, 5, head])
            {
                ChainRow row = (await home.Store.FindRowAsync(machine.Slug, seq))!;
                foreach (ChainRange range in (ChainRange[])[new(), new() { From = 3, To = 4 }, new() { Limit = 2 }, new() { From = 4, Limit = 1 }])
                {
                    ChainRange expecting = range with { ExpectSeq = seq, ExpectHash = row.StateHash };
                    Assert.True((await home.Store.ValidateChainAsync(home.Context, machine, expecting)).IsValid);
                    ChainVerdict other = await home.Store.ValidateChainAsync(home.Context, machine, expecting with { ExpectHash = new string('0', 64) });
                    Assert.Equal(new ChainBreak(seq, row.Zeqond, ChainBreakReason.Head), other.BrokenAt);
                }
            }

            foreach (ChainRange range in (ChainRange[])[new(), new() { From = 3, To = 4 }, new() { Limit = 2 }])
            {
                ChainVerdict missing = await home.Store.ValidateChainAsync(home.Context, machine, range with { ExpectSeq = head + 1, ExpectHash = new string('0', 64) });
                Assert.Equal(new ChainBreak(head + 1, null, ChainBreakReason.Head), missing.BrokenAt);
            }
        }
    }

    [Fact]
    public async Task In_a_part_the_first_row_is_checked_against_its_predecessor()
    {
        (TestHome home, Story story) = await TestHome.WithStoryAsync();
        await using (home)
        {
            Machine machine = (await home.Store.FindAsync(Machine.Table, story.Anna.OwnMachine.Text))!;
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            ChainRow second = store.Change(ChainRow.Table, r => r.Slug == machine.Slug && r.Seq == 2, r => r with { StateHash = new string('0', 64) });
            ChainVerdict part = await store.ValidateChainAsync(home.Context, machine, new ChainRange { From = 3 });
            Assert.Equal((3, ChainBreakReason.PrevHash), (part.BrokenAt!.Value.Seq, part.BrokenAt.Value.Reason));
            Assert.Equal(ChainBreakReason.StateHash, (await store.ValidateChainAsync(home.Context, machine)).BrokenAt!.Value.Reason);

            store.Remove(ChainRow.Table, r => r.Slug == machine.Slug && r.Seq == second.Seq);
            Assert.Equal(
                new ChainBreak(2, null, ChainBreakReason.SeqGap), (await store.ValidateChainAsync(home.Context, machine, new ChainRange { From = 3 })).BrokenAt);
        }
    }
}
