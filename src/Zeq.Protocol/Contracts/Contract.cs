namespace Zeq.Protocol;

/// <summary>A contract on a machine (spec 20 §3): a definition that never changes, and where it stands.</summary>
/// <param name="Id">A UUID, version 7.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Creator">Who deployed it.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Version">Its version.</param>
/// <param name="TemplateId">The template that it was made of; null where a definition was given.</param>
/// <param name="Definition">The definition as canonical JSON.</param>
/// <param name="Context">The values of its context as canonical JSON.</param>
/// <param name="Created">When it was deployed.</param>
/// <param name="Row">Its chain row.</param>
/// <param name="State">The current state.</param>
/// <param name="Entered">When it entered that state.</param>
/// <param name="Visits">How many transitions there were.</param>
/// <param name="Tries">How many tries there were, failed ones included.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="AutoFailures">How many automatic tries in a row failed.</param>
/// <param name="PausedFor">Why it is paused, a sentence; null while it is not.</param>
/// <param name="Changes">How often it changed.</param>
public sealed record Contract(
    string Id, Slug Machine, Zid Creator, string Name, string Version, string? TemplateId, string Definition, string Context, Zeqond Created, RowRef Row,
    string State, Zeqond Entered, long Visits, long Tries, long Failures, long AutoFailures, string? PausedFor, long Changes)
{
    /// <summary>The type of the row that tells of its deployment.</summary>
    public const string ChainRowType = "contract";

    /// <summary>The type of the row of a transition.</summary>
    public const string TransitionRowType = "contract_transition";

    /// <summary>The type of the row of an approval.</summary>
    public const string ApprovalRowType = "contract_approval";

    /// <summary>The type of the row of a pause.</summary>
    public const string PausedRowType = "contract_paused";

    /// <summary>The type of the row of a resumption.</summary>
    public const string ResumedRowType = "contract_resumed";

    /// <summary>The most contracts of a machine that have not ended (spec 05 rule 24).</summary>
    public const int MaxActive = 64;

    /// <summary>After so many failed automatic tries in a row the contract pauses.</summary>
    public const int MaxAutoFailures = 8;

    /// <summary>How many failed tries are kept, the newest.</summary>
    public const int KeptFailures = 100;

    /// <summary>The key prefix of what a contract does by itself.</summary>
    public const string AutomaticKeyPrefix = "zeq-sys-auto";

    /// <summary>How stores hold it.</summary>
    public static Table<Contract> Table { get; } = Protocol.Table.Of<Contract>("contracts")
        .Key("contract_id", c => c.Id)
        .Text("slug", c => c.Machine.Text)
        .Text("zid", c => c.Creator.Text)
        .Text("name", c => c.Name)
        .Text("version", c => c.Version)
        .OptionalText("template_id", c => c.TemplateId)
        .Text("definition", c => c.Definition)
        .Text("context", c => c.Context)
        .Integer("created_zeqond", c => c.Created.Value)
        .Text("row_slug", c => c.Row.Slug)
        .Integer("row_seq", c => c.Row.Seq)
        .Text("row_hash", c => c.Row.StateHash)
        .ChangingText("state", c => c.State)
        .ChangingInteger("entered_zeqond", c => c.Entered.Value)
        .ChangingInteger("visits", c => c.Visits)
        .ChangingInteger("tries", c => c.Tries)
        .ChangingInteger("failures", c => c.Failures)
        .ChangingInteger("auto_failures", c => c.AutoFailures)
        .ChangingOptionalText("paused_for", c => c.PausedFor)
        .Version("changes", c => c.Changes)
        .Build(c => new Contract(
            c.Text(), Slug.Parse(c.Text()), Zid.Parse(c.Text()), c.Text(), c.Text(), c.OptionalText(), c.Text(), c.Text(), new Zeqond(c.Integer()),
            new RowRef(c.Text(), c.Integer(), c.Text()), c.Text(), new Zeqond(c.Integer()), c.Integer(), c.Integer(), c.Integer(), c.Integer(), c.OptionalText(), c.Integer()));

    /// <summary>Whether it is paused: nothing moves it until it is resumed.</summary>
    public bool IsPaused => PausedFor is not null;

    /// <summary>The caller that stands for what a contract does by itself: the machine's owner, under a prefix that no key has.</summary>
    public static Caller Automatic(Zid owner) => new(owner, AutomaticKeyPrefix, IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);

    /// <summary>What the names of a condition stand for.</summary>
    internal ConditionScope ScopeOf(ContractDefinition definition, System.Text.Json.JsonElement input, string actor, Zeqond now) =>
        new(input, definition.Context, actor, State, Entered, now);

    /// <summary>The canonical payload of its chain row.</summary>
    internal string ChainPayload(ContractDefinition definition) => new Payload()
        .Add("contract_id", Id)
        .Add("context", definition.Context)
        .Add("definition_hash", definition.Digest)
        .Add("name", Name)
        .Add("template_id", TemplateId)
        .Add("version", Version)
        .ToCanonicalText();
}

/// <summary>How many contracts of a machine have not ended.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Active">How many.</param>
/// <param name="Changes">How often the number changed.</param>
public sealed record ContractCount(Slug Machine, long Active, long Changes)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ContractCount> Table { get; } = Protocol.Table.Of<ContractCount>("contract_counts")
        .Key("slug", c => c.Machine.Text)
        .ChangingInteger("active", c => c.Active)
        .Version("changes", c => c.Changes)
        .Build(c => new ContractCount(Slug.Parse(c.Text()), c.Integer(), c.Integer()));
}
