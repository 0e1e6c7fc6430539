using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq issuer trust|distrust|list</c>: whose bearer coins this home redeems (spec 05 rule 8). For the admin.</summary>
internal static class IssuerCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = AdminKey.Origin();
        var issuer = new Argument<Origin?>("issuer") { Description = "The other home's origin.", CustomParser = Arguments.OriginOf };
        Option<string?> key = Arguments.Hex64("--node-key", "Its node key, learned from its owner.");
        key.Required = true;
        Option<long?> max = Arguments.Number("--max", "The most of its coins that may live here at once, in ZEQ; any where absent.", least: 1);
        return new ZeqCommand("issuer", "Homes whose bearer coins this home redeems.", "zeq issuer list")
        {
            new ZeqCommand("trust", "Redeem bearer coins of another home from now on.", "zeq issuer trust https://b.example --node-key 9f86…0a08 --max 1000") { issuer, key, max, origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = AdminKey.Connect(context, origin);
                    Show(context, await context.WaitAsync("Telling the home", client.Admin.TrustIssuerAsync(context.Value(issuer)!.Value, context.Value(key)!, context.Value(max), ct)));
                }),
            new ZeqCommand("distrust", "Redeem no more bearer coins of a home; those that live here stay.", "zeq issuer distrust https://b.example") { issuer, origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = AdminKey.Connect(context, origin);
                    Show(context, await context.WaitAsync("Telling the home", client.Admin.DistrustIssuerAsync(context.Value(issuer)!.Value, ct)));
                }),
            new ZeqCommand("list", "List the homes whose bearer coins are redeemed here.", "zeq issuer list") { origin }.Does(host, async (context, ct) =>
            {
                using ZeqClient client = AdminKey.Connect(context, origin);
                IssuerListAnswer answer = await context.WaitAsync("Asking the home", client.Admin.ListIssuersAsync(ct));
                context.Document(answer, WireJson.Default.IssuerListAnswer);
                context.Table(
                    ["issuer", "node key", "at most ZEQ>", "trusted"],
                    answer.Issuers.Select(string?[] (i) => [i.Origin, i.PublicKey, i.MaxOutstanding?.ToString(CultureInfo.InvariantCulture) ?? "any", i.Trusted ? "yes" : "no"]),
                    "No issuers.");
            }),
        };
    }

    private static void Show(CommandContext context, IssuerAnswer answer)
    {
        context.Document(answer, WireJson.Default.IssuerAnswer);
        context.Facts(
            ("issuer", answer.Origin), ("node key", answer.PublicKey), ("at most", answer.MaxOutstanding is { } most ? string.Create(CultureInfo.InvariantCulture, $"{most} ZEQ") : "any"),
            ("trusted", answer.Trusted ? "yes" : "no"));
    }
}
