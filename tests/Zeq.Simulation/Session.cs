using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>
/// A user at work: does one thing after the other, repeats what was not answered, and writes down what was. Two sessions of one user race
/// each other. What there is to do is seen on the disks; what may be done says the home.
/// </summary>
internal sealed class Session(World world, User user)
{
    private Timeline Timeline => world.Timeline;

    private Node Home => world.NodeOf(user.Home);

    /// <summary>Who gave the last answer, and when.</summary>
    private Node? _teller;
    private long _toldUs;

    public bool IsOver { get; private set; }

    public async Task RunAsync(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            await Timeline.DelayAsync(Timeline.Between(1, 2_500_000));
            await StepAsync();
        }

        IsOver = true;
    }

    public static ComputeRequest Work(int number) =>
        new(["NM19"], JsonDocument.Parse($$"""{"mass_kg":{{number}},"acceleration_ms2":2}""").RootElement, FundingLimit: ["paid", "burn"]);

    private Task StepAsync() => Timeline.Random.Next(100) switch
    {
        < 4 => ComputeAsync(),
        < 7 => GrantAsync(),
        < 14 => TransferAsync(isRemote: false),
        < 33 => TransferAsync(isRemote: true),
        < 54 => ImportAsync(),
        < 70 => MoveOnwardAsync(),
        < 74 => RefreshAsync(),
        < 77 => CarryAsync(),
        < 80 => RecallAsync(),
        < 86 => ExportAsync(),
        < 92 => RedeemAsync(),
        < 94 => ReclaimAsync(),
        < 96 => BurnAsync(),
        _ => VoteAsync(),
    };

    private async Task ComputeAsync()
    {
        if (await PostAsync(Home, "/api/zeq/compute", Work(1_000 + Timeline.Random.Next(6)), WireJson.Default.ComputeRequest, WireJson.Default.ComputeAnswer) is { } done)
        {
            foreach (MintedEnvelope minted in done.Envelopes)
            {
                Acknowledge(Home, $"compute {minted.TokenId}", facts => facts.Coins.ContainsKey(minted.TokenId));
            }
        }
    }

    private async Task GrantAsync()
    {
        var grant = new GrantRequest(user.Zid.Text, 10 + Timeline.Random.Next(2), $"grant-{user.Home}-{Timeline.Random.Next(6)}");
        if (await PostAsync(Home, "/api/tally/credits/grant", grant, WireJson.Default.GrantRequest, WireJson.Default.CreditsAnswer, Home.AdminKey) is not null)
        {
            Acknowledge(Home, $"grant {grant.Reference}", facts => facts.Grants.TryGetValue(grant.Reference, out CreditGrant? made) && made.Paid == grant.Paid);
        }
    }

    private async Task TransferAsync(bool isRemote)
    {
        User to = Timeline.Pick([.. world.Users.Where(other => other != user && other.Home != user.Home == isRemote)]);
        if (await CoinAsync(EnvelopeStatus.Active) is { } token)
        {
            var body = new TransferRequest(token, to.Zid.Text, isRemote ? world.NodeOf(to.Home).Origin.Text : null);
            if (await PostAsync(Home, "/api/tally/envelopes/transfer", body, WireJson.Default.TransferRequest, WireJson.Default.TransferAnswer) is { } done)
            {
                Moved(done.Receipt, done.ClaimTicket);
            }
        }
    }

    private async Task ImportAsync()
    {
        Letter[] mine = [.. world.Letters.Where(letter => letter.Receipt.ToOrigin == Home.Origin.Text && letter.Receipt.To == user.Zid.Text)];
        if (mine.Length > 0)
        {
            // The newest most often; an old one shows that it is worth nothing any more.
            Letter letter = Timeline.Chance(0.7) ? mine[^1] : Timeline.Pick(mine);
            ReceiptBody r = letter.Receipt;
            var body = new ImportRequest(r.TokenId, r.From, r.To, r.ToOrigin, r.SpendSeq, r.Zeqond, r.HomeOrigin, r.Mac, letter.Ticket);
            if (await PostAsync(Home, "/api/tally/claims/import", body, WireJson.Default.ImportRequest, WireJson.Default.ClaimAnswer) is not null)
            {
                string key = ClaimRow.KeyOf(Origin.Parse(r.HomeOrigin), TokenId.Parse(r.TokenId), user.Zid);
                Acknowledge(Home, $"import {key}", facts => facts.Claims.ContainsKey(key));
                Acknowledge(world.NodeAt(r.HomeOrigin), $"acceptance of {r.TokenId} after {r.SpendSeq}", facts =>
                    facts.Moves.TryGetValue((r.TokenId, r.SpendSeq + 1), out Move? move) && move.Kind == MoveKind.Accept);
            }
        }
    }

    private async Task MoveOnwardAsync()
    {
        if (await ClaimAsync() is { } claim)
        {
            User to = Timeline.Pick([.. world.Users.Where(other => other != user)]);
            var body = new ClaimTransferRequest(claim.TokenId.Text, to.Zid.Text, world.NodeOf(to.Home).Origin.Text, claim.HomeOrigin.Text);
            if (await PostAsync(Home, "/api/tally/claims/transfer", body, WireJson.Default.ClaimTransferRequest, WireJson.Default.ClaimTransferAnswer) is { } done)
            {
                Moved(done.Receipt, done.ClaimTicket);
            }
        }
    }

    private async Task RefreshAsync()
    {
        if (await ClaimAsync(any: true) is { } claim)
        {
            await PostAsync(
                Home, $"/api/tally/claims/{claim.TokenId.Text}/refresh", new RefreshRequest(claim.HomeOrigin.Text), WireJson.Default.RefreshRequest,
                WireJson.Default.ClaimAnswer);
        }
    }

    /// <summary>Somebody on the way uses a ticket at the coin's home.</summary>
    private async Task CarryAsync()
    {
        if (world.Letters.Count > 0)
        {
            Letter letter = Timeline.Pick(world.Letters);
            Node home = world.NodeAt(letter.Receipt.HomeOrigin);
            User to = Timeline.Pick(world.Users);
            var body = new TransferClaimRequest(letter.Receipt.TokenId, letter.Receipt.To, to.Zid.Text, letter.Ticket, world.NodeOf(to.Home).Origin.Text);
            if (await PostAsync(home, "/api/tally/envelopes/transfer-claim", body, WireJson.Default.TransferClaimRequest, WireJson.Default.TransferAnswer) is { } done)
            {
                Moved(done.Receipt, done.ClaimTicket);
            }
        }
    }

    private async Task RecallAsync()
    {
        Letter[] sent = [.. world.Letters.Where(letter => letter.Receipt.HomeOrigin == Home.Origin.Text && letter.Receipt.From == user.Zid.Text)];
        if (sent.Length > 0)
        {
            string path = $"/api/tally/envelopes/{sent[^1].Receipt.TokenId}/recall";
            if (await PostAsync(Home, path, null, WireJson.Default.TransferRequest, WireJson.Default.RecallAnswer) is { } done)
            {
                Moved(done.Receipt, null);
            }
        }
    }

    private async Task ExportAsync()
    {
        if (await CoinAsync(EnvelopeStatus.Active) is { } token
            && await PostAsync(Home, $"/api/tally/envelopes/{token}/export", null, WireJson.Default.TransferRequest, WireJson.Default.ExportAnswer) is { } done)
        {
            world.Files.Add(done.Coin);
            Acknowledge(Home, $"export {token} at {done.Coin.SpendSeq}", facts =>
                facts.Moves.TryGetValue((token, done.Coin.SpendSeq), out Move? move) && move.Kind is MoveKind.Export or MoveKind.Epoch);
        }
    }

    private async Task RedeemAsync()
    {
        if (world.Files.Count > 0)
        {
            CoinBody coin = Timeline.Chance(0.6) ? world.Files[^1] : Timeline.Pick(world.Files);
            if (await PostAsync(Home, "/api/tally/coins/redeem", new RedeemRequest(coin), WireJson.Default.RedeemRequest, WireJson.Default.RedeemAnswer) is { } done)
            {
                if (done.Receipt is { } receipt)
                {
                    Moved(receipt, null);
                }

                Acknowledge(Home, $"redeem {done.TokenId}", facts => facts.Coins.ContainsKey(done.TokenId));
                if (coin.HomeOrigin != Home.Origin.Text)
                {
                    Acknowledge(world.NodeAt(coin.HomeOrigin), $"migration of {coin.TokenId}", facts => facts.Coins[coin.TokenId].Status == EnvelopeStatus.Migrated);
                }
            }
        }
    }

    private async Task ReclaimAsync()
    {
        if (await CoinAsync(EnvelopeStatus.Bearer) is { } token
            && await PostAsync(Home, $"/api/tally/envelopes/{token}/reclaim", null, WireJson.Default.TransferRequest, WireJson.Default.ReclaimAnswer) is { } done)
        {
            Moved(done.Receipt, null);
        }
    }

    private async Task BurnAsync()
    {
        if (await CoinAsync(EnvelopeStatus.Active) is { } token)
        {
            string[] ids = await CoinAsync(EnvelopeStatus.Active) is { } second && second != token && Timeline.Chance(0.5) ? [token, second] : [token];
            if (await PostAsync(Home, "/api/tally/envelopes/burn", new BurnRequest(ids), WireJson.Default.BurnRequest, WireJson.Default.BurnAnswer) is { } done)
            {
                Acknowledge(Home, $"burn {done.BurnTx}", facts => ids.All(id => facts.Coins[id].Status == EnvelopeStatus.Burned));
            }
        }
    }

    private async Task VoteAsync()
    {
        string[] open = [.. world.Votes.Where(vote => vote.Home == user.Home).Select(vote => vote.VoteId)];
        if (open.Length == 0)
        {
            long now = Zeqond.FromUnixMs(NodeTime.StartUnixMs + ((Timeline.NowUs + Home.WallOffsetUs) / 1_000)).Value;
            var body = new VoteRequest("Which?", ["this", "that"], now + Timeline.Random.Next(4, 40));
            if (await PostAsync(Home, "/api/tally/votes", body, WireJson.Default.VoteRequest, WireJson.Default.VoteAnswer) is { } made)
            {
                world.Votes.Add((user.Home, made.Vote.Id));
                Acknowledge(Home, $"vote {made.Vote.Id}", facts => facts.Votes.Contains(made.Vote.Id));
            }
        }
        else if (Timeline.Chance(0.7) && await CoinAsync(EnvelopeStatus.Active) is { } token)
        {
            await PostAsync(Home, $"/api/tally/votes/{Timeline.Pick(open)}/ballots", new BallotRequest("this", [token]), WireJson.Default.BallotRequest, WireJson.Default.BallotAnswer);
        }
        else
        {
            await PostAsync(Home, $"/api/tally/votes/{Timeline.Pick(open)}/ballots", null, WireJson.Default.BallotRequest, WireJson.Default.BallotAnswer, method: "DELETE");
        }
    }

    /// <summary>One of the user's coins at home; now and then one of somebody else's.</summary>
    private async Task<string?> CoinAsync(EnvelopeStatus status)
    {
        bool anyones = Timeline.Chance(0.08);
        List<Envelope> coins = await World.RowsAsync(Home.Disk, Envelope.Table);
        string[] mine = [.. coins.Where(coin => anyones || (coin.Status == status && coin.IsHeldBy(user.Zid, Home.Origin))).Select(coin => coin.TokenId.Text)];
        return mine.Length == 0 ? null : Timeline.Pick(mine);
    }

    private async Task<ClaimRow?> ClaimAsync(bool any = false)
    {
        any |= Timeline.Chance(0.2);
        ClaimRow[] mine = [.. (await World.RowsAsync(Home.Disk, ClaimRow.Table)).Where(claim => claim.Holder == user.Zid && (any || claim.Status == ClaimStatus.Held))];
        return mine.Length == 0 ? null : Timeline.Pick(mine);
    }

    private void Moved(ReceiptBody receipt, string? ticket)
    {
        world.Ledger.Show(receipt);
        if (ticket is not null)
        {
            world.Letters.Add(new Letter(receipt, ticket));
        }

        Acknowledge(world.NodeAt(receipt.HomeOrigin), $"move of {receipt.TokenId} to {receipt.To} at height {receipt.SpendSeq}", facts =>
            facts.Moves.TryGetValue((receipt.TokenId, receipt.SpendSeq), out Move? move) && move.To.Text == receipt.To && move.ToOrigin.Text == receipt.ToOrigin);
    }

    private void Acknowledge(Node home, string what, Func<Facts, bool> holds) => world.Ledger.Acks.Add(new Ack(home, _teller!, _toldUs, what, holds));

    /// <summary>Asks until there is an answer, or patience ends: the same request, under the same Idempotency-Key where it has one.</summary>
    private async Task<TAnswer?> PostAsync<TBody, TAnswer>(
        Node home, string path, TBody? body, JsonTypeInfo<TBody> type, JsonTypeInfo<TAnswer> answerType, string? key = null, string method = "POST")
        where TBody : class
        where TAnswer : class
    {
        string? idempotencyKey = Timeline.Chance(0.8) ? $"key-{++world.NextKey}" : null;
        var ask = new Ask(method, path, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, type), key ?? user.Key, idempotencyKey);
        for (int tries = Timeline.Random.Next(1, 5); tries > 0; tries--)
        {
            Delivery delivery = await world.Network.SendAsync(home, ask);
            if (delivery.Answer is { Status: 500 })
            {
                throw new SimulationFault($"{home.Name} {path}: {System.Text.Encoding.UTF8.GetString(delivery.Answer.Body)}");
            }

            if (delivery.Answer is { Status: < 500 } answer)
            {
                (_teller, _toldUs) = (home, answer.AtUs);
                return answer.Status < 300 ? JsonSerializer.Deserialize(answer.Body, answerType) : null;
            }

            await Timeline.DelayAsync(Timeline.Between(50_000, 1_500_000));
        }

        return null;
    }
}
