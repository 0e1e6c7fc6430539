using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>kem</c>: ML-KEM-768 on every implementation of this machine, each managed path by itself, beside libsodium where a version that has it is
/// there. Every round runs all of them in turn; medians of the rounds. Each call includes the checks of the key that the library makes.
/// </summary>
internal static class KemVerb
{
    private const int BatchCalls = 50;

    public static void Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5);
        TimeSpan slice = TimeSpan.FromMilliseconds(arguments.Number("ms", 100));
        Subject[] subjects = [.. CryptoProvider.MLKem768Providers.Select(provider => new Subject(provider.Name, new LibraryKem(provider)))];
        if (SodiumKem.TryLoad() is { } sodium)
        {
            subjects = [.. subjects, new Subject(sodium.Name, sodium)];
        }

        foreach (Subject subject in subjects)
        {
            subject.Check();
            subject.Measure(slice);
            subject.Clear();
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach (Subject subject in subjects)
            {
                subject.Measure(slice);
            }
        }

        Console.WriteLine(arguments.IsTable
            ? Output.Head("ML-KEM-768") + $"""

                `kem`: {rounds} rounds of {slice.TotalMilliseconds:0} ms for each function of each implementation, in turn; medians, in microseconds a call. Bytes are what the three calls together allocate.
                {(MLKem.IsSupported ? $".NET's own runs in {Libcrypto.Name ?? "the operating system"}." : "The operating system has no ML-KEM, so .NET has none.")}
                {(subjects.Any(s => s.Kem is SodiumKem) ? "libsodium is the machine's." : "No libsodium with ML-KEM was found on this machine.")}


                """ + Output.Table(
                ["provider", "make a key", "encapsulate", "decapsulate", "bytes allocated"],
                subjects.Select(s => (string[])[s.Name, Output.Fine(s.KeyGen), Output.Fine(s.Encapsulate), Output.Fine(s.Decapsulate), Output.Whole(s.AllocatedBytes)]))
            : "[" + string.Join(',', subjects.Select(s => string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"provider\":\"{s.Name}\",\"keygen_us\":{s.KeyGen:0.00},\"encapsulate_us\":{s.Encapsulate:0.00},\"decapsulate_us\":{s.Decapsulate:0.00},\"alloc_bytes\":{s.AllocatedBytes}}}"))) + "]");
    }

    /// <summary>One implementation with its samples, in microseconds a call.</summary>
    private sealed class Subject(string name, IKem kem)
    {
        private readonly byte[] _seed = RandomNumberGenerator.GetBytes(MLKem768.SeedSizeBytes);
        private readonly byte[] _encapsulationKey = new byte[MLKem768.EncapsulationKeySizeBytes];
        private readonly byte[] _decapsulationKey = new byte[MLKem768.DecapsulationKeySizeBytes];
        private readonly byte[] _cipherText = new byte[MLKem768.CipherTextSizeBytes];
        private readonly byte[] _sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        private readonly List<double> _keyGen = [], _encapsulate = [], _decapsulate = [];

        public string Name => name;

        public IKem Kem => kem;

        public double KeyGen => Sample.Median(_keyGen);

        public double Encapsulate => Sample.Median(_encapsulate);

        public double Decapsulate => Sample.Median(_decapsulate);

        public long AllocatedBytes { get; private set; }

        public void Clear()
        {
            _keyGen.Clear();
            _encapsulate.Clear();
            _decapsulate.Clear();
        }

        public void Check()
        {
            kem.GenerateKey(_seed, _encapsulationKey, _decapsulationKey);
            kem.Encapsulate(_encapsulationKey, _cipherText, _sharedSecret);
            byte[] expected = [.. _sharedSecret];
            kem.Decapsulate(_decapsulationKey, _cipherText, _sharedSecret);
            if (!ConstantTime.AreEqual(expected, _sharedSecret))
            {
                throw new InvalidOperationException($"{name} does not decapsulate what it encapsulated.");
            }
        }

        public void Measure(TimeSpan slice)
        {
            _keyGen.Add(Time(slice, () => kem.GenerateKey(_seed, _encapsulationKey, _decapsulationKey)));
            _encapsulate.Add(Time(slice, () => kem.Encapsulate(_encapsulationKey, _cipherText, _sharedSecret)));
            _decapsulate.Add(Time(slice, () => kem.Decapsulate(_decapsulationKey, _cipherText, _sharedSecret)));
            long before = GC.GetAllocatedBytesForCurrentThread();
            kem.GenerateKey(_seed, _encapsulationKey, _decapsulationKey);
            kem.Encapsulate(_encapsulationKey, _cipherText, _sharedSecret);
            kem.Decapsulate(_decapsulationKey, _cipherText, _sharedSecret);
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        private static double Time(TimeSpan slice, Action call)
        {
            long calls = 0;
            long began = Stopwatch.GetTimestamp();
            do
            {
                for (int i = 0; i < BatchCalls; i++)
                {
                    call();
                }

                calls += BatchCalls;
            }
            while (Stopwatch.GetElapsedTime(began) < slice);
            return Stopwatch.GetElapsedTime(began).TotalMicroseconds / calls;
        }
    }
}
