using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>Which transition an ask means, and whether its rules let it happen. Pure: asked once before the kernel runs, and again in the writer.</summary>
internal static class ContractPlan
{
    /// <summary>The transition that a caller asks for, or why there is none.</summary>
    /// <param name="contract">The contract as it stands.</param>
    /// <param name="definition">Its definition.</param>
    /// <param name="to">The state that is asked for.</param>
    /// <param name="input">The input, an object.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="role">The caller's role on the machine.</param>
    /// <param name="now">When.</param>
    /// <param name="why">Why there is none.</param>
    public static ContractTransitionRule? Choose(
        Contract contract, ContractDefinition definition, string to, JsonElement input, Caller caller, MachineRole? role, Zeqond now, out Rejection? why)
    {
        if (definition.Find(to) is null)
        {
            why = new Rejection(RejectionCode.UnknownState, "The contract has no such state.");
            return null;
        }

        if (contract.IsPaused)
        {
            why = new Rejection(RejectionCode.Paused, "The contract is paused: " + contract.PausedFor);
            return null;
        }

        // Of several ways to one state the first that may be taken; where none may, what stands against the first that is the caller's.
        why = new Rejection(RejectionCode.NoTransition, $"From {contract.State} no transition leads there.");
        foreach (ContractTransitionRule rule in definition.Transitions)
        {
            if (rule.From != contract.State || rule.To != to)
            {
                continue;
            }

            if (!rule.By.Admits(caller, role))
            {
                why = why.Code == RejectionCode.NoTransition ? new Rejection(RejectionCode.NotYourMove, "This move is somebody else's.") : why;
            }
            else if (Refusal(contract, definition, rule, input, caller.Zid.Text, now) is { } refusal)
            {
                why = why.Code is RejectionCode.NoTransition or RejectionCode.NotYourMove ? refusal : why;
            }
            else
            {
                why = null;
                return rule;
            }
        }

        return null;
    }

    /// <summary>What the condition of a transition says against it, or null.</summary>
    public static Rejection? Refusal(Contract contract, ContractDefinition definition, ContractTransitionRule rule, JsonElement input, string actor, Zeqond now)
    {
        if (rule.Condition is not { } condition)
        {
            return null;
        }

        ConditionValue value = condition.Evaluate(contract.ScopeOf(definition, input, actor, now));
        return value.IsTrue ? null
            : value.IsError ? new Rejection(RejectionCode.ConditionError, "The condition cannot be evaluated: " + value.Text)
            : new Rejection(RejectionCode.ConditionFailed, "The condition does not hold.");
    }
}
