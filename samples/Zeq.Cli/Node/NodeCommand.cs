using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq node status</c>.</summary>
internal static class NodeCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        return new ZeqCommand("node", "Ask a node how it stands.", "zeq node status")
        {
            new ZeqCommand("status", "Show the node's card and clock, and check its key against the profile.", "zeq node status --origin https://a.example") { origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = context.ConnectOpenly(context.Value(origin));
                    NodeCard card = await ProfileSaving.CardAsync(context, client, ct);
                    PulseAnswer pulse = await context.WaitAsync($"Asking {client.Origin}", client.Time.GetPulseAsync(ct));
                    long own = Zeqond.FromUnixMs(context.Host.Time.GetUtcNow().ToUnixTimeMilliseconds()).Value;
                    string? pinned = context.ProfileOrNull is { NodeKey: { } key } profile && profile.Origin == client.Origin ? key : null;
                    JsonObject document = context.Document(card, WireJson.Default.NodeCard);
                    document["pulse"] = JsonSerializer.SerializeToNode(pulse, WireJson.Default.PulseAnswer);
                    document["key_is_pinned"] = pinned is not null;
                    context.Facts(
                        ("home", card.Origin), ("software", $"{card.Software} {card.Version}"), ("node key", card.PublicKey),
                        ("known", pinned is null ? "not in this profile" : "the key is the profile's"),
                        ("Zeqond", string.Create(CultureInfo.InvariantCulture, $"{pulse.Zeqond} (yours {own - pulse.Zeqond:+0;-0;±0})")),
                        ("R(t)", pulse.RT.ToString(CultureInfo.InvariantCulture)));
                }),
        };
    }
}
