using System.Net;

namespace Zeq.Client;

/// <summary>
/// The resolver of the operating system. A look-up there holds a thread and cannot be called back, so at most
/// <see cref="MaxLookups"/> run at a time in the process, also those whose caller has gone: slow name servers of strangers cannot use up the
/// thread pool. Thread-safe.
/// </summary>
public sealed class SystemHostResolver : IHostResolver
{
    /// <summary>Look-ups at a time.</summary>
    public const int MaxLookups = 16;

    // Shared by all, because the thread pool is; a look-up may outlive its resolver.
    private static readonly SemaphoreSlim Places = new(MaxLookups, MaxLookups);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await Places.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await LookUpAsync(host).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IPAddress[]> LookUpAsync(string host)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Places.Release();
        }
    }
}
