using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Client.Tests;

/// <summary>Answers each look-up with the next set of addresses, and the last one ever after. An empty set is a name that does not exist.</summary>
internal sealed class ScriptedResolver(params string[][] answers) : IHostResolver
{
    private int _asked;

    public static ScriptedResolver KnowingNothing() => new([[]]);

    public int Asked => Volatile.Read(ref _asked);

    public ConcurrentQueue<string> Names { get; } = [];

    public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Names.Enqueue(host);
        var answer = answers[Math.Min(Interlocked.Increment(ref _asked), answers.Length) - 1];
        return answer.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : ValueTask.FromResult<IReadOnlyList<IPAddress>>(Array.ConvertAll(answer, IPAddress.Parse));
    }
}
