using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Machines, their keys and their members (spec 20 §1, spec 05 rules 3, 4 and 24).</summary>
internal static class MachineEndpoints
{
    private const int DefaultPage = 100;
    private const string Machines = "/api/chain/state-machines";

    private static readonly Field<string> SlugMember = MachineAccess.SlugMember;
    private static readonly Field<string> NewSlug = Fields.SlugField("slug").Optional();
    private static readonly Field<string> After = Fields.SlugField("after").Optional();
    private static readonly Field<string> AfterKey = Fields.Line("after", 1, ApiKeyRow.PrefixLength).Optional();
    private static readonly Field<Zid> AfterZid = Fields.ZidField("after").Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MachineMember.MaxPage).Optional();
    private static readonly Field<bool> IsPublic = Fields.Flag("is_public").Optional();
    private static readonly Field<string> DisplayName = Fields.Line("display_name", 0, 255).Optional();
    private static readonly Field<string> Purpose = Fields.Line("purpose", 0, 4_000).Optional();
    private static readonly Field<string> Role = Fields.OneOf("role", "viewer", "operator", "admin");
    private static readonly Field<string> Label = Fields.Line("label", 0, 64).Optional();
    private static readonly Field<string> Prefix = Fields.Line("prefix", ApiKeyRow.PrefixLength, ApiKeyRow.PrefixLength);
    private static readonly Field<Zid> Member = Fields.ZidField("zid");
    private static readonly Field<long> Most = Fields.Integer("most", 1, MachineQuota.HighestMost);

    private static readonly RejectionCode[] OfRole = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound, RejectionCode.Forbidden];

    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("POST", Machines, "Makes a machine, and its first key, which is shown once.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Body = [NewSlug, IsPublic, DisplayName, Purpose],
            Answer = WireJson.Default.NewMachineAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.ZidNotFound, RejectionCode.SlugTaken, RejectionCode.TooManyMachines],
            IsIdempotent = true,
            Handle = CreateAsync,
        };
        yield return new ApiRoute("GET", Machines, "The machines that the caller has a role on, and the public ones, by name.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Query = [After, PageLimit],
            Answer = WireJson.Default.MachineListAnswer,
            Refuses = [RejectionCode.InvalidSlug],
            Handle = MachineList.AnswerAsync,
        };
        yield return new ApiRoute("GET", Machines + "/{slug}", "A machine.")
        {
            Auth = RouteAuth.Optional,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Answer = WireJson.Default.MachineAnswer,
            Refuses = [RejectionCode.InvalidSlug, RejectionCode.MachineNotFound],
            Handle = call => MachineAccess.WithMachineAsync(call, (machine, _) => Task.FromResult(call.Ok(new MachineAnswer(true, machine.ToBody(call.Context))))),
        };
        yield return new ApiRoute("PATCH", Machines + "/{slug}", "Publishes a machine, or changes its names.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [IsPublic, DisplayName, Purpose],
            Answer = WireJson.Default.MachineAnswer,
            Refuses = OfRole,
            IsIdempotent = true,
            Handle = call => MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(
                new ChangeMachine(call.Caller, slug, call.TryGet(IsPublic, out bool isPublic) ? isPublic : null, call.MaybeText(DisplayName), call.MaybeText(Purpose)),
                (machine, _) => new MachineAnswer(true, machine.ToBody(call.Context)))),
        };
        yield return new ApiRoute("POST", Machines + "/{slug}/keys", "Issues a key of a machine, shown once.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [Role, Label],
            Answer = WireJson.Default.NewKeyAnswer,
            Status = 201,
            Refuses = OfRole,
            IsIdempotent = true,
            Handle = IssueKeyAsync,
        };
        yield return new ApiRoute("GET", Machines + "/{slug}/keys", "The keys of a machine, for its admins.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [AfterKey, PageLimit],
            Answer = WireJson.Default.MachineKeyListAnswer,
            Refuses = OfRole,
            Handle = call => MachineAccess.WithRoleAsync(call, MachineRole.Admin, machine => ListKeysAsync(call, machine)),
        };
        yield return new ApiRoute("DELETE", Machines + "/{slug}/keys/{prefix}", "Revokes a key of a machine.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember, Prefix],
            Answer = WireJson.Default.DoneAnswer,
            Refuses = [.. OfRole, RejectionCode.KeyNotFound],
            IsIdempotent = true,
            Handle = RevokeKeyAsync,
        };
        yield return new ApiRoute("POST", Machines + "/{slug}/members", "Gives an account a role on a machine, or another one.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember],
            Body = [Member, Role],
            Answer = WireJson.Default.MemberAnswer,
            Status = 201,
            Refuses = [.. OfRole, RejectionCode.ZidNotFound, RejectionCode.Conflict],
            IsIdempotent = true,
            Handle = call => MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(
                new SetMember(call.Caller, slug, call.Get(Member), WireMap.RoleOf(call.Get(Role))), (member, now) => ToAnswer(member, now))),
        };
        yield return new ApiRoute("GET", Machines + "/{slug}/members", "The members of a machine, for its admins.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainRead,
            Path = [SlugMember],
            Query = [AfterZid, PageLimit],
            Answer = WireJson.Default.MemberListAnswer,
            Refuses = OfRole,
            Handle = call => MachineAccess.WithRoleAsync(call, MachineRole.Admin, machine => ListMembersAsync(call, machine)),
        };
        yield return new ApiRoute("DELETE", Machines + "/{slug}/members/{zid}", "Takes a role away, and with it the keys that the member issued; a member may leave by itself.")
        {
            Auth = RouteAuth.Any,
            RateLimit = RateLimits.ChainWrite,
            Path = [SlugMember, Member],
            Answer = WireJson.Default.DoneAnswer,
            Refuses = [.. OfRole, RejectionCode.MemberNotFound],
            IsIdempotent = true,
            Handle = call => MachineAccess.WithSlugAsync(call, slug => call.ExecuteAsync(
                new RemoveMember(call.Caller, slug, call.Get(Member)), (_, now) => new DoneAnswer(true, now.Zeqond.Value, now.Phase()))),
        };
        yield return new ApiRoute("POST", "/api/admin/machines", "Allows a ZID more machines than 16, or fewer; those that exist stay.")
        {
            Auth = RouteAuth.Admin,
            Body = [Member, Most],
            Answer = WireJson.Default.MachineQuotaAnswer,
            Refuses = [RejectionCode.ZidNotFound],
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(
                new AllowMachines(call.Get(Member), call.Get(Most)),
                (quota, now) => new MachineQuotaAnswer(true, quota.Zid.Text, quota.Count, quota.Most, now.Zeqond.Value, now.Phase())),
        };
    }

    private static MemberAnswer ToAnswer(MachineMember member, Moment now) =>
        new(true, member.Machine.Text, ToBody(member), now.Zeqond.Value, now.Phase());

    private static MemberBody ToBody(MachineMember member) => new(member.Zid.Text, WireMap.RoleText(member.Role), member.Since.Value);

    private static async Task<Reply> CreateAsync(ApiCall call)
    {
        Slug? named = call.MaybeText(NewSlug) is { } text ? Slug.Parse(text) : null;
        NewKey key = NewKey.Machine();
        Reply reply = await call.ExecuteAsync(
            new CreateMachine(
                call.Caller, named, call.TryGet(IsPublic, out bool isPublic) && isPublic, NoneIfEmpty(call.MaybeText(DisplayName)), NoneIfEmpty(call.MaybeText(Purpose)), KeyDigest.Of(key)),
            (made, now) => new NewMachineAnswer(true, made.Machine.ToBody(call.Context), key.Secret, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
        if (reply.Why?.Code == RejectionCode.SlugTaken)
        {
            // That a private machine exists is told to whoever wants its name; so names cannot be tried out cheaply (spec 05 rule 27).
            call.Services.Limits.Charge(RateLimits.ChainWrite, call.ClientId, RateLimits.MissCost - 1);
        }

        return reply;
    }

    private static string? NoneIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static Task<Reply> IssueKeyAsync(ApiCall call) => MachineAccess.WithSlugAsync(call, slug =>
    {
        NewKey key = NewKey.Machine();
        return call.ExecuteAsync(
            new IssueMachineKey(call.Caller, slug, WireMap.RoleOf(call.Get(Role)), KeyDigest.Of(key), call.MaybeText(Label)),
            (row, now) => new NewKeyAnswer(true, key.Secret, row.Prefix, WireMap.RoleText(row.Role), now.Zeqond.Value, now.Phase()));
    });

    private static Task<Reply> RevokeKeyAsync(ApiCall call) => MachineAccess.WithSlugAsync(call, async slug =>
    {
        string hash = "";
        Query<ApiKeyRow> query = new Query<ApiKeyRow>(ApiKeyRow.Table).Where("machine", slug.Text).Where("prefix", call.Get(Prefix)).Where("revoked_zeqond", Comparison.Equal, Cell.Null);
        await foreach (ApiKeyRow key in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            hash = key.KeyHash;
        }

        // Asked of the writer even where there is no such key: who may not revoke one does not learn which there are.
        return await call.ExecuteAsync(new RevokeMachineKey(call.Caller, slug, hash), (_, now) => new DoneAnswer(true, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
    });

    private static async Task<Reply> ListKeysAsync(ApiCall call, Machine machine)
    {
        var query = new Query<ApiKeyRow>(ApiKeyRow.Table).Where("machine", machine.Slug.Text);
        if (call.MaybeText(AfterKey) is { } after)
        {
            query = query.Where("prefix", Comparison.Greater, Cell.Of(after));
        }

        long limit = call.Maybe(PageLimit) ?? DefaultPage;
        var keys = new List<MachineKeyInfo>();
        string? next = null;
        await foreach (ApiKeyRow key in call.Reader.QueryAsync(query.OrderBy(false, "machine", "prefix"), call.Aborted).ConfigureAwait(false))
        {
            IdentityRow? account = await call.Reader.FindAsync(IdentityRow.Table, key.Zid.Text, call.Aborted).ConfigureAwait(false);
            MachineMember? member = await call.Reader.FindMemberAsync(machine.Slug, key.Zid, call.Aborted).ConfigureAwait(false);
            if (account is null || !key.IsValidFor(account) || Caller.Of(key).RoleOn(machine, member) is not { } role)
            {
                continue;
            }

            if (keys.Count == limit)
            {
                next = keys[^1].Prefix;
                break;
            }

            KeyUse? use = await call.Reader.FindAsync(KeyUse.Table, key.KeyHash, call.Aborted).ConfigureAwait(false);
            keys.Add(new MachineKeyInfo(key.Prefix, WireMap.RoleText(role), key.Zid.Text, key.Label, key.Created.Value, use?.LastUsed.Value));
        }

        return call.Ok(new MachineKeyListAnswer(true, machine.Slug.Text, keys, next));
    }

    private static async Task<Reply> ListMembersAsync(ApiCall call, Machine machine)
    {
        var query = new Query<MachineMember>(MachineMember.Table).Where("slug", machine.Slug.Text);
        if (call.TryGet(AfterZid, out Zid after))
        {
            query = query.Where("zid", Comparison.Greater, Cell.Of(after.Text));
        }

        int limit = (int)(call.Maybe(PageLimit) ?? DefaultPage);
        var members = new List<MemberBody>();
        string? next = null;
        await foreach (MachineMember member in call.Reader.QueryAsync(query.OrderBy(false, "slug", "zid").Take(limit + 1), call.Aborted).ConfigureAwait(false))
        {
            if (members.Count == limit)
            {
                next = members[^1].Zid;
                break;
            }

            members.Add(ToBody(member));
        }

        return call.Ok(new MemberListAnswer(true, machine.Slug.Text, members, next));
    }

    /// <summary>The list of machines: three streams in the order of names, merged.</summary>
    private static class MachineList
    {
        public static async Task<Reply> AnswerAsync(ApiCall call)
        {
            int limit = (int)(call.Maybe(PageLimit) ?? DefaultPage);
            string? after = call.MaybeText(After) is { } text ? Slug.Parse(text).Text : null;
            var found = new SortedDictionary<string, Machine>(StringComparer.Ordinal);
            await foreach (Machine machine in FindAsync(call, new Query<Machine>(Machine.Table).Where("is_public", Comparison.Equal, Cell.Of(1)), after, limit).ConfigureAwait(false))
            {
                found[machine.Slug.Text] = machine;
            }

            if (call.MaybeCaller is { } caller)
            {
                await AddOwnAsync(call, caller, after, limit, found).ConfigureAwait(false);
            }

            Machine[] page = [.. found.Values.Take(limit)];
            return call.Ok(new MachineListAnswer(true, [.. page.Select(machine => machine.ToBody(call.Context))], found.Count > limit ? page[^1].Slug.Text : null));
        }

        /// <summary>What the caller has a role on: an account its own machines and those it is a member of, a machine key its machine.</summary>
        private static async Task AddOwnAsync(ApiCall call, Caller caller, string? after, int limit, SortedDictionary<string, Machine> found)
        {
            if (!caller.IsAccountKey)
            {
                Slug only = caller.Machine!.Value;
                MachineAccess.View view = await MachineAccess.LookAsync(call, only, caller, isAdmin: false).ConfigureAwait(false);
                if (view.Machine is { } machine && string.CompareOrdinal(only.Text, after) > 0)
                {
                    found[only.Text] = machine;
                }

                return;
            }

            await foreach (Machine machine in FindAsync(call, new Query<Machine>(Machine.Table).Where("owner_zid", caller.Zid.Text), after, limit).ConfigureAwait(false))
            {
                found[machine.Slug.Text] = machine;
            }

            Query<MachineMember> roles = new Query<MachineMember>(MachineMember.Table).Where("zid", caller.Zid.Text);
            roles = after is null ? roles : roles.Where("slug", Comparison.Greater, Cell.Of(after));
            await foreach (MachineMember role in call.Reader.QueryAsync(roles.OrderBy(false, "slug").Take(limit + 1), call.Aborted).ConfigureAwait(false))
            {
                if (await call.Reader.FindAsync(Machine.Table, role.Machine.Text, call.Aborted).ConfigureAwait(false) is { } machine)
                {
                    found[machine.Slug.Text] = machine;
                }
            }
        }

        private static IAsyncEnumerable<Machine> FindAsync(ApiCall call, Query<Machine> query, string? after, int limit)
        {
            query = after is null ? query : query.Where("slug", Comparison.Greater, Cell.Of(after));
            return call.Reader.QueryAsync(query.OrderBy(false, "slug").Take(limit + 1), call.Aborted);
        }
    }
}
