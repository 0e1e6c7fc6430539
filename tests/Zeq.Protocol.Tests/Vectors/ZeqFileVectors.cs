using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

/// <summary>Known-answer files: one coin under both KDFs with fixed salts and nonces, each sealed a second time here, by .NET's own AES-GCM.</summary>
internal static class ZeqFileVectors
{
    private const string Pin = "Straße der Münzen 7";

    public static JsonNode ZeqFiles()
    {
        using BearerCoin coin = Coins.Published();
        byte[] buffer = new byte[CoinCbor.MaxSizeBytes];
        byte[] cbor = buffer[..CoinCbor.Write(coin, buffer)];
        byte[] file = [];
        var files = new JsonArray();
        foreach ((ZeqFileKdf kdf, int cost, byte first) in ((ZeqFileKdf, int, byte)[])
        [
            (ZeqFileKdf.Pbkdf2, ZeqFileCost.MinIterations, 0x10), (ZeqFileKdf.Pbkdf2, ZeqFileCost.DefaultIterations, 0x30),
            (ZeqFileKdf.Argon2id, ZeqFileCost.MinMemoryKib, 0x50), (ZeqFileKdf.Argon2id, ZeqFileCost.DefaultMemoryKib, 0x70),
        ])
        {
            file = FileOf(coin, cbor, kdf, cost, first, out JsonObject described);
            files.Add(described);
        }

        string link = "https://a.example/claim#zeqcoin:v2:" + Base64UrlText.Encode(file);
        Assert.Equal(link, CoinLink.Of(Fixed.A, file));
        byte[] rest = Encoding.UTF8.GetBytes(link["https://".Length..]);
        byte[] ndef = [0xC1, 1, 0, 0, (byte)((rest.Length + 1) >> 8), (byte)(rest.Length + 1), (byte)'U', 4, .. rest];
        Assert.Equal(Fixed.Hex(ndef), Fixed.Hex(NdefUri.Encode(link)));
        return new JsonObject
        {
            ["coin"] = JsonNode.Parse(coin.ToPayload().ToUtf8()),
            ["bearer_ticket"] = new JsonObject
            {
                ["home_secret"] = Fixed.Hex(Fixed.SecretA), ["text"] = $"bearer|{coin.Claim.TokenId.Text}|{coin.SpendSeq}", ["hmac_sha256"] = Fixed.Hex(coin.Ticket),
            },
            ["cbor"] = Fixed.Hex(cbor),
            ["migrated"] = Migrated(),
            ["pin"] = Pin,
            ["pin_utf8"] = Fixed.Hex(Encoding.UTF8.GetBytes(Pin)),
            ["files"] = files,
            ["link_of_last"] = link,
            ["ndef_of_link"] = Fixed.Hex(ndef),
            ["refused"] = Refused(file),
        };
    }

    /// <summary>A coin that was minted for one of another home; its signatures and its ticket are bytes of no meaning.</summary>
    private static JsonObject Migrated()
    {
        using BearerCoin coin = Coins.Migrated();
        byte[] buffer = new byte[CoinCbor.MaxSizeBytes];
        byte[] cbor = buffer[..CoinCbor.Write(coin, buffer)];
        Assert.True(CoinCbor.TryRead(cbor, out BearerCoin? read) && Coins.AreSame(coin, read));
        return new JsonObject { ["coin"] = JsonNode.Parse(coin.ToPayload().ToUtf8()), ["cbor"] = Fixed.Hex(cbor) };
    }

    private static byte[] FileOf(BearerCoin coin, byte[] cbor, ZeqFileKdf kdf, int cost, byte first, out JsonObject described)
    {
        byte[] salt = [.. Enumerable.Range(first, 16).Select(b => (byte)b)], nonce = [.. Enumerable.Range(first + 16, 12).Select(b => (byte)b)];
        byte[] header = [.. "ZEQC"u8, 2, (byte)kdf, (byte)(cost >> 24), (byte)(cost >> 16), (byte)(cost >> 8), (byte)cost, .. salt, .. nonce];
        byte[] pin = Encoding.UTF8.GetBytes(Pin), key = new byte[32], sealedCoin = new byte[cbor.Length], tag = new byte[16];
        if (kdf == ZeqFileKdf.Pbkdf2)
        {
            Rfc2898DeriveBytes.Pbkdf2(pin, salt, key, cost, HashAlgorithmName.SHA512);
        }
        else
        {
            PasswordKdf.Argon2id(pin, salt, cost, 3, 1, key);
        }

        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, cbor, sealedCoin, tag, header);
        byte[] file = [.. header, .. sealedCoin, .. tag];
        using var scratch = new ZeqFileScratch();
        Assert.Equal(Fixed.Hex(file), Fixed.Hex(ZeqFile.Seal(coin, Pin, kdf, cost, salt, nonce, PinKdf.Real, scratch, CancellationToken.None)));
        Assert.Equal(ZeqFileStatus.Ok, ZeqFile.Open(file, Pin, out BearerCoin? opened));
        Assert.True(Coins.AreSame(coin, opened!));
        described = new JsonObject
        {
            ["kdf"] = (int)kdf, ["cost"] = cost, ["salt"] = Fixed.Hex(salt), ["nonce"] = Fixed.Hex(nonce), ["key"] = Fixed.Hex(key), ["header_and_aad"] = Fixed.Hex(header), ["file"] = Fixed.Hex(file),
        };
        return file;
    }

    /// <summary>The last file with one thing wrong, and what that is.</summary>
    private static JsonArray Refused(byte[] file)
    {
        var all = new JsonArray();
        (string Change, ZeqFileStatus Status, Func<byte[], byte[]> Make)[] changes =
        [
            ("byte 0 is 5b", ZeqFileStatus.NotAZeqFile, f => With(f, 0, 0x5B)),
            ("byte 4 is 03", ZeqFileStatus.UnsupportedVersion, f => With(f, 4, 3)),
            ("byte 4 is 01", ZeqFileStatus.UnsupportedVersion, f => With(f, 4, 1)),
            ("byte 5 is 03", ZeqFileStatus.UnsupportedKdf, f => With(f, 5, 3)),
            ("byte 5 is 01, for which the cost is too low", ZeqFileStatus.CostOutOfRange, f => With(f, 5, 1)),
            ("byte 6 is ff: a cost of 4 TiB", ZeqFileStatus.CostOutOfRange, f => With(f, 6, 0xFF)),
            ("cut after 37 bytes", ZeqFileStatus.Truncated, f => f[..37]),
            ("cut by one byte", ZeqFileStatus.WrongPinOrDamaged, f => f[..^1]),
            ("the first byte of the ciphertext is changed", ZeqFileStatus.WrongPinOrDamaged, f => With(f, 38, (byte)(f[38] ^ 1))),
            ("zeroes are added up to 2103 bytes", ZeqFileStatus.TooLarge, f => [.. f, .. new byte[ZeqFile.MaxSizeBytes + 1 - f.Length]]),
        ];
        foreach ((string change, ZeqFileStatus status, Func<byte[], byte[]> make) in changes)
        {
            Assert.Equal(status, ZeqFile.Open(make(file), Pin, out _));
            all.Add(new JsonObject { ["change"] = change, ["status"] = status.ToString() });
        }

        Assert.Equal(2103, ZeqFile.MaxSizeBytes + 1);
        Assert.Equal(ZeqFileStatus.WrongPinOrDamaged, ZeqFile.Open(file, Pin + "7", out _));
        all.Add(new JsonObject { ["change"] = "another PIN", ["status"] = nameof(ZeqFileStatus.WrongPinOrDamaged) });
        return all;
    }

    private static byte[] With(byte[] file, int at, byte value)
    {
        byte[] changed = [.. file];
        changed[at] = value;
        return changed;
    }
}
