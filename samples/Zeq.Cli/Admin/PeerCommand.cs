using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq peer confirm</c>.</summary>
internal static class PeerCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = AdminKey.Origin();
        var peer = new Argument<Origin?>("peer") { Description = "The other home's origin.", CustomParser = Arguments.OriginOf };
        var key = new Argument<string?>("node-key")
        {
            Description = "Its node key, 64 hex, learned from its owner.",
            CustomParser = r =>
            {
                if (Crypto.Hex.IsLowerHex(r.Tokens[0].Value, 64))
                {
                    return r.Tokens[0].Value;
                }

                r.AddError($"'{r.Tokens[0].Value}' is not 64 lower-case hex digits.");
                return null;
            },
        };
        return new ZeqCommand("peer", "Other homes, as this home knows them.", "zeq peer confirm https://b.example 9f86…0a08")
        {
            new ZeqCommand("confirm", "Pin the node key of another home, also where it changed.", "zeq peer confirm https://b.example 9f86…0a08") { peer, key, origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = AdminKey.Connect(context, origin);
                    PeerKeyAnswer answer = await context.WaitAsync("Pinning", client.Admin.ConfirmPeerAsync(context.Value(peer)!.Value, context.Value(key)!, ct));
                    context.Document(answer, WireJson.Default.PeerKeyAnswer);
                    context.Facts(("peer", answer.Origin), ("node key", answer.PublicKey), ("since Zeqond", answer.FirstSeenZeqond.ToString(CultureInfo.InvariantCulture)));
                }),
        };
    }
}
