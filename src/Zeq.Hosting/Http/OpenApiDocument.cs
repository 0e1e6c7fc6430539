using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// The OpenAPI 3.1 document of a home, drawn from the routes that answer: parameters and bodies from the very fields that bind them,
/// answers from the types that write them, codes from what each route may refuse.
/// </summary>
internal static class OpenApiDocument
{
    /// <summary>What any route may say.</summary>
    private static readonly RejectionCode[] Always = [RejectionCode.RateLimited, RejectionCode.StorageUnavailable, RejectionCode.InternalError];

    private static readonly RejectionCode[] OfKeys = [RejectionCode.Unauthorized, RejectionCode.Forbidden];

    private static readonly RejectionCode[] OfMutations =
    [
        RejectionCode.InvalidJson, RejectionCode.InvalidRequest, RejectionCode.UnsupportedMediaType, RejectionCode.TooLarge, RejectionCode.Busy,
        RejectionCode.ClockSuspect, RejectionCode.OutcomeUnknown,
    ];

    private static readonly RejectionCode[] OfIdempotency = [RejectionCode.IdempotencyMismatch];

    public static string Write(IReadOnlyList<ApiRoute> routes, HomeContext home, RateLimits limits)
    {
        var schemas = new JsonObject { ["Error"] = Schema(WireJson.Default.ErrorAnswer) };
        var paths = new JsonObject();
        foreach (ApiRoute route in routes)
        {
            if (paths[route.Pattern] is not JsonObject path)
            {
                paths[route.Pattern] = path = [];
            }

            path[route.Method.ToLowerInvariant()] = Operation(route, schemas, limits);
        }

        paths["/healthz"] = Plain("/healthz", "The node is up.", "text/plain");
        paths["/readyz"] = Plain("/readyz", "The node can answer.", "text/plain");
        paths["/readyz"]!["get"]!["responses"]!["503"] = new JsonObject
        {
            ["description"] = "Not now, and why; Retry-After is given.", ["content"] = new JsonObject { ["text/plain"] = new JsonObject() },
        };
        paths["/openapi/v1.json"] = Plain("/openapi/v1.json", "This document.", "application/json");

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Zeq home", ["version"] = HostVersion.Text, ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" } },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = home.Origin.Text }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["account"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An account key zeq_ak_… or a machine key zsm_…" },
                    ["admin"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "The admin key of the home." },
                },
            },
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = WireJson.Default });
    }

    /// <summary>The codes that a route may answer with.</summary>
    internal static IEnumerable<RejectionCode> CodesOf(ApiRoute route)
    {
        IEnumerable<RejectionCode> codes = [.. route.Refuses, .. Always];
        if (route.Auth != RouteAuth.None)
        {
            codes = codes.Concat(OfKeys);
        }

        if (route.IsMutation)
        {
            codes = codes.Concat(OfMutations).Concat(route.Body.Concat(route.Path).Select(field => field.Code));
        }
        else if (route.Query.Count + route.Path.Count > 0)
        {
            codes = codes.Concat([RejectionCode.InvalidRequest, .. route.Query.Concat(route.Path).Select(field => field.Code)]);
        }

        return (route.IsIdempotent ? codes.Concat(OfIdempotency) : codes).Distinct();
    }

    private static JsonObject Operation(ApiRoute route, JsonObject schemas, RateLimits limits)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = route.Method.ToLowerInvariant() + Id(route.Pattern),
            ["tags"] = new JsonArray(route.Pattern.Split('/')[2]),
            ["description"] = $"Rate limit: Zeq:RateLimits:{route.RateLimit}, {LimitText(limits.Limits[route.RateLimit])}.{(route.SignsAnswer ? $" The answer carries {AnswerSignature.Header}." : "")}",
        };
        var parameters = new JsonArray();
        foreach (Field field in route.Path)
        {
            parameters.Add((JsonNode)Parameter(field, "path"));
        }

        foreach (Field field in route.Query)
        {
            parameters.Add((JsonNode)Parameter(field, "query"));
        }

        if (route.IsIdempotent)
        {
            parameters.Add((JsonNode)new JsonObject
            {
                ["name"] = "Idempotency-Key", ["in"] = "header", ["required"] = false,
                ["description"] = "The same key and body answer the first result again for 24 hours.",
                ["schema"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 128 },
            });
        }

        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (route.Body.Count > 0)
        {
            operation["requestBody"] = Body(route);
        }

        operation["responses"] = Responses(route, schemas);
        if (route.Auth != RouteAuth.None)
        {
            var security = new JsonArray();
            if (route.Auth != RouteAuth.Admin)
            {
                security.Add((JsonNode)new JsonObject { ["account"] = new JsonArray() });
            }

            if (route.Auth is RouteAuth.Admin or RouteAuth.Optional or RouteAuth.AnyOrAdmin)
            {
                security.Add((JsonNode)new JsonObject { ["admin"] = new JsonArray() });
            }

            if (route.Auth == RouteAuth.Optional)
            {
                security.Add((JsonNode)new JsonObject());
            }

            operation["security"] = security;
        }

        return operation;
    }

    private static JsonObject Body(ApiRoute route)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (Field field in route.Body)
        {
            properties[field.Name] = field.Schema.DeepClone();
            if (field.IsRequired)
            {
                required.Add((JsonNode)field.Name);
            }
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        return new JsonObject
        {
            ["required"] = required.Count > 0,
            ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schema } },
        };
    }

    private static JsonObject Responses(ApiRoute route, JsonObject schemas)
    {
        var responses = new JsonObject();
        if (route.Refuses is not [RejectionCode.Gone])
        {
            var content = new JsonObject();
            if (route.Streams is { } streams)
            {
                foreach (string stream in streams.Split(", "))
                {
                    content[stream] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
                }
            }
            else
            {
                string name = route.Answer!.Type.Name;
                schemas.TryAdd(name, Schema(route.Answer));
                content["application/json"] = new JsonObject { ["schema"] = Ref(name) };
            }

            responses[$"{route.Status}"] = new JsonObject { ["description"] = "Done.", ["content"] = content };
        }

        foreach (IGrouping<int, RejectionCode> group in CodesOf(route).GroupBy(ErrorTable.Status).OrderBy(group => group.Key))
        {
            string codes = string.Join(", ", group.Select(ErrorTable.Code).Order(StringComparer.Ordinal));
            responses[$"{group.Key}"] = new JsonObject
            {
                ["description"] = codes,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = Ref("Error") } },
            };
        }

        return responses;
    }

    /// <summary>A route beside the API's: no key, no limit, one answer.</summary>
    private static JsonObject Plain(string pattern, string summary, string type) => new()
    {
        ["get"] = new JsonObject
        {
            ["summary"] = summary,
            ["operationId"] = "get" + Id(pattern),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "Yes.", ["content"] = new JsonObject { [type] = new JsonObject() } } },
        },
    };

    private static string LimitText(RateLimit limit) => limit.Permits == 0
        ? "unlimited here"
        : string.Create(CultureInfo.InvariantCulture, $"here {limit.Permits} in {limit.WindowSeconds} seconds");

    private static JsonObject Parameter(Field field, string place) => new()
    {
        ["name"] = field.Name, ["in"] = place, ["required"] = field.IsRequired, ["schema"] = field.Schema.DeepClone(),
    };

    private static JsonObject Ref(string name) => new() { ["$ref"] = "#/components/schemas/" + name };

    private static JsonNode Schema(JsonTypeInfo type) => type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = static (context, schema) =>
        {
            // A member that is null is absent on the wire, unless it says that it is always there: it is not required.
            if (schema is JsonObject node && node["required"] is JsonArray required)
            {
                foreach (JsonPropertyInfo member in context.TypeInfo.Properties.Where(IsAbsentWhenNull))
                {
                    required.RemoveAll(name => name!.GetValue<string>() == member.Name);
                }
            }

            return schema;
        },
    });

    private static bool IsAbsentWhenNull(JsonPropertyInfo member) =>
        member.IsGetNullable && member.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) != true;

    private static string Id(string pattern) => string.Concat(pattern.Split(['/', '{', '}', '-', '_', '.'], StringSplitOptions.RemoveEmptyEntries)
        .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
