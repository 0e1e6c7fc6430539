using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>Another home with a key of its own, which signs whatever a test wants.</summary>
internal sealed class ForeignIssuer : IDisposable
{
    private readonly HomeKeys _keys;

    public ForeignIssuer(string origin = "https://c.example")
    {
        Origin = Origin.Parse(origin);
        _keys = new HomeKeys(SHA256.HashData(Encoding.UTF8.GetBytes("issuer " + origin)), Origin);
    }

    public Origin Origin { get; }

    public string Key => _keys.NodePublicKey;

    public TrustedIssuer Trusted(long? most = null) => new(Key, most);

    /// <summary>The claim of a coin that it made up; the number names it.</summary>
    public EnvelopeClaim Claim(int number, long value = 6)
    {
        (Slug machine, Zeqond minted, string digest) = (Slug.Parse("far"), new Zeqond(1_000 + number), World.Hash("digest"));
        string hash = EnvelopeClaim.HashOf(Origin, machine, minted, digest, "KO42", EnvelopeClaim.UserShare, Zid.FromNumber(9));
        return new EnvelopeClaim(TokenId.Of(machine, minted, hash), hash, value, 0, value, Zid.FromNumber(9), Origin, machine, minted, ["KO42"], digest, World.Hash("proof"));
    }

    public OpenRedeem Open(Caller by, EnvelopeClaim claim, TrustedIssuer? configured, long height = 1, long ended = 0) =>
        new(by, claim, _keys.Sign(claim.SignedBytes()), Key, height, configured, ended, Encoding.UTF8.GetBytes("ticket of " + height));

    public Migration Migrate(EnvelopeClaim claim, Zid to, Origin toOrigin, long height = 1, Func<Migration, Migration>? change = null)
    {
        var migration = new Migration(claim.TokenId, to, toOrigin, claim.ValueZqt, height, Origin, new Zeqond(2_000), "");
        migration = change?.Invoke(migration) ?? migration;
        return migration with { Signature = _keys.Sign(migration.SignedBytes()) };
    }

    public void Dispose() => _keys.Dispose();
}
