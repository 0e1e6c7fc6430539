using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq send claim &lt;token&gt; &lt;ZID&gt; [to_origin]</c> and <c>zeq send claim publish &lt;token&gt;</c>.</summary>
internal static class SendClaimCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        Argument<Zid> to = Arguments.Zid();
        Argument<Origin?> toOrigin = Arguments.ToOrigin();
        toOrigin.Description = "The recipient's home; the coin's home where absent.";
        Option<Origin?> home = ClaimPages.HomeOrigin();
        Option<string?> output = ReceiptFile.Out();
        return new ZeqCommand("claim", "Hand over a coin of another home that you hold, through your own home.", "zeq send claim ZT-… ZEQ07123456789 https://b.example")
        {
            token, to, toOrigin, home, output, GlobalOptions.Yes, GlobalOptions.IdempotencyKey, Publish(host),
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            TokenId coin = context.Value(token);
            Zid recipient = context.Value(to);
            ClaimBody claim = await ClaimPages.FindAsync(context, client, coin, context.Value(home), ct);
            Origin issuer = Origin.TryParse(claim.HomeOrigin, out Origin parsed) ? parsed : throw CliException.Failed("The home answered with something that is no origin.", "BAD_ANSWER");
            Origin destination = context.Value(toOrigin) ?? issuer;
            string value = claim.ValueZqt.ToString(CultureInfo.InvariantCulture);
            if (destination != client.Origin)
            {
                Prompts.Confirm(context, $"Send {coin} ({value} ZEQ of {issuer}) to {await RecipientName.DescribeAsync(recipient, destination, ct)}?", context.Value(GlobalOptions.Yes));
            }

            using PrivateFile.Pending? file = destination != client.Origin && destination != issuer ? ReceiptFile.Begin(context.Value(output)) : null;

            // Said as it was asked: the home refuses an absent to_origin where it could mean two people (spec 05 rule 13).
            ClaimTransferAnswer answer = await context.WaitAsync(
                "Sending", client.Claims.TransferAsync(coin, recipient, context.Value(toOrigin), issuer, context.Value(GlobalOptions.IdempotencyKey), ct));
            JsonObject document = context.Document(answer, WireJson.Default.ClaimTransferAnswer);
            string? written = ReceiptFile.Finish(file, context.Value(output), answer.Receipt, answer.ClaimTicket);
            document.Remove("claim_ticket");
            document["receipt_file"] = written;
            context.Facts(
                ("coin", answer.TokenId), ("value", value + " ZEQ"), ("home", issuer.Text), ("to", $"{answer.To} @ {answer.ToOrigin}"),
                ("height", answer.Receipt.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("receipt", written));
            if (written is not null)
            {
                context.Line("Give this file to the recipient alone, who imports it with 'zeq claim import'.");
            }
        });
    }

    private static ZeqCommand Publish(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        Option<Origin?> home = ClaimPages.HomeOrigin();
        var sender = new Option<bool>("--include-sender") { Description = "Also show who sent it." };
        return new ZeqCommand("publish", "Show a claim on your chain, without its ticket; anyone can read it there.", "zeq send claim publish ZT-…")
        {
            token, home, sender, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            PublishAnswer answer = await context.WaitAsync(
                "Publishing",
                client.Claims.PublishAsync(context.Value(token), context.Value(sender), context.Value(home), context.Value(GlobalOptions.IdempotencyKey), ct));
            context.Document(answer, WireJson.Default.PublishAnswer);
            context.Facts(
                ("chain", answer.Slug), ("row", answer.Seq.ToString(CultureInfo.InvariantCulture)), ("state hash", answer.StateHash),
                ("see", string.Create(CultureInfo.InvariantCulture, $"{client.Origin}/api/chain/{answer.Slug}/rows/{answer.Seq}")));
        });
    }
}
