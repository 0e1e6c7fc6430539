using System.Globalization;
using Zeq.Client;

namespace TwoDomains;

/// <summary>Tells each step, checks what it claims, and remembers whether all held.</summary>
internal sealed class Story
{
    private int _step;

    public int Failed { get; private set; }

    public int Checked { get; private set; }

    public void Step(string title) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{++_step}. {title}"));

    public void Check(bool holds, string what)
    {
        Checked++;
        Failed += holds ? 0 : 1;
        Console.WriteLine($"   {(holds ? "ok  " : "FAIL")} {what}");
    }

    /// <summary>An attack: it holds only if the home refuses, with this code.</summary>
    public async Task RefusedAsync(Func<Task> attack, string what, params string[] codes)
    {
        try
        {
            await attack();
            Check(false, $"{what}: was let through");
        }
        catch (ZeqApiException refusal)
        {
            Check(codes.Contains(refusal.Code), $"{what}: refused with {refusal.Status} {refusal.Code}");
        }
    }
}
