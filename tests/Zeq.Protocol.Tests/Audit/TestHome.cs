using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

/// <summary>A real home over the memory store, driven by commands, on a clock and with randomness of its own: the same seed makes the same home.</summary>
public sealed class TestHome : IAsyncDisposable
{
    public static readonly Origin There = Origin.Parse("https://b.example");
    public static readonly string ThereKey = new('b', 64);

    private readonly HomeKeys _keys;
    private readonly Clock _clock = new();
    private readonly int _seed;
    private long _draws;
    private long _works;

    private TestHome(int seed)
    {
        _seed = seed;
        Origin origin = Origin.Parse("https://a.example");
        _keys = new HomeKeys(new byte[32], origin);
        Context = new HomeContext(origin, Slug.Parse("alpha"), _keys) { FreeCredits = 3 };
        Store = new MemoryHomeStore();
        Home = new Home(Store, Context, new HomeOptions { Time = _clock, FillSeed = Fill });
    }

    public HomeContext Context { get; }

    public MemoryHomeStore Store { get; }

    public Home Home { get; }

    public static async Task<TestHome> NewAsync(int seed = 1)
    {
        var home = new TestHome(seed);
        await home.RunAsync(new PinHome(
            new Dictionary<string, string>
            {
                [PinName.Origin] = home.Context.Origin.Text,
                [PinName.Name] = home.Context.Name.Text,
                [PinName.NodePublicKey] = home.Context.Keys.NodePublicKey,
            },
            new HashSet<string>()));
        return home;
    }

    /// <summary>A home in which everything that the rules know has happened once; its interesting names.</summary>
    public static async Task<(TestHome Home, Story Story)> WithStoryAsync()
    {
        TestHome home = await NewAsync();
        Zid anna = await home.RegisterAsync(1);
        Zid ben = await home.RegisterAsync(2);
        await home.RunAsync(new GrantFuel(anna, 500, "payment-1"));
        await home.RunAsync(new GrantFuel(ben, 40, "payment-2"));

        // Free and paid together: two envelopes.
        ComputeResult split = await home.ComputeAsync(anna, 10);
        ComputeResult paid = await home.ComputeAsync(anna, 20);
        ComputeResult sent = await home.ComputeAsync(anna, 5);
        ComputeResult epoch = await home.ComputeAsync(anna, 5);
        ComputeResult recalled = await home.ComputeAsync(anna, 5);
        TokenId local = paid.Envelopes[0].TokenId;
        await home.SendAsync(anna, local, ben, null);
        await home.SendAsync(ben, local, anna, null);

        var far = Zid.FromNumber(77);
        TokenId remote = sent.Envelopes[0].TokenId;
        MoveResult payment = await home.SendAsync(anna, remote, far, There);
        MoveResult accepted = await home.RunAsync(new AcceptClaim(remote, far, There, ThereKey, payment.ClaimTicket!, Name("acceptance"), payment.Move.SpendSeq));
        MoveResult onward = await home.RunAsync(new TransferClaim(remote, far, Zid.FromNumber(78), There, accepted.ClaimTicket!));
        await home.RunAsync(new TransferClaim(remote, Zid.FromNumber(78), ben, home.Context.Origin, onward.ClaimTicket!));

        TokenId back = recalled.Envelopes[0].TokenId;
        await home.SendAsync(anna, back, far, There);
        await home.RunAsync(new RecallEnvelope(CallerOf(anna), back, WasSender: true));

        TokenId raised = epoch.Envelopes[0].TokenId;
        await home.SendAsync(anna, raised, far, There);
        string restore = Name("restore");
        await home.RunAsync(new NoteRestore(restore));
        await home.RunAsync(new RaiseEpoch([local, raised, split.Envelopes[1].TokenId], [anna, ben], restore));

        await home.RunAsync(new WriteEvent(CallerOf(anna), anna.OwnMachine, "note", """{"text":"é"}""", null, IsPublicPayload: true));
        await home.RunAsync(new WriteEvent(CallerOf(anna), anna.OwnMachine, "note", null, Name("hash"), IsPublicPayload: false));
        (TokenId held, TokenId flying) = await home.ImportClaimsAsync(anna);
        return (home, new Story(anna, ben, split.Compute, local, remote, raised, split.Envelopes[1].TokenId, held, flying));
    }

    public static Caller CallerOf(Zid zid) => new(zid, "zeq_ak_" + zid.Text[^5..], IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);

    public async Task<T> RunAsync<T>(Command<T> command)
    {
        Executed<T> done = await TryAsync(command);
        return done.Decision switch
        {
            Accepted<T> accepted => accepted.Result,
            Rejected<T> rejected => throw new InvalidOperationException($"{command.GetType().Name}: {rejected.Why.Code} {rejected.Why.Message}"),
            _ => throw new InvalidOperationException(),
        };
    }

    /// <summary>Runs a command a while after the one before.</summary>
    public Task<Executed<T>> TryAsync<T>(Command<T> command, long laterMs = 1_000)
    {
        _clock.Advance(laterMs);
        return Home.ExecuteAsync(command);
    }

    public async Task<Zid> RegisterAsync(int number)
    {
        Zid zid = Zid.FromNumber(number);
        await RunAsync(new RegisterIdentity(
            zid, null, null, new KeyDigest(Name($"account {number}"), CallerOf(zid).KeyPrefix), new KeyDigest(Name($"machine {number}"), "zsm_" + zid.Text[^8..])));
        return zid;
    }

    public Task<ComputeResult> ComputeAsync(Zid payer, long cost) => RunAsync(Work(payer, cost, 0.00025));

    public ChargeCompute Work(Zid payer, long cost, double precision) => new(
        CallerOf(payer), payer.OwnMachine, new ComputedWork("KO42,NM19", 6.5, "N", precision, cost, Name($"work {_works++}")), FundingLimit.All);

    public Task<MoveResult> SendAsync(Zid from, TokenId token, Zid to, Origin? toOrigin) =>
        RunAsync(new TransferEnvelope(CallerOf(from), token, to, toOrigin, HeldOnArrival: true));

    /// <summary>The daily claims that were made, each with its moment.</summary>
    public List<Moment> Claims { get; } = [];

    public async Task ClaimAsync(Zid zid, long laterMs)
    {
        Executed<FuelPool> claim = await TryAsync(new ClaimDailyFuel(zid), laterMs);
        Assert.Equal(FuelPool.DailyTop, Assert.IsType<Accepted<FuelPool>>(claim.Decision).Result.Free);
        Claims.Add(claim.At);
    }

    /// <summary>Two claims on coins of another home: one held and published, one in flight.</summary>
    private async Task<(TokenId Held, TokenId Flying)> ImportClaimsAsync(Zid holder)
    {
        TokenId held = await ImportAsync(holder, "1111111111111111");
        TokenId flying = await ImportAsync(holder, "2222222222222222");
        TokenId spent = await ImportAsync(holder, "3333333333333333");
        await RunAsync(new PublishClaim(CallerOf(holder), There, held, IncludeSender: true));
        await RunAsync(new OpenClaimTransfer(CallerOf(holder), There, flying, 2, Zid.FromNumber(90), There));
        PeerStep step = await RunAsync(new OpenClaimTransfer(CallerOf(holder), There, spent, 2, Zid.FromNumber(90), There));
        var receipt = new Receipt(spent, holder, Zid.FromNumber(90), There, 3, new Zeqond(5), There, Name("mac"));
        await RunAsync(new SettleClaimTransfer(step.StepId, holder, receipt, new byte[90], null));
        return (held, flying);
    }

    private async Task<TokenId> ImportAsync(Zid holder, string hash)
    {
        TokenId token = TokenId.Parse("ZT-far-5-" + hash);
        var payment = new Receipt(token, Zid.FromNumber(91), holder, Context.Origin, 1, new Zeqond(5), There, Name("mac"));
        PeerStep step = await RunAsync(new OpenImport(payment, new byte[90]));
        await RunAsync(new SettleImport(step.StepId, holder, payment with { From = holder, SpendSeq = 2 }, 7, IsTrusted: false, new byte[90]));
        return token;
    }

    public Task<AuditReport> AuditAsync() => Auditor.RunAsync(Store);

    public async ValueTask DisposeAsync()
    {
        await Home.DisposeAsync();
        await Store.DisposeAsync();
        _keys.Dispose();
    }

    /// <summary>64 hex that stand for a digest nobody looks behind.</summary>
    public static string Name(string text) => Sha256.HashHexUtf8(text);

    private void Fill(byte[] seed) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_seed}|{_draws++}")), seed);

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddDays(20_000);

        public void Advance(long ms) => _now = _now.AddMilliseconds(ms);

        public override DateTimeOffset GetUtcNow() => _now;
    }
}

/// <summary>The names in a home's story.</summary>
/// <param name="Anna">Who paid for everything.</param>
/// <param name="Ben">The other account.</param>
/// <param name="Split">A compute with two envelopes.</param>
/// <param name="Local">A coin that went to Ben and back, and was raised after a restore.</param>
/// <param name="Remote">A coin that was sent to another home, accepted, moved on there, and came back to Ben.</param>
/// <param name="Raised">A coin at another home that was raised after a restore.</param>
/// <param name="Foundation">A coin of the Foundation.</param>
/// <param name="Held">A held claim.</param>
/// <param name="Flying">A claim in flight.</param>
public sealed record Story(Zid Anna, Zid Ben, ComputeRow Split, TokenId Local, TokenId Remote, TokenId Raised, TokenId Foundation, TokenId Held, TokenId Flying);
