using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Tunnel;

namespace Zeq.Benchmarks;

/// <summary>A batch of datagrams, and ways to seal and to open them in place. The first row of either list is the tunnel's own.</summary>
internal sealed unsafe class WrapBench
{
    private const int HeaderSizeBytes = 20;
    private const int TagSizeBytes = 16;
    private const int ControlGetTag = 0x10;
    private const int ControlSetTag = 0x11;

    private readonly int _size;
    private readonly int _stride;
    private readonly int _batch;
    private readonly byte[] _key = SHA256.HashData("benchmark"u8);
    private readonly byte[] _packet;
    private readonly TunnelClock _clock = new(TimeProvider.System);

    public WrapBench(int sizeBytes, int batch)
    {
        _size = sizeBytes;
        _batch = batch;
        _stride = PacketWrapper.DatagramSize(sizeBytes);
        _packet = new byte[sizeBytes];
        _packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), (ushort)sizeBytes);
    }

    private int InnerSize => _stride - HeaderSizeBytes - TagSizeBytes;

    public Runner[] Sealers() => Rows(isPair: false);

    public Runner[] Pairs() => Rows(isPair: true);

    private Runner[] Rows(bool isPair)
    {
        var rows = new List<Runner> { Own(isPair) };
        if (BareLibcrypto.TryLoad() is { } bare)
        {
            rows.Add(Bare(bare, isPair));
        }

        rows.Add(Bcl(isPair));
        return [.. rows];
    }

    private byte[] NewBuffer()
    {
        byte[] buffer = GC.AllocateArray<byte>(_batch * _stride, pinned: true);
        for (int i = 0; i < _batch; i++)
        {
            _packet.CopyTo(buffer, (i * _stride) + PacketWrapper.PacketOffset);
        }

        return buffer;
    }

    private Runner Own(bool isPair)
    {
        byte[] buffer = NewBuffer();
        var wrapper = new PacketWrapper(_key, 1, 1, _clock, TunnelLimits.Spec);
        var unwrapper = new PacketUnwrapper(_key, 1, _clock, TunnelLimits.Spec);
        var slots = new PacketSlot[_batch];
        return new Runner("wrap", count =>
        {
            for (int done = 0; done < count; done += _batch)
            {
                _clock.Refresh();
                for (int i = 0; i < _batch; i++)
                {
                    // What was sealed last time is no packet any more: its header is put back.
                    slots[i] = new PacketSlot(i * _stride, _size);
                    _packet.AsSpan(0, 20).CopyTo(buffer.AsSpan((i * _stride) + PacketWrapper.PacketOffset));
                }

                BareLibcrypto.Check(wrapper.WrapBatch(buffer, slots) == _batch);
                for (int i = 0; isPair && i < _batch; i++)
                {
                    BareLibcrypto.Check(unwrapper.TryUnwrap(buffer.AsSpan(i * _stride, _stride), out _) == UnwrapResult.Packet);
                }
            }
        });
    }

    private Runner Bare(BareLibcrypto bare, bool isPair)
    {
        byte[] buffer = NewBuffer();
        nint sealing = bare.NewCipher();
        nint opening = bare.NewCipher();
        fixed (byte* key = _key)
        {
            BareLibcrypto.Check(bare.EncryptInit(sealing, bare.Aes256Gcm(), 0, key, null) == 1 && bare.DecryptInit(opening, bare.Aes256Gcm(), 0, key, null) == 1);
        }

        ulong counter = 0;
        return new Runner("libcrypto", count =>
        {
            byte* nonce = stackalloc byte[12];
            int length;
            fixed (byte* start = buffer)
            {
                for (int done = 0; done < count; done += _batch)
                {
                    for (int i = 0; i < _batch; i++)
                    {
                        byte* datagram = start + (i * _stride);
                        byte* inner = datagram + HeaderSizeBytes;
                        *(ulong*)(nonce + 4) = counter++;
                        BareLibcrypto.Check(bare.EncryptInit(sealing, 0, 0, null, nonce) == 1
                            && bare.EncryptUpdate(sealing, null, &length, datagram, HeaderSizeBytes) == 1
                            && bare.EncryptUpdate(sealing, inner, &length, inner, InnerSize) == 1
                            && bare.EncryptFinal(sealing, inner, &length) == 1
                            && bare.CipherControl(sealing, ControlGetTag, TagSizeBytes, inner + InnerSize) == 1);
                        if (isPair)
                        {
                            BareLibcrypto.Check(bare.DecryptInit(opening, 0, 0, null, nonce) == 1
                                && bare.DecryptUpdate(opening, null, &length, datagram, HeaderSizeBytes) == 1
                                && bare.DecryptUpdate(opening, inner, &length, inner, InnerSize) == 1
                                && bare.CipherControl(opening, ControlSetTag, TagSizeBytes, inner + InnerSize) == 1
                                && bare.DecryptFinal(opening, inner, &length) == 1);
                        }
                    }
                }
            }
        });
    }

    private Runner Bcl(bool isPair)
    {
        byte[] buffer = NewBuffer();
        var gcm = new AesGcm(_key, TagSizeBytes);
        byte[] nonce = new byte[12];
        ulong counter = 0;
        return new Runner("AesGcm", count =>
        {
            for (int done = 0; done < count; done += _batch)
            {
                for (int i = 0; i < _batch; i++)
                {
                    Span<byte> datagram = buffer.AsSpan(i * _stride, _stride);
                    Span<byte> inner = datagram.Slice(HeaderSizeBytes, InnerSize);
                    BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter++);
                    gcm.Encrypt(nonce, inner, inner, datagram[^TagSizeBytes..], datagram[..HeaderSizeBytes]);
                    if (isPair)
                    {
                        gcm.Decrypt(nonce, inner, datagram[^TagSizeBytes..], inner, datagram[..HeaderSizeBytes]);
                    }
                }
            }
        });
    }
}
