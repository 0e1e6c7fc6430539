using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>What a home's disk holds in the end.</summary>
internal sealed class Facts
{
    public Dictionary<string, Envelope> Coins { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Token, long Height), Move> Moves { get; } = [];

    public Dictionary<string, Move> LastMoves { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ClaimRow> Claims { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, CreditGrant> Grants { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Votes { get; } = new(StringComparer.Ordinal);

    public List<PeerStep> OpenSteps { get; } = [];

    public static async Task<Facts> OfAsync(IHomeReader disk)
    {
        var facts = new Facts();
        foreach (Envelope coin in await World.RowsAsync(disk, Envelope.Table))
        {
            facts.Coins.Add(coin.TokenId.Text, coin);
        }

        foreach (Move move in await World.RowsAsync(disk, Move.Table))
        {
            facts.Moves.Add((move.TokenId.Text, move.SpendSeq), move);
            facts.LastMoves[move.TokenId.Text] = move;
        }

        foreach (ClaimRow claim in await World.RowsAsync(disk, ClaimRow.Table))
        {
            facts.Claims.Add(ClaimRow.KeyOf(claim.HomeOrigin, claim.TokenId, claim.Holder), claim);
        }

        foreach (CreditGrant grant in await World.RowsAsync(disk, CreditGrant.Table))
        {
            facts.Grants.Add(grant.Reference, grant);
        }

        foreach (Vote vote in await World.RowsAsync(disk, Vote.Table))
        {
            facts.Votes.Add(vote.Id.Text);
        }

        facts.OpenSteps.AddRange((await World.RowsAsync(disk, PeerStep.Table)).Where(step => step.Status == PeerStepStatus.Open));
        return facts;
    }
}
