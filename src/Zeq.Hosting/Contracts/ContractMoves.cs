using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Transitions that callers ask for, and their dry runs.</summary>
internal static class ContractMoves
{
    /// <summary>An ask that was prepared as one of several approvals may prove to be the last: it is then prepared again, with the kernel.</summary>
    private const int MaxTries = 3;

    public static Field<string> To { get; } = Fields.Line("to", 1, 64);

    public static Field<JsonElement> Input { get; } = Fields.Object("input").Optional();

    public static async Task<Reply> TakeAsync(ApiCall call, ContractAccess.View view)
    {
        if (Refusal(call, view) is { } refusal)
        {
            return refusal;
        }

        if (!TryInput(call, out ContractInput? input, out Reply? malformed))
        {
            return malformed!;
        }

        Caller caller = call.Caller;
        string unchargedClient = caller.Zid.Text + "|" + caller.KeyPrefix;
        RateLimits limits = call.Services.Limits;
        if (limits.IsSpent(RateLimits.Uncharged, unchargedClient))
        {
            return call.Refuse(RejectionCode.RateLimited, "Too many computes that came to nothing; try again in a minute.") with { RetryAfterSeconds = 60 };
        }

        ContractDesk desk = call.Services.Contracts;
        Contract contract = view.Contract;
        for (int tries = 1; ; tries++)
        {
            PreparedTransition prepared = await desk.PrepareAsync(caller, view.Standing.Role, contract, call.Get(To), input!, call.Aborted).ConfigureAwait(false);
            if (prepared.IsUncharged)
            {
                limits.TryTake(RateLimits.Uncharged, unchargedClient);
            }

            Reply reply = prepared.Command is { } command
                ? await call.ExecuteAsync(command, Answer).ConfigureAwait(false)
                : Reply.Refuse(prepared.Why!, call.NowMs);
            if (reply.Why is not { } why)
            {
                return reply;
            }

            if (why.Code == RejectionCode.Conflict && tries < MaxTries)
            {
                contract = await call.Reader.FindAsync(Contract.Table, contract.Id, call.Aborted).ConfigureAwait(false) ?? contract;
                continue;
            }

            if (IsKept(why.Code))
            {
                await desk.NoteAsync(contract, new FailedTry(call.Get(To), caller.Actor, why.Code, why.Message), call.Aborted).ConfigureAwait(false);
            }

            return reply;
        }
    }

    public static async Task<Reply> DryRunAsync(ApiCall call, ContractAccess.View view)
    {
        if (Refusal(call, view) is { } refusal)
        {
            return refusal;
        }

        if (!TryInput(call, out ContractInput? input, out Reply? malformed))
        {
            return malformed!;
        }

        ContractDesk desk = call.Services.Contracts;
        string to = call.Get(To);
        (ContractTransitionRule? rule, Rejection? why) = await desk.DryRunAsync(call.Caller, view.Standing.Role, view.Contract, to, input!, call.Aborted).ConfigureAwait(false);
        var now = new Moment(call.NowMs, default);
        return call.Ok(new DryRunAnswer(
            true, why is null, view.Contract.State, to, rule?.Operator, rule is null ? null : desk.CostOf(rule), rule?.By.Needed > 1 ? new ApprovalInfo(0, rule.By.Needed) : null,
            why is null ? null : ErrorTable.Code(why.Code), why?.Message, now.Zeqond.Value, now.Phase()));
    }

    /// <summary>Who has nothing to do with a public machine's contract sees it, and does not move it.</summary>
    private static Reply? Refusal(ApiCall call, ContractAccess.View view) =>
        view.Standing.Any ? null : call.Refuse(RejectionCode.Forbidden, "This key has no role on this machine, and the contract does not name its ZID.");

    private static bool TryInput(ApiCall call, out ContractInput? input, out Reply? malformed)
    {
        (input, malformed) = (ContractInput.Empty, null);
        if (!call.TryGet(Input, out JsonElement json) || ContractInput.TryOf(json, out input, out string? problem))
        {
            return true;
        }

        malformed = call.Refuse(RejectionCode.InvalidJson, "The input has no canonical form: " + problem);
        return false;
    }

    /// <summary>What a rule of the contract or the fuel said no to is kept; what the request itself lacked, or a home that is busy, is not.</summary>
    private static bool IsKept(RejectionCode code) => code is RejectionCode.NoTransition or RejectionCode.NotYourMove or RejectionCode.ConditionFailed or RejectionCode.ConditionError
        or RejectionCode.InsufficientBalance or RejectionCode.InvalidInputs or RejectionCode.InvalidOperator or RejectionCode.PrecisionBound or RejectionCode.PrecisionUnknown
        or RejectionCode.ComputeLimit;

    private static TransitionAnswer Answer(TransitionResult done, Moment now) => new(
        true, done.Contract.State, done.From, done.Row.Seq, done.Row.StateHash, done.Transition?.ProofDigest, done.Transition?.TokenId is { } token ? new TallyInfo(token) : null,
        done.Needed > 1 ? new ApprovalInfo(done.Approvals, done.Needed) : null, now.Zeqond.Value, now.Phase());
}
