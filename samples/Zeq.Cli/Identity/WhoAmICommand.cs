using System.CommandLine;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq whoami</c>.</summary>
internal static class WhoAmICommand
{
    public static Command Make(CliHost host) =>
        new ZeqCommand("whoami", "Say which account and key the profile uses.", "zeq whoami --profile work").Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            WhoAmIAnswer answer = await context.WaitAsync($"Asking {client.Origin}", client.Identity.WhoAmIAsync(ct));
            context.Document(answer, WireJson.Default.WhoAmIAnswer)["origin"] = client.Origin.Text;
            context.Facts(
                ("ZID", answer.Zid), ("name", answer.DisplayName), ("home", client.Origin.Text), ("key", answer.KeyPrefix + "…"), ("role", answer.Role), ("machine", answer.Machine),
                ("moves value", answer.Wallet ? "yes" : "no"), ("recovery key", answer.RecoveryKey ?? "none; set one with 'zeq recovery-key set'"),
                ("pending key", answer.PendingRecoveryKey is { } pending ? $"{pending} from Zeqond {answer.PendingFromZeqond}; 'zeq recovery-key cancel' stops it" : null));
        });
}
