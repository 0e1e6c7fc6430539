using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What a compute asked and answered, as one digest (spec 10 §1). Pure and thread-safe.</summary>
public static class ComputeDigest
{
    /// <summary><c>SHA-256(JCS({inputs, operators, unit, value}))</c>, 64 lower-case hex digits.</summary>
    /// <param name="inputs">The inputs as the request gave them, any JSON value; unknown members are part of the digest.</param>
    /// <param name="operators">The chain as it was evaluated: <c>KO42</c> first, in order.</param>
    /// <param name="unit">The unit of the value.</param>
    /// <param name="value">The value, finite; a negative zero counts as 0.</param>
    /// <exception cref="ArgumentException">The chain is empty or holds no operator's name, the inputs are undefined, or the value is not finite.</exception>
    /// <exception cref="FormatException">The inputs have no canonical form: duplicate members, lone surrogates, numbers beyond a double.</exception>
    public static string Of(JsonElement inputs, IReadOnlyList<string> operators, string unit, double value)
    {
        ArgumentNullException.ThrowIfNull(operators);
        ArgumentNullException.ThrowIfNull(unit);
        if (inputs.ValueKind == JsonValueKind.Undefined)
        {
            throw new ArgumentException("The inputs are undefined.", nameof(inputs));
        }

        if (operators.Count == 0 || !operators.All(OperatorName.IsValid))
        {
            throw new ArgumentException("A chain is one or more operators.", nameof(operators));
        }

        if (!double.IsFinite(value))
        {
            throw new ArgumentException("The value is not a finite number.", nameof(value));
        }

        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();

            // The bytes as they came: the canonicalizer alone judges them, and nothing is rewritten before it looks.
            writer.WritePropertyName("inputs");
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(inputs), skipInputValidation: true);
            writer.WriteStartArray("operators");
            foreach (string name in operators)
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
            writer.WriteString("unit", unit);
            writer.WriteNumber("value", value);
            writer.WriteEndObject();
        }

        return Sha256.HashHex(Jcs.Canonicalize(json.WrittenSpan));
    }
}
