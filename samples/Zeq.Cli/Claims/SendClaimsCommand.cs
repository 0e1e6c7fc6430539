using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq send claims</c>: the coins of other homes that the profile's ZID holds.</summary>
internal static class SendClaimsCommand
{
    public static ZeqCommand Make(CliHost host) =>
        new ZeqCommand("claims", "List the coins of other homes that you hold.", "zeq send claims").Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            (List<ClaimBody> claims, IReadOnlyList<ClaimSum> sums) = await ClaimPages.ReadAsync(context, client, ct);
            context.Document(new JsonObject
            {
                ["ok"] = true,
                ["claims"] = new JsonArray([.. claims.Select(c => JsonSerializer.SerializeToNode(c, WireJson.Default.ClaimBody))]),
                ["sums"] = new JsonArray([.. sums.Select(s => JsonSerializer.SerializeToNode(s, WireJson.Default.ClaimSum))]),
            });
            context.Table(
                ["coin", "ZEQ>", "home", "issuer", "height>", "status"],
                claims.Select(string?[] (c) =>
                [
                    c.TokenId, c.ValueZqt.ToString(CultureInfo.InvariantCulture), c.HomeOrigin, c.Issuer, c.SpendSeq.ToString(CultureInfo.InvariantCulture), c.Status,
                ]),
                "No claims.");
            foreach (ClaimSum sum in sums)
            {
                context.Line(string.Create(CultureInfo.InvariantCulture, $"{sum.ValueZqt} ZEQ held, final at {sum.HomeOrigin}."));
            }
        });
}
