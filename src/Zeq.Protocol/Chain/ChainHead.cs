namespace Zeq.Protocol;

/// <summary>
/// The newest link of a machine's chain: what the next row follows. Seq 0 stands for the genesis, whose hash is then
/// <see cref="StateHash"/>.
/// </summary>
/// <param name="Slug">The machine.</param>
/// <param name="Seq">The newest row's number; 0 where there is none yet.</param>
/// <param name="Zeqond">The newest row's Zeqond: no later row may be earlier.</param>
/// <param name="StateHash">The newest row's hash, 64 lower-case hex.</param>
public sealed record ChainHead(Slug Slug, long Seq, Zeqond Zeqond, string StateHash)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ChainHead> Table { get; } = Protocol.Table.Of<ChainHead>("chain_heads")
        .Key("slug", h => h.Slug.Text)
        .Version("seq", h => h.Seq)
        .ChangingInteger("zeqond", h => h.Zeqond.Value)
        .ChangingText("state_hash", h => h.StateHash)
        .Build(c => new ChainHead(Slug.Parse(c.Text()), c.Integer(), new Zeqond(c.Integer()), c.Text()));
}
