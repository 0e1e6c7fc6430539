namespace Zeq.Client.Tests;

public sealed class CircuitBreakerTests
{
    private const string Peer = "https://a.example";
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Opens_after_five_failures_in_a_row()
    {
        var breaker = Make();
        Fail(breaker, 4);
        Assert.NotNull(breaker.TryEnter(Peer));
        Fail(breaker, 1);
        Assert.Null(breaker.TryEnter(Peer));
        Assert.NotNull(breaker.TryEnter("https://b.example"));
    }

    [Fact]
    public void A_success_between_starts_the_count_again()
    {
        var breaker = Make();
        Fail(breaker, 4);
        breaker.TryEnter(Peer)!.Succeeded();
        Assert.Equal(0, breaker.Count);
        Fail(breaker, 4);
        Assert.NotNull(breaker.TryEnter(Peer));
    }

    [Fact]
    public void One_probe_at_a_time_and_its_success_closes()
    {
        var breaker = Opened();
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.Null(breaker.TryEnter(Peer));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var probe = breaker.TryEnter(Peer);
        Assert.True(probe!.IsProbe);
        Assert.Null(breaker.TryEnter(Peer));
        probe.Succeeded();
        Assert.False(breaker.TryEnter(Peer)!.IsProbe);
        Fail(breaker, 4);
        Assert.NotNull(breaker.TryEnter(Peer));
    }

    [Fact]
    public void Failed_probes_double_the_time_up_to_five_minutes()
    {
        var breaker = Opened();
        foreach (var seconds in new[] { 10, 20, 40, 80, 160, 300, 300 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Null(breaker.TryEnter(Peer));
            _time.Advance(TimeSpan.FromTicks(1));
            breaker.TryEnter(Peer)!.Failed();
        }
    }

    [Fact]
    public void A_probe_given_up_lets_another_one_through()
    {
        var breaker = Opened();
        _time.Advance(TimeSpan.FromSeconds(10));
        breaker.TryEnter(Peer)!.Dispose();
        var probe = breaker.TryEnter(Peer);
        Assert.True(probe!.IsProbe);
        Assert.Null(breaker.TryEnter(Peer));
    }

    [Fact]
    public void Late_failures_of_older_calls_neither_prolong_nor_decide()
    {
        var breaker = Make();
        var older = Enumerable.Range(0, 3).Select(_ => breaker.TryEnter(Peer)!).ToArray();
        Fail(breaker, 5);
        _time.Advance(TimeSpan.FromSeconds(9));
        older[0].Failed();
        _time.Advance(TimeSpan.FromSeconds(1));
        var probe = breaker.TryEnter(Peer);
        Assert.True(probe!.IsProbe);
        older[1].Failed();
        older[2].Dispose();
        Assert.Null(breaker.TryEnter(Peer));
        probe.Succeeded();
        Assert.NotNull(breaker.TryEnter(Peer));
    }

    [Fact]
    public void A_second_report_counts_for_nothing()
    {
        var breaker = Make();
        var pass = breaker.TryEnter(Peer)!;
        for (var i = 0; i < 10; i++)
        {
            pass.Failed();
        }

        Assert.NotNull(breaker.TryEnter(Peer));
    }

    [Fact]
    public void The_table_is_bounded_and_forgets_the_least_recently_used()
    {
        var breaker = Make(new PeerPolicy { BreakerTableSize = 3, BreakerFailures = 1 });
        foreach (var peer in new[] { "a", "b", "c" })
        {
            breaker.TryEnter(peer)!.Failed();
        }

        Assert.Null(breaker.TryEnter("a"));     // a use, which makes b the oldest
        breaker.TryEnter("d")!.Failed();
        Assert.Equal(3, breaker.Count);
        Assert.NotNull(breaker.TryEnter("b"));
        Assert.Null(breaker.TryEnter("a"));
        Assert.Null(breaker.TryEnter("c"));
        Assert.Null(breaker.TryEnter("d"));
    }

    [Fact]
    public void Strangers_cannot_grow_the_table()
    {
        var breaker = Make();
        for (var i = 0; i < 10_000; i++)
        {
            breaker.TryEnter($"https://h{i}.example")!.Failed();
        }

        Assert.Equal(4096, breaker.Count);
    }

    [Fact]
    public async Task Many_threads_leave_it_whole()
    {
        var breaker = Make(new PeerPolicy { BreakerTableSize = 8, BreakerFailures = 2 });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                using var pass = breaker.TryEnter($"p{(i * 7 + worker) % 16}");
                if (i % 3 == 0)
                {
                    pass?.Failed();
                }
                else if (i % 3 == 1)
                {
                    pass?.Succeeded();
                }
            }
        })));
        Assert.InRange(breaker.Count, 0, 8);
    }

    private CircuitBreaker Make(PeerPolicy? policy = null) => new(policy ?? new PeerPolicy(), _time);

    private CircuitBreaker Opened()
    {
        var breaker = Make();
        Fail(breaker, 5);
        return breaker;
    }

    private static void Fail(CircuitBreaker breaker, int times)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.TryEnter(Peer)!.Failed();
        }
    }
}
