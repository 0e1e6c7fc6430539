using System.CommandLine;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq recovery-key</c>: words for an account that has none, or new ones.</summary>
internal static class RecoveryKeyCommand
{
    public static Command Make(CliHost host) => new ZeqCommand("recovery-key", "Set new recovery words, or stop ones that wait.", "zeq recovery-key set")
    {
        new ZeqCommand(
            "set", "Make 24 new words; they count a day later. Where there are words already, those are asked for.", "zeq recovery-key set") { GlobalOptions.Yes }
            .Does(host, SetAsync),
        new ZeqCommand("cancel", "Stop new recovery words that do not count yet.", "zeq recovery-key cancel").Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            context.Document(await context.WaitAsync("Cancelling", client.Identity.CancelRecoveryKeyAsync(ct)), WireJson.Default.DoneAnswer);
            context.Line("No new recovery words wait.");
        }),
    };

    private static async Task SetAsync(CommandContext context, CancellationToken ct)
    {
        using ZeqClient client = context.Connect();
        _ = await ProfileSaving.CardAsync(context, client, ct);
        WhoAmIAnswer self = await context.WaitAsync($"Asking {client.Origin}", client.Identity.WhoAmIAsync(ct));
        using RecoverySigner? old = self.RecoveryKey is null ? null : Prompts.Words(context, "The 24 words that count now:");
        if (old is not null && old.PublicKeyHex != self.RecoveryKey)
        {
            throw CliException.Failed("Those are not the words of this account's recovery key.", "INVALID_WORDS");
        }

        using RecoveryWords words = RecoveryWords.Generate();
        if (!context.IsJson)
        {
            RecoveryWordsPage.Show(context, words, context.Value(GlobalOptions.Yes));
        }

        using var signer = new RecoverySigner(words);
        PublicKeyAnswer answer = await context.WaitAsync("Setting", client.Identity.SetRecoveryKeyAsync(context.Zid, signer, old, ct));
        context.Document(answer, WireJson.Default.PublicKeyAnswer)["recovery_words"] = RecoveryWordsPage.Join(words);
        context.Facts(("recovery key", signer.PublicKeyHex), ("counts from Zeqond", $"{answer.EffectiveZeqond} (now {answer.Zeqond})"));
        context.Line("Until then the old words, if any, still count, and 'zeq recovery-key cancel' stops the new ones.");
    }
}
