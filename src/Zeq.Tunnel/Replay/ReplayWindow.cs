namespace Zeq.Tunnel;

/// <summary>
/// Which packet counters of one session and direction were received (RFC 6479; spec 50 §2, spec 06 rule 5): the greatest of them, and a bit for each of the
/// <see cref="SizePackets"/> counters that end with it. Older ones count as received. Not thread-safe: its owner lets one thread at a time in.
/// </summary>
public sealed class ReplayWindow
{
    /// <summary>The size of the window: 8,192 counters.</summary>
    public const int SizePackets = 8_192;

    // A window that ends anywhere in a word reaches into one word more than it fills.
    private const int WordCount = (SizePackets / 64) + 1;

    private readonly ulong[] _words = new ulong[WordCount];
    private ulong _greatest;
    private bool _isEmpty = true;

    /// <summary>The greatest counter that was marked; 0 also where there was none.</summary>
    public ulong Greatest => _greatest;

    /// <summary>Whether a counter is new: neither marked nor older than the window. Marks nothing: a packet is marked when its tag held.</summary>
    /// <param name="counter">The counter of a packet, any value.</param>
    public bool IsNew(ulong counter)
    {
        if (_isEmpty || counter > _greatest)
        {
            return true;
        }

        return _greatest - counter < SizePackets && (_words[Word(counter)] & Bit(counter)) == 0;
    }

    /// <summary>Marks a counter.</summary>
    /// <param name="counter">The counter of an authentic packet, any value.</param>
    /// <returns>False where it was marked before or is older than the window; then nothing changes.</returns>
    public bool TryMark(ulong counter)
    {
        if (!IsNew(counter))
        {
            return false;
        }

        if (_isEmpty)
        {
            _isEmpty = false;
            _greatest = counter;
        }
        else if (counter > _greatest)
        {
            ForgetBetween(_greatest, counter);
            _greatest = counter;
        }

        _words[Word(counter)] |= Bit(counter);
        return true;
    }

    /// <summary>The words that come into the window hold what left it.</summary>
    private void ForgetBetween(ulong from, ulong to)
    {
        ulong last = to >> 6;
        ulong word = from >> 6;
        if (last - word >= WordCount)
        {
            Array.Clear(_words);
            return;
        }

        while (word < last)
        {
            word++;
            _words[word % WordCount] = 0;
        }
    }

    private static int Word(ulong counter) => (int)((counter >> 6) % WordCount);

    private static ulong Bit(ulong counter) => 1UL << (int)(counter & 63);
}
