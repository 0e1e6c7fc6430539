using System.Text;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What is shown of a contract.</summary>
internal static class ContractReads
{
    public const string SvgType = "image/svg+xml";
    private const string MermaidType = "text/plain; charset=utf-8";
    private const int LastTransitions = 20;
    private const int MaxDrawn = 10_000;

    public static Field<string> Format { get; } = Fields.OneOf("format", "mermaid", "svg").Optional();

    public static async Task<Reply> ShowAsync(ApiCall call, ContractAccess.View view)
    {
        string id = view.Contract.Id;
        var tries = new List<ContractTransitionBody>();
        Query<ContractTransition> made = new Query<ContractTransition>(ContractTransition.Table).Where("contract_id", id).OrderBy(true, "contract_id", "visit").Take(LastTransitions);
        await foreach (ContractTransition transition in call.Reader.QueryAsync(made, call.Aborted).ConfigureAwait(false))
        {
            if (view.Shows(transition.Row))
            {
                tries.Add(transition.ToBody());
            }
        }

        // Failed tries are on no chain: they are for those who have to do with the contract.
        if (view.Standing.Any)
        {
            await foreach (ContractFailure failure in call.Reader.QueryAsync(new Query<ContractFailure>(ContractFailure.Table).Where("contract_id", id), call.Aborted).ConfigureAwait(false))
            {
                tries.Add(failure.ToBody());
            }
        }

        var triggers = new List<ContractTriggerRow>();
        await foreach (ContractTriggerRow trigger in call.Reader.QueryAsync(new Query<ContractTriggerRow>(ContractTriggerRow.Table).Where("contract_id", id), call.Aborted).ConfigureAwait(false))
        {
            triggers.Add(trigger);
        }

        return call.Ok(new ContractAnswer(true, view.Contract.ToBody(view.Definition, triggers), [.. tries.OrderByDescending(one => one.Try).Take(LastTransitions)]));
    }

    public static async Task<Reply> DrawAsync(ApiCall call, ContractAccess.View view)
    {
        var taken = new Dictionary<long, long>();
        Query<ContractTransition> made = new Query<ContractTransition>(ContractTransition.Table)
            .Where("contract_id", view.Contract.Id).OrderBy(true, "contract_id", "visit").Take(MaxDrawn);
        await foreach (ContractTransition transition in call.Reader.QueryAsync(made, call.Aborted).ConfigureAwait(false))
        {
            taken[transition.Rule] = taken.GetValueOrDefault(transition.Rule) + 1;
        }

        bool isMermaid = call.MaybeText(Format) == "mermaid";
        string drawing = isMermaid ? ContractDiagram.Mermaid(view.Definition, view.Contract.State, taken) : ContractDiagram.Svg(view.Definition, view.Contract.State, taken);
        call.Http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        return new Reply(200, Encoding.UTF8.GetBytes(drawing), null, call.NowMs) { ContentType = isMermaid ? MermaidType : SvgType };
    }

    public static async Task<Reply> VerifyAsync(ApiCall call, ContractAccess.View view)
    {
        IHomeReader snapshot = await call.Reader.SnapshotAsync(call.Aborted).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            Contract contract = await snapshot.FindAsync(Contract.Table, view.Contract.Id, call.Aborted).ConfigureAwait(false) ?? view.Contract;
            ContractBreak? broken = await ContractReplay.RunAsync(snapshot, contract, call.Aborted).ConfigureAwait(false);
            var now = new Moment(call.NowMs, default);
            return call.Ok(new VerifyContractAnswer(
                true, broken is null, contract.Visits, broken is { } at ? new ContractBrokenAt(at.Visit, at.Seq, at.Reason) : null, now.Zeqond.Value, now.Phase()));
        }
    }
}
