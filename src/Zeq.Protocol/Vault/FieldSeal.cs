using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// Seals secrets at rest under the field key, each bound to its name, owner and version (spec 06 rule 13): a value copied to another
/// place does not open. Thread-safe.
/// </summary>
public sealed class FieldSeal : IDisposable
{
    private const byte Version2 = 0x02;
    private const int KeyIdSizeBytes = 4;
    private const int SaltSizeBytes = 32;
    private const int HeaderSizeBytes = 1 + KeyIdSizeBytes + SaltSizeBytes;

    /// <summary>What a sealed value is longer than its plaintext, in bytes.</summary>
    public const int OverheadBytes = HeaderSizeBytes + AeadCipher.TagSizeBytes;

    private readonly byte[] _key = GC.AllocateArray<byte>(32, pinned: true);
    private readonly byte[] _previous = GC.AllocateArray<byte>(32, pinned: true);
    private readonly bool _hasPrevious;

    /// <summary>Takes the field key, and while it is rotated the previous one, which only opens.</summary>
    public FieldSeal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previousKey = default)
    {
        if (key.Length != 32 || previousKey.Length is not (0 or 32))
        {
            throw new ArgumentException("A field key has 32 bytes.");
        }

        key.CopyTo(_key);
        previousKey.CopyTo(_previous);
        _hasPrevious = previousKey.Length == 32;
    }

    /// <summary>Names a key: the first 4 bytes of its SHA-256.</summary>
    public static byte[] KeyId(ReadOnlySpan<byte> key) => Sha256.Hash(key)[..KeyIdSizeBytes];

    /// <summary>Seals a secret for its place.</summary>
    public byte[] Seal(ReadOnlySpan<byte> secret, string name, string boundZid, long version)
    {
        Span<byte> salt = stackalloc byte[SaltSizeBytes];
        RandomNumberGenerator.Fill(salt);
        return Seal(secret, name, boundZid, version, salt);
    }

    /// <summary>Seals with a given salt, for decisions, which draw nothing of their own: 32 bytes that were never used before.</summary>
    internal byte[] Seal(ReadOnlySpan<byte> secret, string name, string boundZid, long version, ReadOnlySpan<byte> freshSalt)
    {
        byte[] sealedValue = new byte[OverheadBytes + secret.Length];
        sealedValue[0] = Version2;
        KeyId(_key).CopyTo(sealedValue.AsSpan(1));
        Span<byte> salt = sealedValue.AsSpan(1 + KeyIdSizeBytes, SaltSizeBytes);
        freshSalt.CopyTo(salt);
        Span<byte> material = stackalloc byte[AeadCipher.KeySizeBytes + AeadCipher.NonceSizeBytes];
        Derive(_key, salt, Place(name, boundZid, version), material);
        using (var cipher = new AeadCipher(material[..AeadCipher.KeySizeBytes]))
        {
            cipher.Seal(material[AeadCipher.KeySizeBytes..], secret, sealedValue.AsSpan(HeaderSizeBytes), Aad(sealedValue, name, boundZid, version));
        }

        CryptographicOperations.ZeroMemory(material);
        return sealedValue;
    }

    /// <summary>Opens a sealed value of this place; null where it is damaged, of another place, or of a key that is not here.</summary>
    public byte[]? TryOpen(ReadOnlySpan<byte> sealedValue, string name, string boundZid, long version)
    {
        if (sealedValue.Length < OverheadBytes || sealedValue[0] != Version2)
        {
            return null;
        }

        ReadOnlySpan<byte> id = sealedValue.Slice(1, KeyIdSizeBytes);
        byte[]? key = ConstantTime.AreEqual(id, KeyId(_key)) ? _key : _hasPrevious && ConstantTime.AreEqual(id, KeyId(_previous)) ? _previous : null;
        if (key is null)
        {
            return null;
        }

        Span<byte> material = stackalloc byte[AeadCipher.KeySizeBytes + AeadCipher.NonceSizeBytes];
        Derive(key, sealedValue.Slice(1 + KeyIdSizeBytes, SaltSizeBytes), Place(name, boundZid, version), material);
        byte[] secret = new byte[sealedValue.Length - OverheadBytes];
        using var cipher = new AeadCipher(material[..AeadCipher.KeySizeBytes]);
        bool opened = cipher.TryOpen(material[AeadCipher.KeySizeBytes..], sealedValue[HeaderSizeBytes..], secret, Aad(sealedValue, name, boundZid, version));
        CryptographicOperations.ZeroMemory(material);
        return opened ? secret : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_previous);
    }

    private static void Derive(ReadOnlySpan<byte> fieldKey, ReadOnlySpan<byte> salt, string place, Span<byte> material) =>
        Hkdf.DeriveKey(fieldKey, salt, Encoding.UTF8.GetBytes("zeq/field/v2|" + place), material);

    private static string Place(string name, string boundZid, long version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}|{boundZid}|{version}");

    private static byte[] Aad(ReadOnlySpan<byte> sealedValue, string name, string boundZid, long version) =>
        [.. sealedValue[..(1 + KeyIdSizeBytes)], .. Encoding.UTF8.GetBytes(Place(name, boundZid, version))];
}
