using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>One queue of a Linux device. It waits on its caller's thread, and looks at the cancellation some times a second.</summary>
internal sealed unsafe class LinuxTunQueue(int descriptor, TunOffloads offloads) : ITunQueue, IDisposable
{
    private const int WaitMs = 100;
    private readonly Lock _closing = new();
    private volatile bool _disposed;
    private int _users;

    public TunOffloads Offloads { get; } = offloads;

    public ValueTask<bool> ReadAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        batch.Clear();
        int most = Offloads == TunOffloads.None ? TunDevice.MaxMtu : PacketBatch.MaxPacketSizeBytes;
        if (batch.Room < most)
        {
            throw new ArgumentException($"A batch for this device has room for {most} bytes.", nameof(batch));
        }

        if (!TryEnter())
        {
            return ValueTask.FromResult(false);
        }

        try
        {
            byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(batch.Array, 0);
            while (!_disposed)
            {
                while (batch.Room >= most)
                {
                    // The header goes into the headroom, right before the packet.
                    byte* header = start + batch.NextOffset - VirtioHeader.SizeBytes;
                    nint size = LinuxNative.read(descriptor, header, (nuint)(most + VirtioHeader.SizeBytes));
                    if (size <= VirtioHeader.SizeBytes)
                    {
                        break;
                    }

                    batch.Commit((int)size - VirtioHeader.SizeBytes, VirtioHeader.Read(new ReadOnlySpan<byte>(header, VirtioHeader.SizeBytes)));
                }

                if (batch.Count > 0)
                {
                    return ValueTask.FromResult(true);
                }

                cancellationToken.ThrowIfCancellationRequested();
                LinuxNative.Wait(descriptor, LinuxNative.PollIn, WaitMs);
            }

            return ValueTask.FromResult(false);
        }
        finally
        {
            Leave();
        }
    }

    public ValueTask WriteAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        if (!TryEnter())
        {
            return default;
        }

        try
        {
            byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(batch.Array, 0);
            foreach (PacketEntry entry in batch.Entries)
            {
                byte* header = start + entry.Offset - VirtioHeader.SizeBytes;
                VirtioHeader.Write(new Span<byte>(header, VirtioHeader.SizeBytes), entry.Offload);
                while (LinuxNative.write(descriptor, header, (nuint)(entry.Length + VirtioHeader.SizeBytes)) < 0)
                {
                    int error = Marshal.GetLastPInvokeError();
                    if (error == LinuxNative.ErrorAgain)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        LinuxNative.Wait(descriptor, LinuxNative.PollOut, WaitMs);
                    }
                    else if (error != LinuxNative.ErrorInterrupted)
                    {
                        // The interface is down, or does not take this packet: lost.
                        break;
                    }

                    if (_disposed)
                    {
                        return default;
                    }
                }
            }

            return default;
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose()
    {
        lock (_closing)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_users > 0)
            {
                // Closed by the last one inside: the number must not name another file while they use it.
                return;
            }
        }

        _ = LinuxNative.close(descriptor);
    }

    private bool TryEnter()
    {
        lock (_closing)
        {
            if (_disposed)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    private void Leave()
    {
        lock (_closing)
        {
            if (--_users > 0 || !_disposed)
            {
                return;
            }
        }

        _ = LinuxNative.close(descriptor);
    }
}
