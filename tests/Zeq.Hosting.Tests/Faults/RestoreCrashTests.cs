using System.Globalization;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>A kill at every commit of <c>home/restored</c> (spec 05 rule 26): repeated with its Idempotency-Key, it is one restore.</summary>
[Collection(FaultsCollection.Name)]
public sealed class RestoreCrashTests
{
    // Seen red with the restore's id drawn anew by the repetition: what was raised before the kill is raised twice.
    [Fact]
    public async Task A_restore_killed_anywhere_and_repeated_raises_each_height_once()
    {
        await using BreakableHome home = await BreakableHome.StartAsync();
        Account account = await home.Api.RegisterAsync();
        string[] coins = [await home.Api.MintAsync(account), await home.Api.MintAsync(account)];
        long height = 0;
        int kills = 0;
        for (int at = 1; ; at++)
        {
            Assert.True(at < 20, "A restore has no end of commits.");
            int passed = 0;
            home.Store.BeforeCommit = home.Store.AfterCommit = () => Interlocked.Increment(ref passed) == at;
            string key = "restore-" + at.ToString(CultureInfo.InvariantCulture);
            WireAnswer answer = await home.Api.PostAsync("/api/admin/home/restored", Api.AdminKey, new JsonObject(), key);
            home.Store.BeforeCommit = home.Store.AfterCommit = static () => false;
            bool isKilled = home.Store.IsDead;
            if (isKilled)
            {
                kills++;
                Assert.False(answer.IsOk);
                await home.RestartAsync();
                answer = await home.Api.PostAsync("/api/admin/home/restored", Api.AdminKey, new JsonObject(), key);
            }

            answer.Expect();
            height += 1_000_000;
            foreach (string coin in coins)
            {
                Assert.Equal(height, await home.Api.HeightAsync(coin));
            }

            if (!isKilled)
            {
                break;
            }
        }

        // Both sides of three commits: the note, the heights, the answer.
        Assert.True(kills >= 6, $"{kills} kills");
        await home.StopAsync();
        await home.AuditAsync();
    }
}
