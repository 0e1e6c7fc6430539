using System.Buffers;
using System.Text;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Reads one definition, and goes on where something is wrong, so that every fault is named. Used once.</summary>
internal sealed partial class ContractReader(Func<string, bool> isOperator)
{
    private const int MaxFaults = 200;
    private const int MaxName = 255;
    private const int MaxVersion = 64;

    private static readonly string[] Members = ["name", "version", "states", "transitions", "context", "observers", "audit_clock", "zeqond_tick_rate"];

    private readonly List<RejectionDetail> _faults = [];
    private readonly Dictionary<string, ContractState> _states = new(StringComparer.Ordinal);
    private readonly List<ContractState> _stateList = [];
    private readonly Dictionary<string, JsonElement> _context = new(StringComparer.Ordinal);
    private long _tickRate = 1;

    public ContractCheck Read(JsonElement json, JsonElement? parameters)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault("", "The definition is no JSON object.");
            return new ContractCheck(null, _faults);
        }

        string name = ReadText(json, "name", MaxName);
        string version = ReadText(json, "version", MaxVersion);
        ReadStates(json);
        ReadContext(json, parameters);
        ReadRest(json);
        List<ContractTransitionRule> transitions = ReadTransitions(json);
        if (_faults.Count == 0)
        {
            CheckGraph(transitions);
        }

        if (_faults.Count > 0)
        {
            return new ContractCheck(null, _faults);
        }

        string contextText = WriteContext();
        using JsonDocument context = JsonDocument.Parse(contextText);
        return new ContractCheck(new ContractDefinition(Canonical(json), name, version, _stateList, transitions, context.RootElement.Clone(), contextText), []);
    }

    private void Fault(string place, string message)
    {
        if (_faults.Count < MaxFaults)
        {
            _faults.Add(new RejectionDetail(place, RejectionCode.InvalidContract, message));
        }
    }

    private string ReadText(JsonElement json, string name, int most)
    {
        string text = json.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : "";
        if (text.Length is 0 || text.Length > most || text.Any(char.IsControl))
        {
            Fault(name, $"{name} is a text of 1 to {most} characters.");
        }

        return text;
    }

    private void ReadStates(JsonElement json)
    {
        if (!json.TryGetProperty("states", out JsonElement states) || states.ValueKind != JsonValueKind.Object || states.GetPropertyCount() is < 1 or > ContractDefinition.MaxStates)
        {
            Fault("states", $"states is an object of 1 to {ContractDefinition.MaxStates} states.");
            return;
        }

        foreach (JsonProperty state in states.EnumerateObject())
        {
            string place = "states." + Shown(state.Name);
            if (!IsStateName(state.Name))
            {
                Fault(place, "The name of a state is 1 to 64 characters of a-z, 0-9 and _.");
            }

            bool isInitial = ReadFlag(state.Value, "initial", place);
            bool isTerminal = ReadFlag(state.Value, "terminal", place);
            var read = new ContractState(state.Name, isInitial, isTerminal);
            if (_states.TryAdd(state.Name, read))
            {
                _stateList.Add(read);
            }
            else
            {
                Fault(place, "The state stands twice.");
            }
        }

        if (_stateList.Count(state => state.IsInitial) != 1)
        {
            Fault("states", "Exactly one state is initial.");
        }
    }

    private bool ReadFlag(JsonElement json, string name, string place)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault(place, "This is no JSON object.");
            return false;
        }

        if (!json.TryGetProperty(name, out JsonElement flag) || flag.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return flag.ValueKind == JsonValueKind.True;
        }

        Fault(place.Length == 0 ? name : $"{place}.{name}", $"{name} is true or false.");
        return false;
    }

    private void ReadContext(JsonElement json, JsonElement? parameters)
    {
        if (json.TryGetProperty("context", out JsonElement context))
        {
            if (context.ValueKind != JsonValueKind.Object || context.GetPropertyCount() > ContractDefinition.MaxContextNames)
            {
                Fault("context", $"context is an object of at most {ContractDefinition.MaxContextNames} names.");
                return;
            }

            foreach (JsonProperty name in context.EnumerateObject())
            {
                string place = "context." + Shown(name.Name);
                if (!IsName(name.Name))
                {
                    Fault(place, "The name of a context is 1 to 64 letters, digits and _, and begins with no digit.");
                }

                CheckPlain(name.Value, place);
                _context[name.Name] = name.Value;
            }
        }

        if (parameters is not { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } given)
        {
            return;
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            Fault("params", "params is a JSON object.");
            return;
        }

        foreach (JsonProperty value in given.EnumerateObject())
        {
            string place = "params." + Shown(value.Name);
            if (!_context.TryGetValue(value.Name, out JsonElement was))
            {
                Fault(place, "The context has no such name.");
                continue;
            }

            CheckPlain(value.Value, place);
            if (was.ValueKind != JsonValueKind.Null && KindOf(was) != KindOf(value.Value))
            {
                Fault(place, "The value is of another kind than its default.");
            }

            _context[value.Name] = value.Value;
        }
    }

    private void CheckPlain(JsonElement value, string place)
    {
        bool isPlain = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Length <= ContractDefinition.MaxContextText,
            JsonValueKind.Number => value.TryGetDouble(out double number) && double.IsFinite(number),
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => true,
            _ => false,
        };
        if (!isPlain)
        {
            Fault(place, $"A value of the context is null, true, false, a finite number or a text of at most {ContractDefinition.MaxContextText} characters.");
        }
    }

    private static int KindOf(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? -1 : (int)value.ValueKind;

    private void ReadRest(JsonElement json)
    {
        if (json.TryGetProperty("observers", out JsonElement observers)
            && (observers.ValueKind != JsonValueKind.Array || observers.GetArrayLength() > ContractDefinition.MaxObservers
                || observers.EnumerateArray().Any(observer => observer.ValueKind != JsonValueKind.String || observer.GetString()!.Length is 0 or > MaxName)))
        {
            Fault("observers", $"observers is a list of at most {ContractDefinition.MaxObservers} texts of 1 to {MaxName} characters.");
        }

        ReadFlag(json, "audit_clock", "");
        if (json.TryGetProperty("zeqond_tick_rate", out JsonElement rate))
        {
            _tickRate = ReadInteger(rate, "zeqond_tick_rate", 1, ContractTrigger.MaxWindowZeqonds);
        }
    }

    /// <summary>An integer, or the name of one in the context; the lowest value where it is none, after the fault.</summary>
    private long ReadInteger(JsonElement json, string place, long low, long high)
    {
        JsonElement value = Resolve(json);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && Math.Floor(number) == number && number >= low && number <= high)
        {
            return (long)number;
        }

        Fault(place, $"This is an integer of {low} to {high}, or context.NAME of one.");
        return low;
    }

    /// <summary>The value of the context that a text <c>context.NAME</c> stands for; anything else as it is.</summary>
    private JsonElement Resolve(JsonElement json) =>
        json.ValueKind == JsonValueKind.String && ContextName(json.GetString()!) is { } name && _context.TryGetValue(name, out JsonElement value) ? value : json;

    private static string? ContextName(string text) => text.StartsWith("context.", StringComparison.Ordinal) ? text["context.".Length..] : null;

    private void CheckGraph(List<ContractTransitionRule> transitions)
    {
        if (transitions.Count(transition => transition.Trigger is not null) > ContractDefinition.MaxTriggers)
        {
            Fault("transitions", $"At most {ContractDefinition.MaxTriggers} transitions fire by themselves.");
        }

        var reached = new HashSet<string>(StringComparer.Ordinal) { _stateList.Single(state => state.IsInitial).Name };
        bool grows = true;
        while (grows)
        {
            grows = false;
            foreach (ContractTransitionRule transition in transitions)
            {
                grows |= reached.Contains(transition.From) && reached.Add(transition.To);
            }
        }

        foreach (ContractState state in _stateList)
        {
            if (!reached.Contains(state.Name))
            {
                Fault("states." + state.Name, "No path leads to this state.");
            }
        }
    }

    private string WriteContext()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach ((string name, JsonElement value) in _context)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(Jcs.Canonicalize(buffer.WrittenSpan));
    }

    private static string Canonical(JsonElement json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (string member in Members)
            {
                if (json.TryGetProperty(member, out JsonElement value))
                {
                    writer.WritePropertyName(member);
                    value.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(Jcs.Canonicalize(buffer.WrittenSpan));
    }

    private static bool IsStateName(string name) => name.Length is >= 1 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool IsName(string name) => name.Length is >= 1 and <= 64 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>A name of the request as part of a place: cut, and without what no one sees.</summary>
    private static string Shown(string name) => new([.. name.Take(64).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
