using Microsoft.Extensions.Logging;

namespace Zeq.Hosting;

/// <summary>What the host logs. No message takes a key, a ticket, a body or a recipient.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Error, "The command {Command} threw; it changed nothing.")]
    public static partial void CommandFault(ILogger log, string command, Exception fault);

    [LoggerMessage(2, LogLevel.Error, "The store did not take a batch.")]
    public static partial void StoreFault(ILogger log, Exception fault);

    [LoggerMessage(3, LogLevel.Error, "{Method} {Route} failed.")]
    public static partial void RequestFault(ILogger log, string method, string route, Exception fault);

    [LoggerMessage(4, LogLevel.Warning, "A step at {Home} is not settled yet: {Reason}.")]
    public static partial void StepOpen(ILogger log, string home, Zeq.Protocol.RejectionCode reason);

    [LoggerMessage(5, LogLevel.Error, "A worker failed and goes on.")]
    public static partial void WorkerFault(ILogger log, Exception fault);
}
