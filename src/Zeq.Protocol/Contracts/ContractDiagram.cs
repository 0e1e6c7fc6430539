using System.Globalization;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// Draws a contract (spec 20 §3): its states, the current one, and the transitions that were taken. Pure. Everything that it writes is a
/// name of bounded characters or escaped.
/// </summary>
public static class ContractDiagram
{
    private const int BoxWidth = 168;
    private const int BoxHeight = 40;
    private const int ColumnWidth = 288;
    private const int RowHeight = 96;
    private const int Margin = 48;

    /// <summary>A state diagram of Mermaid.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="current">The current state.</param>
    /// <param name="taken">How often each transition was taken, by its place in the definition.</param>
    public static string Mermaid(ContractDefinition definition, string current, IReadOnlyDictionary<long, long> taken)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(taken);
        var text = new StringBuilder("stateDiagram-v2\n");

        // States may have names that mean something to Mermaid: each gets one of its own.
        Dictionary<string, string> ids = definition.States.Select((state, i) => (state.Name, Id: Invariant($"s{i}"))).ToDictionary(pair => pair.Name, pair => pair.Id, StringComparer.Ordinal);
        foreach (ContractState state in definition.States)
        {
            text.Append(CultureInfo.InvariantCulture, $"    state \"{state.Name}\" as {ids[state.Name]}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"    [*] --> {ids[definition.Initial.Name]}\n");
        foreach (ContractTransitionRule rule in definition.Transitions)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {ids[rule.From]} --> {ids[rule.To]} : {LabelOf(rule, taken)}\n");
        }

        foreach (ContractState state in definition.States.Where(state => state.IsTerminal))
        {
            text.Append(CultureInfo.InvariantCulture, $"    {ids[state.Name]} --> [*]\n");
        }

        text.Append("    classDef current fill:#1f6feb,color:#ffffff,stroke:#0b3d91\n    classDef visited stroke:#1f6feb,stroke-width:3px\n");
        HashSet<string> visited = VisitedOf(definition, taken);
        foreach (ContractState state in definition.States)
        {
            if (state.Name == current || visited.Contains(state.Name))
            {
                text.Append(CultureInfo.InvariantCulture, $"    class {ids[state.Name]} {(state.Name == current ? "current" : "visited")}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A drawing in SVG, readable in light and dark, without script or anything from elsewhere.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="current">The current state.</param>
    /// <param name="taken">How often each transition was taken, by its place in the definition.</param>
    public static string Svg(ContractDefinition definition, string current, IReadOnlyDictionary<long, long> taken)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(taken);
        Dictionary<string, (int X, int Y)> places = PlacesOf(definition);
        int width = places.Values.Max(place => place.X) + BoxWidth + Margin + ColumnWidth - BoxWidth;
        int height = places.Values.Max(place => place.Y) + BoxHeight + Margin;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"14\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(definition.Name)}: {current}</title>\n");
        svg.Append("<style>.box{fill:#f6f8fa;stroke:#57606a}.now{fill:#1f6feb;stroke:#0b3d91}.been{stroke:#1f6feb;stroke-width:3}.way{fill:none;stroke:#8c959f}.took{stroke:#1f6feb;stroke-width:3}"
            + "text{fill:#1f2328}.on{fill:#ffffff}.tip{fill:#57606a;font-size:11px}@media(prefers-color-scheme:dark){.box{fill:#161b22}text{fill:#e6edf3}.tip{fill:#9198a1}}</style>\n");
        svg.Append("<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\" fill=\"#8c959f\"/></marker></defs>\n");
        var used = new Dictionary<(string, string), int>();
        foreach (ContractTransitionRule rule in definition.Transitions)
        {
            int nth = used.GetValueOrDefault((rule.From, rule.To));
            used[(rule.From, rule.To)] = nth + 1;
            AppendWay(svg, rule, places[rule.From], places[rule.To], nth, LabelOf(rule, taken), taken.ContainsKey(rule.Index));
        }

        HashSet<string> visited = VisitedOf(definition, taken);
        foreach (ContractState state in definition.States)
        {
            (int x, int y) = places[state.Name];
            string kind = state.Name == current ? "box now" : visited.Contains(state.Name) ? "box been" : "box";
            int round = state.IsInitial ? BoxHeight / 2 : state.IsTerminal ? 0 : 8;
            string shown = state.Name.Length > 20 ? state.Name[..19] + "…" : state.Name;
            svg.Append(CultureInfo.InvariantCulture, $"<g><title>{state.Name}{(state.Name == current ? " (current)" : "")}</title><rect class=\"{kind}\" x=\"{x}\" y=\"{y}\" width=\"{BoxWidth}\" height=\"{BoxHeight}\" rx=\"{round}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + (BoxWidth / 2)}\" y=\"{y + 25}\" text-anchor=\"middle\"{(state.Name == current ? " class=\"on\"" : "")}>{shown}</text></g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendWay(StringBuilder svg, ContractTransitionRule rule, (int X, int Y) from, (int X, int Y) to, int nth, string label, bool isTaken)
    {
        (int x1, int y1, int x2, int y2, int bend) = (from.X + BoxWidth, from.Y + (BoxHeight / 2), to.X, to.Y + (BoxHeight / 2), 60);
        if (rule.From == rule.To)
        {
            (x1, y1, x2, y2, bend) = (from.X + BoxWidth, from.Y + 10, from.X + BoxWidth, from.Y + BoxHeight - 8, 70);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"way{(isTaken ? " took" : "")}\" marker-end=\"url(#tip)\" d=\"M{x1} {y1}C{x1 + bend} {y1 - 20} {x2 + bend} {y2 + 20} {x2} {y2}\"/>");
        }
        else if (to.X > from.X)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"way{(isTaken ? " took" : "")}\" marker-end=\"url(#tip)\" d=\"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}\"/>");
        }
        else
        {
            // Back, or to the same column: round below.
            (x1, y1, x2, y2) = (from.X + (BoxWidth / 2), from.Y + BoxHeight, to.X + (BoxWidth / 2), to.Y + BoxHeight);
            bend = 34 + (nth * 10);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"way{(isTaken ? " took" : "")}\" marker-end=\"url(#tip)\" d=\"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 + bend} {x2} {y2}\"/>");
        }

        int labelX = (x1 + x2) / 2;
        int labelY = ((y1 + y2) / 2) - 6 + (nth * 14) + (to.X > from.X ? 0 : 26);
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tip\" x=\"{labelX}\" y=\"{labelY}\" text-anchor=\"middle\">{Escape(label)}</text>\n");
    }

    /// <summary>States in columns by their distance from the initial one.</summary>
    private static Dictionary<string, (int X, int Y)> PlacesOf(ContractDefinition definition)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal) { [definition.Initial.Name] = 0 };
        for (bool grows = true; grows;)
        {
            grows = false;
            foreach (ContractTransitionRule rule in definition.Transitions)
            {
                grows |= columns.TryGetValue(rule.From, out int column) && columns.TryAdd(rule.To, column + 1);
            }
        }

        var rows = new Dictionary<int, int>();
        var places = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        foreach (ContractState state in definition.States)
        {
            int column = columns[state.Name];
            int row = rows.GetValueOrDefault(column);
            rows[column] = row + 1;
            places[state.Name] = (Margin + (column * ColumnWidth), Margin + (row * RowHeight));
        }

        return places;
    }

    private static HashSet<string> VisitedOf(ContractDefinition definition, IReadOnlyDictionary<long, long> taken) =>
        [.. definition.Transitions.Where(rule => taken.ContainsKey(rule.Index)).SelectMany(rule => new[] { rule.From, rule.To })];

    private static string LabelOf(ContractTransitionRule rule, IReadOnlyDictionary<long, long> taken)
    {
        string trigger = rule.Trigger switch
        {
            null => "",
            ContractTrigger.Every every => Invariant($" every {every.Zeqonds}"),
            ContractTrigger.After after => Invariant($" after {after.Zeqonds}"),
            ContractTrigger.Cron => " by the clock",
            ContractTrigger.OneShot => " once",
            ContractTrigger.OnEvents { Count: 1 } => " on event",
            ContractTrigger.OnEvents events => Invariant($" on {events.Count} events"),
            ContractTrigger.OnAggregate => " on aggregate",
            _ => " auto",
        };
        return rule.Operator + trigger + (rule.Condition is null ? "" : " if") + (taken.TryGetValue(rule.Index, out long times) ? Invariant($" ×{times}") : "");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
}
