using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>This test program as a second process: told by an environment variable, it works on a store instead of running tests.</summary>
internal static class ChildProcess
{
    private const string Variable = "ZEQ_TEST_CHILD";

    /// <summary>Starts a child; <paramref name="arguments"/> are its verb, the store and what the verb needs.</summary>
    public static Process Start(string[] arguments, string? user = null, string? sqlite = null)
    {
        string[] command = ["dotnet", "exec", typeof(ChildProcess).Assembly.Location];
        if (user is not null)
        {
            command = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[Variable] = string.Join('\n', arguments);
        start.Environment["ZEQ_SQLITE"] = sqlite;
        return Process.Start(start)!;
    }

    /// <summary>What a child says until it ends.</summary>
    public static async Task<string> RunAsync(string[] arguments, string? user = null, string? sqlite = null)
    {
        using Process child = Start(arguments, user, sqlite);
        string said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return said.Trim();
    }

    [ModuleInitializer]
    internal static void RunIfChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text)
        {
            return;
        }

        string[] arguments = text.Split('\n');
        try
        {
            switch (arguments[0])
            {
                case "commit":
                    Commit(arguments[1], arguments[2], int.Parse(arguments[3], CultureInfo.InvariantCulture));
                    break;
                case "small-disk":
                    SmallDisk.Run(arguments[1]);
                    break;
                case "hold":
                    Hold(arguments[1]);
                    break;
                default:
                    OpenAndWrite(arguments[1]);
                    break;
            }
        }
        catch (StoreException refused)
        {
            Console.WriteLine($"{refused.IsTransient}: {refused.Message}");
        }

        Environment.Exit(0);
    }

    /// <summary>Commits until it is killed, and writes down each number once it is acknowledged.</summary>
    private static void Commit(string path, string acknowledged, int journalSizeKib)
    {
        SqliteHomeStore store = SqliteHomeStore.Open(path, new SqliteOptions { CheckpointPages = 100, JournalSizeKib = journalSizeKib });
        using var file = new FileStream(acknowledged, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Zid zid = Zid.FromNumber(1);
        while (true)
        {
            HomeTransaction transaction = store.BeginAsync(new KeySet().Add(CreditMove.Table, zid.Text).Add(FuelPool.Table, zid.Text), default).AsTask().GetAwaiter().GetResult();
            long next = (transaction.Workspace.Find(CreditMove.Table, zid.Text)?.Seq ?? 0) + 1;
            transaction.Workspace.Append(CreditMove.Table, new CreditMove(zid, next, new Zeqond(next), CreditReason.Claim, new string('r', 300), 1, 0, 0));
            transaction.Workspace.Put(FuelPool.Table, new FuelPool(zid, next, 0, 0, 0, next));
            transaction.CommitAsync(default).AsTask().GetAwaiter().GetResult();
            file.Write(System.Text.Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture) + "\n"));
        }
    }

    /// <summary>Holds the writer until its input ends.</summary>
    private static void Hold(string path)
    {
        SqliteHomeStore.Open(path).DisposeAsync().AsTask().GetAwaiter().GetResult();
        using Connection connection = Connection.Open(path, path, SQLitePCL.raw.SQLITE_OPEN_READWRITE, 5_000);
        connection.Execute("BEGIN IMMEDIATE");
        Console.WriteLine("held");
        Console.ReadLine();
        connection.Execute("ROLLBACK");
    }

    private static void OpenAndWrite(string path)
    {
        SqliteHomeStore store = SqliteHomeStore.Open(path);
        for (bool isWritten = false; !isWritten;)
        {
            HomeTransaction transaction = store.BeginAsync(new KeySet().Add(HomeMeta.Table, "by"), default).AsTask().GetAwaiter().GetResult();
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("by", "the child"));
            try
            {
                transaction.CommitAsync(default).AsTask().GetAwaiter().GetResult();
                isWritten = true;
            }
            catch (StoreException stale) when (stale.IsStale)
            {
                // Another process came first.
            }
        }

        Console.WriteLine(store.Description);
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
