using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Waits for commits, but not for ever. One that waits for a standby which is away has already happened at the primary, for nobody to see:
/// cancelled there, it would show before any standby has it, and be lost with the primary. So its caller learns that the outcome is unknown,
/// and the commit is left to wait, on its connection; there are no more of those than the pool has. Thread-safe.
/// </summary>
/// <param name="connections">Where the connections come from.</param>
/// <param name="timeoutMs">How long a caller waits, in ms.</param>
internal sealed class CommitWait(PostgresConnections connections, int timeoutMs)
{
    /// <summary>How much longer a client waits than the server, which ends a statement by itself in that time.</summary>
    private const int GraceMs = 1_000;

    private const string Question = "SELECT wait_event FROM pg_stat_activity WHERE pid = $1";

    /// <summary>Runs a commit.</summary>
    /// <param name="statements">What it is.</param>
    /// <param name="connection">Whose transaction it is; it is given back here, whenever the commit has ended.</param>
    /// <param name="isOpen">Whether the transaction was begun before.</param>
    /// <exception cref="StoreException">Nothing was written, unless the outcome is unknown.</exception>
    public async ValueTask<uint> RunAsync(CommitStatements statements, NpgsqlConnection connection, bool isOpen)
    {
        var giveUp = new CancellationTokenSource();
        int processId = connection.ProcessID;
        Task<uint> running = RunToEndAsync(statements, connection, isOpen, giveUp.Token);
        try
        {
            await running.WaitAsync(TimeSpan.FromMilliseconds(timeoutMs + GraceMs), TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            _ = WatchAsync(processId, running, giveUp);
            throw new StoreException("commit: PostgreSQL gave no answer in time; it may be waiting for a standby that is away.") { OutcomeUnknown = true };
        }
        finally
        {
            if (running.IsCompleted)
            {
                giveUp.Dispose();
            }
        }

        return await running.ConfigureAwait(false);
    }

    private static async Task<uint> RunToEndAsync(CommitStatements statements, NpgsqlConnection connection, bool isOpen, CancellationToken giveUp)
    {
        await using (connection.ConfigureAwait(false))
        {
            return await statements.RunAsync(connection, isOpen, giveUp).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a commit up once it waits for anything but a standby: for a server that is gone. Never throws.</summary>
    private async Task WatchAsync(int processId, Task running, CancellationTokenSource giveUp)
    {
        using (giveUp)
        {
            while (!running.IsCompleted && await IsWaitingForStandbyAsync(processId).ConfigureAwait(false))
            {
                await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(timeoutMs), TimeProvider.System)).ConfigureAwait(false);
            }

            await giveUp.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> IsWaitingForStandbyAsync(int processId)
    {
        try
        {
            NpgsqlConnection connection = await connections.OpenReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var command = new NpgsqlCommand(Question, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = processId });
                    return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is "SyncRep";
                }
            }
        }
        catch (Exception unreachable) when (unreachable is StoreException or ObjectDisposedException || PostgresFault.IsOurs(unreachable))
        {
            return false;
        }
    }
}
