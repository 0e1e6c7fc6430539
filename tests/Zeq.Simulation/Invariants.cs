using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>
/// What must be true once the network is whole and the workers have run out (spec 10 §9): of each home by its auditor, and of all homes
/// together. Where a store was set back, what that home said after the copy was made is gone, and what others built on it stands alone.
/// </summary>
internal static class Invariants
{
    public static async Task CheckAsync(World world)
    {
        var facts = new Dictionary<string, Facts>(StringComparer.Ordinal);
        foreach (Node node in world.Nodes)
        {
            AuditReport report = await Auditor.RunAsync(
                await node.Disk.SnapshotAsync(), new AuditOptions { ExpectedOrigin = node.Origin, ExpectedNodePublicKey = World.NodeKeyOf(node) });
            Require(report.Ok, $"The audit of {node.Name}: {string.Join("; ", report.Findings)}");
            facts[node.Origin.Text] = await Facts.OfAsync(node.Disk);
        }

        foreach (Ack ack in world.Ledger.Acks.Where(ack => !ack.IsVoid))
        {
            Require(ack.Holds(facts[ack.Home.Origin.Text]), $"{ack.Home.Name} acknowledged and lost: {ack.What}");
        }

        Value(world, facts);
        foreach (Node node in world.Nodes)
        {
            Claims(world, node, facts);
        }
    }

    /// <summary>Each coin is live at one place, and the sum of all is what was minted.</summary>
    private static void Value(World world, Dictionary<string, Facts> facts)
    {
        bool wasRestored = world.Nodes.Any(node => node.WasRestored);
        var heirs = new Dictionary<string, Envelope>(StringComparer.Ordinal);
        foreach (Envelope coin in facts.Values.SelectMany(home => home.Coins.Values).Where(coin => coin.MigratedFrom is not null))
        {
            Require(heirs.TryAdd(coin.MigratedFrom!, coin) || wasRestored, $"{coin.MigratedFrom} was minted anew twice.");
        }

        long minted = 0;
        long there = 0;
        foreach (Node node in world.Nodes)
        {
            foreach (Envelope coin in facts[node.Origin.Text].Coins.Values)
            {
                minted += coin.MigratedFrom is null ? coin.ValueZqt : 0;
                there += coin.Status == EnvelopeStatus.Migrated ? 0 : coin.ValueZqt;
                bool hasHeir = heirs.TryGetValue(Migration.SourceOf(node.Origin, coin.TokenId), out Envelope? heir);
                if (coin.Status == EnvelopeStatus.Migrated)
                {
                    string to = facts[node.Origin.Text].LastMoves[coin.TokenId.Text].ToOrigin.Text;
                    Require(hasHeir || world.NodeAt(to).WasRestored, $"{coin.TokenId} left {node.Name} and arrived nowhere.");
                }
                else
                {
                    Require(!hasHeir || node.WasRestored, $"{coin.TokenId} is live at {node.Name}, and as {heir?.TokenId} elsewhere.");
                }

                Require(heir is null || heir.ValueZqt == coin.ValueZqt, $"{coin.TokenId} changed its value on the way.");
            }
        }

        Require(wasRestored || minted == there, $"{minted} ZEQ were minted, and {there} are there.");
    }

    /// <summary>A claim that is held agrees with the coin's home; and of a coin that was accepted, the holder's home holds a claim.</summary>
    private static void Claims(World world, Node node, Dictionary<string, Facts> facts)
    {
        Facts own = facts[node.Origin.Text];
        foreach (ClaimRow claim in own.Claims.Values)
        {
            Require(claim.Status != ClaimStatus.InFlight, $"{node.Name}: the claim to {claim.TokenId} is in flight for ever.");
            if (claim.Status == ClaimStatus.Held)
            {
                bool isKnown = facts[claim.HomeOrigin.Text].Coins.TryGetValue(claim.TokenId.Text, out Envelope? coin);
                Require(
                    (isKnown && coin!.IsHeldBy(claim.Holder, node.Origin) && coin.SpendSeq == claim.SpendSeq) || (!isKnown && world.NodeAt(claim.HomeOrigin.Text).WasRestored),
                    $"{node.Name} holds a claim to {claim.TokenId} at height {claim.SpendSeq}; its home says {coin?.IssuedTo} at {coin?.HolderOrigin}, height {coin?.SpendSeq}.");
            }
        }

        foreach (Envelope coin in own.Coins.Values.Where(coin => coin.HolderOrigin != node.Origin && coin.Status == EnvelopeStatus.Active))
        {
            Node holders = world.NodeAt(coin.HolderOrigin.Text);
            if (own.LastMoves[coin.TokenId.Text].Kind == MoveKind.Accept && !holders.WasRestored)
            {
                bool isHeld = facts[coin.HolderOrigin.Text].Claims.TryGetValue(ClaimRow.KeyOf(node.Origin, coin.TokenId, coin.IssuedTo), out ClaimRow? claim)
                    && claim.Status == ClaimStatus.Held && claim.SpendSeq == coin.SpendSeq;
                Require(isHeld, $"{node.Name} knows {coin.TokenId} accepted at height {coin.SpendSeq}; {holders.Name} says {claim?.Status} at {claim?.SpendSeq}.");
            }
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFault(otherwise);
        }
    }
}
