using System.CommandLine;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary>A command with an example for its help, and an action whose failures become one line and an exit code.</summary>
internal sealed class ZeqCommand : Command
{
    public ZeqCommand(string name, string description, string example)
        : base(name, description) => Example = example;

    /// <summary>One line that works, shown at the end of the help.</summary>
    public string Example { get; }

    /// <summary>Sets what the command does.</summary>
    public ZeqCommand Does(CliHost host, Func<CommandContext, CancellationToken, Task<int>> action)
    {
        SetAction((parsed, ct) => RunAsync(new CommandContext(host, parsed), action, ct));
        return this;
    }

    /// <summary>Sets what the command does, where it either is done or throws.</summary>
    public ZeqCommand Does(CliHost host, Func<CommandContext, CancellationToken, Task> action) => Does(host, async (context, ct) =>
    {
        await action(context, ct);
        return ExitCodes.Done;
    });

    private static async Task<int> RunAsync(CommandContext context, Func<CommandContext, CancellationToken, Task<int>> action, CancellationToken ct)
    {
        try
        {
            int exitCode = await action(context, ct);
            context.Flush();
            return exitCode;
        }
        catch (CliException e)
        {
            return context.Fail(e.ExitCode, e.Message, e.Code);
        }
        catch (ZeqApiException e)
        {
            int exitCode = context.Fail(ExitCodes.Refused, e.Message, e.Code);
            foreach (ErrorDetail detail in e.Details)
            {
                context.Note($"  {detail.Subject}: {detail.Message} ({detail.Code})");
            }

            if (e.RetryAfter is { } wait)
            {
                context.Note($"  Try again in {Math.Ceiling(wait.TotalSeconds):0} s.");
            }

            context.NoteRepeat(e.Code == ZeqApiException.OutcomeUnknown ? e.IdempotencyKey : null);
            return exitCode;
        }
        catch (ZeqUnreachableException e)
        {
            int exitCode = context.Fail(ExitCodes.Unreachable, e.Message, "UNREACHABLE");
            context.NoteRepeat(e.IdempotencyKey);
            return exitCode;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return context.Fail(ExitCodes.Refused, "Cancelled.", "CANCELLED");
        }
        catch (OutOfMemoryException)
        {
            // A locked coin may name up to 256 MiB for its key.
            return context.Fail(ExitCodes.Refused, "There is not enough memory here for this.", "OUT_OF_MEMORY");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return context.Fail(ExitCodes.Misuse, e.Message, "FILE");
        }
    }
}
