using System.CommandLine;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq login</c>: a profile of a key that exists.</summary>
internal static class LoginCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        Option<bool> replace = ProfileSaving.Replace();
        return new ZeqCommand("login", "Store a key that you have; it is asked for on the terminal or read from stdin.", "zeq login --origin https://a.example") { origin, replace }
            .Does(host, async (context, ct) =>
            {
                Origin home = context.Value(origin) ?? context.ProfileOrNull?.Origin ?? throw CliException.Misuse("Which home? Give --origin.");
                using ZeqClient open = context.ConnectOpenly(home);
                NodeCard card = await ProfileSaving.CardAsync(context, open, ct, context.Value(replace));
                using PrivateFile.Pending file = context.Profiles.Begin(context.ProfileName);
                string key = Prompts.Key(context, $"Key of your account at {home}:");
                using ZeqClient client = context.Connect(home, key);
                WhoAmIAnswer answer = await context.WaitAsync($"Asking {home}", client.Identity.WhoAmIAsync(ct));
                ProfileSaving.RefuseOverwriting(context, p => p.Origin == home && p.Zid.Text == answer.Zid, context.Value(replace));
                ProfileStore.Commit(file, ProfileSaving.Make(home, answer.Zid, key, card, context.ProfileOrNull?.MachineKey));
                context.Document(new JsonObject
                {
                    ["ok"] = true, ["zid"] = answer.Zid, ["origin"] = home.Text, ["profile"] = context.ProfileName, ["node_key"] = card.PublicKey,
                });
                context.Facts(("ZID", answer.Zid), ("home", home.Text), ("node key", card.PublicKey), ("profile", $"{context.ProfileName} ({file.Name})"));
            });
    }
}
