using System.Security.Cryptography;
using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>An exported coin in the clear, as its home answered.</summary>
internal static class CoinJsonFile
{
    public static BearerCoin Read(CommandContext context, string path)
    {
        byte[] bytes = SmallFile.Read(context, path, BearerCoinJson.MaxSizeBytes);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("coin", out JsonElement inner))
            {
                root = inner;
            }

            if (BearerCoinJson.TryRead(root, out BearerCoin? coin))
            {
                // By the key that it names itself: that makes it nobody's word, but without it it is no coin anywhere.
                if (coin.ProofHolds(coin.NodePubkey))
                {
                    return coin;
                }

                coin.Dispose();
            }
        }
        catch (JsonException)
        {
            // Said below; the parser's words could quote the ticket.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        throw CliException.Misuse($"{path} holds no exported coin.", "INVALID_COIN");
    }
}
