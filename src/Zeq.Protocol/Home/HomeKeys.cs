using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The sub-keys of a home, derived from its one root (spec 05 rule 1):
/// <c>HKDF-SHA256(ikm = ZEQ_HOME_SECRET, salt = UTF8(ZEQ_ORIGIN), info = UTF8(label), 32)</c>. Thread-safe; zeroed when disposed.
/// </summary>
public sealed class HomeKeys : IDisposable
{
    private readonly byte[] _nodeSeed = GC.AllocateArray<byte>(Ed25519.SeedSizeBytes, pinned: true);

    /// <summary>Derives the sub-keys.</summary>
    /// <param name="homeSecret">The 32 bytes of ZEQ_HOME_SECRET; the caller zeroes its own copy.</param>
    /// <param name="origin">The home's public origin.</param>
    public HomeKeys(ReadOnlySpan<byte> homeSecret, Origin origin)
    {
        if (homeSecret.Length != 32)
        {
            throw new ArgumentException("A home secret has 32 bytes.", nameof(homeSecret));
        }

        byte[] salt = Encoding.UTF8.GetBytes(origin.Text);
        Receipt = Mac(homeSecret, salt, "zeq/receipt/v1");
        ClaimTicket = Mac(homeSecret, salt, "zeq/claim-ticket/v1");
        BearerTicket = Mac(homeSecret, salt, "zeq/bearer-ticket/v1");
        Proof = Mac(homeSecret, salt, "zeq/proof/v1");
        Hkdf.DeriveKey(homeSecret, salt, "zeq/node-ed25519/v1"u8, _nodeSeed);
        byte[] publicKey = new byte[Ed25519.PublicKeySizeBytes];
        Ed25519.GetPublicKey(_nodeSeed, publicKey);
        NodePublicKey = Hex.Encode(publicKey);
    }

    /// <summary>Key of receipts (spec 10 §4).</summary>
    public HmacKey Receipt { get; }

    /// <summary>Key of claim tickets (spec 10 §4).</summary>
    public HmacKey ClaimTicket { get; }

    /// <summary>Key of bearer tickets (spec 10 §6).</summary>
    public HmacKey BearerTicket { get; }

    /// <summary>Key of compute proofs (spec 10 §1).</summary>
    public HmacKey Proof { get; }

    /// <summary>The node's Ed25519 public key, 64 lower-case hex.</summary>
    public string NodePublicKey { get; }

    /// <summary>Signs with the node key; 128 lower-case hex.</summary>
    public string Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSizeBytes];
        Ed25519.Sign(message, _nodeSeed, signature);
        return Hex.Encode(signature);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Receipt.Dispose();
        ClaimTicket.Dispose();
        BearerTicket.Dispose();
        Proof.Dispose();
        CryptographicOperations.ZeroMemory(_nodeSeed);
    }

    private static HmacKey Mac(ReadOnlySpan<byte> root, ReadOnlySpan<byte> salt, string label)
    {
        Span<byte> key = stackalloc byte[32];
        Hkdf.DeriveKey(root, salt, Encoding.UTF8.GetBytes(label), key);
        var mac = new HmacKey(key);
        CryptographicOperations.ZeroMemory(key);
        return mac;
    }
}

/// <summary>Who a home is: what its decisions hash, sign and compare with. Thread-safe.</summary>
/// <param name="Origin">Its public origin, ZEQ_ORIGIN.</param>
/// <param name="Name">Its short name, ZEQ_NAME; the parent_origin of its chains.</param>
/// <param name="Keys">Its sub-keys.</param>
public sealed record HomeContext(Origin Origin, Slug Name, HomeKeys Keys)
{
    /// <summary>The free fuel that registration gives, in ZEQ (<c>ZEQ_FREE_CREDITS</c>).</summary>
    public long FreeCredits { get; init; } = FuelPool.RegistrationFree;

    /// <summary>The name of a machine's chain: <c>parent_origin:slug</c>.</summary>
    public string OriginIdOf(Slug machine) => $"{Name.Text}:{machine.Text}";

    /// <summary>The short name of a home that was given none: the first 12 hex of SHA-256 of its origin.</summary>
    public static Slug DefaultName(Origin origin) => Slug.Parse(Sha256.HashHexUtf8(origin.Text)[..12]);
}
