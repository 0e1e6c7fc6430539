namespace Zeq.Protocol;

/// <summary>A secret at rest: sealed for its name, owner and version. Names that begin with <c>tally.</c> belong to the system.</summary>
/// <param name="BoundZid">The owner.</param>
/// <param name="Name">The name.</param>
/// <param name="Version">1, 2, 3 … with every new value.</param>
/// <param name="Sealed">The sealed value; see <see cref="FieldSeal"/>.</param>
public sealed record SealedSecret(Zid BoundZid, string Name, long Version, byte[] Sealed)
{
    /// <summary>How stores hold it.</summary>
    public static Table<SealedSecret> Table { get; } = Protocol.Table.Of<SealedSecret>("secrets")
        .Key("bound_zid", s => s.BoundZid.Text)
        .Key("name", s => s.Name)
        .Version("version", s => s.Version)
        .ChangingOptionalBlob("sealed", s => s.Sealed)
        .Build(c => new SealedSecret(Zid.Parse(c.Text()), c.Text(), c.Integer(), c.OptionalBlob() ?? []));

    /// <summary>The key of a secret.</summary>
    public static string KeyOf(Zid boundZid, string name) => $"{boundZid.Text}|{name}";
}
