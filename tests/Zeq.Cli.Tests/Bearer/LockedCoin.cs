using System.Security.Cryptography;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli.Tests;

/// <summary>A coin of a home that no test starts, locked without any network.</summary>
internal sealed class LockedCoin
{
    public const string Pin = "correct horse battery";
    private static readonly byte[] Seed = SHA256.HashData("seed of a home"u8);

    public LockedCoin(string home = "https://a.example", int operators = 2)
    {
        var origin = Origin.Parse(home);
        Zid payer = Zid.Parse("ZEQ07491829374");
        string[] names = [.. Enumerable.Range(1, operators).Select(i => $"NM{i}")];
        string digest = Convert.ToHexStringLower(SHA256.HashData("result"u8));
        var at = new Zeqond(2_252_252_252);
        string hash = EnvelopeClaim.HashOf(origin, payer.OwnMachine, at, digest, string.Join(',', names), EnvelopeClaim.UserShare, payer);
        var claim = new EnvelopeClaim(TokenId.Of(payer.OwnMachine, at, hash), hash, 6, 0, 6, payer, origin, payer.OwnMachine, at, names, digest, digest);
        byte[] signature = new byte[64], key = new byte[32];
        Ed25519.Sign(claim.SignedBytes(), Seed, signature);
        Ed25519.GetPublicKey(Seed, key);
        NodeKey = Convert.ToHexStringLower(key);
        Coin = new BearerCoin(claim, Convert.ToHexStringLower(signature), NodeKey, 3, SHA256.HashData("ticket"u8), at);
        File = ZeqFile.Seal(Coin, Pin, ZeqFileKdf.Argon2id, ZeqFileCost.MinMemoryKib);
        Link = CoinLink.Of(origin, File);
    }

    public BearerCoin Coin { get; }

    public byte[] File { get; }

    public string Link { get; }

    public string NodeKey { get; }

    public string TicketHex => Convert.ToHexStringLower(Coin.Ticket);
}
