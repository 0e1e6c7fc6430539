using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// A cipher context that one thread at a time borrows. Taking it is one interlocked exchange and giving it back one store: less than half of a lock's
/// cost, which would show beside a short packet. Who finds it taken spins and yields; the borrower holds it for one packet.
/// </summary>
internal sealed class CipherContextSlot : IDisposable
{
    private const nint Taken = 0;
    private const nint Disposed = -1;

    // Frees the context also where nobody disposes of the slot. A borrower keeps the slot alive: it gives the context back.
    private readonly SafeCipherContext _owner = new();
    private nint _context;

    internal CipherContextSlot() => _context = _owner.DangerousGetHandle();

    /// <summary>The context, until <see cref="Return"/>.</summary>
    /// <exception cref="ObjectDisposedException">The cipher was disposed of.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal nint Borrow()
    {
        var context = Interlocked.Exchange(ref _context, Taken);
        return context is not Taken and not Disposed ? context : BorrowSlowly(context);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Return(nint context) => Volatile.Write(ref _context, context);

    /// <summary>Waits for the borrower, then frees the context; OpenSSL zeroes its key.</summary>
    public void Dispose()
    {
        if (Wait(Interlocked.Exchange(ref _context, Taken)) != Disposed)
        {
            _owner.Dispose();
        }

        Return(Disposed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint BorrowSlowly(nint context)
    {
        context = Wait(context);
        if (context == Disposed)
        {
            Return(Disposed);
            throw new ObjectDisposedException(nameof(AeadCipher));
        }

        return context;
    }

    private nint Wait(nint context)
    {
        var spin = default(SpinWait);
        while (context == Taken)
        {
            // Yields the processor, but never sleeps: a packet takes microseconds.
            spin.SpinOnce(sleep1Threshold: -1);
            context = Interlocked.Exchange(ref _context, Taken);
        }

        return context;
    }
}
