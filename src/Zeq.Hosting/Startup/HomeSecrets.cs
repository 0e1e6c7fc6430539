using System.Security.Cryptography;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// The secrets of a home: given, found in the data folder, or made there once, with mode 0600 (spec 00, "Keys of a deployment"; spec 05
/// rules 1 and 2). A store that is not new never has a secret made for it.
/// </summary>
internal sealed class HomeSecrets
{
    private readonly List<string> _made = [];

    private HomeSecrets()
    {
    }

    public required byte[] HomeSecret { get; init; }

    public required string NodeSecret { get; init; }

    public required byte[] FieldKey { get; init; }

    public required byte[] PreviousFieldKey { get; init; }

    public required string MeshSecret { get; init; }

    public required string AdminKey { get; init; }

    /// <summary>The files that were made now.</summary>
    public IReadOnlyList<string> Made => _made;

    /// <summary>Checks every secret that is there already, before a store is opened or anything is made.</summary>
    /// <exception cref="ZeqStartException">One is malformed, or two are the same.</exception>
    public static void Check(ZeqOptions options)
    {
        byte[]? home = Existing(options.HomeSecret, "ZEQ_HOME_SECRET", "home-secret", options) is { } text ? FromHex(text, "ZEQ_HOME_SECRET") : null;
        if (Existing(options.NodeSecret, "ZEQ_NODE_SECRET", "node-secret", options) is { } node)
        {
            CheckNodeSecret(node, home);
        }

        if (Existing(options.FieldKey, "ZEQ_FIELD_KEY", "field-key", options) is { } field)
        {
            CryptographicOperations.ZeroMemory(FromHex(field, "ZEQ_FIELD_KEY"));
        }

        if (options.FieldKeyPrevious is { } previous)
        {
            CryptographicOperations.ZeroMemory(FromHex(previous, "ZEQ_FIELD_KEY_PREV"));
        }

        if (Existing(options.MeshSecret, "ZEQ_MESH_SECRET", "mesh-secret", options) is { } mesh)
        {
            CheckMeshSecret(mesh);
        }

        if (Existing(options.AdminKey, "ZEQ_ADMIN_KEY", "admin-key", options) is { } admin)
        {
            CheckAdminKey(admin);
        }

        CryptographicOperations.ZeroMemory(home);
    }

    /// <summary>Finds or makes every secret.</summary>
    /// <exception cref="ZeqStartException">One is malformed, or missing where the store is not new.</exception>
    public static HomeSecrets Load(ZeqOptions options, bool isNewStore)
    {
        var made = new List<string>();
        string homeSecret = Find(options.HomeSecret, "ZEQ_HOME_SECRET", "home-secret", options, isNewStore, made, RandomHex);
        string nodeSecret = Find(options.NodeSecret, "ZEQ_NODE_SECRET", "node-secret", options, isNewStore, made, RandomText);
        string fieldKey = Find(options.FieldKey, "ZEQ_FIELD_KEY", "field-key", options, isNewStore, made, RandomHex);
        string meshSecret = Find(options.MeshSecret, "ZEQ_MESH_SECRET", "mesh-secret", options, isNewStore, made, RandomText);
        string adminKey = Find(options.AdminKey, "ZEQ_ADMIN_KEY", "admin-key", options, isNewStore: true, made, RandomText);
        byte[] home = FromHex(homeSecret, "ZEQ_HOME_SECRET");
        CheckNodeSecret(nodeSecret, home);
        CheckMeshSecret(meshSecret);
        CheckAdminKey(adminKey);
        var secrets = new HomeSecrets
        {
            HomeSecret = home,
            NodeSecret = nodeSecret,
            FieldKey = FromHex(fieldKey, "ZEQ_FIELD_KEY"),
            PreviousFieldKey = options.FieldKeyPrevious is { } previous ? FromHex(previous, "ZEQ_FIELD_KEY_PREV") : [],
            MeshSecret = meshSecret,
            AdminKey = adminKey,
        };
        secrets._made.AddRange(made);
        return secrets;
    }

    /// <summary>What a secret leaves in the store: enough to notice another one, nothing to learn it from.</summary>
    public static string CheckValue(ReadOnlySpan<byte> secret, string label) =>
        Sha256.HashHex([.. System.Text.Encoding.ASCII.GetBytes("zeq/check/v1|" + label + "|"), .. Sha256.Hash(secret)]);

    private static void CheckNodeSecret(string nodeSecret, byte[]? home)
    {
        if (nodeSecret.Length < 32)
        {
            throw ZeqSettings.Malformed("ZEQ_NODE_SECRET", "at least 32 characters");
        }

        // As given and after hex decoding, in either case of its letters (spec 05 rule 1).
        byte[] asHex = new byte[32];
        if (home is not null && Hex.TryDecode(nodeSecret.ToLowerInvariant(), asHex) && ConstantTime.AreEqual(asHex, home))
        {
            throw new ZeqStartException("ZEQ_NODE_SECRET is the same as ZEQ_HOME_SECRET: whoever may register names would hold the root of all coins.");
        }
    }

    private static void CheckMeshSecret(string meshSecret)
    {
        if (meshSecret.Length < 32)
        {
            throw ZeqSettings.Malformed("ZEQ_MESH_SECRET", "at least 32 characters");
        }
    }

    private static void CheckAdminKey(string adminKey)
    {
        if (adminKey.Length < 32 || adminKey.Any(c => c is < '!' or > '~'))
        {
            throw ZeqSettings.Malformed("ZEQ_ADMIN_KEY", "at least 32 printable characters");
        }
    }

    /// <summary>A secret as it was given, or as its file has it; null where it is neither.</summary>
    private static string? Existing(string? given, string variable, string file, ZeqOptions options)
    {
        if (given is not null)
        {
            return given;
        }

        string path = Path.Combine(options.DataFolder, file);
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ZeqStartException($"{variable} is not set, and {path} cannot be read: {failure.Message}", failure);
        }
    }

    private static string Find(string? given, string variable, string file, ZeqOptions options, bool isNewStore, List<string> made, Func<string> make)
    {
        if (Existing(given, variable, file, options) is { } existing)
        {
            return existing;
        }

        string path = Path.Combine(options.DataFolder, file);
        try
        {
            if (!isNewStore)
            {
                throw new ZeqStartException($"{variable} is not set and {path} does not exist, but the store was made with one; a new one would not fit it.");
            }

            Directory.CreateDirectory(options.DataFolder);
            string secret = make();
            var fileOptions = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.WriteThrough };
            if (!OperatingSystem.IsWindows())
            {
                fileOptions.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(path, fileOptions))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(secret + "\n"));
                stream.Flush(flushToDisk: true);
            }

            made.Add(path);
            return secret;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ZeqStartException($"{variable} is not set, and {path} cannot be made: {failure.Message}", failure);
        }
    }

    private static byte[] FromHex(string text, string variable)
    {
        byte[] bytes = GC.AllocateArray<byte>(32, pinned: true);
        return Hex.TryDecode(text, bytes) ? bytes : throw ZeqSettings.Malformed(variable, "64 lower-case hex digits");
    }

    private static string RandomHex() => Hex.Encode(RandomNumberGenerator.GetBytes(32));

    private static string RandomText() => Base64UrlText.Encode(RandomNumberGenerator.GetBytes(32));
}
