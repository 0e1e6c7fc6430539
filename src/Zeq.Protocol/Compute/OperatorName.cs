using System.Diagnostics.CodeAnalysis;

namespace Zeq.Protocol;

/// <summary>The form of an operator's name: <c>[A-Z]{1,8}[0-9]{1,6}</c> (spec 05 rule 21).</summary>
public static class OperatorName
{
    /// <summary>The operator that stands first in every chain.</summary>
    public const string Kernel = "KO42";

    /// <summary>The domain of <see cref="Kernel"/>, which a cost does not count as a domain.</summary>
    public const string KernelDomain = "KO";

    /// <summary>The most letters that a name has.</summary>
    public const int MaxLetters = 8;

    /// <summary>The most digits that a name has.</summary>
    public const int MaxDigits = 6;

    /// <summary>Whether a name has the form; false for null.</summary>
    public static bool IsValid([NotNullWhen(true)] string? name)
    {
        if (name is null || name.Length > MaxLetters + MaxDigits)
        {
            return false;
        }

        int letters = CountLetters(name);
        int digits = name.Length - letters;
        return letters is >= 1 and <= MaxLetters && digits is >= 1 and <= MaxDigits
            && !name.AsSpan(letters).ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>The domain of an operator: the letters of its name.</summary>
    /// <exception cref="ArgumentException">The name does not have the form.</exception>
    public static string DomainOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsValid(name)
            ? name[..CountLetters(name)]
            : throw new ArgumentException("The operator's name is not of the form [A-Z]{1,8}[0-9]{1,6}.", nameof(name));
    }

    private static int CountLetters(string name)
    {
        int end = name.AsSpan().IndexOfAnyExceptInRange('A', 'Z');
        return end < 0 ? name.Length : end;
    }
}
