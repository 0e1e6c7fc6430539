using Microsoft.Extensions.Logging;
using Zeq.Client;
using Zeq.Hosting;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>A home of the simulation: its disk outlives its lives.</summary>
internal sealed class Node(World world, string name)
{
    private const string Hex = "0123456789abcdef";
    private readonly Queue<int> _crashes = new();
    private int _steps;

    public World World { get; } = world;

    public string Name { get; } = name;

    public Origin Origin { get; } = Origin.Parse($"https://{name}.example");

    /// <summary>What a power cut leaves.</summary>
    public MemoryHomeStore Disk { get; set; } = new();

    /// <summary>How far the wall clock was set.</summary>
    public long WallOffsetUs { get; set; }

    /// <summary>The life under way; null while the node is down.</summary>
    public Life? Life { get; private set; }

    /// <summary>Whether others can reach it: not before it has started, nor before a restore was declared.</summary>
    public bool IsReachable { get; set; }

    /// <summary>When its store was set back, and to what instant; null while it was not.</summary>
    public (long AtUs, long ToUs)? Restored { get; private set; }

    /// <summary>Whether its store was ever set back.</summary>
    public bool WasRestored => Restored is not null;

    /// <summary>The 32 bytes of its root secret, as hex.</summary>
    public string HomeSecret => string.Concat(Enumerable.Repeat($"{Hex[Name[0] % 16]}1", 32));

    public string AdminKey => "admin-key-of-the-simulated-home-" + Name;

    /// <summary>Says after how many steps the node crashes, counted over all its lives.</summary>
    public void PlanCrashes(IEnumerable<int> steps)
    {
        foreach (int step in steps.Order())
        {
            _crashes.Enqueue(step);
        }
    }

    public async Task StartAsync()
    {
        var life = new Life(this);
        Life = life;
        World.Timeline.Note($"{Name} starts");
        await life.OpenAsync();
        IsReachable = true;
    }

    public void Crash(string where)
    {
        if (Life is { } life)
        {
            life.End();
            (Life, IsReachable) = (null, false);
            World.Timeline.Note($"{Name} crashes {where}");
            World.Timeline.In(World.Timeline.Between(10_000, 4_000_000), () => World.Timeline.Watch(StartAsync()));
        }
    }

    /// <summary>The node stops, its store goes back to what it was, and it starts; nobody reaches it before the admin has said so.</summary>
    public async Task RestoreAsync(MemoryHomeStore old, long copiedUs)
    {
        Life?.End();
        (Life, IsReachable, Restored) = (null, false, (World.Timeline.NowUs, copiedUs));
        Disk = old.Fork();
        World.Timeline.Note($"{Name} restored");
        string restoreId = Zeq.Crypto.Sha256.HashHexUtf8($"{Name} {World.Timeline.NowUs}");
        while (true)
        {
            var life = new Life(this);
            Life = life;
            await life.OpenAsync();
            byte[] body = System.Text.Encoding.UTF8.GetBytes($$"""{"restore_id":"{{restoreId}}"}""");
            Answer answer = await life.AskAsync(new Ask("POST", "/api/admin/home/restored", body, AdminKey, null), default);
            if (answer.Status == 200)
            {
                IsReachable = true;
                return;
            }

            life.End();
        }
    }

    /// <summary>One step of a life; whether the node crashes at it.</summary>
    public bool CrashesNow(string where)
    {
        _steps++;
        if (!World.IsCalm && Life is not null && IsReachable && _crashes.TryPeek(out int at) && at <= _steps)
        {
            _crashes.Dequeue();
            Crash(where);
            return true;
        }

        return false;
    }

    public ZeqOptions Options(Life life)
    {
        var options = new ZeqOptions
        {
            Origin = Origin,
            Name = Slug.Parse(Name),
            DataFolder = World.DataFolder,
            HomeSecret = HomeSecret,
            NodeSecret = "node-secret-of-the-simulated-home-" + Name,
            FieldKey = string.Concat(Enumerable.Repeat($"{Hex[Name[0] % 16]}2", 32)),
            MeshSecret = "mesh-secret-of-the-simulated-home-" + Name,
            AdminKey = AdminKey,
            FreeCredits = 0,
            Time = new NodeTime(World.Timeline, life),
            OpenStore = _ => new SimStore(World.Timeline, life),
            FillSeed = World.Timeline.Random.NextBytes,
            OpenPeers = () => new SimPeers(World, life),
        };
        foreach (string bucket in RateLimits.Names)
        {
            options.RateLimits[bucket] = new RateLimit(0, 60);
        }

        foreach (Node other in World.Nodes)
        {
            if (other != this && World.Trusts(this, other))
            {
                options.Issuers[other.Origin] = new TrustedIssuer(World.NodeKeyOf(other));
            }
        }

        return options;
    }
}

/// <summary>A request as it comes to a home.</summary>
internal sealed record Ask(string Method, string Path, byte[]? Body, string? Key, string? IdempotencyKey);

/// <summary>What a home answered, and when.</summary>
internal sealed record Answer(int Status, byte[] Body, string? Signature)
{
    public long AtUs { get; init; }
}

/// <summary>From a start to a crash. What is under way in it when it ends goes no further, ever.</summary>
internal sealed class Life(Node node) : ILogger
{
    private readonly TaskCompletionSource _never = new();
    private HomeServices? _services;
    private Doors? _doors;

    public Node Node { get; } = node;

    public bool IsOver { get; private set; }

    private Timeline Timeline => Node.World.Timeline;

    public async Task OpenAsync()
    {
        _services = await HomeServices.OpenAsync(Node.Options(this), this, default, default);
        _doors = new Doors(_services);
        Timeline.Watch(new StepWorker(_services).RunAsync(default));
    }

    public void End() => IsOver = true;

    /// <summary>Runs a command past the doors.</summary>
    public async Task ExecuteAsync<T>(Command<T> command)
    {
        if ((await _services!.Home.ExecuteAsync(command)).Decision is Rejected<T> rejected)
        {
            throw new SimulationFault(rejected.Why.Message);
        }
    }

    /// <summary>Answers a request, if the life lasts so long.</summary>
    public async Task<Answer> AskAsync(Ask ask, CancellationToken aborted)
    {
        Answer answer = await _doors!.AskAsync(ask, aborted);
        await StepAsync("answer", 0);
        return answer with { AtUs = Timeline.NowUs };
    }

    /// <summary>A point at which the node may crash, and a wait.</summary>
    public async ValueTask StepAsync(string where, long mostUs)
    {
        if (IsOver || Node.CrashesNow(where))
        {
            await _never.Task;
        }

        if (mostUs > 0)
        {
            await Timeline.DelayAsync(Timeline.Between(1, mostUs));
            if (IsOver || Node.CrashesNow(where))
            {
                await _never.Task;
            }
        }
    }

    /// <summary>A read: now and then it takes a while.</summary>
    public async ValueTask ReadAsync(long mostUs)
    {
        if (!IsOver && Timeline.Chance(0.2))
        {
            await Timeline.DelayAsync(Timeline.Between(1, mostUs));
        }

        if (IsOver)
        {
            await _never.Task;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    /// <summary>A bug that the home has caught is one all the same. What the disk did is none.</summary>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error && exception is not StoreException)
        {
            Timeline.Fail(new SimulationFault($"{Node.Name}: {formatter(state, exception)}", exception));
        }
    }
}
