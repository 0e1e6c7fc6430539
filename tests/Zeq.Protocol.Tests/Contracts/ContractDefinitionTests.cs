using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class ContractDefinitionTests
{
    internal const string Handshake = """
        {"name":"m2m_handshake","version":"1.0",
         "states":{"proposed":{"initial":true},"accepted_pending":{},"keyed":{},"active":{"terminal":true}},
         "transitions":[
          {"from":"proposed","to":"accepted_pending","operator":"KO42","proof_required":false,"auto":false},
          {"from":"accepted_pending","to":"keyed","operator":"KO42","proof_required":false,"auto":false},
          {"from":"keyed","to":"active","operator":"KO42","proof_required":false,"auto":false}],
         "observers":[],"audit_clock":true,"zeqond_tick_rate":1}
        """;

    [Fact]
    public void The_handshake_of_the_protocol_is_a_definition()
    {
        ContractDefinition definition = Read(Handshake);
        Assert.Equal(("m2m_handshake", "1.0", "proposed"), (definition.Name, definition.Version, definition.Initial.Name));
        Assert.Equal(["proposed", "accepted_pending", "keyed", "active"], definition.States.Select(state => state.Name));
        Assert.True(definition.Find("active")!.IsTerminal);
        Assert.Equal(("keyed", "active", "KO42", ContractActors.Operators), (definition.Transitions[2].From, definition.Transitions[2].To, definition.Transitions[2].Operator, definition.Transitions[2].By));
        ContractDefinition again = ContractDefinition.Restore(definition.Text, definition.ContextText);
        Assert.Equal((definition.Text, definition.Digest), (again.Text, again.Digest));
        Assert.Equal("{}", definition.ContextText);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        ContractCheck check = Check("""
            {"name":"","states":{"A":{},"b":{"initial":true,"terminal":true},"c":{"initial":true},"d":{"initial":1},"island":{}},
             "transitions":[{"from":"b","to":"x","operator":"ZZ9","condition":"1 +","proof_required":"no","by":["nobody"]},
              {"from":"c","to":"b","operator":"KO42","trigger":{"kind":"never"}},
              {"from":"c","to":"b","operator":"KO42","trigger":{"kind":"recurring","cron":"0 0 31 2 *"}},
              {"from":"c","to":"b","operator":"KO42","auto":false,"trigger":{"kind":"after","zeqonds":0}}, 5],
             "context":{"1x":1,"y":[1]},"observers":{},"audit_clock":"x","zeqond_tick_rate":0}
            """, """{"y":1,"z":2}""");
        Assert.Null(check.Definition);
        string[] places = [.. check.Faults.Select(fault => fault.Subject)];
        Assert.All(check.Faults, fault => Assert.Equal(RejectionCode.InvalidContract, fault.Code));
        foreach (string place in new[]
        {
            "name", "version", "states.A", "states", "states.d.initial", "transitions[0].from", "transitions[0].to", "transitions[0].operator", "transitions[0].condition",
            "transitions[0].proof_required", "transitions[0].by", "transitions[1].trigger.kind", "transitions[2].trigger.cron", "transitions[3].trigger", "transitions[3].trigger.zeqonds",
            "transitions[4]", "context.1x", "context.y", "params.z", "observers", "audit_clock", "zeqond_tick_rate",
        })
        {
            Assert.Contains(place, places);
        }
    }

    [Theory]
    [InlineData("""{"initial":true}""", "{}", "states.b")]
    [InlineData("""{"initial":true}""", """{"terminal":true},"c":{}""", "states.c")]
    public void What_cannot_be_reached_is_a_fault(string a, string rest, string place)
    {
        string transition = place == "states.b" ? """{"from":"a","to":"a","operator":"KO42"}""" : """{"from":"a","to":"b","operator":"KO42"}""";
        ContractCheck check = Check("""{"name":"n","version":"1","states":{"a":A,"b":B},"transitions":[T]}""".Replace("A", a, StringComparison.Ordinal).Replace("B", rest, StringComparison.Ordinal).Replace("T", transition, StringComparison.Ordinal));
        Assert.Equal(place, Assert.Single(check.Faults).Subject);
    }

    [Fact]
    public void States_that_only_lead_to_each_other_cannot_be_reached() => Assert.Equal(
        ["states.b", "states.c"],
        Check("""
            {"name":"n","version":"1","states":{"a":{"initial":true},"b":{},"c":{}},"transitions":[
             {"from":"a","to":"a","operator":"KO42"},{"from":"b","to":"c","operator":"KO42"},{"from":"c","to":"b","operator":"KO42"}]}
            """).Faults.Select(fault => fault.Subject));

    [Fact]
    public void Limits_are_exact()
    {
        Assert.NotNull(Check(Chain(64)).Definition);
        Assert.Equal("states", Check(Chain(65)).Faults[0].Subject);
        Assert.NotNull(Check(Loops(256, "")).Definition);
        Assert.Equal("transitions", Check(Loops(257, "")).Faults[0].Subject);
        Assert.NotNull(Check(Loops(16, ",\"auto\":true")).Definition);
        Assert.Equal("transitions", Assert.Single(Check(Loops(17, ",\"auto\":true")).Faults).Subject);
        Assert.Equal("transitions", Check(Loops(0, "")).Faults[0].Subject);
        Assert.NotEmpty(Check("5").Faults);
        Assert.NotEmpty(Check("{}").Faults);
        Assert.True(Check("""{"name":"n","version":"1","states":{"a":{"initial":true}},"transitions":[LIST]}""".Replace("LIST", string.Join(',', Enumerable.Repeat("0", 256)), StringComparison.Ordinal)).Faults.Count <= 256);

        static string Chain(int states) => """{"name":"n","version":"1","states":{"s0":{"initial":true}STATES},"transitions":[LIST]}"""
            .Replace("STATES", string.Concat(Enumerable.Range(1, states - 1).Select(i => string.Create(CultureInfo.InvariantCulture, $",\"s{i}\":{{}}"))), StringComparison.Ordinal)
            .Replace("LIST", string.Join(',', Enumerable.Range(1, states - 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"from\":\"s{i - 1}\",\"to\":\"s{i}\",\"operator\":\"KO42\"}}"))), StringComparison.Ordinal);
        static string Loops(int count, string more) => """{"name":"n","version":"1","states":{"s":{"initial":true}},"transitions":[LIST]}"""
            .Replace("LIST", string.Join(',', Enumerable.Repeat("{\"from\":\"s\",\"to\":\"s\",\"operator\":\"KO42\"" + more + "}", count)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_context_takes_its_params_and_no_others()
    {
        const string Text = """{"name":"n","version":"1","context":{"limit":10,"who":null,"on":true},"states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42","condition":"context.limit > 1"}]}""";
        Assert.Equal("""{"limit":10,"on":true,"who":null}""", Read(Text).ContextText);
        Assert.Equal("""{"limit":2.5,"on":false,"who":"x"}""", Read(Text, """{"limit":2.5,"who":"x","on":false}""").ContextText);
        foreach (string wrong in new[] { """{"other":1}""", """{"limit":"10"}""", """{"on":null}""", """{"who":{}}""", "[]", "5" })
        {
            Assert.StartsWith("params", Check(Text, wrong).Faults[0].Subject, StringComparison.Ordinal);
        }

        ContractDefinition given = Read(Text, """{"limit":3}""");
        Assert.Equal(given.ContextText, ContractDefinition.Restore(given.Text, given.ContextText).ContextText);
        Assert.Equal("transitions[0].condition", Assert.Single(Check(Text.Replace("context.limit", "context.gone", StringComparison.Ordinal)).Faults).Subject);
    }

    [Theory]
    [InlineData("""["ZEQ07000000001"]""", true)]
    [InlineData("""["viewer","admin"]""", true)]
    [InlineData("""["context.who","owner"]""", true)]
    [InlineData("""{"any":2,"of":["ZEQ07000000001","context.who"]}""", true)]
    [InlineData("""{"any":1,"of":["ZEQ07000000001"]}""", true)]
    [InlineData("""{"any":3,"of":["ZEQ07000000001","context.who"]}""", false)]
    [InlineData("""{"any":2,"of":["ZEQ07000000001","ZEQ07000000001"]}""", false)]
    [InlineData("""{"any":0,"of":["ZEQ07000000001"]}""", false)]
    [InlineData("""{"any":1.5,"of":["ZEQ07000000001"]}""", false)]
    [InlineData("""{"any":1,"of":["admin","ZEQ07000000001"]}""", false)]
    [InlineData("""{"any":1}""", false)]
    [InlineData("""{"of":["ZEQ07000000001"]}""", false)]
    [InlineData("""[]""", false)]
    [InlineData("""["ZEQ-SYS"]""", false)]
    [InlineData("""["ZEQ-FOUNDATION"]""", false)]
    [InlineData("""["context.number"]""", false)]
    [InlineData("""["context.gone"]""", false)]
    [InlineData("""["zeq07000000001"]""", false)]
    [InlineData("""[5]""", false)]
    [InlineData("\"owner\"", false)]
    public void Who_may_act_is_checked(string by, bool isSound)
    {
        ContractCheck check = Check("""
            {"name":"n","version":"1","context":{"who":"ZEQ07000000002","number":5},"states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42","by":HERE}]}
            """.Replace("HERE", by, StringComparison.Ordinal));
        Assert.Equal(isSound, check.Definition is not null);
        Assert.All(check.Faults, fault => Assert.StartsWith("transitions[0].by", fault.Subject, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"kind":"recurring","every_zeqonds":10}""", true)]
    [InlineData("""{"kind":"recurring","every_zeqonds":"context.number"}""", true)]
    [InlineData("""{"kind":"recurring","every_zeqonds":"context.text"}""", false)]
    [InlineData("""{"kind":"recurring","every_zeqonds":0}""", false)]
    [InlineData("""{"kind":"recurring","every_zeqonds":1.5}""", false)]
    [InlineData("""{"kind":"recurring"}""", false)]
    [InlineData("""{"kind":"recurring","cron":"*/5 * * * *"}""", true)]
    [InlineData("""{"kind":"recurring","cron":"*/5 * * * *","every_zeqonds":1}""", false)]
    [InlineData("""{"kind":"recurring","cron":5}""", false)]
    [InlineData("""{"kind":"one_shot","at_unix":1800000000}""", true)]
    [InlineData("""{"kind":"one_shot","at_unix":-1}""", false)]
    [InlineData("""{"kind":"after","zeqonds":1e2}""", true)]
    [InlineData("""{"kind":"after","zeqonds":40000001}""", false)]
    [InlineData("""{"kind":"on_event","event":"force"}""", true)]
    [InlineData("""{"kind":"on_event","event":"Force"}""", false)]
    [InlineData("""{"kind":"on_events","events":["a","b"],"count":3}""", true)]
    [InlineData("""{"kind":"on_events","events":[],"count":3}""", false)]
    [InlineData("""{"kind":"on_events","events":["a"],"count":10001}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a.b","fn":"avg","over_zeqonds":86400,"op":">","value":1.5}""", true)]
    [InlineData("""{"kind":"on_aggregate","event":"t","fn":"count","over_zeqonds":1,"op":"==","value":"context.number"}""", true)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a","fn":"avg","over_zeqonds":86401,"op":">","value":1}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","fn":"avg","over_zeqonds":1,"op":">","value":1}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a..b","fn":"avg","over_zeqonds":1,"op":">","value":1}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a","fn":"median","over_zeqonds":1,"op":">","value":1}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a","fn":"min","over_zeqonds":1,"op":"=","value":1}""", false)]
    [InlineData("""{"kind":"on_aggregate","event":"t","field":"a","fn":"min","over_zeqonds":1,"op":"<","value":1e999}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("5", false)]
    public void Triggers_are_checked(string trigger, bool isSound)
    {
        ContractCheck check = Check("""
            {"name":"n","version":"1","context":{"text":"x","number":5},"states":{"s":{"initial":true}},"transitions":[{"from":"s","to":"s","operator":"KO42","by":[],"trigger":HERE}]}
            """.Replace("HERE", trigger, StringComparison.Ordinal));
        Assert.Equal(isSound, check.Definition is not null);
        Assert.All(check.Faults, fault => Assert.StartsWith("transitions[0].trigger", fault.Subject, StringComparison.Ordinal));
    }

    [Fact]
    public void Diagrams_show_states_the_current_one_and_what_was_taken()
    {
        ContractDefinition definition = Read(Handshake.Replace("\"m2m_handshake\"", "\"<script>&\\\"\"", StringComparison.Ordinal));
        string mermaid = ContractDiagram.Mermaid(definition, "keyed", new Dictionary<long, long> { [0] = 1, [1] = 2 });
        Assert.StartsWith("stateDiagram-v2\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    state \"keyed\" as s2\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    [*] --> s0\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    s1 --> s2 : KO42 ×2\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    s3 --> [*]\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    class s2 current\n", mermaid, StringComparison.Ordinal);
        Assert.Contains("    class s0 visited\n", mermaid, StringComparison.Ordinal);
        string svg = ContractDiagram.Svg(definition, "keyed", new Dictionary<long, long> { [0] = 1, [1] = 2 });
        System.Xml.Linq.XDocument.Parse(svg);
        Assert.DoesNotContain("<script", svg, StringComparison.Ordinal);
        Assert.Contains("keyed (current)", svg, StringComparison.Ordinal);
        foreach (ContractTemplate template in ContractTemplate.All)
        {
            ContractCheck check = ContractDefinition.Check(template.Definition, JsonDocument.Parse(TemplateTests.ParamsOf(template.Id)).RootElement, name => OperatorName.IsValid(name));
            System.Xml.Linq.XDocument.Parse(ContractDiagram.Svg(check.Definition!, check.Definition!.Initial.Name, new Dictionary<long, long>()));
        }
    }

    internal static ContractCheck Check(string json, string? parameters = null) => ContractDefinition.Check(
        JsonDocument.Parse(json).RootElement, parameters is null ? null : JsonDocument.Parse(parameters).RootElement, name => name is "KO42" or "NM19");

    internal static ContractDefinition Read(string json, string? parameters = null)
    {
        ContractCheck check = Check(json, parameters);
        Assert.Empty(check.Faults);
        return check.Definition!;
    }
}
