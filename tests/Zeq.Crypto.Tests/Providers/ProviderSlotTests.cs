namespace Zeq.Crypto.Tests;

public class ProviderSlotTests
{
    private static ProviderSlot<string> Slot(bool isManagedForced = false, Func<string, bool>? passes = null) =>
        new("Algorithm", "built-in", "the built-in one", isManagedForced, passes ?? (_ => true));

    [Fact]
    public void WithoutARegistrationTheBuiltInOneRuns()
    {
        var slot = Slot();
        Assert.Equal("built-in", slot.Current);
        Assert.Equal("the built-in one", slot.Name);
    }

    [Fact]
    public void ARegisteredOneRunsAndIsNamed()
    {
        var slot = Slot();
        slot.Register("foreign", "foreign 1.0");
        Assert.Equal("foreign", slot.Current);
        Assert.Equal("foreign 1.0", slot.Name);
    }

    [Fact]
    public void ASecondRegistrationIsRefusedAlsoBeforeTheFirstUse()
    {
        var slot = Slot();
        slot.Register("foreign", "foreign 1.0");
        var refused = Assert.Throws<InvalidOperationException>(() => slot.Register("other", "other 2.0"));
        Assert.Equal("A provider of Algorithm is registered already: foreign 1.0.", refused.Message);
        Assert.Equal("foreign", slot.Current);
        Assert.Throws<InvalidOperationException>(() => slot.Register("other", "other 2.0"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void AfterAUseOrAQuestionItIsTooLate(bool isUsed)
    {
        var slot = Slot();
        _ = isUsed ? slot.Current : slot.Name;
        var refused = Assert.Throws<InvalidOperationException>(() => slot.Register("foreign", "foreign 1.0"));
        Assert.Equal("Algorithm was used already, by the built-in one: providers are registered before the first use, at the start of the process.", refused.Message);
        Assert.Equal("built-in", slot.Current);
        Assert.Equal("the built-in one", slot.Name);
    }

    [Fact]
    public void WhereTheManagedOnesAreForcedNothingIsRegistered()
    {
        var slot = Slot(isManagedForced: true);
        var refused = Assert.Throws<InvalidOperationException>(() => slot.Register("foreign", "foreign 1.0"));
        Assert.Contains("ZEQ_CRYPTO", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Algorithm", refused.Message, StringComparison.Ordinal);
        Assert.Equal("built-in", slot.Current);
    }

    [Fact]
    public void AProviderThatFailsTheSelfTestIsNotRegisteredAndAnotherMayBe()
    {
        var slot = Slot(passes: p => p switch { "wrong" => false, "throws" => throw new NotSupportedException("x"), _ => true });
        Assert.Contains("known answer", Assert.Throws<ArgumentException>(() => slot.Register("wrong", "wrong 1.0")).Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(Assert.Throws<ArgumentException>(() => slot.Register("throws", "throws 1.0")).InnerException);
        slot.Register("right", "right 1.0");
        Assert.Equal("right", slot.Current);
    }

    [Fact]
    public void AUseDuringTheSelfTestSettlesIt()
    {
        ProviderSlot<string>? slot = null;
        slot = Slot(passes: _ => slot!.Current == "built-in");
        Assert.Throws<InvalidOperationException>(() => slot.Register("foreign", "foreign 1.0"));
        Assert.Equal("built-in", slot.Current);
    }

    [Fact]
    public void ANameThatCannotBeShownIsRefused()
    {
        foreach (var name in (string?[])[null, "", "  ", "two\nlines", "tab\t", "é", "\u001b[31m", new string('n', 101)])
        {
            Assert.Throws<ArgumentException>(() => Slot().Register("foreign", name!));
        }

        Slot().Register("foreign", new string('n', 100));
    }

    /// <summary>However the threads fall, everybody sees one and the same provider, and at most one registration is accepted.</summary>
    [Fact]
    public void ManyThreadsSeeOneChoice()
    {
        for (var round = 0; round < 300; round++)
        {
            var slot = Slot();
            var accepted = 0;
            var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
            Parallel.For(0, 8, worker =>
            {
                if (worker % 2 == 0)
                {
                    try
                    {
                        slot.Register($"foreign {worker}", $"foreign {worker}");
                        Interlocked.Increment(ref accepted);
                    }
                    catch (InvalidOperationException)
                    {
                    }
                }

                seen.Add(slot.Current);
            });
            var only = Assert.Single(seen.Distinct());
            Assert.InRange(accepted, 0, 1);
            Assert.Equal(accepted == 1, only.StartsWith("foreign", StringComparison.Ordinal));
            Assert.Equal(only == "built-in" ? "the built-in one" : only, slot.Name);
        }
    }
}
