using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>Reads a vector file of the C2SP Wycheproof project.</summary>
internal static class Wycheproof
{
    /// <summary>Every test of a file with its group.</summary>
    internal static List<(JsonElement Group, JsonElement Test)> Read(string fileName)
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("wycheproof", fileName));
        return [.. document.RootElement.GetProperty("testGroups").EnumerateArray()
            .SelectMany(group => group.GetProperty("tests").EnumerateArray().Select(test => (group.Clone(), test.Clone())))];
    }

    internal static byte[] Bytes(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    internal static bool IsValid(this JsonElement test) => test.GetProperty("result").GetString() == "valid";

    internal static bool IsInvalid(this JsonElement test) => test.GetProperty("result").GetString() == "invalid";

    internal static string Label(this JsonElement test) => $"tcId {test.GetProperty("tcId").GetInt32()}: {(test.TryGetProperty("comment", out var comment) ? comment.GetString() : "")}";
}

internal static class VectorFile
{
    internal static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Vectors", name);

    internal static byte[] ReadBytes(params string[] path) => File.ReadAllBytes(Path.Combine([AppContext.BaseDirectory, "Vectors", .. path]));
}
