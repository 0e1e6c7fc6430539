using System.Runtime.InteropServices;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>A child process whose files may not grow: commits until one fails, says how, gets its room back and goes on.</summary>
internal static partial class SmallDisk
{
    private const int SigXfsz = 25;
    private const int RlimitFsize = 1;

    public static void Run(string path)
    {
        SqliteHomeStore store = SqliteHomeStore.Open(path, new SqliteOptions { JournalSizeKib = 64 });
        long acknowledged = 0;
        for (int i = 0; i < 5; i++)
        {
            acknowledged = Commit(store, 10);
        }

        Signal(SigXfsz, 1);
        Limit((ulong)new FileInfo(path + "-wal").Length + 40_000);
        while (true)
        {
            try
            {
                acknowledged = Commit(store, 3_000);
            }
            catch (StoreException failed)
            {
                Console.WriteLine($"unknown: {failed.OutcomeUnknown}");
                break;
            }
        }

        Limit(ulong.MaxValue);
        Console.WriteLine(acknowledged);
        Console.WriteLine(Last(store));
        for (int i = 0; i < 5; i++)
        {
            Commit(store, 10);
        }

        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static long Last(SqliteHomeStore store) =>
        store.FindAsync(CreditMove.Table, Zid.FromNumber(1).Text).AsTask().GetAwaiter().GetResult()?.Seq ?? 0;

    private static long Commit(SqliteHomeStore store, int size)
    {
        Zid zid = Zid.FromNumber(1);
        HomeTransaction transaction = store.BeginAsync(new KeySet().Add(CreditMove.Table, zid.Text).Add(FuelPool.Table, zid.Text), default).AsTask().GetAwaiter().GetResult();
        long next = (transaction.Workspace.Find(CreditMove.Table, zid.Text)?.Seq ?? 0) + 1;
        transaction.Workspace.Append(CreditMove.Table, new CreditMove(zid, next, new Zeqond(next), CreditReason.Claim, new string('r', size), 1, 0, 0));
        transaction.Workspace.Put(FuelPool.Table, new FuelPool(zid, next, 0, 0, 0, next));
        transaction.CommitAsync(default).AsTask().GetAwaiter().GetResult();
        return next;
    }

    private static void Limit(ulong sizeBytes)
    {
        // The soft limit alone: it can be raised again.
        ulong[] limits = [sizeBytes, ulong.MaxValue];
        if (SetLimit(RlimitFsize, limits) != 0)
        {
            throw new InvalidOperationException("The limit of files cannot be set.");
        }
    }

    [LibraryImport("libc", EntryPoint = "signal"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "setrlimit"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimit(int resource, ulong[] limits);
}
