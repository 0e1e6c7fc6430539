using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq keys</c>: the account's keys.</summary>
internal static class KeysCommand
{
    public static Command Make(CliHost host)
    {
        var label = new Option<string?>("--label") { Description = "A name for people.", HelpName = "label" };
        Option<string?> output = KeyFile.Out();
        var prefix = new Argument<string>("prefix")
        {
            Description = "The first 12 characters of the key.",
            CustomParser = r =>
            {
                string text = r.Tokens[0].Value;
                if (text.Length == ApiKeyRow.PrefixLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
                {
                    return text;
                }

                r.AddError("A key is named by its first 12 characters, as 'zeq keys list' shows them.");
                return null;
            },
        };
        return new ZeqCommand("keys", "List, add and revoke the account's keys.", "zeq keys list")
        {
            new ZeqCommand("list", "List the keys by their prefixes.", "zeq keys list").Does(host, ListAsync),
            new ZeqCommand("add", "Make a further account key, into a file that only you read.", "zeq keys add --label laptop -o laptop.key") { label, output }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = context.Connect();
                    await KeyFile.MakeAsync(context, context.Value(output), () => context.WaitAsync("Making a key", client.Identity.AddKeyAsync(context.Value(label), ct)));
                }),
            new ZeqCommand("revoke", "Revoke a key.", "zeq keys revoke zeq_ak_1a2b3") { prefix }.Does(host, async (context, ct) =>
            {
                string which = context.Value(prefix)!;
                using ZeqClient client = context.Connect();
                context.Document(await context.WaitAsync("Revoking", client.Identity.RevokeKeyAsync(which, ct)), WireJson.Default.DoneAnswer);
                context.Line($"{which}… opens nothing any more.");
                if (context.Profile.Key.StartsWith(which, StringComparison.Ordinal))
                {
                    context.Note($"That was the key of the profile '{context.ProfileName}'; 'zeq login' stores another.");
                }
            }),
        };
    }

    private static async Task ListAsync(CommandContext context, CancellationToken ct)
    {
        using ZeqClient client = context.Connect();
        var all = new List<KeyInfo>();
        string? after = null;
        do
        {
            KeyListAnswer page = await context.WaitAsync("Reading the keys", client.Identity.ListKeysAsync(after, ct));
            all.AddRange(page.Keys);
            after = page.NextAfter;
        }
        while (after is not null && all.Count < 10_000);

        context.Document(new JsonObject { ["ok"] = true, ["keys"] = new JsonArray([.. all.Select(k => JsonSerializer.SerializeToNode(k, WireJson.Default.KeyInfo))]) });
        context.Table(
            ["key", "role", "machine", "moves value", "label", "created>", "last used>"],
            all.Select(string?[] (k) =>
            [
                k.Prefix + "…", k.Role, k.Machine, k.Wallet ? "yes" : "no", k.Label, k.CreatedZeqond.ToString(CultureInfo.InvariantCulture),
                k.LastUsedZeqond?.ToString(CultureInfo.InvariantCulture),
            ]),
            "No keys.");
    }
}
