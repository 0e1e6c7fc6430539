using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Contracts of machines (spec 20 §3 and §6, spec 05 rules 22 and 24).</summary>
internal static class ContractEndpoints
{
    /// <summary>A definition may be as large as a body, so a page is not long.</summary>
    private const int MaxPage = 50;
    private const string Root = "/api/chain/{slug}/contracts";
    private const string One = Root + "/{id}";

    private static readonly Field<string> SlugMember = MachineAccess.SlugMember;
    private static readonly Field<string> Id = ContractAccess.Id;
    private static readonly Field<string> After = Fields.Line("after", 1, 64).Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<JsonElement> Params = Fields.Any("params").Optional();
    private static readonly Field<JsonElement> Definition = Fields.Object("definition", RejectionCode.InvalidContract);
    private static readonly Field<string> TemplateId = Fields.Line("template_id", 1, 64).Optional();

    /// <summary>The members of a definition; what is wrong with them is said by its check, all at once.</summary>
    private static readonly Field<JsonElement>[] Members =
        [.. new[] { "name", "version", "states", "transitions", "context", "observers", "audit_clock", "zeqond_tick_rate" }.Select(name => Fields.Any(name).Optional())];

    private static readonly RejectionCode[] OfContract = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.ContractNotFound];

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("GET", "/api/chain/contracts/templates", "The definitions that ship with the home.")
        {
            RateLimit = RateLimits.ChainRead,
            Answer = WireJson.Default.ContractTemplateListAnswer,
            Handle = call => Task.FromResult(call.Ok(
                new ContractTemplateListAnswer(true, [.. ContractTemplate.All.Select(template => new ContractTemplateBody(template.Id, template.Definition))]))),
        };
        yield return Deploy(Root, "Deploys a contract: a definition, or a template with its params.", [TemplateId, Params, .. Members], DeployAsync);
        yield return Deploy(Root + "/custom", "The same.", [TemplateId, Params, .. Members], DeployAsync);
        yield return Deploy(Root + "/import", "Deploys what was exported; the contract begins anew.", [Definition, Params], call => DeployAsync(call, call.Get(Definition), null));
        yield return new ApiRoute("GET", Root, "A machine's contracts, the oldest first.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [After, PageLimit],
            Answer = WireJson.Default.ContractListAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, reads) => ListAsync(call, machine, reads)),
        };
        yield return new ApiRoute("GET", One, "A contract, and its last 20 transitions.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Id],
            Answer = WireJson.Default.ContractAnswer,
            Refuses = OfContract,
            Handle = call => ContractAccess.WithContractAsync(call, view => ContractReads.ShowAsync(call, view)),
        };
        yield return new ApiRoute("GET", One + "/export", "The definition, and the values that its context has here.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Id],
            Answer = WireJson.Default.ContractExportAnswer,
            Refuses = OfContract,
            Handle = call => ContractAccess.WithContractAsync(call, view => Task.FromResult(call.Ok(new ContractExportAnswer(
                true, ContractJson.Json(view.Contract.Definition), ContractJson.Json(view.Contract.Context), view.Definition.Digest, call.Context.Origin.Text, view.Machine.Slug.Text,
                view.Contract.Id)))),
        };
        yield return new ApiRoute("GET", One + "/diagram", "Draws the states, the current one, and the transitions that were taken.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Id],
            Query = [ContractReads.Format],
            Streams = ContractReads.SvgType + ", text/plain",
            Refuses = OfContract,
            Handle = call => ContractAccess.WithContractAsync(call, view => ContractReads.DrawAsync(call, view)),
        };
        yield return new ApiRoute("POST", One + "/verify", "Replays the transitions against the definition and the chain.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Id],
            Answer = WireJson.Default.VerifyContractAnswer,
            Refuses = OfContract,
            Handle = call => ContractAccess.WithContractAsync(call, view => ContractReads.VerifyAsync(call, view)),
        };
        yield return new ApiRoute("POST", One + "/transition", "Takes a transition, or approves one that several have to ask for.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember, Id],
            Body = [ContractMoves.To, ContractMoves.Input],
            Answer = WireJson.Default.TransitionAnswer,
            Refuses =
            [
                .. OfContract, RejectionCode.UnknownState, RejectionCode.NoTransition, RejectionCode.NotYourMove, RejectionCode.ConditionFailed, RejectionCode.ConditionError,
                RejectionCode.Paused, RejectionCode.InsufficientBalance, RejectionCode.InvalidOperator, RejectionCode.InvalidInputs, RejectionCode.PrecisionBound,
                RejectionCode.PrecisionUnknown, RejectionCode.ComputeLimit, RejectionCode.Conflict,
            ],
            IsIdempotent = true,
            Handle = call => ContractAccess.WithContractAsync(call, view => ContractMoves.TakeAsync(call, view)),
        };
        yield return new ApiRoute("POST", One + "/dry-run", "What a transition would come to by its rules; nothing is done.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Id],
            Body = [ContractMoves.To, ContractMoves.Input],
            Answer = WireJson.Default.DryRunAnswer,
            Refuses = OfContract,
            Handle = call => ContractAccess.WithContractAsync(call, view => ContractMoves.DryRunAsync(call, view)),
        };
        yield return Pause("pause", "Pauses a contract: nothing moves it.", true);
        yield return Pause("resume", "Resumes a contract; what came due meanwhile fires once.", false);
    }

    private static ApiRoute Deploy(string pattern, string summary, Field[] body, Func<ApiCall, Task<Reply>> handle) => new("POST", pattern, summary)
    {
        Auth = RouteAuth.Any,
        RateLimit = RateLimits.ChainWrite,
        Path = [SlugMember],
        Body = body,
        Answer = WireJson.Default.DeployAnswer,
        Status = 201,
        Refuses = [RejectionCode.InvalidSlug, RejectionCode.InvalidContract, RejectionCode.TemplateNotFound, RejectionCode.MachineNotFound, RejectionCode.TooManyContracts],
        IsIdempotent = true,
        Handle = handle,
    };

    private static ApiRoute Pause(string verb, string summary, bool pauses) => new("POST", $"{One}/{verb}", summary)
    {
        Auth = RouteAuth.Any,
        RateLimit = RateLimits.ChainWrite,
        Path = [SlugMember, Id],
        Answer = WireJson.Default.ContractAnswer,
        Refuses = OfContract,
        IsIdempotent = true,
        Handle = call => ContractAccess.WithContractAsync(call, view => call.ExecuteAsync(
            new PauseContract(call.Caller, view.Machine.Slug, view.Contract.Id, view.Definition, pauses),
            (contract, _) => new ContractAnswer(true, contract.ToBody(view.Definition), null))),
    };

    private static Task<Reply> DeployAsync(ApiCall call)
    {
        if (call.MaybeText(TemplateId) is { } templateId)
        {
            return ContractTemplate.Find(templateId) is { } template
                ? DeployAsync(call, template.Definition, templateId)
                : Task.FromResult(call.Refuse(RejectionCode.TemplateNotFound, "There is no such template."));
        }

        using JsonDocument body = JsonDocument.Parse(call.RequestBytes.Length == 0 ? "{}"u8.ToArray() : call.RequestBytes);
        return DeployAsync(call, body.RootElement, null);
    }

    private static Task<Reply> DeployAsync(ApiCall call, JsonElement definition, string? templateId)
    {
        ContractCheck check;
        try
        {
            check = ContractDefinition.Check(definition, call.TryGet(Params, out JsonElement given) ? given : null, call.Services.Contracts.HasOperator);
        }
        catch (FormatException malformed)
        {
            return Task.FromResult(call.Refuse(RejectionCode.InvalidJson, "The definition has no canonical form: " + malformed.Message));
        }

        return check.Definition is null
            ? Task.FromResult(Reply.Refuse(new Rejection(RejectionCode.InvalidContract, "The definition cannot be deployed; details names everything that is wrong.") { Details = check.Faults }, call.NowMs))
            : MachineAccess.WithRoleAsync(call, MachineRole.Admin, machine => call.ExecuteAsync(
                new DeployContract(call.Caller, machine.Slug, check.Definition, templateId),
                (contract, now) => new DeployAnswer(
                    true, contract.Id, contract.ToBody(check.Definition), contract.Row.Seq, contract.Row.StateHash, now.Zeqond.Value, now.Phase())));
    }

    private static async Task<Reply> ListAsync(ApiCall call, Machine machine, bool reads)
    {
        int limit = (int)(call.Maybe(PageLimit) ?? MaxPage);
        Query<Contract> query = new Query<Contract>(Contract.Table).Where("slug", machine.Slug.Text).OrderBy(false, "slug", "contract_id").Take(limit + 1);
        if (call.MaybeText(After) is { } after)
        {
            query = query.Where("contract_id", Comparison.Greater, Cell.Of(after));
        }

        if (!reads)
        {
            query = query.Where("row_seq", Comparison.AtLeast, Cell.Of(machine.PublicSince));
        }

        var contracts = new List<ContractBody>();
        await foreach (Contract contract in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            contracts.Add(contract.ToBody(call.Services.Contracts.DefinitionOf(contract)));
        }

        bool hasMore = contracts.Count > limit;
        if (hasMore)
        {
            contracts.RemoveAt(contracts.Count - 1);
        }

        return call.Ok(new ContractListAnswer(true, contracts, hasMore ? contracts[^1].Id : null));
    }
}
