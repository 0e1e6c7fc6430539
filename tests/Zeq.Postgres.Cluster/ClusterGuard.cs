using System.Diagnostics;

namespace Zeq.Postgres.Cluster;

/// <summary>
/// A shell that waits for the end of its input, which comes when the test process is through or dies of anything, and then ends the server
/// and removes the folder. It is the only thing that cleans up, so that no way of ending is a special one.
/// </summary>
internal sealed class ClusterGuard
{
    private const string Script = """
        trap '' INT TERM HUP QUIT
        cat >/dev/null
        pidfile=$1/data/postmaster.pid
        pid=$(head -n 1 "$pidfile" 2>/dev/null)
        if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; then
          kill -QUIT "$pid" 2>/dev/null
          waits=0
          while kill -0 "$pid" 2>/dev/null && [ "$waits" -lt 100 ]; do sleep 0.05; waits=$((waits + 1)); done
          kill -KILL "$pid" 2>/dev/null
        fi
        memory=$(sed -n 7p "$pidfile" 2>/dev/null | awk '{ print $2 }')
        [ -n "$memory" ] && ipcrm -m "$memory" 2>/dev/null
        waits=0
        until rm -rf "$1" 2>/dev/null || [ "$waits" -ge 20 ]; do sleep 0.1; waits=$((waits + 1)); done
        """;

    private readonly Process _shell;
    private readonly EventHandler _exit;

    public ClusterGuard(PostgresBinaries binaries, string folder)
    {
        ProcessStartInfo start = binaries.Start("sh", ["-c", Script, "guard", folder]);
        start.RedirectStandardInput = true;
        _shell = Process.Start(start)!;
        _exit = (_, _) => Finish();
        AppDomain.CurrentDomain.ProcessExit += _exit;
    }

    public async Task FinishAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= _exit;
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().ConfigureAwait(false);
    }

    private void Finish()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit(10_000);
    }
}
