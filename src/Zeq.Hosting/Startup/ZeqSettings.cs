using System.Globalization;
using Microsoft.Extensions.Configuration;
using Zeq.Crypto;
using Zeq.Protocol;
using Zeq.Storage.Postgres;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting;

/// <summary>
/// Reads the settings of a home from configuration: <c>ZEQ_ORIGIN</c> or <c>Zeq:Origin</c>, and so on for every name (spec 00, "Keys of a
/// deployment"). A malformed value stops the start with a sentence that names the variable and never shows the value.
/// </summary>
public static class ZeqSettings
{
    private const string PostgresPrefix = "postgres:";

    /// <summary>Takes every setting that is present.</summary>
    /// <exception cref="ZeqStartException">A value is malformed.</exception>
    public static void Read(this ZeqOptions options, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configuration);
        options.DataFolder = Text(configuration, "ZEQ_DATA", "Data") ?? options.DataFolder;
        options.AllowLoopbackPeers = Switch(configuration, "ZEQ_ALLOW_LOOPBACK_PEERS", "AllowLoopbackPeers") ?? options.AllowLoopbackPeers;
        if (Text(configuration, "ZEQ_ORIGIN", "Origin") is { } origin)
        {
            options.Origin = Origin.TryParse(origin, out Origin parsed) ? parsed : throw Malformed("ZEQ_ORIGIN", "an origin such as https://a.example");
        }

        if (Text(configuration, "ZEQ_NAME", "Name") is { } name)
        {
            options.Name = Slug.TryParse(name, out Slug slug) && slug.Text == name ? slug : throw Malformed("ZEQ_NAME", "1 to 64 of a-z, 0-9 and -");
        }

        options.HomeSecret = Text(configuration, "ZEQ_HOME_SECRET", "HomeSecret") ?? options.HomeSecret;
        options.NodeSecret = Text(configuration, "ZEQ_NODE_SECRET", "NodeSecret") ?? options.NodeSecret;
        options.FieldKey = Text(configuration, "ZEQ_FIELD_KEY", "FieldKey") ?? options.FieldKey;
        options.FieldKeyPrevious = Text(configuration, "ZEQ_FIELD_KEY_PREV", "FieldKeyPrev") ?? options.FieldKeyPrevious;
        options.MeshSecret = Text(configuration, "ZEQ_MESH_SECRET", "MeshSecret") ?? options.MeshSecret;
        options.AdminKey = Text(configuration, "ZEQ_ADMIN_KEY", "AdminKey") ?? options.AdminKey;
        if (Text(configuration, "ZEQ_REGISTRATION", "Registration") is { } registration)
        {
            options.IsRegistrationOpen = registration switch
            {
                "open" => true,
                "closed" => false,
                _ => throw Malformed("ZEQ_REGISTRATION", "open or closed"),
            };
        }

        if (Text(configuration, "ZEQ_FREE_CREDITS", "FreeCredits") is { } credits)
        {
            options.FreeCredits = long.TryParse(credits, NumberStyles.None, CultureInfo.InvariantCulture, out long free) && free <= 1_000_000_000
                ? free
                : throw Malformed("ZEQ_FREE_CREDITS", "a whole number from 0 to 1,000,000,000");
        }

        if (Text(configuration, "ZEQ_SESSION_ZEQONDS", "SessionZeqonds") is { } session)
        {
            options.SessionZeqonds = long.TryParse(session, NumberStyles.None, CultureInfo.InvariantCulture, out long zeqonds) && zeqonds is >= KeyExchange.UnusedSessionZeqonds and <= 8_640_000
                ? zeqonds
                : throw Malformed("ZEQ_SESSION_ZEQONDS", "a whole number from 100 to 8,640,000");
        }

        ReadPeers(options, configuration);
        ReadRateLimits(options, configuration);
        if (ReadPostgres(configuration) is { } postgres)
        {
            SetPostgres(options, postgres);
        }
        else
        {
            ReadStorage(options, Text(configuration, "ZEQ_STORAGE", "Storage"));
        }
    }

    /// <summary>
    /// The PostgreSQL store that <c>ZEQ_STORAGE</c> names, with <c>ZEQ_STORAGE_OWNER</c> (the connection string of the role that owns the
    /// tables; absent: the node's own role does) and <c>ZEQ_STORAGE_MIGRATE</c> (<c>true</c>, the default, or <c>false</c>); null where it
    /// names another one.
    /// </summary>
    /// <exception cref="ZeqStartException">A value is malformed.</exception>
    public static PostgresOptions? ReadPostgres(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return PostgresOf(Text(configuration, "ZEQ_STORAGE", "Storage")) is { } options
            ? options with
            {
                OwnerConnectionString = Text(configuration, "ZEQ_STORAGE_OWNER", "StorageOwner"),
                MigrateAtStart = Switch(configuration, "ZEQ_STORAGE_MIGRATE", "StorageMigrate") ?? options.MigrateAtStart,
            }
            : null;
    }

    /// <summary>Sets the store that a <c>ZEQ_STORAGE</c> text names; null means the embedded store in the data folder.</summary>
    public static void ReadStorage(ZeqOptions options, string? storage)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (PostgresOf(storage) is { } postgres)
        {
            SetPostgres(options, postgres);
            return;
        }

        options.OpenStoreAsync = null;
        options.OpenStore = storage switch
        {
            null => static o => SqliteHomeStore.Open(Path.Combine(o.DataFolder, "home.db")),
            "memory:" => static _ => new MemoryHomeStore(),
            _ when storage.StartsWith("sqlite:", StringComparison.Ordinal) && storage.Length > 7 => _ => SqliteHomeStore.Open(storage[7..]),
            _ => throw Malformed("ZEQ_STORAGE", "sqlite:<file> or postgres:<connection string>"),
        };
    }

    internal static void SetPostgres(ZeqOptions options, PostgresOptions postgres) =>
        options.OpenStoreAsync = async (_, cancellationToken) => await PostgresHomeStore.OpenAsync(postgres, cancellationToken).ConfigureAwait(false);

    private static PostgresOptions? PostgresOf(string? storage) =>
        storage?.StartsWith(PostgresPrefix, StringComparison.Ordinal) == true && storage.Length > PostgresPrefix.Length
            ? new PostgresOptions { ConnectionString = storage[PostgresPrefix.Length..] }
            : null;

    internal static ZeqStartException Malformed(string variable, string form) => new($"{variable} is malformed: it takes {form}.");

    private static string? Text(IConfiguration configuration, string variable, string name) =>
        configuration[variable] is { Length: > 0 } value ? value : configuration["Zeq:" + name] is { Length: > 0 } other ? other : null;

    private static bool? Switch(IConfiguration configuration, string variable, string name) => Text(configuration, variable, name) switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        _ => throw Malformed(variable, "true or false"),
    };

    private static void ReadPeers(ZeqOptions options, IConfiguration configuration)
    {
        foreach (string peer in Items(Text(configuration, "ZEQ_PEERS", "Peers")))
        {
            options.Peers.Add(Origin.TryParse(peer, out Origin origin) ? origin : throw Malformed("ZEQ_PEERS", "origins, comma-separated"));
        }

        foreach (string issuer in Items(Text(configuration, "ZEQ_ISSUERS", "Issuers")))
        {
            string[] parts = issuer.Split('=');
            byte[] key = new byte[Ed25519.PublicKeySizeBytes];
            long most = 0;
            bool hasForm = parts.Length == 2
                || (parts.Length == 3 && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out most) && most is > 0 and < 1L << 53);
            options.Issuers[hasForm && Origin.TryParse(parts[0], out Origin origin) && Hex.IsLowerHex(parts[1], 64) && Hex.TryDecode(parts[1], key)
                && Ed25519.IsAcceptablePublicKey(key)
                    ? origin
                    : throw Malformed("ZEQ_ISSUERS", "origin=<node public key, 64 hex>[=max], comma-separated")] = new TrustedIssuer(parts[1], parts.Length == 3 ? most : null);
        }
    }

    private static string[] Items(string? list) =>
        list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static void ReadRateLimits(ZeqOptions options, IConfiguration configuration)
    {
        foreach (IConfigurationSection section in configuration.GetSection("Zeq:RateLimits").GetChildren())
        {
            string variable = "Zeq:RateLimits:" + section.Key;
            string name = RateLimits.Names.FirstOrDefault(known => string.Equals(known, section.Key, StringComparison.OrdinalIgnoreCase))
                ?? throw Malformed(variable, "one of the names " + string.Join(", ", RateLimits.Names));
            if (!int.TryParse(section["permits"], NumberStyles.None, CultureInfo.InvariantCulture, out int permits) || permits > 1_000_000)
            {
                throw Malformed(variable, "permits from 0 (unlimited) to 1,000,000");
            }

            int window = 60;
            if (section["window_seconds"] is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out window) || window is < 1 or > 86_400))
            {
                throw Malformed(variable, "window_seconds from 1 to 86,400");
            }

            options.RateLimits[name] = new RateLimit(permits, window);
        }
    }
}
