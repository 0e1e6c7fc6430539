namespace Zeq.Protocol;

/// <summary>A state machine: a name with a chain of its own (spec 20 §1).</summary>
/// <param name="Slug">Its name inside the home.</param>
/// <param name="Id">A UUID, version 7.</param>
/// <param name="Owner">The ZID that owns it.</param>
/// <param name="IsOwn">Whether it is its owner's own machine, made by the registration (spec 05 rule 4).</param>
/// <param name="Genesis">The Zeqond of its making.</param>
/// <param name="IsPublic">Whether anyone may read its chain.</param>
/// <param name="PublicSince">The first row that a stranger sees whole: rows older than the switch to public stay private (spec 05 rule 17).</param>
/// <param name="DisplayName">A name for people, at most 255 characters.</param>
/// <param name="Purpose">What it is for, at most 4,000 characters.</param>
public sealed record Machine(Slug Slug, string Id, Zid Owner, bool IsOwn, Zeqond Genesis, bool IsPublic, long PublicSince, string? DisplayName, string? Purpose)
{
    /// <summary>How stores hold it.</summary>
    public static Table<Machine> Table { get; } = Protocol.Table.Of<Machine>("machines")
        .Key("slug", m => m.Slug.Text)
        .Text("id", m => m.Id)
        .Text("owner_zid", m => m.Owner.Text)
        .Flag("is_own", m => m.IsOwn)
        .Integer("genesis_zeqond", m => m.Genesis.Value)
        .ChangingFlag("is_public", m => m.IsPublic)
        .ChangingInteger("public_since", m => m.PublicSince)
        .ChangingOptionalText("display_name", m => m.DisplayName)
        .ChangingOptionalText("purpose", m => m.Purpose)
        .Build(c => new Machine(Slug.Parse(c.Text()), c.Text(), Zid.Parse(c.Text()), c.Flag(), new Zeqond(c.Integer()), c.Flag(), c.Integer(), c.OptionalText(), c.OptionalText()));
}
