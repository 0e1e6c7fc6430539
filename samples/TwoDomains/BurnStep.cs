using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace TwoDomains;

/// <summary>The one-way valve: a coin becomes burn credits, they pay for a compute, and it mints nothing.</summary>
internal static class BurnStep
{
    public static async Task TellAsync(Story story, SampleHome a)
    {
        using ZeqClient stranger = a.Client();
        RegisterAnswer card = await stranger.Identity.RegisterAsync("Erin");
        using ZeqClient erin = a.Client(card.ApiKey);
        using (ZeqClient admin = a.Admin())
        {
            await admin.Fuel.GrantAsync(new GrantRequest(card.Zid, 3, "sample-payment-2"));
        }

        story.Step("Erin mints a coin on A and burns it");
        ComputeAnswer work = await ComputeAsync(erin, mass: 5);
        MintedEnvelope minted = work.Envelopes.Single();
        TokenId token = TokenId.Parse(minted.TokenId);
        BurnAnswer burn = await erin.Burn.BurnAsync([token]);
        story.Check(burn.BurnTx == BurnTransaction.Id(Zid.Parse(card.Zid), [token]), $"{burn.BurnTx}: the name of the burn is a function of who burned what");
        story.Check(burn.Credited == minted.ValueZqt && burn.Destroyed == 0, $"{burn.SumValueZqt} ZEQ of coins became {burn.Credited} burn credits");
        BurnAnswer again = await erin.Burn.BurnAsync([token]);
        CreditsAnswer credits = await erin.Fuel.GetCreditsAsync(Zid.Parse(card.Zid));
        story.Check(again.BurnTx == burn.BurnTx && credits.BurnCredits == burn.Credited, "the same burn again answers the first, and gives nothing more");
        story.Check((await stranger.Envelopes.GetAuthorityAsync(token)).Status == "burned", "A's public word on the coin: burned");

        story.Step("Erin pays a compute with burn credits");
        ComputeAnswer paid = await ComputeAsync(erin, mass: 6);
        story.Check(paid.Value == 18 && paid.Funding.Burn == paid.Cost, $"the work is done: F = {paid.Value} {paid.Unit}, for {paid.Cost} burn credits");
        story.Check(paid.Envelopes.Count == 0, "and it minted nothing: value that went through the valve does not come back");

        story.Step("Attack: Erin moves and burns what she burned");
        await story.RefusedAsync(() => erin.Envelopes.TransferAsync(token, Zid.Parse(card.Zid), Origin.Parse("https://elsewhere.example")), "a transfer of the burned coin", "NOT_ACTIVE");
        ComputeAnswer other = await GrantAndComputeAsync(erin, a, card.Zid);
        TokenId living = TokenId.Parse(other.Envelopes.Single().TokenId);
        await story.RefusedAsync(() => erin.Burn.BurnAsync([living, token]), "a burn of a living coin together with the burned one", "NOT_ELIGIBLE");
        story.Check((await erin.Envelopes.GetAsync(living)).Envelope.Status == "active", "all or nothing: the living coin was left alone");
    }

    private static async Task<ComputeAnswer> GrantAndComputeAsync(ZeqClient erin, SampleHome a, string zid)
    {
        using ZeqClient admin = a.Admin();
        await admin.Fuel.GrantAsync(new GrantRequest(zid, 3, "sample-payment-3"));
        return await ComputeAsync(erin, mass: 7, ["paid"]);
    }

    private static async Task<ComputeAnswer> ComputeAsync(ZeqClient who, int mass, IReadOnlyList<string>? limit = null)
    {
        using JsonDocument inputs = JsonDocument.Parse($$"""{"mass_kg": {{mass}}, "acceleration_ms2": 3}""");
        return await who.Compute.ComputeAsync(new ComputeRequest(["KO42", "NM19"], inputs.RootElement, FundingLimit: limit));
    }
}
