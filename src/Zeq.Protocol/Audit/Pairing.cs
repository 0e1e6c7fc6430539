using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// Whether two streams of names that come in different orders hold the same names equally often, in constant memory: the names of each
/// side are hashed under a key of this run and summed, so that nobody can choose names whose sums agree. Where they do not, a second
/// reading names some of the culprits.
/// </summary>
internal sealed class Pairing
{
    private const int BucketCount = 4096;
    private const int MaxNamedBuckets = 64;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly UInt128[] _difference = new UInt128[BucketCount];

    /// <summary>A name of the left side.</summary>
    public void AddLeft(string name)
    {
        (int bucket, UInt128 hash) = HashOf(name);
        _difference[bucket] += hash;
    }

    /// <summary>A name of the right side.</summary>
    public void AddRight(string name)
    {
        (int bucket, UInt128 hash) = HashOf(name);
        _difference[bucket] -= hash;
    }

    /// <summary>
    /// Names without a partner, from some of the parts in which the sums differ; nothing where they agree. Each side is read again only
    /// in the first case.
    /// </summary>
    public async IAsyncEnumerable<(string Name, bool IsLeft)> UnpairedAsync(IAsyncEnumerable<string> left, IAsyncEnumerable<string> right)
    {
        var buckets = new HashSet<int>();
        for (int i = 0; i < BucketCount && buckets.Count < MaxNamedBuckets; i++)
        {
            if (_difference[i] != 0)
            {
                buckets.Add(i);
            }
        }

        if (buckets.Count == 0)
        {
            yield break;
        }

        var balance = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (string name in left.ConfigureAwait(false))
        {
            Count(balance, name, buckets, 1);
        }

        await foreach (string name in right.ConfigureAwait(false))
        {
            Count(balance, name, buckets, -1);
        }

        foreach ((string name, long count) in balance)
        {
            if (count != 0)
            {
                yield return (name, count > 0);
            }
        }
    }

    private void Count(SortedDictionary<string, long> balance, string name, HashSet<int> buckets, long by)
    {
        if (buckets.Contains(HashOf(name).Bucket))
        {
            balance[name] = balance.GetValueOrDefault(name) + by;
        }
    }

    private (int Bucket, UInt128 Hash) HashOf(string name)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> utf8 = stackalloc byte[256];
        int most = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> text = most <= utf8.Length ? utf8 : new byte[most];
        HMACSHA256.HashData(_key, text[..Encoding.UTF8.GetBytes(name, text)], mac);
        return (BinaryPrimitives.ReadUInt16LittleEndian(mac) % BucketCount, BinaryPrimitives.ReadUInt128LittleEndian(mac[16..]));
    }
}
