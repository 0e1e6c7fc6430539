namespace Zeq.Protocol;

/// <summary>
/// A coin of another home that this one minted for, with the word of that home (spec 05 rules 8 and 19). One row for a coin, for ever: what
/// stands here is never minted for again.
/// </summary>
/// <param name="HomeOrigin">The home that the coin left.</param>
/// <param name="TokenId">The coin there.</param>
/// <param name="Holder">For whom it was minted here.</param>
/// <param name="LocalToken">The coin here.</param>
/// <param name="ValueZqt">Its value, in ZEQ.</param>
/// <param name="IssuerKey">The pinned node key that signed the coin and its migration, 64 hex.</param>
/// <param name="Migration">The migration, as canonical JSON.</param>
/// <param name="Zeqond">When it was minted here.</param>
public sealed record MigratedIn(Origin HomeOrigin, TokenId TokenId, Zid Holder, TokenId LocalToken, long ValueZqt, string IssuerKey, string Migration, Zeqond Zeqond)
{
    /// <summary>How stores hold it.</summary>
    public static Table<MigratedIn> Table { get; } = Protocol.Table.Of<MigratedIn>("migrations_in")
        .Key("home_origin", m => m.HomeOrigin.Text)
        .Key("token_id", m => m.TokenId.Text)
        .Text("zid", m => m.Holder.Text)
        .Text("local_token_id", m => m.LocalToken.Text)
        .Integer("value_zqt", m => m.ValueZqt)
        .Text("issuer_key", m => m.IssuerKey)
        .Text("migration", m => m.Migration)
        .Integer("zeqond", m => m.Zeqond.Value)
        .Build(c => new MigratedIn(
            Origin.Parse(c.Text()), TokenId.Parse(c.Text()), Zid.Parse(c.Text()), TokenId.Parse(c.Text()), c.Integer(), c.Text(), c.Text(), new Zeqond(c.Integer())));

    /// <summary>The key of a coin.</summary>
    public static string KeyOf(Origin home, TokenId token) => $"{home.Text}|{token.Text}";
}
