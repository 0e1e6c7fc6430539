using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>sign</c>: Ed25519 of a 100-byte message by every provider, beside two bare loops over libcrypto: one makes the key object in each turn,
/// as a caller must who has the seed alone, the other one keeps it.
/// </summary>
internal static unsafe class SignVerb
{
    private static readonly byte[] Message = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];

    public static void Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5);
        int sliceMs = arguments.Number("slice-ms", 20);
        byte[] seed = new byte[32];
        seed[0] = 1;
        byte[] publicKey = new byte[32];
        byte[] signature = new byte[64];
        Ed25519.GetPublicKey(seed, publicKey);
        Ed25519.Sign(Message, seed, signature);

        var signers = new List<Runner>();
        var verifiers = new List<Runner>();
        if (BareLibcrypto.TryLoad() is { } bare)
        {
            signers.Add(new("libcrypto loop, key kept", count => SignKept(bare, seed, count)));
            signers.Add(new("libcrypto loop, key made each time", count => SignMade(bare, seed, count)));
            verifiers.Add(new("libcrypto loop, key kept", count => VerifyKept(bare, publicKey, signature, count)));
            verifiers.Add(new("libcrypto loop, key made each time", count => VerifyMade(bare, publicKey, signature, count)));
        }

        foreach (var provider in CryptoProvider.Ed25519Providers)
        {
            byte[] output = new byte[64];
            signers.Add(new(provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    Ed25519.Sign(provider, Message, seed, output);
                }
            }));
            verifiers.Add(new(provider.Name, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    BareLibcrypto.Check(Ed25519.Verify(provider, Message, signature, publicKey));
                }
            }));
        }

        RunnerTimes[] signing = Race.Run(signers, rounds, sliceMs);
        RunnerTimes[] verifying = Race.Run(verifiers, rounds, sliceMs);
        var rows = signing.Zip(verifying).ToArray();
        Console.WriteLine(arguments.IsTable
            ? Output.Head("Ed25519") + $"""

                `sign`: a message of {Message.Length} bytes, {rounds} rounds of slices in turn; medians, and medians of the rounds' ratios to the first row. A signature from the seed needs the public key too,
                which is a second multiplication: a loop that makes its key object each time, and every provider, pay it; a loop that keeps the object does not.


                """ + Output.Table(
                ["", "sign µs", "x", "verify µs", "x", "bytes allocated"],
                rows.Select(row => new[]
                {
                    row.First.Name, Output.Fine(row.First.MedianUs), Output.Fine(row.First.RatioTo(signing[0])), Output.Fine(row.Second.MedianUs), Output.Fine(row.Second.RatioTo(verifying[0])),
                    Output.Fine(row.First.AllocBytes + row.Second.AllocBytes),
                }))
            : "[" + string.Join(',', rows.Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"provider\":\"{row.First.Name}\",\"sign_us\":{row.First.MedianUs:0.00},\"verify_us\":{row.Second.MedianUs:0.00},\"alloc_bytes\":{row.First.AllocBytes + row.Second.AllocBytes:0.0}}}"))) + "]");
    }

    private static void SignKept(BareLibcrypto bare, byte[] seed, int count)
    {
        byte* signature = stackalloc byte[64];
        fixed (byte* bytes = seed, message = Message)
        {
            nint key = bare.NewPrivateKey(BareLibcrypto.Ed25519, 0, bytes, 32);
            for (int i = 0; i < count; i++)
            {
                SignOnce(bare, key, message, signature);
            }

            bare.FreeKey(key);
        }
    }

    private static void SignMade(BareLibcrypto bare, byte[] seed, int count)
    {
        byte* signature = stackalloc byte[64];
        fixed (byte* bytes = seed, message = Message)
        {
            for (int i = 0; i < count; i++)
            {
                nint key = bare.NewPrivateKey(BareLibcrypto.Ed25519, 0, bytes, 32);
                SignOnce(bare, key, message, signature);
                bare.FreeKey(key);
            }
        }
    }

    private static void SignOnce(BareLibcrypto bare, nint key, byte* message, byte* signature)
    {
        nint digest = bare.NewDigest();
        nuint length = 64;
        BareLibcrypto.Check(bare.SignInit(digest, 0, 0, 0, key) == 1 && bare.Sign(digest, signature, &length, message, (nuint)Message.Length) == 1);
        bare.FreeDigest(digest);
    }

    private static void VerifyKept(BareLibcrypto bare, byte[] publicKey, byte[] signature, int count)
    {
        fixed (byte* bytes = publicKey, signed = signature, message = Message)
        {
            nint key = bare.NewPublicKey(BareLibcrypto.Ed25519, 0, bytes, 32);
            for (int i = 0; i < count; i++)
            {
                VerifyOnce(bare, key, message, signed);
            }

            bare.FreeKey(key);
        }
    }

    private static void VerifyMade(BareLibcrypto bare, byte[] publicKey, byte[] signature, int count)
    {
        fixed (byte* bytes = publicKey, signed = signature, message = Message)
        {
            for (int i = 0; i < count; i++)
            {
                nint key = bare.NewPublicKey(BareLibcrypto.Ed25519, 0, bytes, 32);
                VerifyOnce(bare, key, message, signed);
                bare.FreeKey(key);
            }
        }
    }

    private static void VerifyOnce(BareLibcrypto bare, nint key, byte* message, byte* signature)
    {
        nint digest = bare.NewDigest();
        BareLibcrypto.Check(bare.VerifyInit(digest, 0, 0, 0, key) == 1 && bare.Verify(digest, signature, 64, message, (nuint)Message.Length) == 1);
        bare.FreeDigest(digest);
    }
}
