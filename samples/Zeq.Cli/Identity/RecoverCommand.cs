using System.CommandLine;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq recover</c>: a new key for whoever has the words.</summary>
internal static class RecoverCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The account's home.", required: true);
        var zid = new Option<Zid>("--zid") { Description = "The account.", Required = true, HelpName = "ZID", CustomParser = Arguments.ZidOf };
        Option<bool> replace = ProfileSaving.Replace();
        return new ZeqCommand(
            "recover", "Get a new key with the 24 recovery words, asked for on the terminal or read from stdin; every older key becomes void.",
            "zeq recover --origin https://a.example --zid ZEQ07491829374")
        {
            origin, zid, replace,
        }.Does(host, async (context, ct) =>
        {
            Origin home = context.Value(origin)!.Value;
            Zid account = context.Value(zid);
            ProfileSaving.RefuseOverwriting(context, p => p.Origin == home && p.Zid == account, context.Value(replace));
            using ZeqClient client = context.ConnectOpenly(home);
            NodeCard card = await ProfileSaving.CardAsync(context, client, ct, context.Value(replace));
            using PrivateFile.Pending file = context.Profiles.Begin(context.ProfileName);
            using RecoverySigner signer = Prompts.Words(context, "The 24 recovery words:");
            RecoverAnswer answer = await context.WaitAsync($"Recovering at {home}", client.Identity.RecoverAsync(account, signer, ct));
            ProfileStore.Commit(file, ProfileSaving.Make(home, answer.Zid, answer.ApiKey, card));
            context.Document(new JsonObject
            {
                ["ok"] = true, ["zid"] = answer.Zid, ["origin"] = home.Text, ["profile"] = context.ProfileName, ["node_key"] = card.PublicKey,
            });
            context.Facts(("ZID", answer.Zid), ("home", home.Text), ("profile", $"{context.ProfileName} ({file.Name})"));
            context.Line("Every older key of this account is void.");
        });
    }
}
