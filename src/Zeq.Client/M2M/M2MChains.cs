using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Fetches the chains that an auditor of a handshake of machines walks (spec 20 §4).</summary>
public static class M2MChains
{
    /// <summary>The longest chain that is fetched, in rows: it is held in memory.</summary>
    public const long MaxRows = 250_000;

    private const int PageRows = 500;

    /// <summary>Fetches a chain as it stands, row 1 to its newest row, as the caller may see it.</summary>
    /// <param name="client">Asks the chain's home.</param>
    /// <param name="slug">The machine.</param>
    /// <param name="publicKey">The machine's pinned key, 64 lower-case hex; null takes the one that the home shows, which is then all that says whose handshake it was.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ZeqApiException">The machine may not be read, or has no key.</exception>
    /// <exception cref="ZeqUnreachableException">The home answers with what is no page of this chain, or the chain is longer than <see cref="MaxRows"/>.</exception>
    public static async Task<M2MChain> ReadAsync(ZeqClient client, Slug slug, string? publicKey = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        MachineBody machine = (await client.Chain.GetMachineAsync(slug, ct).ConfigureAwait(false)).Machine;
        NodeCard node = await client.Identity.GetNodeAsync(ct).ConfigureAwait(false);
        publicKey ??= (await client.Chain.GetPublicKeyAsync(slug, ct).ConfigureAwait(false)).PublicKey;
        if (!Slug.TryParse(machine.ParentOrigin, out Slug parent))
        {
            throw ZeqTransport.Nonsense("The home names no chain.");
        }

        var rows = new List<ChainRow>();
        for (long? after = 0; after is not null;)
        {
            ExploreAnswer page = await client.Chain.ExploreAsync(slug, after: after, limit: PageRows, ct: ct).ConfigureAwait(false);
            foreach (ChainRowBody body in page.Rows)
            {
                ChainRow row = ChainExport.RowOf(slug, body) ?? throw ZeqTransport.Nonsense("The home shows what is no row.");
                rows.Add(row.Seq == rows.Count + 1 ? row : throw ZeqTransport.Nonsense("The home leaves out rows, or repeats some."));
            }

            if (rows.Count > MaxRows || (page.NextAfter is { } next && next != rows.Count))
            {
                throw ZeqTransport.Nonsense(rows.Count > MaxRows ? "The chain is too long to be audited at once." : "The home's page does not lead to the next one.");
            }

            after = page.NextAfter;
        }

        return new M2MChain(new M2MParty(client.Origin, parent, slug, publicKey), node.PublicKey, new Zeqond(machine.GenesisZeqond), rows);
    }
}
