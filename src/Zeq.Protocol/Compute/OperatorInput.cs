namespace Zeq.Protocol;

/// <summary>One input of an operator: always a finite JSON number.</summary>
/// <param name="Name">The member of the inputs object, unit last, e.g. <c>mass_kg</c>.</param>
/// <param name="Unit">Its SI unit, <c>1</c> where it has none.</param>
/// <param name="Description">What it means, in a few words.</param>
/// <param name="Minimum">The smallest value that is taken, itself included; null where there is no bound.</param>
/// <param name="Maximum">The largest value that is taken, itself included; null where there is no bound.</param>
/// <param name="IsStepCount">
/// An integer from 1 to 100,000 that sets how finely the operator integrates; its name ends in <c>steps</c> (spec 05 rule 23).
/// </param>
public sealed record OperatorInput(
    string Name, string Unit, string Description, double? Minimum, double? Maximum, bool IsStepCount);
