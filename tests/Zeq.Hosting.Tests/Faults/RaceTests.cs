using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>64 requests at once for what only one can have.</summary>
[Collection(FaultsCollection.Name)]
public sealed class RaceTests
{
    private const int Racers = 64;

    // Seen red with TransferEnvelope not asking who holds the coin.
    [Fact]
    public async Task One_of_64_transfers_of_one_coin_wins()
    {
        await using BreakableHome home = await BreakableHome.StartAsync();
        Account owner = await home.Api.RegisterAsync();
        Account[] others = await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => home.Api.RegisterAsync(paid: 0)));
        string token = await home.Api.MintAsync(owner);
        WireAnswer[] answers = await AtOnceAsync(i => home.Api.TransferAsync(owner, token, others[i].Zid));

        WireAnswer won = Assert.Single(answers, answer => answer.IsOk);
        Assert.All(answers.Where(answer => !answer.IsOk), lost => Assert.True(lost is { Status: 403, Code: "NOT_OWNER" } or { Status: 404, Code: "TOKEN_NOT_FOUND" }, lost.ToString()));
        Assert.Equal(1, await home.Api.HeightAsync(token));
        Account winner = others.Single(other => other.Zid == won.Json["to"]!.GetValue<string>());
        (await home.Api.GetAsync("/api/tally/envelopes/" + token, winner.Key)).Expect();
        await home.StopAsync();
        await home.AuditAsync();
    }

    // Seen red with the idempotency record not written in the command's commit: another zeqond in each answer, and for the compute
    // more than one coin.
    [Fact]
    public async Task Equal_requests_with_one_key_have_one_effect_and_one_answer()
    {
        await using BreakableHome home = await BreakableHome.StartAsync();
        Account owner = await home.Api.RegisterAsync();
        Account other = await home.Api.RegisterAsync(paid: 0);
        JsonObject compute = Api.Compute();
        WireAnswer[] computed = await AtOnceAsync(_ => home.Api.PostAsync("/api/zeq/compute", owner.Key, compute.DeepClone(), "compute-1"));
        Assert.Equal(computed[0].Expect().Text, Assert.Single(computed.Select(answer => answer.Text).Distinct()));

        string token = computed[0].Json["envelopes"]![0]!["token_id"]!.GetValue<string>();
        WireAnswer[] moved = await AtOnceAsync(_ => home.Api.TransferAsync(owner, token, other.Zid, idempotencyKey: "move-1"));
        Assert.Equal(moved[0].Expect().Text, Assert.Single(moved.Select(answer => answer.Text).Distinct()));
        Assert.Equal(1, await home.Api.HeightAsync(token));

        WireAnswer mismatch = await home.Api.TransferAsync(owner, token, owner.Zid, idempotencyKey: "move-1");
        Assert.Equal((422, "IDEMPOTENCY_MISMATCH"), (mismatch.Status, mismatch.Code));
        JsonNode credits = (await home.Api.GetAsync("/api/tally/credits/" + owner.Zid, owner.Key)).Expect().Json;
        Assert.Equal(1_000 - computed[0].Json["cost"]!.GetValue<long>(), credits["paid_credits"]!.GetValue<long>());
    }

    // Seen red with ClaimService.ImportAsync let in without its gate and OpenImport replacing an open step: two acceptances, the second
    // one refused at the coin's home.
    [Fact]
    public async Task Imports_of_one_receipt_and_moves_of_one_claim_come_to_one_end()
    {
        await using BreakableHome a = await BreakableHome.StartAsync();
        await using BreakableHome b = await BreakableHome.StartAsync();
        Account alice = await a.Api.RegisterAsync();
        Account bob = await b.Api.RegisterAsync(paid: 0);
        string token = await a.Api.MintAsync(alice);
        JsonObject import = await a.Api.SendAwayAsync(alice, token, bob, b.Origin);

        WireAnswer[] imports = await AtOnceAsync(_ => b.Api.ImportAsync(bob, (JsonObject)import.DeepClone()));
        Assert.All(imports, answer => Assert.Equal(2, answer.Expect().Json["claim"]!["spend_seq"]!.GetValue<long>()));
        Assert.Equal(2, await a.Api.HeightAsync(token));
        Assert.Single(await b.RowsAsync(new Query<ClaimRow>(ClaimRow.Table)));

        Account[] others = await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => b.Api.RegisterAsync(paid: 0)));
        WireAnswer[] moves = await AtOnceAsync(i => b.Api.TransferClaimAsync(bob, token, others[i].Zid, b.Origin));
        WireAnswer won = Assert.Single(moves, answer => answer.IsOk);
        Assert.All(moves.Where(answer => !answer.IsOk), lost => Assert.True(lost is { Status: 409, Code: "IN_FLIGHT" or "SUPERSEDED" }, lost.ToString()));
        Assert.Equal(4, await a.Api.HeightAsync(token));
        List<ClaimRow> claims = await b.RowsAsync(new Query<ClaimRow>(ClaimRow.Table));
        ClaimRow held = Assert.Single(claims, claim => claim.Status == ClaimStatus.Held);
        Assert.Equal((won.Json["to"]!.GetValue<string>(), 2), (held.Holder.Text, claims.Count));

        await b.StopAsync();
        await a.StopAsync();
        await a.AuditAsync();
        await b.AuditAsync();
    }

    /// <summary>Starts all at one instant.</summary>
    private static async Task<WireAnswer[]> AtOnceAsync(Func<int, Task<WireAnswer>> request)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<WireAnswer>[] racers = [.. Enumerable.Range(0, Racers).Select(async i =>
        {
            await go.Task;
            return await request(i);
        })];
        go.SetResult();
        return await Task.WhenAll(racers);
    }
}
