using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>A digest of everything that a home holds, but for when its keys were last used.</summary>
internal static class StoreDigest
{
    public static async Task<string> OfAsync(TestHome home)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        IHomeReader reader = home.Home.Reader;
        await AddAsync(hash, reader, Envelope.Table);
        await AddAsync(hash, reader, Move.Table);
        await AddAsync(hash, reader, Supply.Table);
        await AddAsync(hash, reader, BurnRow.Table);
        await AddAsync(hash, reader, Vote.Table);
        await AddAsync(hash, reader, VoteStake.Table);
        await AddAsync(hash, reader, IdentityRow.Table);
        await AddAsync(hash, reader, ApiKeyRow.Table);
        await AddAsync(hash, reader, ComputeRow.Table);
        await AddAsync(hash, reader, ClaimRow.Table);
        await AddAsync(hash, reader, PeerStep.Table);
        await AddAsync(hash, reader, HomeMeta.Table);
        await AddAsync(hash, reader, KeptAnswer.Table);
        await AddAsync(hash, reader, CreditGrant.Table);
        await AddAsync(hash, reader, FuelPool.Table);
        await AddAsync(hash, reader, CreditMove.Table);
        await AddAsync(hash, reader, ChainHead.Table);
        await AddAsync(hash, reader, ChainRow.Table);
        await AddAsync(hash, reader, Machine.Table);
        await AddAsync(hash, reader, SealedSecret.Table);
        await AddAsync(hash, reader, PeerKey.Table);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task AddAsync<T>(IncrementalHash hash, IHomeReader reader, Table<T> table)
        where T : class
    {
        var cells = new Cell[table.Columns.Count];
        await foreach (T row in reader.QueryAsync(new Query<T>(table)))
        {
            table.Write(row, cells);
            for (int i = 0; i < cells.Length; i++)
            {
                string text = table.Columns[i].Kind == ColumnKind.Blob ? (cells[i].IsNull ? "" : Convert.ToHexString(cells[i].Blob)) : Text(cells[i], table.Columns[i].Kind);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{table.Name}|{i}|{text.Length}|{text}")));
            }
        }
    }

    private static string Text(Cell cell, ColumnKind kind) =>
        cell.IsNull ? "null" : kind == ColumnKind.Integer ? cell.Integer.ToString(CultureInfo.InvariantCulture) : cell.Text;
}
