using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq proof &lt;token&gt;</c>: fetches and checks the light proof, or checks one from a file without any network.</summary>
internal static class ProofCommand
{
    public static Command Make(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        var file = new Option<string?>("--verify") { Description = "Check the proof in this file, offline.", HelpName = "file" };
        var output = new Option<string?>("--out", "-o") { Description = "Also write the proof to this file; must not exist.", HelpName = "file" };
        Option<string?> nodeKey = Arguments.Hex64("--node-key", "The home's node key; else the one that the profile remembers.");
        Option<Origin?> origin = Arguments.Origin("--origin", "The home to ask; the profile's where absent.");
        return new ZeqCommand(
            "proof", "Fetch a coin's light proof and check it; with --verify check one from a file, offline.", "zeq proof ZT-… --verify coin.proof.json --node-key 9f86…0a08")
        {
            token, file, output, nodeKey, origin,
        }.Does(host, async (context, ct) =>
        {
            TokenId coin = context.Value(token);
            LightProof proof;
            if (context.Value(file) is { } path)
            {
                proof = LightProof.TryRead(SmallFile.Read(context, path, LightProof.MaxSizeBytes), out LightProof? read)
                    ? read : throw CliException.Failed($"{path} holds no light proof: a member is missing, extra or not in its form.", "INVALID_PROOF");
            }
            else
            {
                using ZeqClient client = context.ConnectOpenly(context.Value(origin));
                proof = await context.WaitAsync("Reading the proof", client.Envelopes.GetProofAsync(coin, ct));
                if (proof.Claim.HomeOrigin != client.Origin)
                {
                    throw CliException.Failed($"{client.Origin} gave a proof of another home's coin.", "INVALID_PROOF");
                }
            }

            Check(context, proof, coin, context.Value(nodeKey) ?? Pinned(context, proof));
            if (context.Value(output) is { } target)
            {
                PrivateFile.Write(target, JsonSerializer.SerializeToUtf8Bytes(proof.Body, WireJson.Default.ProofAnswer), mayReplace: false);
            }
        });
    }

    private static void Check(CommandContext context, LightProof proof, TokenId coin, string pinned)
    {
        if (proof.Claim.TokenId != coin)
        {
            throw CliException.Failed($"This is the proof of {proof.Claim.TokenId}.", "INVALID_PROOF");
        }

        if (!proof.Verify(pinned))
        {
            throw CliException.Failed(
                proof.Body.NodePubkey != pinned ? "Another node key signed this proof than the one that it is held against." : "The signature or the hash of this proof does not hold.",
                "INVALID_PROOF");
        }

        context.Document(proof.Body, WireJson.Default.ProofAnswer);
        EnvelopeClaim claim = proof.Claim;
        context.Facts(
            ("coin", claim.TokenId.Text), ("value", string.Create(CultureInfo.InvariantCulture, $"{claim.ValueZqt} ZEQ")), ("home", claim.HomeOrigin.Text),
            ("minted by", claim.MintedBy.Text), ("operators", string.Join(' ', claim.Operators)), ("result", claim.ResultDigest), ("signed by", pinned));
        context.Line("The proof holds: this home minted this coin for this compute. It says nothing of who holds the coin now.");
    }

    private static string Pinned(CommandContext context, LightProof proof) =>
        context.ProfileOrNull is { NodeKey: { } key } profile && profile.Origin == proof.Claim.HomeOrigin
            ? key
            : throw CliException.Misuse($"The profile remembers no node key of {proof.Claim.HomeOrigin}; give --node-key, learned from its owner.", "NO_NODE_KEY");
}
