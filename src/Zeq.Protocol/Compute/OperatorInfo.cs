namespace Zeq.Protocol;

/// <summary>What an operator is, as <c>GET /api/zeq/operators</c> shows it (spec 10 §10).</summary>
/// <param name="Operator">Its name, <c>[A-Z]{1,8}[0-9]{1,6}</c>, e.g. <c>NM19</c>.</param>
/// <param name="Domain">The letters of the name, e.g. <c>NM</c>.</param>
/// <param name="Name">What a textbook calls it.</param>
/// <param name="Equation">The equation, in plain text.</param>
/// <param name="Inputs">What it reads from the shared inputs; empty where it reads none.</param>
/// <param name="Unit">The SI unit of its value, <c>1</c> where it has none.</param>
public sealed record OperatorInfo(
    string Operator, string Domain, string Name, string Equation, IReadOnlyList<OperatorInput> Inputs, string Unit);
