namespace Zeq.Protocol;

/// <summary>A physical constant as it is published: decimal digits, a power of ten, a unit.</summary>
/// <param name="Symbol">Its usual symbol.</param>
/// <param name="Name">Its name in CODATA.</param>
/// <param name="Digits">The published digits, as an integer.</param>
/// <param name="Exponent">The power of ten by which the digits are multiplied.</param>
/// <param name="Unit">Its SI unit.</param>
/// <param name="IsExact">Whether the SI defines it, so that its digits are all there is.</param>
public sealed record PhysicalConstant(string Symbol, string Name, long Digits, int Exponent, string Unit, bool IsExact)
{
    /// <summary>The constant as the double nearest to its decimal digits.</summary>
    public double Value { get; } = DoubleDouble.FromDecimal(Digits, Exponent).High;

    /// <summary>The constant to 31 digits.</summary>
    internal DoubleDouble Reference { get; } = DoubleDouble.FromDecimal(Digits, Exponent);
}
