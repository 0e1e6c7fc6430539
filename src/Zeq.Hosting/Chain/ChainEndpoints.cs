using System.Globalization;
using System.Text;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Machines and their chains (spec 20 §1 and §2, spec 05 rules 16 to 20).</summary>
internal static class ChainEndpoints
{
    private const int MaxPage = 500;
    private const long StrangersRows = 100_000;

    private static readonly Field<string> SlugMember = MachineAccess.SlugMember;
    private static readonly Field<long> Seq = Fields.Integer("seq", 1, long.MaxValue);
    private static readonly Field<long> From = Fields.Integer("from", 0, long.MaxValue).Optional();
    private static readonly Field<long> To = Fields.Integer("to", 0, long.MaxValue).Optional();
    private static readonly Field<long> After = Fields.Integer("after", 0, long.MaxValue).Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<string> TypeQuery = Fields.Line("type", 1, 64).Optional();
    private static readonly Field<long> ExpectSeq = Fields.Integer("expect_seq", 1, long.MaxValue).Optional();
    private static readonly Field<string> ExpectHash = Fields.LowerHex("expect_hash", 64).Optional();
    private static readonly Field<string> EventType = Fields.Line("type", 1, 64).Optional();
    private static readonly Field<JsonElement> EventPayload = Fields.Any("payload").Optional();
    private static readonly Field<string> EventHash = Fields.LowerHex("hash", 64).Optional();
    private static readonly Field<bool> Public = Fields.Flag("public").Optional();
    private static readonly Field<string> StateHash = Fields.LowerHex("state_hash", 64);
    private static readonly Field<long> AtZeqond = Fields.Integer("zeqond", 0, long.MaxValue);
    private static readonly Field<string> Previous = Fields.LowerHex("prev", 64).Optional();
    private static readonly Field<string> SelfSignature = Fields.LowerHex("sig_self", 128);
    private static readonly Field<string> PreviousSignature = Fields.LowerHex("sig_prev", 128).Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        var validations = new StreamSeats(1, 64);
        yield return new ApiRoute("POST", "/api/chain/{slug}/event", "Writes an event on a machine's chain.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [EventType, EventPayload, EventHash, Public],
            Answer = WireJson.Default.EventAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.InvalidType, RejectionCode.MachineNotFound, RejectionCode.Forbidden],
            IsIdempotent = true,
            Handle = WriteEventAsync,
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/state", "A chain's newest row.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Answer = WireJson.Default.ChainRowAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.RowNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, reads) => ShowNewestAsync(call, machine, reads)),
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/rows/{seq}", "One row; of a private machine only one with a public payload.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember, Seq],
            Answer = WireJson.Default.ChainRowAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.RowNotFound],
            Handle = ShowRowAsync,
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/explore", "Rows in order of their numbers; a call that asks for one type looks at 10,000 rows at most, and next_after says where to go on.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [From, To, PageLimit, After, TypeQuery],
            Answer = WireJson.Default.ExploreAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, reads) => ExploreEndpoint.AnswerAsync(
                call, machine, reads, new ExploreEndpoint.Range(call.Maybe(From), call.Maybe(To), call.Maybe(After), call.MaybeText(TypeQuery), call.Maybe(PageLimit)))),
        };
        yield return new ApiRoute("POST", "/api/chain/{slug}/state", "Writes the hash of a state that the caller keeps.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [StateHash],
            Answer = WireJson.Default.EventAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden],
            IsIdempotent = true,
            Handle = call => MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(new WriteState(call.Caller, slug, call.Get(StateHash)), ToAnswer)),
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/block", "The rows of one Zeqond, in order of their numbers.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [AtZeqond, PageLimit, After],
            Answer = WireJson.Default.ExploreAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, reads) =>
                ExploreEndpoint.AnswerAsync(call, machine, reads, new ExploreEndpoint.Range(call.Get(AtZeqond), call.Get(AtZeqond), call.Maybe(After), null, call.Maybe(PageLimit)))),
        };
        yield return new ApiRoute("DELETE", "/api/chain/{slug}/rows/{seq}/payload", "Erases payload and salt of an event's private row, once; that it was done is a row of its own.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember, Seq],
            Answer = WireJson.Default.EventAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden, RejectionCode.RowNotFound, RejectionCode.NotErasable, RejectionCode.Gone],
            IsIdempotent = true,
            Handle = EraseAsync,
        };
        yield return new ApiRoute("POST", "/api/chain/{slug}/public-key", "Says by which Ed25519 key a machine goes from now on; the private key stays with its owner.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [Fields.PublicKey, Previous, SelfSignature, PreviousSignature],
            Answer = WireJson.Default.EventAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden, RejectionCode.InvalidSignature, RejectionCode.PrevRequired],
            IsIdempotent = true,
            Handle = call => MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(
                new SetMachinePublicKey(call.Caller, slug, call.Get(Fields.PublicKey), call.MaybeText(Previous), call.Get(SelfSignature), call.MaybeText(PreviousSignature)), ToAnswer)),
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/public-key", "The key that a machine goes by, and the row that says so.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Answer = WireJson.Default.MachinePublicKeyAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.KeyNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, _) => ShowPublicKeyAsync(call, machine)),
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/pohc/validate", "Recomputes every hash and link of a chain.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [From, To, After, ExpectSeq, ExpectHash],
            Answer = WireJson.Default.ValidateAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.RateLimited],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, reads) => ValidateEndpoint.AnswerAsync(call, machine, reads ? null : StrangersRows, validations, From, To, After, ExpectSeq, ExpectHash)),
        };
    }

    public static async ValueTask<ChainRow?> FindRowAsync(ApiCall call, Slug machine, long seq)
    {
        Query<ChainRow> query = new Query<ChainRow>(ChainRow.Table).Where("slug", machine.Text).Where("seq", Comparison.Equal, Cell.Of(seq));
        await foreach (ChainRow row in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            return row;
        }

        return null;
    }

    private static Reply Row(ApiCall call, Slug slug, bool reads, ChainRow? row) => row is null
        ? call.Refuse(RejectionCode.RowNotFound, "There is no such row.")
        : call.Ok(new ChainRowAnswer(true, slug.Text, call.Context.OriginIdOf(slug), row.ToBody(reads)));

    private static Task<Reply> ShowRowAsync(ApiCall call) => MachineAccess.WithSlugAsync(call, async slug =>
    {
        MachineAccess.View view = await MachineAccess.LookAsync(call, slug, call.MaybeCaller, call.IsAdmin).ConfigureAwait(false);
        ChainRow? row = await FindRowAsync(call, slug, call.Get(Seq)).ConfigureAwait(false);
        if (view.Machine is { } machine)
        {
            return Row(call, slug, view.Reads, row is null || !view.Reads ? row : await call.Reader.WithPayloadAsync(row, call.Aborted).ConfigureAwait(false));
        }

        // A public-payload row of a private machine is served alone (spec 05 rule 17).
        return slug != Slug.ZeqSys && row is { IsPublicPayload: true } ? Row(call, slug, false, row) : MachineAccess.Missing(call);
    });

    private static async Task<Reply> ShowNewestAsync(ApiCall call, Machine machine, bool reads)
    {
        ChainRow? row = await call.Reader.FindAsync(ChainRow.Table, machine.Slug.Text, call.Aborted).ConfigureAwait(false);
        return Row(call, machine.Slug, reads, row is null || !reads ? row : await call.Reader.WithPayloadAsync(row, call.Aborted).ConfigureAwait(false));
    }

    private static Task<Reply> EraseAsync(ApiCall call) => MachineAccess.WithRoleAsync(call, MachineRole.Owner, async machine =>
    {
        if (await FindRowAsync(call, machine.Slug, call.Get(Seq)).ConfigureAwait(false) is not { } row)
        {
            return call.Refuse(RejectionCode.RowNotFound, "There is no such row.");
        }

        return row.IsWithoutPayload
            ? await call.ExecuteAsync(new ErasePayload(call.Caller, machine.Slug, row.Seq, row.TransitionId), ToAnswer).ConfigureAwait(false)
            : call.Refuse(RejectionCode.NotErasable, "Only the private payload of an event can be erased: not what the home wrote, what is public, or what was never here.");
    });

    private static async Task<Reply> ShowPublicKeyAsync(ApiCall call, Machine machine) =>
        await call.Reader.FindAsync(MachinePublicKey.Table, machine.Slug.Text, call.Aborted).ConfigureAwait(false) is { } key
            ? call.Ok(new MachinePublicKeyAnswer(
                true, machine.Slug.Text, call.Context.OriginIdOf(machine.Slug), "ed25519", key.PublicKey, key.Previous, key.SelfSignature, key.PreviousSignature, key.Seq, key.StateHash))
            : call.Refuse(RejectionCode.KeyNotFound, "This machine goes by no key yet.");

    private static EventAnswer ToAnswer(ChainRow row, Moment now) => new(true, row.Seq, row.Zeqond.Value, row.TransitionId, row.StateHash, now.Phase());

    private static Task<Reply> WriteEventAsync(ApiCall call)
    {
        string? payload = null;
        if (call.TryGet(EventPayload, out JsonElement json))
        {
            try
            {
                payload = Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(json.GetRawText())));
            }
            catch (FormatException malformed)
            {
                return Task.FromResult(call.Refuse(RejectionCode.InvalidJson, "The payload has no canonical form: " + malformed.Message));
            }
        }

        bool isPublic = call.TryGet(Public, out bool flag) && flag;
        return MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(
            new WriteEvent(call.Caller, slug, call.MaybeText(EventType) ?? "event", payload, call.MaybeText(EventHash), isPublic), ToAnswer));
    }
}
