using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Tunnel.Tests;

/// <summary>The window against a set, and at its edges.</summary>
public class ReplayWindowTests
{
    private const ulong Size = ReplayWindow.SizePackets;

    [Fact]
    public void It_agrees_with_a_set() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Walks().ToArbitrary(), steps =>
    {
        var window = new ReplayWindow();
        var seen = new HashSet<ulong>();
        ulong greatest = 0;
        ulong at = 1_000_000;
        foreach (int step in steps)
        {
            at = (ulong)Math.Max(0, (long)at + step);
            bool expected = !seen.Contains(at) && (seen.Count == 0 || at > greatest || greatest - at < Size);
            if (window.IsNew(at) != expected || window.TryMark(at) != expected)
            {
                return false;
            }

            if (expected)
            {
                seen.Add(at);
                greatest = Math.Max(greatest, at);
            }
        }

        return window.Greatest == greatest;
    }));

    [Theory]
    [InlineData(0UL)]
    [InlineData(63UL)]
    [InlineData(64UL)]
    [InlineData(8_191UL)]
    [InlineData(8_192UL)]
    [InlineData(8_193UL)]
    [InlineData(12_345_678UL)]
    [InlineData(ulong.MaxValue)]
    public void The_oldest_counter_inside_is_new_and_the_one_before_is_not(ulong greatest)
    {
        var window = new ReplayWindow();
        Assert.True(window.TryMark(greatest));
        Assert.False(window.TryMark(greatest));
        if (greatest >= Size - 1)
        {
            Assert.True(window.TryMark(greatest - (Size - 1)));
            Assert.False(window.TryMark(greatest - (Size - 1)));
        }

        if (greatest >= Size)
        {
            Assert.False(window.IsNew(greatest - Size));
            Assert.False(window.TryMark(greatest - Size));
        }

        Assert.Equal(greatest, window.Greatest);
    }

    [Fact]
    public void Every_counter_is_taken_once_in_either_order_inside_the_window()
    {
        var window = new ReplayWindow();
        for (ulong counter = Size; counter-- > 0;)
        {
            Assert.True(window.TryMark(counter));
        }

        for (ulong counter = 0; counter < 3 * Size; counter++)
        {
            Assert.Equal(counter >= Size, window.TryMark(counter));
            Assert.False(window.TryMark(counter));
        }
    }

    // Seen red with a window of one word less.
    [Fact]
    public void The_oldest_inside_is_remembered_wherever_the_window_ends()
    {
        var window = new ReplayWindow();
        for (ulong counter = 0; counter < 4 * Size; counter += 2)
        {
            Assert.True(window.TryMark(counter));
            if (counter >= Size)
            {
                Assert.True(window.IsNew(counter - Size + 1));
                Assert.False(window.IsNew(counter - Size + 2));
            }
        }
    }

    [Fact]
    public void A_jump_over_the_whole_window_forgets_it_and_refuses_what_was_before()
    {
        var window = new ReplayWindow();
        for (ulong counter = 0; counter < 100; counter++)
        {
            window.TryMark(counter);
        }

        Assert.True(window.TryMark(1UL << 40));
        Assert.False(window.TryMark(50));
        for (ulong back = 1; back < Size; back++)
        {
            Assert.True(window.TryMark((1UL << 40) - back));
        }
    }

    private static Gen<int[]> Walks() => Gen.ArrayOf(Gen.Frequency(
        (8, Gen.Choose(-70, 70)), (4, Gen.Choose(-8_300, 8_300)), (1, Gen.Choose(-20_000, 40_000)), (2, Gen.Constant(0)), (1, Gen.Elements(-8_191, -8_192, -8_193, 8_191, 8_192, 8_193, 64, -64))));
}
