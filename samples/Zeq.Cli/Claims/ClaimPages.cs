using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>All claims of the profile's ZID, and one of them by its coin.</summary>
internal static class ClaimPages
{
    private const int MostPages = 500;

    public static async Task<(List<ClaimBody> Claims, IReadOnlyList<ClaimSum> Sums)> ReadAsync(CommandContext context, ZeqClient client, CancellationToken ct)
    {
        var claims = new List<ClaimBody>();
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        string? after = null;
        int pages = 0;
        do
        {
            ClaimListAnswer page = await context.WaitAsync("Reading the claims", client.Claims.ListAsync(context.Zid, after, ct: ct));
            claims.AddRange(page.Claims);
            foreach (ClaimSum sum in page.PageSums)
            {
                sums[sum.HomeOrigin] = checked(sums.GetValueOrDefault(sum.HomeOrigin) + sum.ValueZqt);
            }

            after = page.NextAfter;
        }
        while (after is not null && ++pages < MostPages);
        return (claims, [.. sums.Select(sum => new ClaimSum(sum.Key, sum.Value))]);
    }

    /// <summary>The claim on a coin; where two homes named a coin alike, the home must be given (spec 05 rule 9).</summary>
    public static async Task<ClaimBody> FindAsync(CommandContext context, ZeqClient client, TokenId coin, Origin? home, CancellationToken ct)
    {
        (List<ClaimBody> claims, _) = await ReadAsync(context, client, ct);
        List<ClaimBody> found = [.. claims.Where(c => c.TokenId == coin.Text && (home is null || c.HomeOrigin == home.Value.Text))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw CliException.Failed($"You have no claim on {coin}. 'zeq send claims' lists what you have.", "CLAIM_NOT_FOUND"),
            _ => throw CliException.Misuse($"Coins of this name are of {string.Join(" and ", found.Select(c => c.HomeOrigin))}; say which with --home-origin.", "AMBIGUOUS_CLAIM"),
        };
    }

    public static System.CommandLine.Option<Origin?> HomeOrigin() => Arguments.Origin("--home-origin", "The coin's home, where two homes named a coin alike.");
}
