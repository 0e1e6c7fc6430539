namespace Zeq.Protocol;

/// <summary>An operator in <c>double</c>; its arguments stand in the order of its inputs.</summary>
internal delegate double DoubleFormula(ReadOnlySpan<double> x, CancellationToken cancellationToken);

/// <summary>The same operator to 31 digits, from the same arguments, taken as exact.</summary>
internal delegate DoubleDouble ReferenceFormula(ReadOnlySpan<double> x);

/// <summary>What no single range says about the arguments together: the field at fault and why, or null. Runs after the ranges hold.</summary>
internal delegate (string Field, string Problem)? JointCheck(ReadOnlySpan<double> x);

/// <summary>One operator of the reference kernel: what it is, and its two ways to its value.</summary>
internal sealed class ReferenceOperator
{
    public ReferenceOperator(
        string name,
        string title,
        string equation,
        string unit,
        OperatorInput[] inputs,
        DoubleFormula value,
        ReferenceFormula reference,
        JointCheck? check = null)
    {
        Info = new OperatorInfo(name, OperatorName.DomainOf(name), title, equation, Array.AsReadOnly(inputs), unit);
        Value = value;
        Reference = reference;
        Check = check ?? (_ => null);
    }

    public OperatorInfo Info { get; }

    public DoubleFormula Value { get; }

    public ReferenceFormula Reference { get; }

    public JointCheck Check { get; }
}
