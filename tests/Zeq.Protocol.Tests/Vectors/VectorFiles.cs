using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

/// <summary>The vector files by name, each computed from inputs that stand in it.</summary>
internal static class VectorFiles
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyDictionary<string, Func<string>> All { get; } = new SortedDictionary<string, Func<string>>(StringComparer.Ordinal)
    {
        ["answer.json"] = () => Text(ExchangeVectors.Answer()),
        ["burn.json"] = () => Text(BurnVectors.Burn()),
        ["chain.json"] = () => Text(ChainVectors.Chain()),
        ["claims.json"] = () => Text(ExchangeVectors.Claims()),
        ["compute.json"] = () => Text(MintVectors.Compute()),
        ["envelope.json"] = () => Text(MintVectors.Envelope()),
        ["field-seal.json"] = () => Text(ExchangeVectors.FieldSealed()),
        ["identifiers.json"] = () => Text(BasicVectors.Identifiers()),
        ["key-exchange.json"] = () => Text(KeyExchangeVectors.Exchange()),
        ["keys.json"] = () => Text(BasicVectors.Keys()),
        ["m2m.json"] = () => Text(M2MVectors.Handshake()),
        ["mint.json"] = () => Text(MintVectors.Mint()),
        ["receipt.json"] = () => Text(ExchangeVectors.Receipt()),
        ["signed-texts.json"] = () => Text(BasicVectors.SignedTexts()),
        ["time.json"] = () => Text(BasicVectors.Time()),
        ["zeq-file.json"] = () => Text(ZeqFileVectors.ZeqFiles()),
    };

    /// <summary>A text and its SHA-256; the library's own digest must agree with the text as it is spelled here.</summary>
    public static JsonObject Hashed(string text, string ofLibrary)
    {
        Assert.Equal(World.Hash(text), ofLibrary);
        return new JsonObject { ["text"] = text, ["sha256"] = ofLibrary };
    }

    public static JsonArray List(IEnumerable<JsonNode?> items) => new([.. items]);

    private static string Text(JsonNode node) => node.ToJsonString(Format) + "\n";
}

/// <summary>The fixed inputs of all vectors: the homes A and B, and a recovery key.</summary>
internal static class Fixed
{
    public static readonly byte[] SecretA = Bytes(0x00), SecretB = Bytes(0x20), RecoverySeed = Bytes(0x40), Salt = Bytes(0x60), FieldKey = Bytes(0x80), Acceptance = Bytes(0xa0);

    public static readonly Origin A = Origin.Parse("https://a.example"), B = Origin.Parse("https://b.example");

    public static readonly HomeContext HomeA = new(A, Slug.Parse("a-home"), new HomeKeys(SecretA, A)), HomeB = new(B, Slug.Parse("b-home"), new HomeKeys(SecretB, B));

    public static readonly Zid Alice = Zid.Parse("ZEQ07491829374"), Bob = Zid.Parse("ZEQ07000000002");

    public static readonly Zeqond At = new(2_252_252_252);

    public static readonly Envelope Coin = MintVectors.CoinOf(Alice);

    public static readonly Move Paid = new(
        Coin.TokenId, 1, MoveKind.Transfer, Alice, A, Bob, B, new Zeqond(At.Value + 5), MoveMeans.Account, null, null, new RowRef(Alice.OwnMachine.Text, 2, World.Hash("row")), null);

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Bytes(byte first) => [.. Enumerable.Range(first, 32).Select(b => (byte)b)];
}
