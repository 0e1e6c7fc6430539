using System.Diagnostics;
using System.Globalization;
using Zeq.Simulation;

// Zeq.Simulation [--seed N] [--count N] [--trace]
//   --seed   the first seed; default: ZEQ_SIM_SEED, else 1
//   --count  how many seeds in a row; default 1
//   --trace  prints what happens, step by step
//   --lying-disks  acknowledges commits before they are durable: the run must fail
int first = int.Parse(Option("--seed") ?? Environment.GetEnvironmentVariable("ZEQ_SIM_SEED") ?? "1", CultureInfo.InvariantCulture);
int count = int.Parse(Option("--count") ?? "1", CultureInfo.InvariantCulture);
bool isTraced = args.Contains("--trace");
ThreadPool.GetMaxThreads(out int threads, out _);
if (threads != 1)
{
    Console.Error.WriteLine("The simulation needs a pool of one thread: its runtimeconfig.json says so.");
    return 2;
}

return await Task.Run(RunAsync);

async Task<int> RunAsync()
{
    string folder = Directory.CreateTempSubdirectory("zeq-simulation").FullName;
    try
    {
        Genesis genesis = await Genesis.MakeAsync(folder);
        long began = Stopwatch.GetTimestamp();
        ulong all = 0;
        for (int seed = first; seed < first + count; seed++)
        {
            try
            {
                ulong hash = await Schedule.RunAsync(seed, genesis, folder, args.Contains("--lying-disks"), isTraced ? Console.WriteLine : null);
                all = (all * 31) + hash;
            }
            catch (Exception fault)
            {
                Console.WriteLine($"ZEQ_SIM_SEED={seed}: {fault}");
                return 1;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seeds {first} to {first + count - 1}: trace {all:x16}"));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s"));
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
