using System.Text.Json.Serialization;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// The first line of an exported chain: whose chain it is. The file is JSON Lines, UTF-8: this header, one <see cref="ChainRowBody"/> a
/// line in order from row 1, and a <see cref="ChainExportEnd"/>.
/// </summary>
/// <param name="Format"><see cref="ChainExport.Format"/>.</param>
/// <param name="Origin">The home's origin.</param>
/// <param name="OriginId">The chain's name, <c>parent_origin:slug</c>.</param>
/// <param name="Slug">The machine.</param>
/// <param name="NodePublicKey">The home's node key, 64 hex; it is part of the genesis hash.</param>
/// <param name="GenesisZeqond">When the machine was made.</param>
/// <param name="ExportedZeqond">When it was exported, by the home's clock.</param>
public sealed record ChainExportHeader(string Format, string Origin, string OriginId, string Slug, string NodePublicKey, long GenesisZeqond, long ExportedZeqond);

/// <summary>The last line: a file without it was cut off.</summary>
/// <param name="End">Always true.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="HeadHash">The hash of the last of them; of an empty chain the genesis hash.</param>
public sealed record ChainExportEnd(bool End, long Rows, string HeadHash);

/// <summary>What came of checking an exported chain.</summary>
/// <param name="Header">The file's first line.</param>
/// <param name="Verdict">Whether the rows are consistent with themselves and with what the reader remembers.</param>
/// <param name="IsComplete">Whether the file has its last line, and that is of these rows.</param>
public sealed record ChainExportVerdict(ChainExportHeader Header, ChainVerdict Verdict, bool IsComplete)
{
    /// <summary>Whether the file is whole and its chain valid.</summary>
    public bool IsValid => IsComplete && Verdict.IsValid;
}

/// <summary>A line of an exported chain, of whatever kind.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, MaxDepth = 40)]
[JsonSerializable(typeof(ChainExportHeader))]
[JsonSerializable(typeof(ChainExportEnd))]
[JsonSerializable(typeof(ChainRowBody))]
internal sealed partial class ExportJson : JsonSerializerContext;
