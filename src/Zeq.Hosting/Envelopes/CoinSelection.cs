using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>A list of coins in a request: read as a whole, every id at fault is named, and each counts for the rate limit (spec 05 rule 27).</summary>
internal static class CoinSelection
{
    /// <summary>The coins of a member, or why they are none.</summary>
    public static (IReadOnlyList<TokenId> Tokens, Reply? Refusal) Read(ApiCall call, Field<IReadOnlyList<string>> member)
    {
        IReadOnlyList<string> texts = call.Get(member);
        call.Services.Limits.Charge(RateLimits.Tally, call.ClientId, texts.Count - 1);
        var tokens = new List<TokenId>(texts.Count);
        var seen = new HashSet<TokenId>(texts.Count);
        var faults = new List<RejectionDetail>();
        foreach (string text in texts)
        {
            if (!TokenId.TryParse(text, out TokenId token))
            {
                faults.Add(new RejectionDetail(text.Length <= TokenId.MaxLength ? text : text[..TokenId.MaxLength] + "…", RejectionCode.InvalidTokenId, "This is no token id."));
            }
            else if (!seen.Add(token))
            {
                faults.Add(new RejectionDetail(text, RejectionCode.InvalidRequest, "This coin is named twice."));
            }
            else
            {
                tokens.Add(token);
            }
        }

        return faults.Count == 0 ? (tokens, null) : ([], Reply.Refuse(new Rejection(faults[0].Code, "Some of these are no token ids, or are named twice.") { Details = faults }, call.NowMs));
    }

    /// <summary>Which of these coins the caller holds as the request comes in (spec 05 rule 27).</summary>
    public static async ValueTask<IReadOnlySet<TokenId>> HeldAsync(ApiCall call, IReadOnlyList<TokenId> tokens)
    {
        var held = new HashSet<TokenId>(tokens.Count);
        foreach (TokenId token in tokens)
        {
            if (await call.Reader.FindAsync(Envelope.Table, token.Text, call.Aborted).ConfigureAwait(false) is { } coin && coin.IsHeldBy(call.Caller.Zid, call.Context.Origin))
            {
                held.Add(token);
            }
        }

        return held;
    }
}
