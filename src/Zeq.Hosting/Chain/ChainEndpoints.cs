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

    private static readonly Field<string> SlugMember = Fields.Line("slug", 1, Slug.MaxLength);
    private static readonly Field<long> Seq = Fields.Integer("seq", 1, long.MaxValue);
    private static readonly Field<long> From = Fields.Integer("from", 0, long.MaxValue).Optional();
    private static readonly Field<long> To = Fields.Integer("to", 0, long.MaxValue).Optional();
    private static readonly Field<long> After = Fields.Integer("after", 0, long.MaxValue).Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxPage).Optional();
    private static readonly Field<string> TypeQuery = Fields.Line("type", 1, 64).Optional();
    private static readonly Field<long> ExpectSeq = Fields.Integer("expect_seq", 1, long.MaxValue).Optional();
    private static readonly Field<string> ExpectHash = Fields.LowerHex("expect_hash", 64).Optional();
    private static readonly Field<bool> IsPublic = Fields.Flag("is_public").Optional();
    private static readonly Field<string> DisplayName = Fields.Line("display_name", 0, 255).Optional();
    private static readonly Field<string> Purpose = Fields.Line("purpose", 0, 4_000).Optional();
    private static readonly Field<string> Role = Fields.OneOf("role", "viewer", "operator", "admin");
    private static readonly Field<string> Label = Fields.Line("label", 0, 64).Optional();
    private static readonly Field<string> EventType = Fields.Line("type", 1, 64).Optional();
    private static readonly Field<JsonElement> EventPayload = Fields.Any("payload").Optional();
    private static readonly Field<string> EventHash = Fields.LowerHex("hash", 64).Optional();
    private static readonly Field<bool> Public = Fields.Flag("public").Optional();

    public static IEnumerable<ApiRoute> Routes()
    {
        var validations = new StreamSeats(1, 64);
        yield return new ApiRoute("GET", "/api/chain/state-machines/{slug}", "A machine.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Answer = WireJson.Default.MachineAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => WithMachineAsync(call, (machine, _) => Task.FromResult(call.Ok(new MachineAnswer(true, machine.ToBody(call.Context))))),
        };
        yield return new ApiRoute("PATCH", "/api/chain/state-machines/{slug}", "Publishes a machine, or changes its names.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [IsPublic, DisplayName, Purpose],
            Answer = WireJson.Default.MachineAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden],
            IsIdempotent = true,
            Handle = call => Slug.TryParse(call.Get(SlugMember), out Slug slug)
                ? call.ExecuteAsync(
                    new ChangeMachine(call.Caller, slug, call.TryGet(IsPublic, out bool isPublic) ? isPublic : null, call.MaybeText(DisplayName), call.MaybeText(Purpose)),
                    (machine, _) => new MachineAnswer(true, machine.ToBody(call.Context)))
                : Task.FromResult(call.Refuse(RejectionCode.InvalidSlug, "This is no slug.")),
        };
        yield return new ApiRoute("POST", "/api/chain/state-machines/{slug}/keys", "Issues a key of a machine, shown once.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [Role, Label],
            Answer = WireJson.Default.NewKeyAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden],
            IsIdempotent = true,
            Handle = IssueKeyAsync,
        };
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
            Handle = call => WithMachineAsync(call, async (machine, reads) =>
                Row(call, machine, reads, await call.Reader.FindAsync(ChainRow.Table, machine.Slug.Text, call.Aborted).ConfigureAwait(false))),
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
            Handle = call => WithMachineAsync(call, (machine, reads) => ExploreEndpoint.AnswerAsync(call, machine, reads, From, To, After, TypeQuery, PageLimit)),
        };
        yield return new ApiRoute("GET", "/api/chain/{slug}/pohc/validate", "Recomputes every hash and link of a chain.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [From, To, After, ExpectSeq, ExpectHash],
            Answer = WireJson.Default.ValidateAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.RateLimited],
            Handle = call => WithMachineAsync(call, (machine, reads) => ValidateEndpoint.AnswerAsync(call, machine, reads ? null : StrangersRows, validations, From, To, After, ExpectSeq, ExpectHash)),
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

    /// <summary>Whether a caller reads a machine's rows whole: its viewers and above; the home's own chain only the admin.</summary>
    private static bool Reads(ApiCall call, Machine machine) =>
        machine.Slug == Slug.ZeqSys ? call.IsAdmin : call.MaybeCaller is { } caller && (caller.RoleOn(machine) is not null || caller.Zid == machine.Owner);

    private static async Task<Reply> WithMachineAsync(ApiCall call, Func<Machine, bool, Task<Reply>> handle)
    {
        if (!Slug.TryParse(call.Get(SlugMember), out Slug slug))
        {
            return call.Refuse(RejectionCode.InvalidSlug, "This is no slug.");
        }

        Machine? machine = await call.Reader.FindAsync(Machine.Table, slug.Text, call.Aborted).ConfigureAwait(false);
        bool reads = machine is not null && Reads(call, machine);

        // A private machine and one that does not exist look alike.
        return machine is null || !(reads || machine.IsPublic)
            ? call.Refuse(RejectionCode.MachineNotFound, "This machine does not exist here.")
            : await handle(machine, reads).ConfigureAwait(false);
    }

    private static Reply Row(ApiCall call, Machine machine, bool reads, ChainRow? row) => row is null
        ? call.Refuse(RejectionCode.RowNotFound, "There is no such row.")
        : call.Ok(new ChainRowAnswer(true, machine.Slug.Text, call.Context.OriginIdOf(machine.Slug), row.ToBody(reads)));

    private static async Task<Reply> ShowRowAsync(ApiCall call)
    {
        if (!Slug.TryParse(call.Get(SlugMember), out Slug slug))
        {
            return call.Refuse(RejectionCode.InvalidSlug, "This is no slug.");
        }

        Machine? machine = await call.Reader.FindAsync(Machine.Table, slug.Text, call.Aborted).ConfigureAwait(false);
        ChainRow? row = await FindRowAsync(call, slug, call.Get(Seq)).ConfigureAwait(false);
        bool reads = machine is not null && Reads(call, machine);
        if (machine is not null && (reads || machine.IsPublic))
        {
            return Row(call, machine, reads, row);
        }

        // A public-payload row of a private machine is served alone (spec 05 rule 17).
        return machine is not null && machine.Slug != Slug.ZeqSys && row is { IsPublicPayload: true }
            ? Row(call, machine, false, row)
            : call.Refuse(RejectionCode.MachineNotFound, "This machine does not exist here.");
    }

    private static Task<Reply> IssueKeyAsync(ApiCall call)
    {
        if (!Slug.TryParse(call.Get(SlugMember), out Slug slug))
        {
            return Task.FromResult(call.Refuse(RejectionCode.InvalidSlug, "This is no slug."));
        }

        NewKey key = NewKey.Machine();
        return call.ExecuteAsync(
            new IssueMachineKey(call.Caller, slug, WireMap.RoleOf(call.Get(Role)), KeyDigest.Of(key), call.MaybeText(Label)),
            (row, now) => new NewKeyAnswer(true, key.Secret, row.Prefix, WireMap.RoleText(row.Role), now.Zeqond.Value, now.Phase()));
    }

    private static Task<Reply> WriteEventAsync(ApiCall call)
    {
        if (!Slug.TryParse(call.Get(SlugMember), out Slug slug))
        {
            return Task.FromResult(call.Refuse(RejectionCode.InvalidSlug, "This is no slug."));
        }

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
        return call.ExecuteAsync(
            new WriteEvent(call.Caller, slug, call.MaybeText(EventType) ?? "event", payload, call.MaybeText(EventHash), isPublic),
            (row, now) => new EventAnswer(true, row.Seq, row.Zeqond.Value, row.TransitionId, row.StateHash, now.Phase()));
    }
}
