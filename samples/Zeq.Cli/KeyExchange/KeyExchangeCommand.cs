using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq keyex fingerprint|handshake|rotate</c>: first contact with a machine.</summary>
internal static class KeyExchangeCommand
{
    public static Command Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        Option<Origin?> origin = Arguments.Origin("--origin", "The home of a public machine; the profile's where absent.");
        Option<string?> pin = Arguments.Hex64("--pin", "The fingerprint that the machine's key must have, told or seen outside of this home.");
        var anchored = new Option<bool>("--anchored") { Description = "Take only a key that a witnessed checkpoint carries; no home has one yet, so this refuses." };
        var unauthenticated = new Option<bool>("--unauthenticated") { Description = "Take any key: this keeps out who only listens, and nobody who stands in the middle." };
        return new ZeqCommand("keyex", "Exchange keys with a machine (ML-KEM-768).", "zeq keyex fingerprint lab-7")
        {
            new ZeqCommand("fingerprint", "Show the fingerprint of a machine's key, and the row of its chain that carries it.", "zeq keyex fingerprint lab-7 --origin https://b.example") { machine, origin }
                .Does(host, async (context, ct) =>
                {
                    using ZeqClient client = ChainCommand.Reader(context, context.Value(origin));
                    Show(context, await context.WaitAsync("Asking", client.KeyExchange.GetKeyAsync(MachineCommand.Of(context, machine), ct)));
                    context.Line("It is the home that says so. Compare the fingerprint with one from elsewhere before you pin it.");
                }),
            new ZeqCommand("handshake", "Try a key exchange with a machine, under a pin that you choose.", "zeq keyex handshake lab-7 --pin 9f86…0a08") { machine, origin, pin, anchored, unauthenticated }
                .Does(host, async (context, ct) =>
                {
                    PinPolicy[] named =
                    [
                        .. context.Value(pin) is { } fingerprint ? [new PinnedFingerprint(fingerprint)] : Array.Empty<PinPolicy>(),
                        .. context.Value(anchored) ? [new AnchoredFingerprint()] : Array.Empty<PinPolicy>(),
                        .. context.Value(unauthenticated) ? [new UnauthenticatedFirstContact()] : Array.Empty<PinPolicy>(),
                    ];
                    if (named is not [var policy])
                    {
                        throw CliException.Misuse("Say how the machine is known, by one of --pin, --anchored and --unauthenticated.");
                    }

                    using ZeqClient client = ChainCommand.Reader(context, context.Value(origin));
                    KeyExchangeSession session;
                    try
                    {
                        session = await context.WaitAsync("Exchanging keys", client.KeyExchange.HandshakeAsync(MachineCommand.Of(context, machine), policy, ct));
                    }
                    catch (KeyExchangeException refused)
                    {
                        throw CliException.Failed(refused.Message, refused.Status switch
                        {
                            KeyExchangeStatus.PinMismatch => "PEER_KEY_CHANGED",
                            KeyExchangeStatus.NotWitnessed => "NOT_WITNESSED",
                            _ => "CONFIRMATION_REFUSED",
                        });
                    }

                    using (session)
                    {
                        context.Document(new System.Text.Json.Nodes.JsonObject
                        {
                            ["ok"] = true, ["slug"] = session.Slug.Text, ["session_id"] = session.SessionId, ["fingerprint"] = session.Fingerprint,
                            ["authenticated"] = session.IsAuthenticated, ["zeqond"] = session.Zeqond.Value,
                        });
                        context.Facts(
                            ("machine", session.Slug.Text), ("session", session.SessionId), ("fingerprint", session.Fingerprint),
                            ("authenticated", session.IsAuthenticated ? "yes" : "no: anybody may have answered"), ("at Zeqond", session.Zeqond.Value.ToString(CultureInfo.InvariantCulture)));
                    }
                }),
            new ZeqCommand("rotate", "Replace a machine's key pair; the old one is erased, and sessions run out.", "zeq keyex rotate") { machine, GlobalOptions.Yes }
                .Does(host, async (context, ct) =>
                {
                    Slug slug = MachineCommand.Of(context, machine);
                    Prompts.Confirm(context, $"Whoever pinned the key of {slug} has to be told the new fingerprint. Replace it?", context.Value(GlobalOptions.Yes));
                    using ZeqClient client = context.Connect();
                    Show(context, await context.WaitAsync("Rotating", client.KeyExchange.RotateAsync(slug, null, ct)));
                }),
        };
    }

    private static void Show(CommandContext context, KeyExchangeKeyAnswer answer)
    {
        context.Document(answer, WireJson.Default.KeyExchangeKeyAnswer);
        context.Facts(
            ("machine", answer.Slug), ("algorithm", answer.Alg), ("fingerprint", answer.Fingerprint), ("row", answer.Anchored.Seq.ToString(CultureInfo.InvariantCulture)), ("state hash", answer.Anchored.StateHash));
    }
}
