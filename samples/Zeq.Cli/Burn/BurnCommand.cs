using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq burn &lt;token&gt;…</c>.</summary>
internal static class BurnCommand
{
    public static Command Make(CliHost host)
    {
        Argument<TokenId[]> tokens = Arguments.Tokens();
        return new ZeqCommand("burn", "Turn coins into burn credits, all or none. Burn credits compute and mint nothing; there is no way back.", "zeq burn ZT-… ZT-…")
        {
            tokens, GlobalOptions.Yes, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            TokenId[] coins = context.Value(tokens)!;

            // It cannot be undone, so a person is asked; a script that names coins means them.
            Prompts.Confirm(
                context, string.Create(CultureInfo.InvariantCulture, $"Burn {(coins.Length == 1 ? coins[0].Text : $"{coins.Length} coins")}? There is no way back."),
                context.Value(GlobalOptions.Yes) || !context.Host.IsInputTerminal);
            BurnAnswer answer = await context.WaitAsync("Burning", client.Burn.BurnAsync(coins, context.Value(GlobalOptions.IdempotencyKey), ct));
            context.Document(answer, WireJson.Default.BurnAnswer);
            context.Table(
                ["coin", "ZEQ>"], answer.Envelopes.Select(string?[] (coin) => [coin.TokenId, coin.ValueZqt.ToString(CultureInfo.InvariantCulture)]), "Nothing was burned.");
            context.Facts(
                ("burn", answer.BurnTx), ("Zeqond", answer.Zeqond.ToString(CultureInfo.InvariantCulture)),
                ("burned", string.Create(CultureInfo.InvariantCulture, $"{answer.SumValueZqt} ZEQ")),
                ("burn credits", string.Create(CultureInfo.InvariantCulture, $"{answer.Credited} ZEQ; {answer.Destroyed} ZEQ destroyed")));
        });
    }
}
