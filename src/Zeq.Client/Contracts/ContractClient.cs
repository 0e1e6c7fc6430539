using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>Contracts of machines (spec 20 §3).</summary>
public sealed class ContractClient
{
    private readonly ZeqTransport _transport;

    internal ContractClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/chain/contracts/templates</c>: the definitions that ship with the home. Needs no key.</summary>
    public Task<ContractTemplateListAnswer> GetTemplatesAsync(CancellationToken ct = default) =>
        _transport.GetAsync("api/chain/contracts/templates", WireJson.Default.ContractTemplateListAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts</c>: deploys a definition.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="definition">The definition, a JSON object; a member <c>params</c> beside it gives values of its context.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<DeployAnswer> DeployAsync(Slug slug, JsonElement definition, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Root(slug), definition, WireJson.Default.JsonElement, Repeat.WithKey, idempotencyKey, WireJson.Default.DeployAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts</c>: deploys a template.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="request">The template and the values of its context.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<DeployAnswer> DeployTemplateAsync(Slug slug, TemplateRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Root(slug), request, WireJson.Default.TemplateRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.DeployAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/import</c>: deploys what was exported; the contract begins anew.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="request">The definition and the values of its context.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<DeployAnswer> ImportAsync(Slug slug, ContractImportRequest request, string? idempotencyKey = null, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Root(slug) + "/import", request, WireJson.Default.ContractImportRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.DeployAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/contracts</c>: a page of a machine's contracts, the oldest first.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="after">Where the page before ended, or null.</param>
    /// <param name="limit">1 to 50, or null for the home's choice.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ContractListAnswer> ListAsync(Slug slug, string? after = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new UrlQuery(Root(slug)).Add("after", after).Add("limit", limit).ToString(), WireJson.Default.ContractListAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/contracts/:id</c>: a contract and its last 20 transitions.</summary>
    public Task<ContractAnswer> GetAsync(Slug slug, Guid id, CancellationToken ct = default) => _transport.GetAsync(Of(slug, id), WireJson.Default.ContractAnswer, ct);

    /// <summary><c>GET /api/chain/:slug/contracts/:id/export</c>: its definition and the values of its context.</summary>
    public Task<ContractExportAnswer> ExportAsync(Slug slug, Guid id, CancellationToken ct = default) =>
        _transport.GetAsync(Of(slug, id) + "/export", WireJson.Default.ContractExportAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/:id/transition</c>: takes a transition, or approves one that needs several.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="id">The contract.</param>
    /// <param name="request">The state and the input.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public Task<TransitionAnswer> TransitionAsync(Slug slug, Guid id, TransitionRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        _transport.SendAsync(
            HttpMethod.Post, Of(slug, id) + "/transition", request, WireJson.Default.TransitionRequest, Repeat.WithKey, idempotencyKey, WireJson.Default.TransitionAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/:id/dry-run</c>: what a transition would come to by its rules; nothing is done.</summary>
    public Task<DryRunAnswer> DryRunAsync(Slug slug, Guid id, TransitionRequest request, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Of(slug, id) + "/dry-run", request, WireJson.Default.TransitionRequest, Repeat.Safe, null, WireJson.Default.DryRunAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/:id/verify</c>: replays its transitions against its definition and its chain.</summary>
    public Task<VerifyContractAnswer> VerifyAsync(Slug slug, Guid id, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Of(slug, id) + "/verify", null, Repeat.Safe, null, WireJson.Default.VerifyContractAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/:id/pause</c>.</summary>
    public Task<ContractAnswer> PauseAsync(Slug slug, Guid id, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Of(slug, id) + "/pause", null, Repeat.WithKey, null, WireJson.Default.ContractAnswer, ct);

    /// <summary><c>POST /api/chain/:slug/contracts/:id/resume</c>.</summary>
    public Task<ContractAnswer> ResumeAsync(Slug slug, Guid id, CancellationToken ct = default) => _transport.SendAsync(
        HttpMethod.Post, Of(slug, id) + "/resume", null, Repeat.WithKey, null, WireJson.Default.ContractAnswer, ct);

    private static string Root(Slug slug) => $"api/chain/{slug.Text}/contracts";

    private static string Of(Slug slug, Guid id) => $"{Root(slug)}/{id:D}";
}
