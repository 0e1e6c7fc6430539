using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq coin &lt;token&gt;</c>.</summary>
internal static class CoinCommand
{
    public static Command Make(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        return new ZeqCommand("coin", "Show all of one coin that you hold.", "zeq coin ZT-zeq07491829374-2285714285714-0123456789abcdef") { token }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                EnvelopeAnswer answer = await context.WaitAsync("Reading the coin", client.Envelopes.GetAsync(context.Value(token), ct));
                context.Document(answer, WireJson.Default.EnvelopeAnswer);
                EnvelopeBody coin = answer.Envelope;
                context.Facts(
                    ("coin", coin.TokenId), ("value", $"{Number(coin.ValueZqt)} ZEQ (free {Number(coin.FreeFundedZqt)}, paid {Number(coin.PaidFundedZqt)})"),
                    ("status", coin.Status), ("staked in", coin.StakedIn), ("holder", $"{coin.IssuedTo} @ {coin.HolderOrigin}"), ("home", coin.HomeOrigin),
                    ("height", Number(coin.SpendSeq)), ("minted by", $"{coin.MintedBy} on {coin.Machine} at Zeqond {Number(coin.MintedZeqond)}"),
                    ("operators", string.Join(' ', coin.Operators)), ("result", coin.ResultDigest), ("hash", coin.TokenHash), ("proof", coin.ZeqProof),
                    ("node key", coin.NodePubkey));
            });
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
