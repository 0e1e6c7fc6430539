using System.Globalization;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>aead</c>: AES-256-GCM of one message at a time: <see cref="AeadCipher"/> by every provider and .NET's <see cref="AesGcm"/>, beside a bare loop over
/// libcrypto that sets the IV, the additional data, seals or opens, and gets or sets the tag on one context.
/// </summary>
internal static unsafe class AeadVerb
{
    private const int AadSizeBytes = 16;
    private const int ControlGetTag = 0x10;
    private const int ControlSetTag = 0x11;

    public static void Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5);
        int sliceMs = arguments.Number("slice-ms", 2);
        int[] sizes = arguments.Numbers("sizes", [64, 1420, 16_384]);
        var rows = new List<Row>();
        foreach (int size in sizes)
        {
            rows.AddRange(Measure(size, rounds, sliceMs));
        }

        Console.WriteLine(arguments.IsTable
            ? Output.Head("AES-256-GCM") + $"""

                `aead`: one message with {AadSizeBytes} bytes of additional data at a time, {rounds} rounds of slices in turn; medians, and medians of the rounds' ratios to the first row of the size.


                """ + Output.Table(
                ["bytes", "", "seal ns", "x", "open ns", "x", "bytes allocated"],
                rows.Select(row => new[]
                {
                    Output.Whole(row.Size), row.Name, Output.Whole(row.SealNs), Output.Fine(row.SealRatio), Output.Whole(row.OpenNs), Output.Fine(row.OpenRatio), Output.Fine(row.AllocBytes),
                }))
            : "[" + string.Join(',', rows.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"provider\":\"{row.Name}\",\"size\":{row.Size},\"seal_ns\":{row.SealNs:0},\"open_ns\":{row.OpenNs:0},\"seal_ratio\":{row.SealRatio:0.000},\"open_ratio\":{row.OpenRatio:0.000},\"alloc_bytes\":{row.AllocBytes:0.0}}}"))) + "]");
    }

    private static IEnumerable<Row> Measure(int size, int rounds, int sliceMs)
    {
        byte[] key = new byte[32];
        byte[] nonce = new byte[12];
        byte[] aad = new byte[AadSizeBytes];
        byte[] plain = new byte[size];
        byte[] box = new byte[size + 16];
        using var maker = new AeadCipher(key);
        maker.Seal(nonce, plain, box, aad);
        var sealers = new List<Runner>();
        var openers = new List<Runner>();
        if (BareLibcrypto.TryLoad() is { } bare)
        {
            byte[] bareBox = new byte[size + 16];
            byte[] bareOpened = new byte[size];
            nint sealing = bare.NewCipher();
            nint opening = bare.NewCipher();
            fixed (byte* bytes = key)
            {
                BareLibcrypto.Check(bare.EncryptInit(sealing, bare.Aes256Gcm(), 0, bytes, null) == 1 && bare.DecryptInit(opening, bare.Aes256Gcm(), 0, bytes, null) == 1);
            }

            sealers.Add(new("libcrypto loop", count => Seal(bare, sealing, nonce, plain, bareBox, aad, count)));
            openers.Add(new("libcrypto loop", count => Open(bare, opening, nonce, box, bareOpened, aad, count)));
        }

        foreach (var provider in CryptoProvider.AesGcmProviders)
        {
            var cipher = new AeadCipher(provider, key);
            byte[] output = new byte[size + 16];
            sealers.Add(new("AeadCipher, " + provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    cipher.Seal(nonce, plain, output, aad);
                }
            }));
            byte[] opened = new byte[size];
            openers.Add(new("AeadCipher, " + provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    BareLibcrypto.Check(cipher.TryOpen(nonce, box, opened, aad));
                }
            }));
        }

        var gcm = new AesGcm(key, 16);
        byte[] own = new byte[size + 16];
        sealers.Add(new("AesGcm", count =>
        {
            for (int i = 0; i < count; i++)
            {
                gcm.Encrypt(nonce, plain, own.AsSpan(0, size), own.AsSpan(size), aad);
            }
        }));
        byte[] ownOpened = new byte[size];
        openers.Add(new("AesGcm", count =>
        {
            for (int i = 0; i < count; i++)
            {
                gcm.Decrypt(nonce, box.AsSpan(0, size), box.AsSpan(size), ownOpened, aad);
            }
        }));
        RunnerTimes[] seals = Race.Run(sealers, rounds, sliceMs);
        RunnerTimes[] opens = Race.Run(openers, rounds, sliceMs);
        return seals.Zip(opens, (seal, open) => new Row(
            size, seal.Name, seal.MedianUs * 1_000, seal.RatioTo(seals[0]), open.MedianUs * 1_000, open.RatioTo(opens[0]), seal.AllocBytes + open.AllocBytes));
    }

    private static void Seal(BareLibcrypto bare, nint context, byte[] nonce, byte[] plain, byte[] box, byte[] aad, int count)
    {
        fixed (byte* iv = nonce, input = plain, data = aad, output = box)
        {
            int length;
            for (int i = 0; i < count; i++)
            {
                BareLibcrypto.Check(bare.EncryptInit(context, 0, 0, null, iv) == 1
                    && bare.EncryptUpdate(context, null, &length, data, AadSizeBytes) == 1
                    && bare.EncryptUpdate(context, output, &length, input, plain.Length) == 1
                    && bare.EncryptFinal(context, output, &length) == 1
                    && bare.CipherControl(context, ControlGetTag, 16, output + plain.Length) == 1);
            }
        }
    }

    private static void Open(BareLibcrypto bare, nint context, byte[] nonce, byte[] box, byte[] plain, byte[] aad, int count)
    {
        fixed (byte* iv = nonce, input = box, data = aad, output = plain)
        {
            int length;
            for (int i = 0; i < count; i++)
            {
                BareLibcrypto.Check(bare.DecryptInit(context, 0, 0, null, iv) == 1
                    && bare.DecryptUpdate(context, null, &length, data, AadSizeBytes) == 1
                    && bare.DecryptUpdate(context, output, &length, input, plain.Length) == 1
                    && bare.CipherControl(context, ControlSetTag, 16, input + plain.Length) == 1
                    && bare.DecryptFinal(context, output, &length) == 1);
            }
        }
    }

    private readonly record struct Row(int Size, string Name, double SealNs, double SealRatio, double OpenNs, double OpenRatio, double AllocBytes);
}
