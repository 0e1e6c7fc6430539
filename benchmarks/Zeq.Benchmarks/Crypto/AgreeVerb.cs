using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>agree</c>: X25519 by every provider, beside two bare loops over libcrypto: one makes its key objects in each turn, the other one keeps them.
/// </summary>
internal static unsafe class AgreeVerb
{
    public static void Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5);
        int sliceMs = arguments.Number("slice-ms", 20);
        byte[] key = new byte[32];
        byte[] peer = new byte[32];
        key[0] = 8;
        X25519.GetPublicKey(key, peer);

        var makers = new List<Runner>();
        var agreers = new List<Runner>();
        if (BareLibcrypto.TryLoad() is { } bare)
        {
            makers.Add(new("libcrypto loop, keys kept", count => Make(bare, key, count)));
            makers.Add(new("libcrypto loop, keys made each time", count => Make(bare, key, count)));
            agreers.Add(new("libcrypto loop, keys kept", count => AgreeKept(bare, key, peer, count)));
            agreers.Add(new("libcrypto loop, keys made each time", count => AgreeMade(bare, key, peer, count)));
        }

        foreach (var provider in CryptoProvider.X25519Providers)
        {
            byte[] output = new byte[32];
            makers.Add(new(provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    X25519.GetPublicKey(provider, key, output);
                }
            }));
            agreers.Add(new(provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    BareLibcrypto.Check(X25519.TryAgree(provider, key, peer, output));
                }
            }));
        }

        RunnerTimes[] making = Race.Run(makers, rounds, sliceMs);
        RunnerTimes[] agreeing = Race.Run(agreers, rounds, sliceMs);
        var rows = making.Zip(agreeing).ToArray();
        Console.WriteLine(arguments.IsTable
            ? Output.Head("X25519") + $"""

                `agree`: {rounds} rounds of slices in turn; medians, and medians of the rounds' ratios to the first row. OpenSSL computes the public key whenever it makes a key object from a private key.


                """ + Output.Table(
                ["", "public key µs", "x", "agree µs", "x", "bytes allocated"],
                rows.Select(row => new[]
                {
                    row.First.Name, Output.Fine(row.First.MedianUs), Output.Fine(row.First.RatioTo(making[0])), Output.Fine(row.Second.MedianUs), Output.Fine(row.Second.RatioTo(agreeing[0])),
                    Output.Fine(row.First.AllocBytes + row.Second.AllocBytes),
                }))
            : "[" + string.Join(',', rows.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"provider\":\"{row.First.Name}\",\"keygen_us\":{row.First.MedianUs:0.00},\"agree_us\":{row.Second.MedianUs:0.00},\"alloc_bytes\":{row.First.AllocBytes + row.Second.AllocBytes:0.0}}}"))) + "]");
    }

    private static void Make(BareLibcrypto bare, byte[] privateKey, int count)
    {
        byte* output = stackalloc byte[32];
        fixed (byte* bytes = privateKey)
        {
            for (int i = 0; i < count; i++)
            {
                nuint length = 32;
                nint key = bare.NewPrivateKey(BareLibcrypto.X25519, 0, bytes, 32);
                BareLibcrypto.Check(bare.GetPublicKey(key, output, &length) == 1);
                bare.FreeKey(key);
            }
        }
    }

    private static void AgreeKept(BareLibcrypto bare, byte[] privateKey, byte[] peerKey, int count)
    {
        fixed (byte* own = privateKey, others = peerKey)
        {
            nint key = bare.NewPrivateKey(BareLibcrypto.X25519, 0, own, 32);
            nint peer = bare.NewPublicKey(BareLibcrypto.X25519, 0, others, 32);
            for (int i = 0; i < count; i++)
            {
                AgreeOnce(bare, key, peer);
            }

            bare.FreeKey(peer);
            bare.FreeKey(key);
        }
    }

    private static void AgreeMade(BareLibcrypto bare, byte[] privateKey, byte[] peerKey, int count)
    {
        fixed (byte* own = privateKey, others = peerKey)
        {
            for (int i = 0; i < count; i++)
            {
                nint key = bare.NewPrivateKey(BareLibcrypto.X25519, 0, own, 32);
                nint peer = bare.NewPublicKey(BareLibcrypto.X25519, 0, others, 32);
                AgreeOnce(bare, key, peer);
                bare.FreeKey(peer);
                bare.FreeKey(key);
            }
        }
    }

    private static void AgreeOnce(BareLibcrypto bare, nint key, nint peer)
    {
        byte* secret = stackalloc byte[32];
        nuint length = 32;
        nint context = bare.NewKeyContext(key, 0);
        BareLibcrypto.Check(bare.DeriveInit(context) == 1 && bare.SetPeer(context, peer) == 1 && bare.Derive(context, secret, &length) == 1);
        bare.FreeKeyContext(context);
    }
}
