using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Which homes are trusted issuers now: by the admin's word where there is one, else by the configuration (spec 05 rule 8).</summary>
internal sealed class IssuerDirectory(HomeServices services)
{
    public async ValueTask<TrustedIssuer?> FindAsync(Origin home, CancellationToken cancellationToken)
    {
        IssuerRow? row = await services.Home.Reader.FindAsync(IssuerRow.Table, home.Text, cancellationToken).ConfigureAwait(false);
        return IssuerRow.InForce(row, Configured(home));
    }

    public TrustedIssuer? Configured(Origin home) => services.Options.Issuers.TryGetValue(home, out TrustedIssuer? issuer) ? issuer : null;

    /// <summary>
    /// The value of an issuer's coins that ended here, read only where its limit could not be kept without it: it only grows, so that a
    /// reading that is old by the time of the decision takes in too little, never too much.
    /// </summary>
    public async ValueTask<long> EndedAsync(Origin home, long moreZqt, CancellationToken cancellationToken)
    {
        IHomeReader reader = services.Home.Reader;
        if (await FindAsync(home, cancellationToken).ConfigureAwait(false) is not { MaxOutstandingZqt: { } most }
            || await reader.FindAsync(IssuerTally.Table, home.Text, cancellationToken).ConfigureAwait(false) is not { } tally || tally.TakenZqt + moreZqt <= most)
        {
            return 0;
        }

        string source = "@" + home.Text;
        long ended = 0;
        Query<Envelope> query = new Query<Envelope>(Envelope.Table).Where("migrated_from", Comparison.IsNotNull, default)
            .Where("status", Comparison.AtLeast, Cell.Of((long)EnvelopeStatus.Migrated));
        await foreach (Envelope coin in reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            ended += coin.MigratedFrom!.EndsWith(source, StringComparison.Ordinal) ? coin.ValueZqt : 0;
        }

        return ended;
    }
}
