using System.Runtime.CompilerServices;

namespace Zeq.Tunnel;

/// <summary>Lets one thread at a time at a few numbers: one interlocked exchange to enter, one store to leave. Whoever holds it does no more than count.</summary>
internal struct SpinGate
{
    private int _taken;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            Wait(ref _taken);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave() => Volatile.Write(ref _taken, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Wait(ref int taken)
    {
        var spin = default(SpinWait);
        do
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
        while (Interlocked.Exchange(ref taken, 1) != 0);
    }
}
