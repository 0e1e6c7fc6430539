using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq send &lt;token&gt; &lt;ZID&gt; [to_origin]</c>, and the forms below it.</summary>
internal static class SendCommand
{
    public static Command Make(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        Argument<Zid> to = Arguments.Zid();
        Argument<Origin?> toOrigin = Arguments.ToOrigin();
        Option<string?> output = ReceiptFile.Out();
        return new ZeqCommand(
            "send", "Hand over a coin of your home. To another home it writes a receipt file, which the recipient imports.", "zeq send ZT-… ZEQ07123456789 https://b.example")
        {
            token, to, toOrigin, output, GlobalOptions.Yes, GlobalOptions.IdempotencyKey,
            SendClaimsCommand.Make(host),
            SendClaimCommand.Make(host),
            Recall(host),
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            TokenId coin = context.Value(token);
            Zid recipient = context.Value(to);
            Origin destination = context.Value(toOrigin) ?? client.Origin;
            bool isAway = destination != client.Origin;
            if (isAway)
            {
                Prompts.Confirm(context, $"Send {coin} to {await RecipientName.DescribeAsync(recipient, destination, ct)}?", context.Value(GlobalOptions.Yes));
            }

            using PrivateFile.Pending? file = isAway ? ReceiptFile.Begin(context.Value(output)) : null;
            TransferAnswer answer = await context.WaitAsync(
                "Sending", client.Envelopes.TransferAsync(coin, recipient, isAway ? destination : null, context.Value(GlobalOptions.IdempotencyKey), ct));
            JsonObject document = context.Document(answer, WireJson.Default.TransferAnswer);
            string? written = ReceiptFile.Finish(file, context.Value(output), answer.Receipt, answer.ClaimTicket);
            document.Remove("claim_ticket");
            document["receipt_file"] = written;
            context.Facts(
                ("coin", answer.TokenId), ("value", string.Create(CultureInfo.InvariantCulture, $"{answer.ValueZqt} ZEQ")), ("to", $"{answer.To} @ {answer.ToOrigin}"),
                ("height", answer.Receipt.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("transfer", answer.TransferId), ("receipt", written));
            if (written is not null)
            {
                context.Line("Give this file to the recipient alone, who imports it with 'zeq claim import'. Until then 'zeq send recall' takes the coin back.");
            }
        });
    }

    private static ZeqCommand Recall(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        return new ZeqCommand("recall", "Take back a coin that was sent to another home and not accepted there yet.", "zeq send recall ZT-…") { token, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                RecallAnswer answer = await context.WaitAsync("Recalling", client.Envelopes.RecallAsync(context.Value(token), context.Value(GlobalOptions.IdempotencyKey), ct));
                context.Document(answer, WireJson.Default.RecallAnswer);
                context.Facts(("coin", answer.Receipt.TokenId), ("holder", $"{answer.Receipt.To} @ {answer.Receipt.ToOrigin}"), ("height", answer.Receipt.SpendSeq.ToString(CultureInfo.InvariantCulture)));
            });
    }
}
