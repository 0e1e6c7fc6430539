using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq bearer open &lt;file|link&gt;</c>: what coin is in it, offline.</summary>
internal static class OpenCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<string> given = CoinFile.Argument();
        Option<string?> pinFile = PinPrompt.PinFile();
        Option<string?> nodeKey = Arguments.Hex64("--node-key", "Check the signature against this node key; else the one that the profile remembers.");
        return new ZeqCommand("open", "Open a locked coin and show what it is, offline; the PIN is asked for.", "zeq bearer open coin.ZEQ")
        {
            given, pinFile, nodeKey,
        }.Does(host, async (context, ct) =>
        {
            CoinFile file = CoinFile.Read(context, context.Value(given)!);
            using BearerCoin coin = await file.OpenAsync(context, context.Value(pinFile), ct);
            EnvelopeClaim claim = coin.Claim;
            string? pinned = context.Value(nodeKey) ?? Remembered(context, claim.HomeOrigin);
            if (!coin.ProofHolds(pinned ?? coin.NodePubkey))
            {
                throw CliException.Failed(pinned is null ? "The coin is not signed by the key that it names." : "The home of this node key did not sign this coin.", "INVALID_PROOF");
            }

            context.Document(Describe(coin, pinned));
            context.Facts(
                ("coin", claim.TokenId.Text), ("value", string.Create(CultureInfo.InvariantCulture, $"{claim.ValueZqt} ZEQ")), ("home", claim.HomeOrigin.Text),
                ("height", coin.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("exported", "Zeqond " + coin.Exported), ("minted by", claim.MintedBy.Text),
                ("operators", string.Join(' ', claim.Operators)),
                ("signature", pinned is null ? "not checked: no node key of this home is known here; give --node-key" : "holds, by " + pinned));
            context.Line("Whether it still can be redeemed only its home knows: 'zeq bearer redeem' asks.");
        });
    }

    /// <summary>Everything of a coin but its ticket.</summary>
    private static JsonObject Describe(BearerCoin coin, string? pinned) => new()
    {
        ["ok"] = true,
        ["token_id"] = coin.Claim.TokenId.Text,
        ["value_zqt"] = coin.Claim.ValueZqt,
        ["home_origin"] = coin.Claim.HomeOrigin.Text,
        ["spend_seq"] = coin.SpendSeq,
        ["export_zeqond"] = coin.Exported.Value,
        ["minted_by"] = coin.Claim.MintedBy.Text,
        ["operators"] = new JsonArray([.. coin.Claim.Operators.Select(name => (JsonNode)name)]),
        ["node_pubkey"] = coin.NodePubkey,
        ["signature"] = pinned is null ? "unchecked" : "valid",
    };

    private static string? Remembered(CommandContext context, Origin home) =>
        context.ProfileOrNull is { NodeKey: { } key } profile && profile.Origin == home ? key : null;
}
