using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Computes, their proofs and their cost (spec 10 §1, spec 05 rule 23).</summary>
internal static class ComputeEndpoints
{
    private const int MaxOperators = 16;
    private const int MaxPage = 500;
    private static readonly TimeSpan CpuLimit = TimeSpan.FromMilliseconds(250);

    private static readonly Field<IReadOnlyList<string>> Operators = Fields.Texts("operators", 1, MaxOperators, RejectionCode.InvalidOperator);
    private static readonly Field<IReadOnlyList<string>> ProofOperators = Fields.Texts("operators", 1, MaxOperators + 1, RejectionCode.InvalidOperator);
    private static readonly Field<JsonElement> Inputs = Fields.Object("inputs", RejectionCode.InvalidInputs);
    private static readonly Field<string> Machine = Fields.Line("machine", 1, Slug.MaxLength).Optional();
    private static readonly Field<IReadOnlyList<string>> Limit = Fields.Texts("funding_limit", 1, 3).Optional();
    private static readonly Field<string> Proof = Fields.LowerHex("proof", 64);
    private static readonly Field<string> RT = Fields.Line("R_t", 8, 8);
    private static readonly Field<string> KeyPrefix = Fields.Line("key_prefix", 1, 16);
    private static readonly Field<string> Digest = Fields.LowerHex("result_digest", 64);
    private static readonly Field<string> After = Fields.Line("after", 1, 16).Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<string> OperatorQuery = Fields.Line("operators", 1, 256);

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", "/api/zeq/compute", "Computes, charges fuel, and mints envelopes.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.Compute,
            Body = [Operators, Inputs, Machine, Limit],
            Answer = WireJson.Default.ComputeAnswer,
            Refuses =
            [
                RejectionCode.InvalidOperator, RejectionCode.InvalidInputs, RejectionCode.InvalidSlug, RejectionCode.InsufficientBalance, RejectionCode.MachineNotFound,
                RejectionCode.Forbidden, RejectionCode.PrecisionBound, RejectionCode.PrecisionUnknown, RejectionCode.ComputeLimit,
            ],
            IsIdempotent = true,
            Handle = ComputeAsync,
        };
        yield return new ApiRoute("POST", "/api/zeq/verify", "Whether a compute's proof is this home's.")
        {
            Body = [Proof, ProofOperators, RT, Fields.Zeqond, KeyPrefix, Digest],
            Answer = WireJson.Default.ValidAnswer,
            Handle = call =>
            {
                string text = ComputeRow.ProofText(string.Join(',', call.Get(ProofOperators)), call.Get(RT), new Zeqond(call.Get(Fields.Zeqond)), call.Get(KeyPrefix), call.Get(Digest));
                long now = call.NowMs;
                return Task.FromResult(call.Ok(new ValidAnswer(true, call.Context.Keys.Proof.VerifyHexUtf8(text, call.Get(Proof)), Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now))));
            },
        };
        yield return new ApiRoute("GET", "/api/zeq/operators", "What the kernel computes.")
        {
            Query = [After, PageLimit],
            Answer = WireJson.Default.OperatorListAnswer,
            Handle = call => Task.FromResult(ListOperators(call)),
        };
        yield return new ApiRoute("GET", "/api/tally/cost", "What a compute would cost.")
        {
            Query = [OperatorQuery],
            Answer = WireJson.Default.CostAnswer,
            Refuses = [RejectionCode.InvalidOperator],
            Handle = call => Task.FromResult(call.Services.Kernel.TryNormalize(call.Get(OperatorQuery).Split(','), out string[]? chain, out string? problem)
                ? call.Ok(new CostAnswer(true, chain, ComputeCost.Quote(chain)))
                : call.Refuse(RejectionCode.InvalidOperator, problem)),
        };
    }

    private static Reply ListOperators(ApiCall call)
    {
        // In the kernel's own order; an operator that it does not have is before all of them.
        OperatorInfo[] all = [.. call.Services.Kernel.Operators];
        int from = call.MaybeText(After) is { } after ? Array.FindIndex(all, info => info.Operator == after) + 1 : 0;
        OperatorEntry[] page = [.. all.Skip(from).Take((int)(call.Maybe(PageLimit) ?? MaxPage)).Select(Entry)];
        return call.Ok(new OperatorListAnswer(true, page, from + page.Length < all.Length ? page[^1].Operator : null));
    }

    private static OperatorEntry Entry(OperatorInfo info) => new(
        info.Operator, info.Domain, info.Name, info.Equation, info.Unit,
        [.. info.Inputs.Select(input => new OperatorInputInfo(input.Name, input.Unit, input.Description, input.Minimum, input.Maximum, input.IsStepCount))]);

    private static async Task<Reply> ComputeAsync(ApiCall call)
    {
        HomeServices services = call.Services;
        Caller caller = call.Caller;
        if (!services.Kernel.TryNormalize(call.Get(Operators), out string[]? chain, out string? problem))
        {
            return call.Refuse(RejectionCode.InvalidOperator, problem);
        }

        if (FundingOf(call) is not { } limit)
        {
            return call.Refuse(RejectionCode.InvalidRequest, "funding_limit names each of free, burn and paid at most once.");
        }

        Slug machine = caller.Machine ?? caller.Zid.OwnMachine;
        if (call.MaybeText(Machine) is { } named && !Slug.TryParse(named, out machine))
        {
            return call.Refuse(RejectionCode.InvalidSlug, "machine is no slug.");
        }

        // Who may not compute here, or cannot pay, does not get the kernel to run.
        Machine? computesOn = await call.Reader.FindAsync(Protocol.Machine.Table, machine.Text, call.Aborted).ConfigureAwait(false);
        MachineMember? member = await call.Reader.FindMemberAsync(machine, caller.Zid, call.Aborted).ConfigureAwait(false);
        if (caller.RefusalOn(computesOn, MachineRole.Operator, member) is { } refusal)
        {
            return Reply.Refuse(refusal, call.NowMs);
        }

        int cost = ComputeCost.Quote(chain);
        FuelPool? pool = await call.Reader.FindAsync(FuelPool.Table, caller.Zid.Text, call.Aborted).ConfigureAwait(false);
        bool canPay = pool?.Fund(cost, limit) is not null;
        if (!canPay && !await MayBeRepeatAsync(call, machine, chain).ConfigureAwait(false))
        {
            return call.Refuse(RejectionCode.InsufficientBalance, string.Create(CultureInfo.InvariantCulture, $"This compute costs {cost} ZEQ; there is less fuel than that."));
        }

        string unchargedClient = caller.Zid.Text + "|" + caller.KeyPrefix;
        if (services.Limits.IsSpent(RateLimits.Uncharged, unchargedClient))
        {
            return call.Refuse(RejectionCode.RateLimited, "Too many computes that came to nothing; try again in a minute.") with { RetryAfterSeconds = 60 };
        }

        JsonElement inputs = call.Get(Inputs);
        ComputeOutcome outcome = Evaluate(services, chain, inputs, call.Aborted);
        switch (outcome)
        {
            case ComputeOutcome.Computed { PrecisionActual: > MintCurve.PrecisionBound } imprecise:
                services.Limits.TryTake(RateLimits.Uncharged, unchargedClient);
                return call.Refuse(RejectionCode.PrecisionBound, string.Create(
                    CultureInfo.InvariantCulture, $"The result is off by {imprecise.PrecisionActual:G3} of its reference, more than 0.001; nothing was charged."));
            case ComputeOutcome.Computed done:
                string digest = ComputeDigest.Of(inputs, chain, done.Unit, done.Value);
                var work = new ComputedWork(string.Join(',', chain), done.Value, done.Unit, done.PrecisionActual, cost, digest);
                Reply charged = await call.ExecuteAsync(new ChargeCompute(caller, machine, work, limit), Answer).ConfigureAwait(false);
                if (!canPay && charged.Why is not null)
                {
                    services.Limits.TryTake(RateLimits.Uncharged, unchargedClient);
                }

                return charged;
            case ComputeOutcome.InvalidInputs invalid:
                IReadOnlyList<RejectionDetail> details = [.. invalid.Problems.Select(fault => new RejectionDetail(fault.Field, RejectionCode.InvalidInputs, fault.Problem))];
                return Reply.Refuse(new Rejection(RejectionCode.InvalidInputs, "Some inputs are missing or out of range.") { Details = details }, call.NowMs);
            case ComputeOutcome.Limit over:
                services.Limits.TryTake(RateLimits.Uncharged, unchargedClient);
                return call.Refuse(RejectionCode.ComputeLimit, over.Message);
            case ComputeOutcome.PrecisionUnknown unknown:
                services.Limits.TryTake(RateLimits.Uncharged, unchargedClient);
                return call.Refuse(RejectionCode.PrecisionUnknown, unknown.Message);
            default:
                throw new InvalidOperationException("Unknown outcome of a kernel.");
        }
    }

    /// <summary>
    /// Whether this may be a compute that was paid for in this very Zeqond, whose first result it answers then (spec 10 §1): the digest that
    /// says so is known once the kernel has run. One that proves to be another counts as a compute that came to nothing.
    /// </summary>
    private static async Task<bool> MayBeRepeatAsync(ApiCall call, Slug machine, string[] chain)
    {
        Query<ComputeRow> query = new Query<ComputeRow>(ComputeRow.Table).Where("machine", machine.Text)
            .Where("zeqond", Comparison.Equal, Cell.Of(Zeqond.FromUnixMs(call.NowMs).Value))
            .Where("payer_zid", call.Caller.Zid.Text).Where("operators", string.Join(',', chain)).Take(1);
        await foreach (ComputeRow _ in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            return true;
        }

        return false;
    }

    private static ComputeOutcome Evaluate(HomeServices services, string[] chain, JsonElement inputs, CancellationToken aborted)
    {
        using var timer = new CancellationTokenSource(CpuLimit, services.Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, timer.Token);
        return services.Kernel.Evaluate(chain, inputs, either.Token);
    }

    private static FundingLimit? FundingOf(ApiCall call)
    {
        if (!call.TryGet(Limit, out IReadOnlyList<string> names))
        {
            return FundingLimit.All;
        }

        FundingLimit limit = FundingLimit.None;
        foreach (string name in names)
        {
            FundingLimit one = name switch
            {
                "free" => FundingLimit.Free,
                "burn" => FundingLimit.Burn,
                "paid" => FundingLimit.Paid,
                _ => FundingLimit.None,
            };
            if (one == FundingLimit.None || limit.HasFlag(one))
            {
                return null;
            }

            limit |= one;
        }

        return limit;
    }

    private static ComputeAnswer Answer(ComputeResult result, Moment now)
    {
        ComputeRow c = result.Compute;
        return new ComputeAnswer(
            true, double.Parse(c.Value, CultureInfo.InvariantCulture), c.Unit, double.Parse(c.PrecisionActual, CultureInfo.InvariantCulture), c.Cost,
            new FundingInfo(c.Funding.Free, c.Funding.Burn, c.Funding.Paid), c.ResultDigest, c.ZeqProof, c.RT, c.KeyPrefix, c.Operators.Split(','), c.Machine.Text,
            [.. result.Envelopes.Select(coin => new MintedEnvelope(coin.TokenId.Text, coin.ValueZqt, (coin.Share == EnvelopeClaim.UserShare ? coin.MintedBy : Zid.Foundation).Text, coin.Share))],
            c.Zeqond.Value, now.Phase());
    }
}
