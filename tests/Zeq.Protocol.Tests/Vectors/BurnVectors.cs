using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

internal static class BurnVectors
{
    public static JsonNode Burn()
    {
        TokenId[] ids = [Fixed.Coin.TokenId, TokenId.Parse("ZT-b-9-0123456789abcdef"), TokenId.Parse("ZT-a-9-0123456789abcdef"), TokenId.Parse("ZT-a-10-0123456789abcdef")];
        string text = $"zeq/burn/v1|{Fixed.Alice.Text}|ZT-a-10-0123456789abcdef,ZT-a-9-0123456789abcdef,ZT-b-9-0123456789abcdef,{Fixed.Coin.TokenId.Text}";
        string burnTx = BurnTransaction.Id(Fixed.Alice, ids);
        Assert.Equal("BT-" + World.Hash(text)[..32], burnTx);
        Envelope coin = Fixed.Coin with { SpendSeq = 1, Status = EnvelopeStatus.Burned };
        string single = BurnTransaction.Id(Fixed.Alice, [coin.TokenId]);
        var burn = new BurnRow(single, Fixed.Alice, Fixed.At, coin.TokenId.Text, coin.ValueZqt, BurnTransaction.RateBps, coin.ValueZqt, new RowRef("", 0, ""));
        return new JsonObject
        {
            ["zid"] = Fixed.Alice.Text,
            ["ids"] = VectorFiles.List(ids.Select(id => (JsonNode)id.Text)),
            ["text"] = text,
            ["sha256"] = World.Hash(text),
            ["burn_tx"] = burnTx,
            ["credited"] = VectorFiles.List((((long, long)[])[(0, 10_000), (1, 10_000), (40_000, 10_000), (7, 5_000), (1, 9_999)]).Select(c => new JsonObject
            {
                ["sum_value_zqt"] = c.Item1, ["rate_bps"] = c.Item2, ["credited"] = BurnTransaction.Credited(c.Item1, c.Item2),
            })),
            ["chain_payload"] = new JsonObject { ["ids"] = new JsonArray(coin.TokenId.Text), ["burn_tx"] = single, ["zeqond"] = Fixed.At.Value, ["canonical"] = burn.ChainPayload([coin]) },
        };
    }
}
