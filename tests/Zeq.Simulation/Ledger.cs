using Zeq.Client;

namespace Zeq.Simulation;

/// <summary>Something that a home has acknowledged: it must be true in the end.</summary>
/// <param name="Home">Whose disk it must be on.</param>
/// <param name="Teller">Which home acknowledged it.</param>
/// <param name="AtUs">When it did.</param>
/// <param name="What">What was acknowledged, for people.</param>
/// <param name="Holds">Whether the disk knows it.</param>
internal sealed record Ack(Node Home, Node Teller, long AtUs, string What, Func<Facts, bool> Holds)
{
    /// <summary>
    /// Whether a restore took it back: what the home said between the copy and the restore is gone, and what another one said of it may be.
    /// </summary>
    public bool IsVoid => Home.Restored is { } restored && (Teller != Home || (AtUs > restored.ToUs && AtUs <= restored.AtUs));
}

/// <summary>What users were told.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(string Home, string Token, long Height), string> _heights = [];

    public List<Ack> Acks { get; } = [];

    /// <summary>A receipt was shown: its height is given away for ever, whatever happens to the home.</summary>
    public void Show(ReceiptBody receipt)
    {
        string holder = $"{receipt.To} at {receipt.ToOrigin}";
        string first = _heights.TryAdd((receipt.HomeOrigin, receipt.TokenId, receipt.SpendSeq), holder)
            ? holder
            : _heights[(receipt.HomeOrigin, receipt.TokenId, receipt.SpendSeq)];
        if (first != holder)
        {
            throw new SimulationFault($"Height {receipt.SpendSeq} of {receipt.TokenId} was given to {first}, and again to {holder}.");
        }
    }
}
