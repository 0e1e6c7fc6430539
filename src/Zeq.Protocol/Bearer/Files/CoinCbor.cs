using System.Diagnostics.CodeAnalysis;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// A coin in deterministic CBOR (RFC 8949 §4.2.1): one coin has one encoding, and a reader takes no other. Maps with small integers as keys, in ascending order;
/// what is hex on the wire is bytes here; token_id, which follows from machine, minted_zeqond and token_hash, is left out.
/// <code>
/// coin  = { 1: claim, 2: node_sig (64 bytes), 3: node_pubkey (32), 4: spend_seq, 5: bearer_ticket (32), 6: export_zeqond }
/// claim = { 1: token_hash (32), 2: value_zqt, 3: free_funded_zqt, 4: paid_funded_zqt, 5: minted_by, 6: home_origin, 7: machine, 8: minted_zeqond,
///           9: [operators], 10: result_digest (32), 11: zeq_proof (32; 64 of a migrated coin), 12: migrated_from (of a migrated coin alone) }
/// </code>
/// </summary>
internal static class CoinCbor
{
    /// <summary>The shortest coin: system ZID, one-letter machine and host, no operator, every number below 24.</summary>
    public const int MinSizeBytes = 281;

    /// <summary>No coin is longer.</summary>
    public const int MaxSizeBytes = 2048;

    private const int CoinMembers = 6;
    private const int ClaimMembers = 11;
    private const int MaxZidLength = 14;
    private const int MaxSourceLength = TokenId.MaxLength + 1 + Origin.MaxLength;

    /// <summary>Writes a coin; answers its size.</summary>
    public static int Write(BearerCoin coin, Span<byte> bytes)
    {
        EnvelopeClaim claim = coin.Claim;
        CborWriter cbor = new CborWriter(bytes)
            .Map(CoinMembers)
            .Key(1).Map(claim.MigratedFrom is null ? ClaimMembers : ClaimMembers + 1)
            .Key(1).HexBytes(claim.TokenHash)
            .Key(2).Integer(claim.ValueZqt)
            .Key(3).Integer(claim.FreeFundedZqt)
            .Key(4).Integer(claim.PaidFundedZqt)
            .Key(5).Text(claim.MintedBy.Text)
            .Key(6).Text(claim.HomeOrigin.Text)
            .Key(7).Text(claim.Machine.Text)
            .Key(8).Integer(claim.Minted.Value)
            .Key(9).Array(claim.Operators.Count);
        foreach (string name in claim.Operators)
        {
            cbor = cbor.Text(name);
        }

        cbor = cbor.Key(10).HexBytes(claim.ResultDigest).Key(11).HexBytes(claim.ZeqProof);
        if (claim.MigratedFrom is not null)
        {
            cbor = cbor.Key(12).Text(claim.MigratedFrom);
        }

        return cbor
            .Key(2).HexBytes(coin.NodeSig)
            .Key(3).HexBytes(coin.NodePubkey)
            .Key(4).Integer(coin.SpendSeq)
            .Key(5).Bytes(coin.Ticket)
            .Key(6).Integer(coin.Exported.Value)
            .SizeBytes;
    }

    /// <summary>Reads a coin; false for anything but the one encoding of a well-formed one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BearerCoin? coin)
    {
        coin = null;
        var cbor = new CborReader(bytes);
        cbor.Map(CoinMembers);
        cbor.Key(1);
        bool isClaim = TryReadClaim(ref cbor, out EnvelopeClaim? claim);
        cbor.Key(2);
        string nodeSig = Hex.Encode(cbor.Bytes(64));
        cbor.Key(3);
        string nodePubkey = Hex.Encode(cbor.Bytes(32));
        cbor.Key(4);
        long spendSeq = cbor.Integer();
        cbor.Key(5);
        ReadOnlySpan<byte> ticket = cbor.Bytes(BearerCoin.TicketSizeBytes);
        cbor.Key(6);
        var exported = new Zeqond(cbor.Integer());
        if (!cbor.IsDone || !isClaim || !BearerCoin.IsWellFormed(claim!, nodeSig, nodePubkey, spendSeq, exported))
        {
            return false;
        }

        coin = new BearerCoin(claim!, nodeSig, nodePubkey, spendSeq, ticket, exported);
        return true;
    }

    private static bool TryReadClaim(ref CborReader cbor, [NotNullWhen(true)] out EnvelopeClaim? claim)
    {
        claim = null;
        bool isMigrated = cbor.Map(ClaimMembers, orCount: ClaimMembers + 1);
        cbor.Key(1);
        string tokenHash = Hex.Encode(cbor.Bytes(32));
        cbor.Key(2);
        long value = cbor.Integer();
        cbor.Key(3);
        long free = cbor.Integer();
        cbor.Key(4);
        long paid = cbor.Integer();
        cbor.Key(5);
        string mintedBy = cbor.Text(MaxZidLength);
        cbor.Key(6);
        string home = cbor.Text(Origin.MaxLength);
        cbor.Key(7);
        string machine = cbor.Text(Slug.MaxLength);
        cbor.Key(8);
        var minted = new Zeqond(cbor.Integer());
        cbor.Key(9);
        string[] operators = new string[cbor.Array(BearerCoin.MaxOperators)];
        for (int i = 0; i < operators.Length; i++)
        {
            operators[i] = cbor.Text(OperatorName.MaxLetters + OperatorName.MaxDigits);
        }

        cbor.Key(10);
        string digest = Hex.Encode(cbor.Bytes(32));
        cbor.Key(11);
        string proof = Hex.Encode(cbor.Bytes(isMigrated ? 64 : 32));
        string? source = null;
        if (isMigrated)
        {
            cbor.Key(12);
            source = cbor.Text(MaxSourceLength);
        }

        if (cbor.IsBad || !Zid.TryParse(mintedBy, out Zid zid) || !Origin.TryParse(home, out Origin origin) || !Slug.TryParse(machine, out Slug slug) || slug.Text != machine)
        {
            return false;
        }

        claim = new EnvelopeClaim(TokenId.Of(slug, minted, tokenHash), tokenHash, value, free, paid, zid, origin, slug, minted, operators, digest, proof)
        {
            MigratedFrom = source,
        };
        return true;
    }
}
