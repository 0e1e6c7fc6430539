using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>A definition that ships with the library (spec 20 §3), to be deployed by its name with <c>params</c>.</summary>
public sealed class ContractTemplate
{
    private static readonly string[] Names = ["escrow", "force_threshold_alarm", "heartbeat_monitor", "m2m_handshake", "subscription"];

    private ContractTemplate(string id, JsonElement definition) => (Id, Definition) = (id, definition);

    /// <summary>Every template, in the order of their names.</summary>
    public static IReadOnlyList<ContractTemplate> All { get; } = [.. Names.Select(Read)];

    /// <summary>Its name.</summary>
    public string Id { get; }

    /// <summary>Its definition. Names of its context that are null have to be given.</summary>
    public JsonElement Definition { get; }

    /// <summary>The template of a name, or null.</summary>
    public static ContractTemplate? Find(string id) => All.FirstOrDefault(template => template.Id == id);

    private static ContractTemplate Read(string id)
    {
        using Stream resource = typeof(ContractTemplate).Assembly.GetManifestResourceStream("contracts/" + id)
            ?? throw new InvalidOperationException("A template is missing from the library.");
        using JsonDocument json = JsonDocument.Parse(resource);
        return new ContractTemplate(id, json.RootElement.Clone());
    }
}
