namespace Zeq.Crypto.Tests;

public class CipherContextSlotTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task OneBorrowerAtATime()
    {
        Assert.SkipWhen(Libcrypto.Name is null, "no libcrypto.so.3 on this machine");
        using var slot = new CipherContextSlot();
        var context = slot.Borrow();
        var other = Task.Run(slot.Borrow);
        await Task.Delay(Short);
        Assert.False(other.IsCompleted);
        slot.Return(context);
        Assert.Equal(context, await other.WaitAsync(Long));
        slot.Return(context);
    }

    [Fact]
    public async Task DisposeWaitsForTheBorrowerAndEveryLaterOneIsRefused()
    {
        Assert.SkipWhen(Libcrypto.Name is null, "no libcrypto.so.3 on this machine");
        var slot = new CipherContextSlot();
        var context = slot.Borrow();
        var disposing = Task.Run(slot.Dispose);
        await Task.Delay(Short);
        Assert.False(disposing.IsCompleted);
        slot.Return(context);
        await disposing.WaitAsync(Long);

        // On another thread: a slot that forgot that it is disposed of would let them wait for ever.
        for (var i = 0; i < 3; i++)
        {
            await Task.Run(() => Assert.Throws<ObjectDisposedException>(() => slot.Borrow())).WaitAsync(Long);
        }

        await Task.Run(slot.Dispose).WaitAsync(Long);
    }
}
