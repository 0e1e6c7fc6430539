using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>The transitions of a definition, who may ask for them, and what fires them.</summary>
internal sealed partial class ContractReader
{
    private List<ContractTransitionRule> ReadTransitions(JsonElement json)
    {
        var transitions = new List<ContractTransitionRule>();
        if (!json.TryGetProperty("transitions", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is < 1 or > ContractDefinition.MaxTransitions)
        {
            Fault("transitions", $"transitions is a list of 1 to {ContractDefinition.MaxTransitions} transitions.");
            return transitions;
        }

        foreach (JsonElement item in list.EnumerateArray())
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"transitions[{transitions.Count}]");
            if (item.ValueKind != JsonValueKind.Object)
            {
                Fault(place, "This is no JSON object.");
                transitions.Add(new ContractTransitionRule(transitions.Count, "", "", "", null, false, ContractActors.Operators, null));
                continue;
            }

            string from = ReadState(item, "from", place);
            string to = ReadState(item, "to", place);
            if (_states.GetValueOrDefault(from)?.IsTerminal == true)
            {
                Fault(place + ".from", $"Nothing leaves the terminal state {from}.");
            }

            string op = TextOf(item, "operator");
            if (!OperatorName.IsValid(op) || !isOperator(op))
            {
                Fault(place + ".operator", "The kernel has no such operator.");
            }

            Condition? condition = ReadCondition(item, place);
            bool proof = ReadFlag(item, "proof_required", place);
            bool auto = ReadFlag(item, "auto", place);
            ContractTrigger? trigger = ReadTrigger(item, auto, place);
            transitions.Add(new ContractTransitionRule(transitions.Count, from, to, op, condition, proof, ReadActors(item, auto || item.TryGetProperty("trigger", out _), place), trigger));
        }

        return transitions;
    }

    private string ReadState(JsonElement transition, string name, string place)
    {
        string state = TextOf(transition, name);
        if (!_states.ContainsKey(state))
        {
            Fault($"{place}.{name}", "There is no such state.");
        }

        return state;
    }

    private Condition? ReadCondition(JsonElement transition, string place)
    {
        if (!transition.TryGetProperty("condition", out JsonElement json) || json.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        place += ".condition";
        if (!Condition.TryParse(json.ValueKind == JsonValueKind.String ? json.GetString() : null, out Condition? condition, out string? problem))
        {
            Fault(place, json.ValueKind == JsonValueKind.String ? problem : "A condition is a text.");
            return null;
        }

        foreach (string name in condition.ContextNames)
        {
            if (!_context.ContainsKey(name))
            {
                Fault(place, $"The context has no name {Shown(name)}.");
            }
        }

        return condition;
    }

    private ContractActors ReadActors(JsonElement transition, bool isAutomatic, string place)
    {
        place += ".by";
        if (!transition.TryGetProperty("by", out JsonElement by) || by.ValueKind == JsonValueKind.Null)
        {
            return ContractActors.Operators;
        }

        JsonElement list = by;
        bool counts = by.ValueKind == JsonValueKind.Object;
        if (counts && !by.TryGetProperty("of", out list))
        {
            list = default;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > ContractActors.MaxEntries || (list.GetArrayLength() == 0 && (counts || !isAutomatic)))
        {
            Fault(place, $"by is a list of 1 to {ContractActors.MaxEntries} entries, or {{\"any\": n, \"of\": […]}}; empty only where the transition fires by itself.");
            return ContractActors.Operators;
        }

        var zids = new List<Zid>();
        MachineRole? role = null;
        foreach (JsonElement entry in list.EnumerateArray())
        {
            string text = entry.ValueKind == JsonValueKind.String ? entry.GetString()! : "";
            if (RoleOf(text) is { } named && !counts)
            {
                role = role is null || named < role ? named : role;
            }
            else if (Zid.TryParse(NamedZid(text), out Zid zid) && !zid.IsSystem)
            {
                if (!zids.Contains(zid))
                {
                    zids.Add(zid);
                }
            }
            else
            {
                Fault(place, ContextName(text) is not null
                    ? $"{Shown(text)} has to hold a ZID: give it in params."
                    : counts ? "Approvals are asked of ZIDs, or of context.NAME that holds one." : "An entry is a ZID, a role (viewer, operator, admin, owner), or context.NAME that holds a ZID.");
            }
        }

        int needed = 1;
        if (counts)
        {
            needed = by.TryGetProperty("any", out JsonElement any) && any.ValueKind == JsonValueKind.Number && any.TryGetInt32(out int n) ? n : 0;
            if (needed < 1 || needed > zids.Count)
            {
                Fault(place + ".any", "any is 1 to the number of different ZIDs in of.");
            }
        }

        return new ContractActors(zids, role, needed);
    }

    private string? NamedZid(string text) =>
        ContextName(text) is { } name ? _context.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null : text;

    private static MachineRole? RoleOf(string text) => text switch
    {
        "viewer" => MachineRole.Viewer,
        "operator" => MachineRole.Operator,
        "admin" => MachineRole.Admin,
        "owner" => MachineRole.Owner,
        _ => null,
    };

    private ContractTrigger? ReadTrigger(JsonElement transition, bool auto, string place)
    {
        if (!transition.TryGetProperty("trigger", out JsonElement json) || json.ValueKind == JsonValueKind.Null)
        {
            return auto ? new ContractTrigger.Tick(_tickRate) : null;
        }

        place += ".trigger";
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault(place, "This is no JSON object.");
            return null;
        }

        if (transition.TryGetProperty("auto", out JsonElement explicitly) && explicitly.ValueKind == JsonValueKind.False)
        {
            Fault(place, "A transition with a trigger fires by itself: auto may not be false.");
        }

        switch (TextOf(json, "kind"))
        {
            case "recurring" when json.TryGetProperty("cron", out JsonElement cron):
                if (json.TryGetProperty("every_zeqonds", out _))
                {
                    Fault(place, "A recurring trigger has either every_zeqonds or cron.");
                }

                if (CronSchedule.TryParse(cron.ValueKind == JsonValueKind.String ? cron.GetString() : null, out CronSchedule? schedule, out string? problem))
                {
                    return new ContractTrigger.Cron(schedule);
                }

                Fault(place + ".cron", problem);
                return null;
            case "recurring":
                return new ContractTrigger.Every(ReadInteger(Member(json, "every_zeqonds"), place + ".every_zeqonds", 1, ContractTrigger.MaxZeqonds));
            case "one_shot":
                return new ContractTrigger.OneShot(ReadInteger(Member(json, "at_unix"), place + ".at_unix", 0, 253_402_300_799));
            case "after":
                return new ContractTrigger.After(ReadInteger(Member(json, "zeqonds"), place + ".zeqonds", 1, ContractTrigger.MaxZeqonds));
            case "on_event":
                return new ContractTrigger.OnEvents([ReadEvent(Member(json, "event"), place + ".event")], 1);
            case "on_events":
                return ReadEvents(json, place);
            case "on_aggregate":
                return ReadAggregate(json, place);
            default:
                Fault(place + ".kind", "kind is recurring, one_shot, after, on_event, on_events or on_aggregate.");
                return null;
        }
    }

    private ContractTrigger.OnEvents ReadEvents(JsonElement json, string place)
    {
        var events = new List<string>();
        JsonElement list = Member(json, "events");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is < 1 or > ContractTrigger.MaxEvents)
        {
            Fault(place + ".events", $"events is a list of 1 to {ContractTrigger.MaxEvents} types of rows.");
        }
        else
        {
            foreach (JsonElement item in list.EnumerateArray())
            {
                events.Add(ReadEvent(item, place + ".events"));
            }
        }

        return new ContractTrigger.OnEvents(events, ReadInteger(Member(json, "count"), place + ".count", 1, ContractTrigger.MaxCount));
    }

    private ContractTrigger.OnAggregate ReadAggregate(JsonElement json, string place)
    {
        string type = ReadEvent(Member(json, "event"), place + ".event");
        AggregateFunction? function = TextOf(json, "fn") switch
        {
            "count" => AggregateFunction.Count,
            "sum" => AggregateFunction.Sum,
            "avg" => AggregateFunction.Avg,
            "min" => AggregateFunction.Min,
            "max" => AggregateFunction.Max,
            _ => null,
        };
        if (function is null)
        {
            Fault(place + ".fn", "fn is avg, sum, count, min or max.");
        }

        string[]? field = null;
        if (json.TryGetProperty("field", out JsonElement path) && path.ValueKind != JsonValueKind.Null)
        {
            field = path.ValueKind == JsonValueKind.String && path.GetString()!.Length <= Condition.MaxLength ? path.GetString()!.Split('.') : [];
            if (field.Length is 0 or > 16 || !field.All(IsName))
            {
                Fault(place + ".field", "field is a name, or names joined by points.");
            }
        }
        else if (function is not (null or AggregateFunction.Count))
        {
            Fault(place + ".field", "Only a count needs no field.");
        }

        string op = TextOf(json, "op");
        if (op is not ("<" or "<=" or ">" or ">=" or "==" or "!="))
        {
            Fault(place + ".op", "op is one of < <= > >= == !=.");
        }

        long window = ReadInteger(Member(json, "over_zeqonds"), place + ".over_zeqonds", 1, ContractTrigger.MaxWindowZeqonds);
        JsonElement bound = Resolve(Member(json, "value"));
        if (bound.ValueKind != JsonValueKind.Number || !bound.TryGetDouble(out double value) || !double.IsFinite(value))
        {
            Fault(place + ".value", "value is a finite number, or context.NAME of one.");
            value = 0;
        }

        return new ContractTrigger.OnAggregate(type, field, function ?? AggregateFunction.Count, window, op, value);
    }

    private string ReadEvent(JsonElement json, string place)
    {
        string type = json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
        if (!RowType.IsValid(type))
        {
            Fault(place, "An event is the type of a row: 1 to 64 characters of a-z, 0-9, _, . and -.");
        }

        return type;
    }

    private static JsonElement Member(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement member) ? member : default;

    private static string TextOf(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
