namespace Zeq.Hosting.Tests.Faults;

/// <summary>Tests that break homes run one after the other: they load the machine, and what they wait for must not starve.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultsCollection
{
    public const string Name = "faults";
}
