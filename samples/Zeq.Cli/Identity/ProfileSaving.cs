using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>What register, login and recover share: the home's card, and a profile that is not lost by accident.</summary>
internal static class ProfileSaving
{
    /// <summary>Stops where the profile holds the key of another account.</summary>
    public static void RefuseOverwriting(CommandContext context, Func<Profile, bool> isSame, bool replace)
    {
        if (!replace && context.ProfileOrNull is { } profile && !isSame(profile))
        {
            throw CliException.Misuse($"The profile '{context.ProfileName}' holds {profile}. Name another one with --profile, or give --replace.", "PROFILE_EXISTS");
        }
    }

    /// <summary>The card of a home that says it is the origin that was dialled, and has the node key that the profile remembers.</summary>
    public static async Task<NodeCard> CardAsync(CommandContext context, ZeqClient client, CancellationToken ct, bool mayHaveNewKey = false)
    {
        NodeCard card = await context.WaitAsync($"Asking {client.Origin}", client.Identity.GetNodeAsync(ct));
        if (card.Origin != client.Origin.Text)
        {
            throw CliException.Failed($"{client.Origin} says that it is {card.Origin}; dial a home by its own origin, which signatures name.", "ORIGIN_MISMATCH");
        }

        if (!mayHaveNewKey && context.ProfileOrNull is { NodeKey: { } pinned } profile && profile.Origin == client.Origin && pinned != card.PublicKey)
        {
            throw CliException.Failed(
                $"The node key of {client.Origin} is not the one that the profile remembers ({pinned}). Ask its owner; if it is right, give --replace to login, recover or register.", "NODE_KEY_CHANGED");
        }

        return card;
    }

    public static System.CommandLine.Option<bool> Replace() => new("--replace") { Description = "Replace a profile of another account, or of a home whose node key changed." };

    public static Profile Make(Origin origin, string zid, string key, NodeCard card, string? machineKey = null) => new()
    {
        Origin = origin,
        Zid = Zid.TryParse(zid, out Zid parsed) ? parsed : throw CliException.Failed("The home answered with something that is no ZID.", "BAD_ANSWER"),
        Key = key,
        MachineKey = machineKey,
        NodeKey = card.PublicKey,
    };
}
