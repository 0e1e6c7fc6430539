using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>kdf</c>: Argon2id through <see cref="PasswordKdf"/> beside the reference library where the system has it, and PBKDF2, in turn in each round; medians, and the
/// ratio of each round's two. The reference library does not zero its memory, this one does.
/// </summary>
internal static class KdfVerb
{
    private static readonly byte[] s_password = "correct horse battery staple"u8.ToArray();
    private static readonly byte[] s_salt = "0123456789abcdef"u8.ToArray();

    public static void Run(Arguments arguments)
    {
        int memoryKib = arguments.Number("memory", 65_536);
        int passes = arguments.Number("passes", 3);
        int lanes = arguments.Number("lanes", 1);
        int rounds = arguments.Number("rounds", 5);
        int iterations = arguments.Number("iterations", 600_000);
        string provider = CryptoProvider.Describe().Single(info => info.Algorithm == "Argon2id").Provider;
        byte[] key = new byte[32];
        byte[] reference = new byte[32];

        // The first runs make the code and the pages.
        PasswordKdf.Argon2id(s_password, s_salt, memoryKib, passes, lanes, key);
        if (ReferenceArgon2.IsPresent)
        {
            ReferenceArgon2.DeriveKey(s_password, s_salt, memoryKib, passes, lanes, reference);
            if (!CryptographicOperations.FixedTimeEquals(key, reference))
            {
                throw new InvalidOperationException("The two do not agree.");
            }
        }

        List<double> ours = [];
        List<double> theirs = [];
        List<double> pbkdf2 = [];
        long before = GC.GetAllocatedBytesForCurrentThread();
        PasswordKdf.Argon2id(s_password, s_salt, memoryKib, passes, lanes, key);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(Ms(() => PasswordKdf.Argon2id(s_password, s_salt, memoryKib, passes, lanes, key)));
            if (ReferenceArgon2.IsPresent)
            {
                theirs.Add(Ms(() => ReferenceArgon2.DeriveKey(s_password, s_salt, memoryKib, passes, lanes, reference)));
            }

            pbkdf2.Add(Ms(() => PasswordKdf.Pbkdf2(s_password, s_salt, iterations, key)));
        }

        Print(arguments, provider, memoryKib, passes, lanes, rounds, iterations, ours, theirs, pbkdf2, allocated);
    }

    private static void Print(
        Arguments arguments, string provider, int memoryKib, int passes, int lanes, int rounds, int iterations, List<double> ours, List<double> theirs, List<double> pbkdf2, long allocated)
    {
        double argon = Sample.Median(ours);
        double hashing = Sample.Median(pbkdf2);
        double? reference = theirs.Count > 0 ? Sample.Median(theirs) : null;
        double? ratio = theirs.Count > 0 ? Sample.Median(ours.Zip(theirs, (own, other) => own / other)) : null;
        double gibPerSecond = memoryKib * (double)passes / 1_048_576 / (argon / 1_000);
        if (arguments.IsTable)
        {
            List<string[]> rows = [["Argon2id, " + provider, Output.Fine(argon), ratio is { } r ? Output.Fine(r) : "", Output.Fine(gibPerSecond), Output.Whole(allocated)]];
            if (reference is { } other)
            {
                rows.Insert(0, ["Argon2id, libargon2", Output.Fine(other), "1.00", Output.Fine(memoryKib * (double)passes / 1_048_576 / (other / 1_000)), ""]);
            }

            rows.Add([string.Create(CultureInfo.InvariantCulture, $"PBKDF2-HMAC-SHA-512, {iterations} iterations"), Output.Fine(hashing), "", "", ""]);
            Console.WriteLine(Output.Head("Keys from passwords") + string.Create(CultureInfo.InvariantCulture, $"""

                `kdf`: Argon2id with {memoryKib} KiB, {passes} passes, {lanes} lane(s); {rounds} rounds, each of them in turn; medians. This library zeroes its memory in the end, the reference library does not.


                """) + Output.Table(["", "ms", "x libargon2", "GiB filled a second", "bytes allocated"], rows));
            return;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"memory_kib\":{memoryKib},\"passes\":{passes},\"lanes\":{lanes},\"provider\":\"{provider}\",\"argon2id_ms\":{argon:0.0},\"libargon2_ms\":{Json(reference, "0.0")},\"ratio_to_libargon2\":{Json(ratio, "0.00")},\"alloc_bytes\":{allocated},\"pbkdf2_iterations\":{iterations},\"pbkdf2_ms\":{hashing:0.0}}}"));
    }

    private static string Json(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "null";

    private static double Ms(Action action)
    {
        long began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
