using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>
/// The profiles of this user: one file each in <c>$XDG_CONFIG_HOME/zeq</c>, else <c>~/.config/zeq</c> (on Windows the application data
/// folder). The folder is 0700, a file 0600; a file that others can read is not used.
/// </summary>
internal sealed class ProfileStore(Func<string, string?> environment)
{
    /// <summary>The profile where none is named.</summary>
    public const string DefaultName = "default";

    private const int MaxFileSizeBytes = 64 << 10;

    /// <summary>The folder of the profiles.</summary>
    public string Folder { get; } = FolderOf(environment);

    /// <summary>The file of a profile.</summary>
    public string PathOf(string name) =>
        name.Length is >= 1 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? Path.Combine(Folder, name + ".json")
            : throw CliException.Misuse("A profile's name is 1 to 64 of letters, digits, '.', '_' and '-', and does not begin with '.'.");

    /// <summary>Reads a profile; null where there is none.</summary>
    public Profile? Load(string name)
    {
        string path = PathOf(name);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (PrivateFile.IsOpenToOthers(path))
        {
            throw CliException.Misuse($"Others can read {path}, which holds a key. Run 'chmod 600' on it, and replace the key if others were there.", "PROFILE_OPEN");
        }

        try
        {
            if (file.Length <= MaxFileSizeBytes
                && JsonNode.Parse(File.ReadAllBytes(path), null, new JsonDocumentOptions { AllowDuplicateProperties = false }) is JsonObject json
                && Origin.TryParse(Text(json, "origin"), out Origin origin)
                && Zid.TryParse(Text(json, "zid"), out Zid zid)
                && Text(json, "key") is { Length: > 0 } key)
            {
                string? nodeKey = Text(json, "node_key");
                return nodeKey is null || Hex.IsLowerHex(nodeKey, 64)
                    ? new Profile { Origin = origin, Zid = zid, Key = key, MachineKey = Text(json, "machine_key"), NodeKey = nodeKey }
                    : throw Damaged(path);
            }
        }
        catch (JsonException)
        {
            // Said below, without the parser's words: they may quote the key.
        }

        throw Damaged(path);
    }

    /// <summary>Begins to write a profile, before the key that it will hold is asked for.</summary>
    public PrivateFile.Pending Begin(string name)
    {
        string path = PathOf(name);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Folder);
        }
        else
        {
            const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(Folder, ownerOnly);
            File.SetUnixFileMode(Folder, ownerOnly);
        }

        return PrivateFile.Begin(path, mayReplace: true);
    }

    /// <summary>Finishes to write a profile.</summary>
    public static void Commit(PrivateFile.Pending pending, Profile profile)
    {
        var json = new JsonObject { ["origin"] = profile.Origin.Text, ["zid"] = profile.Zid.Text, ["key"] = profile.Key };
        if (profile.MachineKey is not null)
        {
            json["machine_key"] = profile.MachineKey;
        }

        if (profile.NodeKey is not null)
        {
            json["node_key"] = profile.NodeKey;
        }

        pending.Commit(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    private static CliException Damaged(string path) => CliException.Misuse($"{path} is damaged; make the profile anew with 'zeq login'.", "PROFILE_DAMAGED");

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string FolderOf(Func<string, string?> environment)
    {
        // The XDG base directory specification: a relative path is to be ignored.
        if (environment("XDG_CONFIG_HOME") is { Length: > 0 } xdg && Path.IsPathFullyQualified(xdg))
        {
            return Path.Combine(xdg, "zeq");
        }

        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "zeq");
        }

        string? home = environment("HOME");
        return Path.Combine(string.IsNullOrEmpty(home) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) : home, ".config", "zeq");
    }
}
