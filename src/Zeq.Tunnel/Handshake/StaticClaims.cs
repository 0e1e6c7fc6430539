using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>The static tunnels of this process, by a digest of their K (spec 06 rule 19).</summary>
internal static class StaticClaims
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_taken = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">It is taken.</exception>
    public static IDisposable Take(ReadOnlySpan<byte> idHash)
    {
        string name = Hex.Encode(idHash);
        lock (s_lock)
        {
            if (!s_taken.Add(name))
            {
                throw new InvalidOperationException("A static tunnel with this key file runs in this process already.");
            }
        }

        return new Claim(name);
    }

    private sealed class Claim(string name) : IDisposable
    {
        public void Dispose()
        {
            lock (s_lock)
            {
                s_taken.Remove(name);
            }
        }
    }
}
