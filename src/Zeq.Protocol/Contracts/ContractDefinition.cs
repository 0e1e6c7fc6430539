using System.Text;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>A state of a contract.</summary>
/// <param name="Name">Its name, <c>[a-z0-9_]{1,64}</c>.</param>
/// <param name="IsInitial">Whether the contract begins in it.</param>
/// <param name="IsTerminal">Whether the contract ends in it.</param>
public sealed record ContractState(string Name, bool IsInitial, bool IsTerminal);

/// <summary>A transition of a definition.</summary>
/// <param name="Index">Its place in the definition, from 0.</param>
/// <param name="From">The state that it leaves.</param>
/// <param name="To">The state that it enters.</param>
/// <param name="Operator">The operator that is computed and charged, together with <c>KO42</c>.</param>
/// <param name="Condition">What has to hold; null: nothing.</param>
/// <param name="ProofRequired">Whether the digest of the operator's proof is kept and answered.</param>
/// <param name="By">Who may ask for it.</param>
/// <param name="Trigger">What makes it fire by itself; null: nothing.</param>
public sealed record ContractTransitionRule(
    int Index, string From, string To, string Operator, Condition? Condition, bool ProofRequired, ContractActors By, ContractTrigger? Trigger);

/// <summary>
/// A checked definition of a contract, with the values of its context (spec 20 §3). Made by <see cref="Check"/> alone, so that whoever
/// holds one holds a sound one. Immutable and thread-safe.
/// </summary>
public sealed class ContractDefinition
{
    /// <summary>The most states.</summary>
    public const int MaxStates = 64;

    /// <summary>The most transitions.</summary>
    public const int MaxTransitions = 256;

    /// <summary>The most transitions that fire by themselves (spec 05 rule 24).</summary>
    public const int MaxTriggers = 16;

    /// <summary>The most names of a context.</summary>
    public const int MaxContextNames = 64;

    /// <summary>The longest text of a context, in characters.</summary>
    public const int MaxContextText = 1_024;

    /// <summary>The most observers.</summary>
    public const int MaxObservers = 16;

    private readonly Dictionary<string, ContractState> _byName;
    private readonly JsonElement _context;

    internal ContractDefinition(
        string text, string name, string version, IReadOnlyList<ContractState> states, IReadOnlyList<ContractTransitionRule> transitions, JsonElement context, string contextText)
    {
        (Text, Name, Version, States, Transitions, _context, ContextText) = (text, name, version, states, transitions, context, contextText);
        _byName = states.ToDictionary(state => state.Name, StringComparer.Ordinal);
        Triggers = [.. transitions.Where(transition => transition.Trigger is not null)];
        Initial = states.Single(state => state.IsInitial);
    }

    /// <summary>The definition as canonical JSON (RFC 8785), without the values of this contract.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of <see cref="Text"/>, 64 hex.</summary>
    public string Digest => Sha256.HashHexUtf8(Text);

    /// <summary>Its name for people, 1 to 255 characters.</summary>
    public string Name { get; }

    /// <summary>Its version, 1 to 64 characters.</summary>
    public string Version { get; }

    /// <summary>The states, in the order of the definition.</summary>
    public IReadOnlyList<ContractState> States { get; }

    /// <summary>The transitions, in the order of the definition.</summary>
    public IReadOnlyList<ContractTransitionRule> Transitions { get; }

    /// <summary>The transitions that fire by themselves.</summary>
    public IReadOnlyList<ContractTransitionRule> Triggers { get; }

    /// <summary>The state in which the contract begins.</summary>
    public ContractState Initial { get; }

    /// <summary>The context, a JSON object of plain values.</summary>
    public JsonElement Context => _context;

    /// <summary>The context as canonical JSON.</summary>
    public string ContextText { get; }

    /// <summary>The state of a name, or null.</summary>
    public ContractState? Find(string state) => _byName.GetValueOrDefault(state);

    /// <summary>Whether a ZID is named in any <c>by</c>.</summary>
    public bool Names(Zid zid) => Transitions.Any(transition => transition.By.Zids.Contains(zid));

    /// <summary>Checks a definition and names everything that is wrong with it, all at once.</summary>
    /// <param name="json">The definition, any JSON value.</param>
    /// <param name="parameters">Values for names of its context; null or undefined: the defaults.</param>
    /// <param name="isOperator">Whether the home's kernel has an operator.</param>
    public static ContractCheck Check(JsonElement json, JsonElement? parameters, Func<string, bool> isOperator)
    {
        ArgumentNullException.ThrowIfNull(isOperator);
        return new ContractReader(isOperator).Read(json, parameters);
    }

    /// <summary>Reads a definition and its context as they were stored.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public static ContractDefinition Restore(string text, string contextText)
    {
        try
        {
            using JsonDocument definition = JsonDocument.Parse(text);
            using JsonDocument context = JsonDocument.Parse(contextText);

            // What the kernel knew when the contract was made is not asked again: an operator that is gone fails when it is needed.
            ContractCheck check = Check(definition.RootElement, context.RootElement, static _ => true);
            return check.Definition ?? throw new FormatException("The stored definition is none: " + check.Faults[0].Message);
        }
        catch (JsonException malformed)
        {
            throw new FormatException("The stored definition is no JSON.", malformed);
        }
    }

    /// <summary>The canonical text of a JSON value.</summary>
    /// <exception cref="FormatException">It has none.</exception>
    internal static string Canonical(JsonElement json) => Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(json.GetRawText())));
}

/// <summary>What a check of a definition came to.</summary>
/// <param name="Definition">The definition; null where something is wrong.</param>
/// <param name="Faults">What is wrong, each with its place in the definition; empty where nothing is.</param>
public sealed record ContractCheck(ContractDefinition? Definition, IReadOnlyList<RejectionDetail> Faults);
