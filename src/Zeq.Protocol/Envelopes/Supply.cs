namespace Zeq.Protocol;

/// <summary>
/// The sums of all envelopes, kept as counters and shown as of the last multiple of 64 Zeqonds, so that nobody reads a single mint off
/// them (spec 05 rule 27). In ZEQ.
/// </summary>
/// <param name="Window">The running window of 64 Zeqonds.</param>
/// <param name="Now">The sums as they are.</param>
/// <param name="Shown">The sums as they were when the window began.</param>
public sealed record Supply(long Window, SupplySums Now, SupplySums Shown)
{
    /// <summary>The key of the one row.</summary>
    public const string Key = "home";

    /// <summary>How many Zeqonds a window has.</summary>
    public const long WindowZeqonds = 64;

    /// <summary>No envelope yet.</summary>
    public static Supply None { get; } = new(0, default, default);

    /// <summary>How stores hold it.</summary>
    public static Table<Supply> Table { get; } = Protocol.Table.Of<Supply>("supply")
        .Key("id", _ => Key)
        .ChangingInteger("window", s => s.Window)
        .ChangingInteger("minted", s => s.Now.Minted)
        .ChangingInteger("burned", s => s.Now.Burned)
        .ChangingInteger("migrated_out", s => s.Now.MigratedOut)
        .ChangingInteger("migrated_in", s => s.Now.MigratedIn)
        .ChangingInteger("bearer", s => s.Now.Bearer)
        .ChangingInteger("shown_minted", s => s.Shown.Minted)
        .ChangingInteger("shown_burned", s => s.Shown.Burned)
        .ChangingInteger("shown_migrated_out", s => s.Shown.MigratedOut)
        .ChangingInteger("shown_migrated_in", s => s.Shown.MigratedIn)
        .ChangingInteger("shown_bearer", s => s.Shown.Bearer)
        .Build(c =>
        {
            c.Text();
            return new Supply(
                c.Integer(),
                new SupplySums(c.Integer(), c.Integer(), c.Integer(), c.Integer(), c.Integer()),
                new SupplySums(c.Integer(), c.Integer(), c.Integer(), c.Integer(), c.Integer()));
        });

    /// <summary>The same counters in the window of a time; a window that has ended is shown from then on.</summary>
    public Supply At(Zeqond now)
    {
        long window = now.Value / WindowZeqonds;
        return window > Window ? new Supply(window, Now, Now) : this;
    }

    /// <summary>The counters with a mint.</summary>
    public Supply PlusMinted(long value) => this with { Now = Now with { Minted = checked(Now.Minted + value) } };

    /// <summary>The counters with a mint for a coin of another home.</summary>
    public Supply PlusMigratedIn(long value) => PlusMinted(value) with { Now = PlusMinted(value).Now with { MigratedIn = checked(Now.MigratedIn + value) } };

    /// <summary>The counters with a coin that was exported; below 0 with one that came back.</summary>
    public Supply PlusBearer(long value) => this with { Now = Now with { Bearer = checked(Now.Bearer + value) } };

    /// <summary>The counters with an exported coin that was minted anew at another home.</summary>
    public Supply PlusMigratedOut(long value) =>
        this with { Now = Now with { MigratedOut = checked(Now.MigratedOut + value), Bearer = checked(Now.Bearer - value) } };

    /// <summary>The counters with a burn.</summary>
    public Supply PlusBurned(long value) => this with { Now = Now with { Burned = checked(Now.Burned + value) } };
}

/// <summary>Sums of envelope values, in ZEQ.</summary>
/// <param name="Minted">Every envelope made here.</param>
/// <param name="Burned">Burned.</param>
/// <param name="MigratedOut">Minted anew elsewhere.</param>
/// <param name="MigratedIn">The part of what was minted here that came from elsewhere.</param>
/// <param name="Bearer">Exported.</param>
public readonly record struct SupplySums(long Minted, long Burned, long MigratedOut, long MigratedIn, long Bearer)
{
    /// <summary>Active and bearer together.</summary>
    public long InCirculation => Minted - Burned - MigratedOut;

    /// <summary>Held by someone, movable.</summary>
    public long Active => InCirculation - Bearer;
}
