using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>The hub that wakes streams.</summary>
public sealed class ChainSignalsTests
{
    private static readonly Slug Lab = Slug.Parse("lab");

    [Fact]
    public void ARowOfAChain_WakesWhoListensToIt_AndNobodyElse()
    {
        var signals = new ChainSignals();
        using ChainSignals.Listener lab = signals.Listen(Lab);
        using ChainSignals.Listener other = signals.Listen(Slug.Parse("other"));
        (Task ofLab, Task ofOther, Task ofAny) = (lab.Next, other.Next, signals.NextOfAny);
        signals.Landed("lab", 7);
        Assert.Equal((true, false, true), (ofLab.IsCompleted, ofOther.IsCompleted, ofAny.IsCompleted));
        Assert.False(lab.Next.IsCompleted);
        Assert.Equal([("lab", 7L)], signals.After(0, 10)!.Value.Rows);
    }

    [Fact]
    public void WhereRowsMayHaveBeenMissed_EverybodyLooks()
    {
        var signals = new ChainSignals();
        signals.Landed("lab", 1);
        using ChainSignals.Listener lab = signals.Listen(Lab);
        Task next = lab.Next;
        long before = signals.Position;
        signals.Missed();
        Assert.True(next.IsCompleted);
        Assert.Null(signals.After(before, 10));
        signals.Landed("lab", 5);
        Assert.Equal([("lab", 5L)], signals.After(signals.Position - 1, 10)!.Value.Rows);
    }

    [Fact]
    public void AFeedThatFellBehind_IsToldSo_AndTheHubDoesNotGrow()
    {
        var signals = new ChainSignals();
        for (int i = 1; i <= ChainSignals.RecentRows; i++)
        {
            signals.Landed("lab", i);
        }

        Assert.Equal([("lab", 1L), ("lab", 2L)], signals.After(0, 2)!.Value.Rows);
        signals.Landed("lab", 0);
        Assert.Null(signals.After(0, 2));
        Assert.Equal(2, signals.After(1, 2)!.Value.Rows[0].Seq);
    }

    [Fact]
    public async Task ListenersThatLeave_AreForgotten()
    {
        var signals = new ChainSignals();
        ChainSignals.Listener first = signals.Listen(Lab);
        ChainSignals.Listener second = signals.Listen(Lab);
        first.Dispose();
        first.Dispose();
        Task next = second.Next;
        signals.Landed("lab", 1);
        await next;
        second.Dispose();
        signals.Landed("lab", 2);
        Assert.True(second.Next.IsCompleted);
    }
}
