using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary>A fresh key goes into a file that only its owner reads, never to the screen.</summary>
internal static class KeyFile
{
    public static Option<string?> Out() => new("--out", "-o") { Description = "The file for the key; must not exist. Default zeq-<prefix>.key.", HelpName = "file" };

    /// <summary>Begins the file, has the key made, and writes it.</summary>
    public static async Task MakeAsync(CommandContext context, string? path, Func<Task<NewKeyAnswer>> make)
    {
        if (path is not null && File.Exists(path))
        {
            throw CliException.Misuse($"{path} exists already.", "FILE");
        }

        using PrivateFile.Pending file = PrivateFile.Begin(path ?? "zeq.key", mayReplace: false);
        NewKeyAnswer answer = await make();
        if (path is null)
        {
            file.Rename($"zeq-{answer.Prefix}.key");
        }

        file.Commit(Encoding.UTF8.GetBytes(answer.ApiKey + "\n"));
        JsonObject document = context.Document(answer, WireJson.Default.NewKeyAnswer);
        document.Remove("api_key");
        document["file"] = file.Name;
        context.Facts(("key", answer.Prefix + "…"), ("role", answer.Role), ("file", file.Name));
    }
}
