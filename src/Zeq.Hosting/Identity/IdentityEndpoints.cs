using System.Security.Cryptography;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>Accounts, their keys and their recovery (spec 00, "Who calls"; spec 05 rules 3 to 6).</summary>
internal static class IdentityEndpoints
{
    private const int RandomZidTries = 8;
    private const int MaxKeys = 200;

    private static readonly Field<string> DisplayName = Fields.Line("display_name", 0, 255).Optional();
    private static readonly Field<string> OptionalPublicKey = Fields.PublicKey.Optional();
    private static readonly Field<string> OptionalSignature = Fields.Signature.Optional();
    private static readonly Field<string> OldSignature = Fields.LowerHex("old_signature", 128).Optional();
    private static readonly Field<long> OptionalZeqond = Fields.Zeqond.Optional();
    private static readonly Field<Zid> ZidMember = Fields.ZidField("zid");
    private static readonly Field<string> Label = Fields.Line("label", 0, 64).Optional();
    private static readonly Field<string> Prefix = Fields.Line("prefix", ApiKeyRow.PrefixLength, ApiKeyRow.PrefixLength);
    private static readonly Field<string> After = Fields.Line("after", 1, ApiKeyRow.PrefixLength).Optional();
    private static readonly Field<long> PageLimit = Fields.Integer("limit", 1, MaxKeys).Optional();

    public static IEnumerable<ApiRoute> Routes(ZeqOptions options)
    {
        yield return new ApiRoute("POST", "/api/identity/register", "Makes an account, its machine and its pools.")
        {
            Auth = options.IsRegistrationOpen ? RouteAuth.None : RouteAuth.Admin,
            RateLimit = RateLimits.Register,
            Body = [DisplayName, OptionalPublicKey, OptionalSignature, OptionalZeqond],
            Answer = WireJson.Default.RegisterAnswer,
            Status = 201,
            Refuses = [RejectionCode.InvalidRequest, RejectionCode.InvalidSignature, RejectionCode.StaleRequest, RejectionCode.ZidTaken],
            Handle = RegisterAsync,
        };
        foreach (string path in (string[])["/api/identity", "/api/node/status"])
        {
            yield return new ApiRoute("GET", path, "The node card: who this home is.")
            {
                Answer = WireJson.Default.NodeCard,
                Handle = call => Task.FromResult(call.Ok(Card(call))),
            };
        }

        yield return new ApiRoute("GET", "/api/identity/whoami", "What the caller's key is.")
        {
            Auth = RouteAuth.Any,
            Answer = WireJson.Default.WhoAmIAnswer,
            Handle = WhoAmIAsync,
        };
        yield return new ApiRoute("GET", "/api/identity/accounts/{zid}", "The name that an account goes by.")
        {
            Path = [ZidMember],
            Answer = WireJson.Default.AccountAnswer,
            Refuses = [RejectionCode.ZidNotFound],
            Handle = async call =>
            {
                if (await call.Reader.FindAsync(IdentityRow.Table, call.Get(ZidMember).Text, call.Aborted).ConfigureAwait(false) is { } account)
                {
                    return call.Ok(new AccountAnswer(true, account.Zid.Text, account.DisplayName));
                }

                call.Services.Limits.Charge(RateLimits.Default, call.ClientId, RateLimits.MissCost - 1);
                return call.Refuse(RejectionCode.ZidNotFound, "This ZID does not exist here.");
            },
        };
        yield return new ApiRoute("GET", "/api/identity/keys", "The account's valid keys.")
        {
            Auth = RouteAuth.Account,
            Query = [After, PageLimit],
            Answer = WireJson.Default.KeyListAnswer,
            Handle = ListKeysAsync,
        };
        yield return new ApiRoute("POST", "/api/identity/keys", "Issues a further account key, shown once.")
        {
            Auth = RouteAuth.Account,
            Body = [Label],
            Answer = WireJson.Default.NewKeyAnswer,
            Status = 201,
            IsIdempotent = true,
            Handle = call =>
            {
                NewKey key = NewKey.Account();
                return call.ExecuteAsync(
                    new IssueAccountKey(call.Caller, KeyDigest.Of(key), call.MaybeText(Label)),
                    (row, now) => new NewKeyAnswer(true, key.Secret, row.Prefix, WireMap.RoleText(row.Role), now.Zeqond.Value, now.Phase()));
            },
        };
        yield return new ApiRoute("DELETE", "/api/identity/keys/{prefix}", "Revokes a key of the account.")
        {
            Auth = RouteAuth.Account,
            Path = [Prefix],
            Answer = WireJson.Default.DoneAnswer,
            Refuses = [RejectionCode.KeyNotFound],
            IsIdempotent = true,
            Handle = RevokeAsync,
        };
        yield return new ApiRoute("POST", "/api/identity/recover", "A new account key for whoever holds the recovery key; all older ones are void.")
        {
            RateLimit = RateLimits.Register,
            Body = [ZidMember, Fields.Zeqond, Fields.Signature],
            Answer = WireJson.Default.RecoverAnswer,
            Refuses = [RejectionCode.InvalidSignature, RejectionCode.StaleRequest],
            Handle = call =>
            {
                NewKey key = NewKey.Account();
                Zid zid = call.Get(ZidMember);
                return call.ExecuteAsync(
                    new RecoverIdentity(zid, new Zeqond(call.Get(Fields.Zeqond)), call.Get(Fields.Signature), KeyDigest.Of(key)),
                    (_, now) => new RecoverAnswer(true, zid.Text, key.Secret, now.Zeqond.Value, now.Phase()));
            },
        };
        yield return new ApiRoute("POST", "/api/identity/public-key", "Adds or replaces the recovery key; it takes effect a day later.")
        {
            Auth = RouteAuth.Account,
            Body = [Fields.PublicKey, Fields.Zeqond, Fields.Signature, OldSignature],
            Answer = WireJson.Default.PublicKeyAnswer,
            Status = 202,
            Refuses = [RejectionCode.InvalidSignature, RejectionCode.StaleRequest, RejectionCode.RecoveryKeyExists],
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(
                new SetRecoveryKey(
                    call.Caller, call.Get(Fields.PublicKey), new Zeqond(call.Get(Fields.Zeqond)), call.Get(Fields.Signature), call.MaybeText(OldSignature)),
                (from, now) => new PublicKeyAnswer(true, from.Value, now.Zeqond.Value, now.Phase())),
        };
        yield return new ApiRoute("DELETE", "/api/identity/public-key", "Cancels a recovery key that has not taken effect.")
        {
            Auth = RouteAuth.Account,
            Answer = WireJson.Default.DoneAnswer,
            IsIdempotent = true,
            Handle = call => call.ExecuteAsync(new CancelRecoveryKey(call.Caller), (_, now) => new DoneAnswer(true, now.Zeqond.Value, now.Phase())),
        };
    }

    private static NodeCard Card(ApiCall call)
    {
        long now = call.NowMs;
        HomeContext home = call.Context;
        return new NodeCard(
            true, "ZeqIdentity", "ed25519", home.Origin.Text, home.Keys.NodePublicKey, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now), "Zeq.Libraries", HostVersion.Text);
    }

    private static async Task<Reply> RegisterAsync(ApiCall call)
    {
        string? publicKey = call.MaybeText(OptionalPublicKey);
        if (publicKey is not null)
        {
            if (call.MaybeText(OptionalSignature) is not { } signature || !call.TryGet(OptionalZeqond, out long stamp))
            {
                return call.Refuse(RejectionCode.InvalidRequest, "A registration with public_key needs signature and zeqond.");
            }

            var zeqond = new Zeqond(stamp);
            if (!SignedStamp.IsFresh(zeqond, Zeqond.FromUnixMs(call.NowMs)))
            {
                return call.Refuse(RejectionCode.StaleRequest, "The stamp is too old or from the future; sign the present Zeqond.");
            }

            if (!SignedStamp.Verify(RegisterIdentity.SignedText(call.Context.Origin, publicKey, zeqond), signature, publicKey))
            {
                return call.Refuse(RejectionCode.InvalidSignature, "The public key did not sign this registration.");
            }

            byte[] raw = new byte[Ed25519.PublicKeySizeBytes];
            Hex.TryDecode(publicKey, raw);
            return await RegisterAsAsync(call, RegisterIdentity.ZidOf(raw), publicKey).ConfigureAwait(false);
        }

        // A drawn number may be taken; another draw costs nothing.
        for (int tries = 1; ; tries++)
        {
            Reply reply = await RegisterAsAsync(call, Zid.FromNumber(RandomNumberGenerator.GetInt32(1_000_000_000)), null).ConfigureAwait(false);
            if (reply.Why?.Code != RejectionCode.ZidTaken || tries == RandomZidTries)
            {
                return reply;
            }
        }
    }

    private static Task<Reply> RegisterAsAsync(ApiCall call, Zid zid, string? publicKey)
    {
        NewKey account = NewKey.Account();
        NewKey machine = NewKey.Machine();
        string? name = call.MaybeText(DisplayName);
        return call.ExecuteAsync(
            new RegisterIdentity(zid, string.IsNullOrEmpty(name) ? null : name, publicKey, KeyDigest.Of(account), KeyDigest.Of(machine)),
            (row, now) => new RegisterAnswer(true, row.Zid.Text, account.Secret, row.Zid.OwnMachine.Text, machine.Secret, now.Zeqond.Value, now.Phase()));
    }

    private static async Task<Reply> WhoAmIAsync(ApiCall call)
    {
        Caller caller = call.Caller;
        IdentityRow account = (await call.Reader.FindAsync(IdentityRow.Table, caller.Zid.Text, call.Aborted).ConfigureAwait(false))!;
        long now = call.NowMs;
        Zeqond zeqond = Zeqond.FromUnixMs(now);
        bool isPending = account.PendingKey is not null && account.PendingFrom > zeqond && caller.IsAccountKey;

        // How an account is recovered is for its own keys alone (spec 05 rule 3).
        return call.Ok(new WhoAmIAnswer(
            true, caller.Zid.Text, account.DisplayName, caller.KeyPrefix, WireMap.RoleText(caller.Role), caller.Machine?.Text, caller.IsWallet, caller.IsAccountKey ? account.RecoveryKeyAt(zeqond) : null,
            isPending ? account.PendingKey : null, isPending ? account.PendingFrom?.Value : null, zeqond.Value, Zeqond.Phase(now)));
    }

    private static async Task<Reply> ListKeysAsync(ApiCall call)
    {
        IdentityRow account = (await call.Reader.FindAsync(IdentityRow.Table, call.Caller.Zid.Text, call.Aborted).ConfigureAwait(false))!;
        var query = new Query<ApiKeyRow>(ApiKeyRow.Table).Where("zid", call.Caller.Zid.Text);
        if (call.MaybeText(After) is { } after)
        {
            query = query.Where("prefix", Comparison.Greater, Cell.Of(after));
        }

        long limit = call.Maybe(PageLimit) ?? MaxKeys;
        var keys = new List<KeyInfo>();
        string? next = null;
        await foreach (ApiKeyRow key in call.Reader.QueryAsync(query.OrderBy(false, "zid", "prefix"), call.Aborted).ConfigureAwait(false))
        {
            if (!key.IsValidFor(account))
            {
                continue;
            }

            if (keys.Count == limit)
            {
                next = keys[^1].Prefix;
                break;
            }

            KeyUse? use = await call.Reader.FindAsync(KeyUse.Table, key.KeyHash, call.Aborted).ConfigureAwait(false);
            keys.Add(new KeyInfo(key.Prefix, WireMap.RoleText(key.Role), key.Machine?.Text, key.IsWallet, key.Label, key.Created.Value, use?.LastUsed.Value));
        }

        return call.Ok(new KeyListAnswer(true, keys, next));
    }

    private static async Task<Reply> RevokeAsync(ApiCall call)
    {
        Query<ApiKeyRow> query = new Query<ApiKeyRow>(ApiKeyRow.Table).Where("zid", call.Caller.Zid.Text).Where("prefix", call.Get(Prefix));
        await foreach (ApiKeyRow key in call.Reader.QueryAsync(query, call.Aborted).ConfigureAwait(false))
        {
            return await call.ExecuteAsync(new RevokeKey(call.Caller, key.KeyHash), (_, now) => new DoneAnswer(true, now.Zeqond.Value, now.Phase())).ConfigureAwait(false);
        }

        return call.Refuse(RejectionCode.KeyNotFound, "There is no such key.");
    }
}

/// <summary>The version that the node card shows.</summary>
internal static class HostVersion
{
    public static string Text { get; } = typeof(HostVersion).Assembly.GetName().Version!.ToString(3);
}
