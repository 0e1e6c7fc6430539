using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>From the rows of contracts to the bodies of the wire.</summary>
internal static class ContractJson
{
    /// <summary>A contract; whole with its definition, its context and its triggers.</summary>
    public static ContractBody ToBody(this Contract c, ContractDefinition definition, IReadOnlyList<ContractTriggerRow>? triggers = null) => new(
        c.Id, c.Machine.Text, c.Name, c.Version, c.TemplateId, definition.Find(c.State)?.IsTerminal == true ? "ended" : c.IsPaused ? "paused" : "active", c.State, c.Entered.Value,
        c.Visits, c.Failures, c.AutoFailures, c.PausedFor, c.Created.Value, c.Row.Seq, c.Row.StateHash,
        triggers is null ? null : Json(c.Definition), triggers is null ? null : Json(c.Context), triggers?.Select(trigger => ToBody(trigger, definition)).ToList());

    public static ContractTransitionBody ToBody(this ContractTransition t) => new(
        t.Try, true, t.From, t.To, t.Operator, t.IsAutomatic, t.Actor.Zid, t.Actor.KeyPrefix, t.Zeqond.Value, t.TransitionId, t.Row.Seq, t.Row.StateHash, t.ProofDigest, t.TokenId, null, null);

    public static ContractTransitionBody ToBody(this ContractFailure f) => new(
        f.Try, false, f.From, f.To, null, f.Actor.KeyPrefix == Contract.AutomaticKeyPrefix, f.Actor.Zid, f.Actor.KeyPrefix, f.Zeqond.Value, null, null, null, null, null,
        Enum.TryParse(f.Code, out RejectionCode code) ? ErrorTable.Code(code) : f.Code, f.Message);

    public static JsonElement Json(string canonical) => JsonSerializer.Deserialize(canonical, WireJson.Default.JsonElement);

    private static ContractTriggerBody ToBody(ContractTriggerRow trigger, ContractDefinition definition)
    {
        ContractTransitionRule rule = definition.Transitions[trigger.Index];
        string status = trigger.Status switch
        {
            TriggerStatus.Armed => "armed",
            TriggerStatus.Held => "held",
            TriggerStatus.Used => "used",
            _ => "idle",
        };
        return new ContractTriggerBody(
            rule.Index, rule.From, rule.To, status, trigger.Status is TriggerStatus.Armed or TriggerStatus.Held ? trigger.Due.Value : null, trigger.Fires, trigger.LastFired?.Value);
    }
}
