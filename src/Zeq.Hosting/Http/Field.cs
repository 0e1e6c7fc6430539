using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// A member of a request's body, or a parameter of its query: its name, its form, and the code of a violation. One declaration binds the
/// value and describes it in the OpenAPI document.
/// </summary>
internal abstract class Field(string name, bool isRequired, RejectionCode code, JsonObject schema)
{
    public string Name { get; } = name;

    public bool IsRequired { get; } = isRequired;

    public RejectionCode Code { get; } = code;

    public JsonObject Schema { get; } = schema;

    /// <summary>Reads the value; null and a sentence where it has not the form.</summary>
    public abstract object? Read(JsonElement json, out string? problem);
}

/// <summary>A typed member.</summary>
internal sealed class Field<T>(string name, bool isRequired, RejectionCode code, JsonObject schema, Field<T>.Reader read)
    : Field(name, isRequired, code, schema)
{
    public delegate bool Reader(JsonElement json, out T value);

    public override object? Read(JsonElement json, out string? problem)
    {
        if (read(json, out T value))
        {
            problem = null;
            return value;
        }

        problem = $"{Name} is missing or has not its form.";
        return null;
    }

    /// <summary>The same member, which may be absent.</summary>
    public Field<T> Optional() => new(Name, false, Code, (JsonObject)Schema.DeepClone(), read);

    /// <summary>The same form under another name.</summary>
    public Field<T> Named(string other) => new(other, IsRequired, Code, (JsonObject)Schema.DeepClone(), read);
}
