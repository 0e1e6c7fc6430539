namespace Zeq.Crypto;

/// <summary>Which implementation runs an algorithm in this process.</summary>
/// <param name="Algorithm">The standard name, for example <c>AES-256-GCM</c>.</param>
/// <param name="Provider">The implementation, for example <c>libcrypto 3.0.19</c>, <c>.NET 10.0.0</c> or <c>managed</c>.</param>
public sealed record AlgorithmInfo(string Algorithm, string Provider)
{
    /// <summary><c>algorithm: provider</c>, for a start-up log line.</summary>
    public override string ToString() => $"{Algorithm}: {Provider}";
}
