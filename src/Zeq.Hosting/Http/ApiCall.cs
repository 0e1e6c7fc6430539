using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>One request on its way: who asks, the bound values, and the ways to answer.</summary>
internal sealed class ApiCall(HttpContext http, ApiRoute route, HomeServices services)
{
    private readonly Dictionary<string, object?> _values = [];

    public HttpContext Http { get; } = http;

    public ApiRoute Route { get; } = route;

    public HomeServices Services { get; } = services;

    public Home Home => Services.Home;

    public IHomeReader Reader => Services.Home.Reader;

    public HomeContext Context => Services.Home.Context;

    public CancellationToken Aborted => Http.RequestAborted;

    public byte[] RequestBytes { get; set; } = [];

    /// <summary>Whether the body has been read; before that <see cref="RequestBytes"/> says nothing.</summary>
    public bool IsRead { get; set; }

    public Caller? MaybeCaller { get; set; }

    public bool IsAdmin { get; set; }

    /// <summary>The digest of the key that the caller sent; null where it sent none that opens anything.</summary>
    public string? KeyHash { get; set; }

    /// <summary>The partition of rate limits: the caller's key, or the client's address.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The scope of an Idempotency-Key, 64 hex; null where none counts.</summary>
    public string? IdempotencyScope { get; set; }

    public string? RequestHash { get; set; }

    public Caller Caller => MaybeCaller ?? throw new InvalidOperationException("The route takes no key.");

    public long NowMs => Home.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Bind(Field field, object? value) => _values[field.Name] = value;

    /// <summary>The value of a required member.</summary>
    public T Get<T>(Field<T> field) => (T)_values[field.Name]!;

    /// <summary>Whether an optional member was there, and its value.</summary>
    public bool TryGet<T>(Field<T> field, out T value)
    {
        if (_values.TryGetValue(field.Name, out object? bound) && bound is T typed)
        {
            value = typed;
            return true;
        }

        value = default!;
        return false;
    }

    /// <summary>The value of an optional member, or null.</summary>
    public T? Maybe<T>(Field<T> field)
        where T : struct => TryGet(field, out T value) ? value : null;

    /// <summary>The text of an optional member, or null.</summary>
    public string? MaybeText(Field<string> field) => TryGet(field, out string value) ? value : null;

    /// <summary>Answers a body of the route's type.</summary>
    public Reply Ok<T>(T answer, long? atMs = null) => new(Route.Status, Serialize(answer), null, atMs ?? NowMs);

    /// <summary>A rule says no.</summary>
    public Reply Refuse(RejectionCode code, string message) => Reply.Refuse(new Rejection(code, message), NowMs);

    /// <summary>
    /// Runs a command and answers with what it made. Where an Idempotency-Key counts, the answer is kept in the same commit.
    /// </summary>
    public async Task<Reply> ExecuteAsync<TResult, TAnswer>(Command<TResult> command, Func<TResult, Moment, TAnswer> answer)
    {
        if (IdempotencyScope is { } scope)
        {
            var kept = new Idempotent<TResult>(command, scope, RequestHash!, Route.Status, (result, now) => Serialize(answer(result, now)), Services.Seal);
            Executed<IdempotentResult> executed = await Home.ExecuteAsync(kept, Aborted).ConfigureAwait(false);
            return executed.Decision is Accepted<IdempotentResult> accepted
                ? new Reply(accepted.Result.Status, accepted.Result.Body, null, executed.At.UnixMs)
                : Refused(executed);
        }

        Executed<TResult> plain = await Home.ExecuteAsync(command, Aborted).ConfigureAwait(false);
        return plain.Decision is Accepted<TResult> done
            ? new Reply(Route.Status, Serialize(answer(done.Result, plain.At)), null, plain.At.UnixMs)
            : Refused(plain);
    }

    /// <summary>Keeps the answer of a step that took several commits under the request's Idempotency-Key, if it has one.</summary>
    public Task<Reply> KeepAsync<TAnswer>(Func<Moment, TAnswer> answer) => ExecuteAsync(new NothingToDo(), (_, now) => answer(now));

    /// <summary>The refusal of an executed command.</summary>
    public static Reply Refused<T>(Executed<T> executed) => executed.Decision is Rejected<T> rejected
        ? Reply.Refuse(rejected.Why, executed.At.UnixMs)
        : throw new InvalidOperationException("The command was accepted.");

    private byte[] Serialize<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, (JsonTypeInfo<T>)Route.Answer!);

    /// <summary>Changes nothing: what it stands for has been committed already.</summary>
    private sealed record NothingToDo : Command<bool>
    {
        public override void Touch(KeySet keys, Moment now)
        {
        }

        public override Decision<bool> Decide(Workspace home, Moment now) => Accept(true);
    }
}
