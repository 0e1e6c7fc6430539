using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>A contract (spec 20 §3); definition and context are there where one is shown, not in lists.</summary>
public sealed record ContractBody(
    string Id, string Slug, string Name, string Version, string? TemplateId, string Status, string CurrentState, long EnteredZeqond, long Transitions, long FailedTries,
    long AutoFailures, string? PausedFor, long CreatedZeqond, long Seq, string StateHash, JsonElement? Definition, JsonElement? Context, IReadOnlyList<ContractTriggerBody>? Triggers);

/// <summary>A trigger of a contract: which transition it fires, and when it is looked at next.</summary>
public sealed record ContractTriggerBody(int Transition, string From, string To, string Status, long? DueZeqond, long Fires, long? LastFiredZeqond);

/// <summary>A transition, or a failed try of one; a failed one has no row on the chain.</summary>
public sealed record ContractTransitionBody(
    long Try, bool Success, string From, string To, string? Operator, bool Automatic, string? ActorZid, string? KeyPrefix, long Zeqond, string? TransitionId, long? Seq,
    string? StateHash, string? ProofDigest, string? TokenId, string? Code, string? Error);

/// <summary><c>GET /api/chain/:slug/contracts/:id</c>, and what pausing and resuming answer.</summary>
public sealed record ContractAnswer(bool Ok, ContractBody Contract, IReadOnlyList<ContractTransitionBody>? Transitions);

/// <summary><c>GET /api/chain/:slug/contracts</c>.</summary>
public sealed record ContractListAnswer(bool Ok, IReadOnlyList<ContractBody> Contracts, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>A contract was deployed or imported.</summary>
public sealed record DeployAnswer(bool Ok, string Id, ContractBody Contract, long Seq, string StateHash, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/chain/:slug/contracts/:id/transition</c> and <c>…/dry-run</c>.</summary>
public sealed record TransitionRequest(string To, JsonElement? Input = null);

/// <summary>The envelope of a transition.</summary>
public sealed record TallyInfo(string TokenId);

/// <summary>How many different ZIDs have asked for a transition, and how many have to.</summary>
public sealed record ApprovalInfo(int Given, int Needed);

/// <summary>
/// A transition was taken; where <see cref="Approvals"/> are still missing the state is as it was, and seq and state_hash are those of
/// the approval.
/// </summary>
public sealed record TransitionAnswer(
    bool Ok, string NewState, string PreviousState, long Seq, string StateHash, string? ProofDigest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] TallyInfo? Tally, ApprovalInfo? Approvals, long Zeqond, decimal Phase);

/// <summary>What a transition would come to, as far as its rules say; nothing was done.</summary>
public sealed record DryRunAnswer(bool Ok, bool Would, string CurrentState, string To, string? Operator, long? Cost, ApprovalInfo? Approvals, string? Code, string? Error, long Zeqond, decimal Phase);

/// <summary>Where a contract's history breaks; transition 0 is its deployment.</summary>
public sealed record ContractBrokenAt(long Transition, long Seq, string Reason);

/// <summary><c>POST /api/chain/:slug/contracts/:id/verify</c>.</summary>
public sealed record VerifyContractAnswer(bool Ok, bool Valid, long Count, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ContractBrokenAt? BrokenAt, long Zeqond, decimal Phase);

/// <summary><c>GET /api/chain/:slug/contracts/:id/export</c>: the definition, and the values that its context had here.</summary>
public sealed record ContractExportAnswer(bool Ok, JsonElement Definition, JsonElement Params, string DefinitionHash, string Origin, string Slug, string Id);

/// <summary>Body of <c>POST /api/chain/:slug/contracts/import</c>: the definition alone counts, the contract begins anew.</summary>
public sealed record ContractImportRequest(JsonElement Definition, JsonElement? Params = null);

/// <summary>Body of <c>POST /api/chain/:slug/contracts</c> where a template is deployed.</summary>
public sealed record TemplateRequest(string TemplateId, JsonElement? Params = null);

/// <summary>A definition that ships with the home.</summary>
public sealed record ContractTemplateBody(string Id, JsonElement Definition);

/// <summary><c>GET /api/chain/contracts/templates</c>.</summary>
public sealed record ContractTemplateListAnswer(bool Ok, IReadOnlyList<ContractTemplateBody> Templates);
