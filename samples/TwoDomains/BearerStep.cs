using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace TwoDomains;

/// <summary>A coin in a file: exported on A under a PIN, redeemed on B, which trusts A; every further copy is worth nothing.</summary>
internal static class BearerStep
{
    private const string Pin = "correct horse battery";

    public static async Task TellAsync(Story story, SampleHome a, SampleHome b)
    {
        using ZeqClient strangerA = a.Client();
        using ZeqClient strangerB = b.Client();
        using ZeqClient adminA = a.Admin();
        using ZeqClient adminB = b.Admin();
        RegisterAnswer frankCard = await strangerA.Identity.RegisterAsync("Frank");
        RegisterAnswer graceCard = await strangerB.Identity.RegisterAsync("Grace");
        RegisterAnswer heidiCard = await strangerB.Identity.RegisterAsync("Heidi");
        using ZeqClient frank = a.Client(frankCard.ApiKey);
        using ZeqClient grace = b.Client(graceCard.ApiKey);
        using ZeqClient heidi = b.Client(heidiCard.ApiKey);
        await adminA.Fuel.GrantAsync(new GrantRequest(frankCard.Zid, 3, "sample-payment-4"));

        story.Step("Frank mints a coin on A and exports it into a .ZEQ file");
        using JsonDocument inputs = JsonDocument.Parse("""{"mass_kg": 8, "acceleration_ms2": 3}""");
        MintedEnvelope minted = (await frank.Compute.ComputeAsync(new ComputeRequest(["KO42", "NM19"], inputs.RootElement))).Envelopes.Single();
        TokenId token = TokenId.Parse(minted.TokenId);
        ExportAnswer exported = await frank.Bearer.ExportAsync(token);
        story.Check(exported.Coin.TryGetCoin(out BearerCoin? coin), "A locked the coin and gave what a file holds");
        byte[] file = ZeqFile.Seal(coin!, Pin);
        await story.RefusedAsync(() => frank.Envelopes.TransferAsync(token, Zid.Parse(frankCard.Zid), b.Origin), "a transfer of the exported coin", "NOT_ACTIVE");
        story.Check(ZeqFile.Open(file, "another PIN entirely", out _) == ZeqFileStatus.WrongPinOrDamaged, $"{file.Length} bytes under a PIN: another one does not open them");
        story.Check(ZeqFile.Open(file, Pin, out BearerCoin? opened) == ZeqFileStatus.Ok && opened!.ProofHolds((await strangerA.Identity.GetNodeAsync()).PublicKey), "the right one does, offline, and A's key signs the coin");

        story.Step("Attack: Grace redeems it on B, which does not trust A");
        await story.RefusedAsync(() => grace.Bearer.RedeemAsync(opened!), "a coin of a stranger's home", "ISSUER_NOT_TRUSTED");

        story.Step("B's operator names A as an issuer, and Grace redeems the coin on B");
        await adminB.Admin.TrustIssuerAsync(a.Origin, (await strangerA.Identity.GetNodeAsync()).PublicKey, 100);
        RedeemAnswer redeemed = await grace.Bearer.RedeemAsync(opened!);
        EnvelopeBody local = (await grace.Envelopes.GetAsync(TokenId.Parse(redeemed.TokenId))).Envelope;
        story.Check(local is { Status: "active" } && local.HomeOrigin == b.Origin.Text && local.ValueZqt == minted.ValueZqt, $"B minted {redeemed.TokenId} of the same value, {local.ValueZqt} ZEQ, for Grace");
        story.Check((await strangerA.Envelopes.GetAuthorityAsync(token)).Status == "migrated", "A's public word on the old coin: migrated, for ever");
        story.Check((await grace.Bearer.RedeemAsync(opened!)).TokenId == redeemed.TokenId, "asked again, B answers the same coin and no second one");

        story.Step("Attack: a second copy of the file");
        ZeqFile.Open(file, Pin, out BearerCoin? copy);
        await story.RefusedAsync(() => heidi.Bearer.RedeemAsync(copy!), "Heidi's redeem of the copy on B", "ALREADY_MIGRATED", "ALREADY_CLAIMED", "TICKET_SPENT");
        await story.RefusedAsync(() => frank.Bearer.RedeemAsync(copy!), "Frank's redeem of the copy on A", "ALREADY_MIGRATED", "TICKET_SPENT");
        await story.RefusedAsync(() => frank.Bearer.ReclaimAsync(token), "Frank's reclaim", "ALREADY_MIGRATED");
    }
}
