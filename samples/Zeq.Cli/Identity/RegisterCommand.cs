using System.CommandLine;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq register</c>: 24 words, an account of their key, a profile.</summary>
internal static class RegisterCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home to register at.", required: true);
        var name = new Option<string?>("--name") { Description = "A display name.", HelpName = "name" };
        var admin = new Option<bool>("--admin") { Description = "Registration is closed here: ask for the admin key." };
        Option<bool> replace = ProfileSaving.Replace();
        return new ZeqCommand(
            "register", "Make an account: shows its 24 recovery words once and stores its key in the profile.", "zeq register --origin https://a.example --name Ada")
        {
            origin, name, admin, replace, GlobalOptions.Yes,
        }.Does(host, async (context, ct) =>
        {
            ProfileSaving.RefuseOverwriting(context, _ => false, context.Value(replace));
            Origin home = context.Value(origin)!.Value;
            using ZeqClient client = context.Connect(home, context.Value(admin) ? AdminKey.Ask(context) : null);
            NodeCard card = await ProfileSaving.CardAsync(context, client, ct, context.Value(replace));
            using PrivateFile.Pending file = context.Profiles.Begin(context.ProfileName);
            using RecoveryWords words = RecoveryWords.Generate();
            if (!context.IsJson)
            {
                RecoveryWordsPage.Show(context, words, context.Value(GlobalOptions.Yes));
            }

            using var signer = new RecoverySigner(words);
            RegisterAnswer answer = await RegisterAsync(context, client, signer, context.Value(name), ct);
            ProfileStore.Commit(file, ProfileSaving.Make(home, answer.Zid, answer.ApiKey, card, answer.MachineKey));
            var document = new JsonObject
            {
                ["ok"] = true, ["zid"] = answer.Zid, ["origin"] = home.Text, ["slug"] = answer.Slug, ["profile"] = context.ProfileName, ["node_key"] = card.PublicKey,
            };
            if (context.IsJson)
            {
                document["recovery_words"] = RecoveryWordsPage.Join(words);
            }

            context.Document(document);
            context.Facts(("ZID", answer.Zid), ("home", home.Text), ("machine", answer.Slug), ("node key", card.PublicKey), ("profile", $"{context.ProfileName} ({file.Name})"));
        });
    }

    private static async Task<RegisterAnswer> RegisterAsync(CommandContext context, ZeqClient client, RecoverySigner signer, string? name, CancellationToken ct)
    {
        try
        {
            return await context.WaitAsync($"Registering at {client.Origin}", client.Identity.RegisterAsync(signer, name, ct));
        }
        catch (Exception e) when (e is ZeqUnreachableException or ZeqApiException { Code: ZeqApiException.OutcomeUnknown })
        {
            if (!context.IsJson)
            {
                context.Note($"Whether the account was made is not known. 'zeq recover --origin {client.Origin} --zid {signer.Zid}' with these words gives its key, if it was.");
            }

            throw;
        }
    }
}
