using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>
/// An address that the peer seems to have moved to, until it shows that it receives there (spec 06 rule 7): it is sent a challenge at most three times, a second apart, and at most three
/// times the bytes that came from it. Not thread-safe.
/// </summary>
internal sealed class PathCandidate
{
    private readonly byte[] _token = RandomNumberGenerator.GetBytes(TunnelTiming.ChallengeSizeBytes);
    private long _receivedBytes;
    private long _sentBytes;
    private int _sent;
    private long _sentAtMs = long.MinValue / 2;

    public PathCandidate(in PeerAddress address) => Address = address;

    public PeerAddress Address { get; }

    public ReadOnlySpan<byte> Token => _token;

    /// <summary>Whether all challenges went out and none was answered in time.</summary>
    public bool IsGivenUp(long nowMs) => _sent >= TunnelTiming.Challenges && nowMs - _sentAtMs >= TunnelTiming.ChallengeEveryMs;

    public void Received(int sizeBytes) => _receivedBytes += sizeBytes;

    /// <summary>Takes so many bytes of what may be sent to the address; false where that would be too much.</summary>
    public bool TrySpend(int sizeBytes)
    {
        if (_sentBytes + sizeBytes > TunnelTiming.PathAmplification * _receivedBytes)
        {
            return false;
        }

        _sentBytes += sizeBytes;
        return true;
    }

    /// <summary>Whether a challenge of this size is due and allowed; then it is counted.</summary>
    public bool TryChallenge(int sizeBytes, long nowMs)
    {
        if (_sent >= TunnelTiming.Challenges || nowMs - _sentAtMs < TunnelTiming.ChallengeEveryMs || !TrySpend(sizeBytes))
        {
            return false;
        }

        _sent++;
        _sentAtMs = nowMs;
        return true;
    }

    public bool IsAnsweredBy(ReadOnlySpan<byte> token, in PeerAddress from) => from == Address && token.Length >= _token.Length && ConstantTime.AreEqual(token[.._token.Length], _token);
}
