using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>
/// <c>zeq machine public-key</c>: shows the key that a machine goes by; with --new makes one here, keeps its secret in a file that only its
/// owner reads, and says on the chain that the machine goes by it (spec 06 rule 1).
/// </summary>
internal static class MachinePublicKeyCommand
{
    private const int SeedTextLength = 64;

    public static ZeqCommand Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        var isNew = new Option<bool>("--new") { Description = "Make a key here and go by it; its secret goes into the file of --out." };
        Option<string?> output = KeyFile.Out();
        var previous = new Option<string?>("--previous") { Description = "The file with the secret of the key that the machine has now.", HelpName = "file" };
        return new ZeqCommand("public-key", "Show the key that a machine goes by, or take a new one.", "zeq machine public-key lab --new -o lab.machine-key") { machine, isNew, output, previous }
            .Does(host, async (context, ct) =>
            {
                Slug slug = MachineCommand.Of(context, machine);
                using ZeqClient client = context.Connect();
                string? path = null;
                if (context.Value(isNew))
                {
                    path = context.Value(output) ?? slug.Text + ".machine-key";
                    await TakeAsync(context, client, slug, path, context.Value(previous), ct);
                }
                else if (context.Value(previous) is not null || context.Value(output) is not null)
                {
                    throw CliException.Misuse("--out and --previous go with --new.");
                }

                MachinePublicKeyAnswer answer = await context.WaitAsync("Asking", client.Chain.GetPublicKeyAsync(slug, ct));
                JsonObject document = context.Document(answer, WireJson.Default.MachinePublicKeyAnswer);
                if (path is not null)
                {
                    document["file"] = path;
                }

                context.Facts(
                    ("machine", answer.Slug), ("public key", answer.PublicKey), ("before it", answer.Prev), ("row", answer.Seq.ToString(CultureInfo.InvariantCulture)),
                    ("state hash", answer.StateHash), ("secret", path));
            });
    }

    private static async Task TakeAsync(CommandContext context, ZeqClient client, Slug slug, string path, string? previousPath, CancellationToken ct)
    {
        byte[] seed = GC.AllocateArray<byte>(Ed25519.SeedSizeBytes, pinned: true);
        byte[] before = [];
        try
        {
            before = previousPath is null ? [] : SeedOf(context, previousPath);
            RandomNumberGenerator.Fill(seed);

            // On the disk before the home hears of it: a key that is lost cannot be replaced.
            PrivateFile.Write(path, Encoding.ASCII.GetBytes(Hex.Encode(seed) + "\n"), mayReplace: false);
            await context.WaitAsync("Writing", client.Chain.SetPublicKeyAsync(slug, seed, before, ct));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(before);
        }
    }

    private static byte[] SeedOf(CommandContext context, string path)
    {
        byte[] text = SmallFile.Read(context, path, 1024);
        byte[] seed = GC.AllocateArray<byte>(Ed25519.SeedSizeBytes, pinned: true);
        string line = Encoding.ASCII.GetString(text).Trim();
        return line.Length == SeedTextLength && Hex.TryDecode(line, seed) ? seed : throw CliException.Misuse($"{path} holds no secret of a machine key (64 hex).", "FILE");
    }
}
