using System.Text.Json;
using TwoDomains;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

// A coin minted by a real compute on home A crosses to home B, moves onward there through A, and is published; three attacks fail on
// the way. A second coin crosses in a locked file, once; a third is burned, and what it pays for mints nothing. Every line that says ok was checked, and the exit code is 0 only if all of them held.
string folder = Directory.CreateTempSubdirectory("zeq-two-domains-").FullName;
var story = new Story();
try
{
    string fileA;
    string fileB;
    await using (SampleHome a = await SampleHome.StartAsync(Path.Combine(folder, "a")))
    await using (SampleHome b = await SampleHome.StartAsync(Path.Combine(folder, "b")))
    {
        (fileA, fileB) = (a.StoreFile, b.StoreFile);
        await TellAsync(story, a, b);
        await BearerStep.TellAsync(story, a, b);
        await BurnStep.TellAsync(story, a);
    }

    story.Step("Both stores are audited, with the nodes stopped and no secret at hand");
    foreach ((string name, string file) in ((string, string)[])[("A", fileA), ("B", fileB)])
    {
        await using SqliteHomeStore store = SqliteHomeStore.OpenReadOnly(file);
        await using IHomeReader snapshot = await store.SnapshotAsync();
        AuditReport report = await Auditor.RunAsync(snapshot);
        story.Check(report.Ok, $"home {name}: every invariant holds{(report.Ok ? "" : ": " + report.Findings[0])}");
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

Console.WriteLine($"\n{story.Checked} checks, {story.Failed} failed");
return story.Failed == 0 ? 0 : 1;

static async Task TellAsync(Story story, SampleHome a, SampleHome b)
{
    story.Step($"Two homes: A = {a.Origin}, B = {b.Origin}");
    using ZeqClient strangerA = a.Client();
    using ZeqClient strangerB = b.Client();
    NodeCard cardA = await strangerA.Identity.GetNodeAsync();
    NodeCard cardB = await strangerB.Identity.GetNodeAsync();
    story.Check(cardA.Origin == a.Origin.Text && cardB.Origin == b.Origin.Text && cardA.PublicKey != cardB.PublicKey, "each names itself and has a node key of its own");

    RegisterAnswer aliceCard = await strangerA.Identity.RegisterAsync("Alice");
    RegisterAnswer bobCard = await strangerB.Identity.RegisterAsync("Bob");
    RegisterAnswer carolCard = await strangerB.Identity.RegisterAsync("Carol");
    using ZeqClient alice = a.Client(aliceCard.ApiKey);
    using ZeqClient bob = b.Client(bobCard.ApiKey);
    using ZeqClient carol = b.Client(carolCard.ApiKey);
    Zid bobZid = Zid.Parse(bobCard.Zid);
    Zid carolZid = Zid.Parse(carolCard.Zid);

    story.Step("A real compute on A mints a coin for Alice");
    using (ZeqClient admin = a.Admin())
    {
        await admin.Fuel.GrantAsync(new GrantRequest(aliceCard.Zid, 100, "sample-payment-1"));
    }

    using JsonDocument inputs = JsonDocument.Parse("""{"mass_kg": 2, "acceleration_ms2": 3}""");
    ComputeAnswer work = await alice.Compute.ComputeAsync(new ComputeRequest(["KO42", "NM19"], inputs.RootElement));
    story.Check(work.Value == 6 && work.Unit == "N", $"F = m a = {work.Value} {work.Unit}, off by {work.PrecisionActual:E1} of the reference; {work.Cost} ZEQ of paid fuel");
    MintedEnvelope minted = work.Envelopes.Single();
    TokenId token = TokenId.Parse(minted.TokenId);
    story.Check(minted.ValueZqt == MintCurve.Value(work.Cost, work.PrecisionActual), $"{minted.TokenId} is worth {minted.ValueZqt} ZEQ, as the mint curve says");
    ValidAnswer proof = await strangerA.Compute.VerifyAsync(new VerifyProofRequest(work.ZeqProof, work.Operators, work.RT, work.Zeqond, work.KeyPrefix, work.ResultDigest));
    story.Check(proof.Valid, "A confirms the compute's proof");
    LightProof light = await strangerA.Envelopes.GetProofAsync(token);
    story.Check(light.Verify(cardA.PublicKey), "the coin's signed claim and hash hold offline, by A's node key");

    story.Step("Alice sends the coin to Bob at B");
    TransferAnswer sent = await alice.Envelopes.TransferAsync(token, bobZid, b.Origin);
    story.Check(sent.Receipt.SpendSeq == 1 && sent.ClaimTicket is not null, "A serialized the move as height 1, and gave a receipt and a ticket to hand over");

    story.Step("Attack: Alice spends the same coin again");
    RegisterAnswer daveCard = await strangerA.Identity.RegisterAsync("Dave");
    await story.RefusedAsync(() => alice.Envelopes.TransferAsync(token, Zid.Parse(daveCard.Zid)), "a second transfer, to Dave at A", "TOKEN_NOT_FOUND", "NOT_OWNER");

    story.Step("Attack: Carol shows B a forged receipt");
    ImportRequest payment = Import(sent.Receipt, sent.ClaimTicket!);
    await story.RefusedAsync(() => carol.Claims.ImportAsync(payment with { To = carolCard.Zid }), "Alice's receipt with Carol as recipient", "RECEIPT_REJECTED");

    story.Step("Bob claims the coin at B");
    ClaimAnswer claim = await bob.Claims.ImportAsync(payment);
    story.Check(claim.Claim is { Status: "held", SpendSeq: 2 }, "B asked A, never the messenger; A accepted at height 2 and killed the ticket that Alice saw");
    AuthorityAnswer authority = await strangerA.Envelopes.GetAuthorityAsync(token);
    story.Check(authority.SpendSeq == 2, "A's public word on the coin: height 2, and no holder shown");

    story.Step("Attack: Alice replays the ticket, and tries to take the payment back");
    await story.RefusedAsync(
        () => strangerA.Envelopes.TransferClaimAsync(new TransferClaimRequest(token.Text, bobCard.Zid, daveCard.Zid, sent.ClaimTicket!)), "the ticket of height 1", "TICKET_SPENT");
    await story.RefusedAsync(() => alice.Envelopes.RecallAsync(token), "a recall of an accepted payment", "TICKET_SPENT");

    story.Step("Bob moves the coin onward to Carol, through A, without an account there");
    ClaimTransferAnswer onward = await bob.Claims.TransferAsync(token, carolZid, b.Origin);
    story.Check(onward.Receipt.SpendSeq == 3 && onward.ClaimTicket is null, "A serialized height 3; B kept the fresh ticket sealed");
    ClaimListAnswer carols = await carol.Claims.ListAsync(carolZid);
    ClaimListAnswer bobs = await bob.Claims.ListAsync(bobZid);
    story.Check(carols.Claims.Single() is { Status: "held", SpendSeq: 4 }, "Carol's claim is held: B accepted it at A at height 4");
    story.Check(bobs.Claims.Single().Status == "spent", "Bob's claim is spent");
    story.Check((await strangerA.Envelopes.VerifyReceiptAsync(Verify(onward.Receipt))).Valid, "A confirms the receipt of the move");
    story.Check(!(await strangerA.Envelopes.VerifyReceiptAsync(Verify(onward.Receipt) with { SpendSeq = 9 })).Valid, "A does not confirm it with another height");

    story.Step("Carol publishes her claim");
    PublishAnswer published = await carol.Claims.PublishAsync(token);
    ChainRowAnswer row = await strangerB.Chain.GetRowAsync(Slug.Parse(published.Slug), published.Seq);
    string payload = System.Text.Encoding.UTF8.GetString(Jcs.Canonicalize(System.Text.Encoding.UTF8.GetBytes(row.Row.Payload!.Value.GetRawText())));
    byte[] salt = Convert.FromHexString(row.Row.Salt!);
    story.Check(ChainHash.Payload(salt, payload) == row.Row.PayloadHash, "anyone reads the row without a key, and its payload has the hash that the chain holds");
    story.Check(row.Row.Payload.Value.GetProperty("authority").GetString() == $"{a.Origin}/api/tally/envelopes/{token}/authority", "it points back to A, the only authority");

    story.Step("Every chain is validated");
    foreach ((ZeqClient reader, string zid, string name) in ((ZeqClient, string, string)[])[(alice, aliceCard.Zid, "Alice"), (bob, bobCard.Zid, "Bob"), (carol, carolCard.Zid, "Carol")])
    {
        ValidateAnswer verdict = await reader.Chain.ValidateAsync(Zid.Parse(zid).OwnMachine);
        story.Check(verdict.Valid && verdict.Count > 0, $"{name}'s chain: {verdict.Count} rows, every hash and link recomputed");
    }
}

static ImportRequest Import(ReceiptBody r, string ticket) => new(r.TokenId, r.From, r.To, r.ToOrigin, r.SpendSeq, r.Zeqond, r.HomeOrigin, r.Mac, ticket);

static ReceiptVerifyRequest Verify(ReceiptBody r) => new(r.TokenId, r.From, r.To, r.ToOrigin, r.SpendSeq, r.Zeqond, r.HomeOrigin, r.Mac);
