using Zeq.Hosting.Tests.Faults;

namespace Zeq.Faults.Tests;

/// <summary>What answers have in common while a store is away.</summary>
internal static class Answers
{
    /// <summary>Asserts 503 with Retry-After; the code.</summary>
    public static string NotNow(this WireAnswer answer)
    {
        Assert.True(answer.Status == 503, answer.ToString());
        Assert.True(answer.Headers.RetryAfter is not null, "no Retry-After: " + answer);
        return answer.Code;
    }

    /// <summary>Repeats a request until the home takes it; every answer before is 503 with Retry-After.</summary>
    public static async Task<WireAnswer> UntilTakenAsync(Func<Task<WireAnswer>> request, int mostTries = 400)
    {
        for (int tries = 1; ; tries++)
        {
            WireAnswer answer = await request();
            if (answer.IsOk)
            {
                return answer;
            }

            answer.NotNow();
            Assert.True(tries < mostTries, "The home does not come back: " + answer);
            await Task.Delay(25);
        }
    }

    /// <summary>Starts all at one instant.</summary>
    public static async Task<WireAnswer[]> AtOnceAsync(int count, Func<int, Task<WireAnswer>> request)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<WireAnswer>[] racers = [.. Enumerable.Range(0, count).Select(async i =>
        {
            await go.Task;
            return await request(i);
        })];
        go.SetResult();
        return await Task.WhenAll(racers);
    }
}
