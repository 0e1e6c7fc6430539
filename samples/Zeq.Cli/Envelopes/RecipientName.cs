using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>The name that a recipient goes by at its home, shown before a payment is confirmed (spec 05 rule 13).</summary>
internal static class RecipientName
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary><c>ZID @ origin</c> with the display name, as far as the home says one; a name proves nothing, so it stands in quotes.</summary>
    public static async Task<string> DescribeAsync(Zid recipient, Origin home, CancellationToken ct)
    {
        string who = $"{recipient} @ {home}";
        try
        {
            using ZeqClient client = ZeqClient.Create(new ZeqClientOptions { Origin = home, AttemptTimeout = Patience, MaxAttempts = 1 });
            AccountAnswer account = await client.Identity.GetAccountAsync(recipient, ct);
            return string.IsNullOrEmpty(account.DisplayName) ? who + " (goes by no name)" : $"{who} (\"{SafeText.Of(account.DisplayName)}\")";
        }
        catch (ZeqApiException refusal) when (refusal.Code == "ZID_NOT_FOUND")
        {
            return who + " (that home knows no such ZID)";
        }
        catch (Exception failure) when (failure is ZeqApiException or ZeqUnreachableException or ArgumentException)
        {
            return who + " (its home cannot be asked for a name)";
        }
    }
}
