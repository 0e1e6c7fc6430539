using System.Globalization;
using System.IO.Pipelines;

namespace Zeq.Protocol.Tests;

/// <summary>A handshake with fixed keys, and pipes to run sessions over.</summary>
internal static class Handshake
{
    public const ulong UsualRecordsPerKey = 1UL << 24;

    public static readonly Slug Lab = Slug.Parse("lab-7");
    public static readonly byte[] Seed = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
    public static readonly Zeqond At = new(2_252_252_252);

    /// <summary>Both sides of a fresh session.</summary>
    public static (KeyExchangeSession Initiator, KeyExchangeSession Responder) Run(ulong recordsPerKey = UsualRecordsPerKey)
    {
        using var pair = new KeyExchangeKeyPair(Seed);
        Assert.Equal(KeyExchangeStatus.Ok, KeyExchangeInitiator.TryBegin(Lab, pair.PublicKey.Span, new PinnedFingerprint(pair.Fingerprint), out var initiator));
        Assert.Equal(KeyExchangeStatus.Ok, pair.TryAnswer(Lab, initiator!.CipherText.Span, At, new byte[32], recordsPerKey, out var answer));
        Assert.Equal(
            KeyExchangeStatus.Ok,
            initiator.TryConfirm(answer!.ResponderSalt.Span, answer.Session.SessionId, answer.Confirmation.Span, recordsPerKey, out var session));
        return (session!, answer.Session);
    }

    /// <summary>Random input that can be had again: the seed is printed, and <c>ZEQ_TEST_SEED</c> sets it.</summary>
    public static Random SeededRandom()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ZEQ_TEST_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"ZEQ_TEST_SEED={seed}");
        return new Random(seed);
    }
}

/// <summary>One end of a transport.</summary>
internal sealed class PipeEnd(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <summary>Two ends that are joined by two pipes.</summary>
    public static (PipeEnd A, PipeEnd B, Pipe AToB, Pipe BToA) Pair(PipeOptions? options = null)
    {
        var there = new Pipe(options ?? PipeOptions.Default);
        var back = new Pipe(options ?? PipeOptions.Default);
        return (new PipeEnd(back.Reader, there.Writer), new PipeEnd(there.Reader, back.Writer), there, back);
    }
}
