using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on machines, their keys and members, and on erasure: rules 3, 4, 18 and 24 of spec 05, rule 1 of spec 06.</summary>
public sealed class MachineRulesTests
{
    private const string Machines = "/api/chain/state-machines";

    [Fact]
    public async Task AMachineIsMade_Shown_Listed_AndChanged()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        Answer made = (await home.PostAsync(Machines, new { slug = "Lab", display_name = "The lab", purpose = "tests" }, owner.ApiKey)).Expect(201);
        Assert.Equal(("lab", owner.Zid, "active", "The lab", "tests", false), (made.String("machine.slug"), made.String("machine.owner_zid"), made.String("machine.status"),
            made.String("machine.display_name"), made.String("machine.purpose"), made.Bool("machine.is_public")));
        string key = made.String("api_key");
        Assert.Equal($"{owner.Slug}-2", (await home.PostAsync(Machines, null, owner.ApiKey)).Expect(201).String("machine.slug"));
        Assert.Equal($"{owner.Slug}-3", (await home.PostAsync(Machines, new { is_public = true }, owner.ApiKey)).Expect(201).String("machine.slug"));

        // Creation writes no row; seq 1 is the first event.
        (await home.GetAsync("/api/chain/lab/state", key)).Refused(404, "ROW_NOT_FOUND");
        Assert.Equal(1, (await home.PostAsync("/api/chain/lab/event", new { payload = 1 }, key)).Expect(201).Long("seq"));
        Assert.Equal(2, (await home.PostAsync("/api/chain/lab/state", new { state_hash = new string('b', 64) }, key)).Expect(201).Long("seq"));
        Answer state = (await home.GetAsync("/api/chain/lab/state", key)).Expect();
        Assert.Equal(("state", "c0", new string('b', 64)), (state.String("row.type"), state.String("row.flags"), state.String("row.payload.state_hash")));
        Answer block = (await home.GetAsync($"/api/chain/lab/block?zeqond={state.Long("row.zeqond")}", key)).Expect();
        Assert.Contains(block["rows"].EnumerateArray(), row => row.GetProperty("seq").GetInt64() == 2);
        Assert.All(block["rows"].EnumerateArray(), row => Assert.Equal(state.Long("row.zeqond"), row.GetProperty("zeqond").GetInt64()));

        // Each sees its own and the public ones, page by page.
        Assert.Equal(["lab", owner.Slug, $"{owner.Slug}-2", $"{owner.Slug}-3"], await ListAsync(home, owner.ApiKey, 3));
        Assert.Equal([other.Slug, $"{owner.Slug}-3"], (await ListAsync(home, other.ApiKey, 1)).OrderBy(slug => slug == other.Slug ? 0 : 1));
        Assert.Equal([$"{owner.Slug}-3"], await ListAsync(home, null, 10));
        Assert.Equal(["lab", $"{owner.Slug}-3"], await ListAsync(home, key, 1));

        (await home.SendAsync("PATCH", $"{Machines}/lab", TestHome.Json(new { is_public = true }), key)).Expect();
        Assert.Equal(["lab", $"{owner.Slug}-3"], await ListAsync(home, null, 1));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule04_ReservedNamesAreNobodys()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        foreach (string slug in (string[])
            [
                other.Slug, other.Slug + "-2", other.Slug + "0", "zeq07123456789", "ZEQ07123456789", "zeq12345678901-shop", "zeq-sys", "zeq-sys-2", "zeq-foundation", "zeq-foundation1", "aggregate",
                "state-machines", "contracts", owner.Slug,
            ])
        {
            (await home.PostAsync(Machines, new { slug }, owner.ApiKey)).Refused(400, "INVALID_SLUG");
        }

        foreach (object slug in (object[])["", "a b", "a|b", "ä", new string('a', 65), "a.b", 5])
        {
            (await home.PostAsync(Machines, new { slug }, owner.ApiKey)).Refused(400, "INVALID_SLUG");
        }

        (await home.PostAsync(Machines, new { slug = owner.Slug + "-shop" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(Machines, new { slug = "shop" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(Machines, new { slug = "SHOP" }, other.ApiKey)).Refused(409, "SLUG_TAKEN");
    }

    [Fact]
    public async Task Rule24_AZidHasSixteenMachines_WithoutTheAdmin()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();

        // All at once: no two get through the same gap.
        Answer[] made = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => home.PostAsync(Machines, null, owner.ApiKey)));
        Assert.Equal(15, made.Count(answer => answer.Status == 201));
        Assert.All(made.Where(answer => answer.Status != 201), answer => answer.Refused(409, "TOO_MANY_MACHINES"));
        (await home.PostAsync(Machines, new { slug = "one-more" }, owner.ApiKey)).Refused(409, "TOO_MANY_MACHINES");
        (await home.PostAsync("/api/admin/machines", new { zid = owner.Zid, most = 17 }, owner.ApiKey)).Refused(403, "FORBIDDEN");
        Assert.Equal(16, (await home.PostAsync("/api/admin/machines", new { zid = owner.Zid, most = 17 }, home.AdminKey)).Expect().Long("machines"));
        (await home.PostAsync(Machines, new { slug = "one-more" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(Machines, new { slug = "two-more" }, owner.ApiKey)).Refused(409, "TOO_MANY_MACHINES");
        (await home.PostAsync("/api/admin/machines", new { zid = "ZEQ07000000000", most = 17 }, home.AdminKey)).Refused(404, "ZID_NOT_FOUND");
    }

    [Fact]
    public async Task Rule03_EveryRouteAsksForItsRole_AndNobodyGivesMoreThanTheyHave()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account owner, Account other, Account friend) = (await home.RegisterAsync(), await home.RegisterAsync(), await home.RegisterAsync());
        string admin = (await home.PostAsync(Machines, new { slug = "lab" }, owner.ApiKey)).Expect(201).String("api_key");
        string Key(Answer answer) => answer.Expect(201).String("api_key");
        string op = Key(await home.PostAsync($"{Machines}/lab/keys", new { role = "operator" }, admin));
        string viewer = Key(await home.PostAsync($"{Machines}/lab/keys", new { role = "viewer" }, admin));
        var machineKey = new TestKey();
        string signed = machineKey.Sign($"zeq/machine-pubkey/v1|{home.Origin}|lab|{machineKey.PublicKey}|-");
        long erasable = (await home.PostAsync("/api/chain/lab/event", new { payload = "x" }, op)).Expect(201).Long("seq");
        (string Method, string Path, object? Body, int Role)[] routes =
        [
            ("GET", $"{Machines}/lab", null, 1), ("GET", "/api/chain/lab/explore", null, 1), ("POST", "/api/chain/lab/explore/ticket", null, 1),
            ("POST", "/api/chain/lab/event", new { payload = 1 }, 2), ("POST", "/api/chain/lab/state", new { state_hash = new string('a', 64) }, 2),
            ("PATCH", $"{Machines}/lab", new { purpose = "p" }, 3), ("GET", $"{Machines}/lab/keys", null, 3), ("POST", $"{Machines}/lab/keys", new { role = "viewer" }, 3),
            ("GET", $"{Machines}/lab/members", null, 3), ("POST", $"{Machines}/lab/members", new { zid = friend.Zid, role = "viewer" }, 3), ("DELETE", $"{Machines}/lab/members/{friend.Zid}", null, 3),
            ("POST", "/api/chain/lab/public-key", new { public_key = machineKey.PublicKey, sig_self = signed }, 3), ("DELETE", $"/api/chain/lab/rows/{erasable}/payload", null, 4),
        ];
        foreach ((string method, string path, object? body, int role) in routes)
        {
            foreach ((string key, int has) in ((string, int)[])[(viewer, 1), (op, 2), (admin, 3), (owner.ApiKey, 4)])
            {
                Answer answer = await home.SendAsync(method, path, body is null ? null : TestHome.Json(body), key);
                if (has < role)
                {
                    answer.Refused(403, "FORBIDDEN");
                }
                else
                {
                    // Whoever comes second may find it done; a refusal of the key it is not.
                    Assert.True(answer.Status is 200 or 201 or 404 or 409, $"{method} {path} as {has}: {answer.Status} {answer.Text}");
                    Assert.NotEqual("MACHINE_NOT_FOUND", answer.Code);
                }
            }

            (await home.SendAsync(method, path, body is null ? null : TestHome.Json(body), other.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        }

        foreach (string role in (string[])["owner", "root", "Admin", ""])
        {
            (await home.PostAsync($"{Machines}/lab/keys", new { role }, owner.ApiKey)).Refused(400, "INVALID_REQUEST");
            (await home.PostAsync($"{Machines}/lab/members", new { zid = other.Zid, role }, owner.ApiKey)).Refused(400, "INVALID_REQUEST");
        }

        // A key below admin makes no machine: its first key would be an admin's.
        (await home.PostAsync(Machines, new { slug = "from-op" }, op)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(Machines, new { slug = "from-admin" }, admin)).Expect(201);

        // On an own machine only the owner's account key gives anything, or takes it.
        (await home.PostAsync($"{Machines}/{owner.Slug}/keys", new { role = "viewer" }, owner.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync($"{Machines}/{owner.Slug}/members", new { zid = other.Zid, role = "viewer" }, owner.MachineKey)).Refused(403, "FORBIDDEN");
        string ofOwn = Key(await home.PostAsync($"{Machines}/{owner.Slug}/keys", new { role = "viewer" }, owner.ApiKey));
        (await home.SendAsync("DELETE", $"{Machines}/{owner.Slug}/keys/{ofOwn[..12]}", null, owner.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync($"{Machines}/{owner.Slug}/members", new { zid = other.Zid, role = "admin" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync($"{Machines}/{owner.Slug}/keys", new { role = "viewer" }, other.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.SendAsync("PATCH", $"{Machines}/{owner.Slug}", TestHome.Json(new { is_public = true }), other.ApiKey)).Refused(403, "FORBIDDEN");

        // A key opens its own machine and no other, whoever owns both.
        (await home.GetAsync($"/api/chain/{owner.Slug}/explore", viewer)).Refused(404, "MACHINE_NOT_FOUND");
    }

    [Fact]
    public async Task Rule03_WhoIsNoMemberAnyMore_HasLeftNoKeyBehind()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account owner, Account helper) = (await home.RegisterAsync(), await home.RegisterAsync());
        (await home.PostAsync(Machines, new { slug = "lab" }, owner.ApiKey)).Expect(201);
        (await home.GetAsync($"{Machines}/lab", helper.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.PostAsync($"{Machines}/lab/members", new { zid = helper.Zid, role = "admin" }, owner.ApiKey)).Expect(201);
        Assert.Contains("lab", await ListAsync(home, helper.ApiKey, 5));
        string left = (await home.PostAsync($"{Machines}/lab/keys", new { role = "admin" }, helper.ApiKey)).Expect(201).String("api_key");
        string events = "/api/chain/lab/event";
        (await home.PostAsync(events, new { payload = 1 }, left)).Expect(201);
        (await home.PostAsync(events, new { payload = 1 }, helper.ApiKey)).Expect(201);

        // What the member may do no longer, its keys may not either.
        (await home.PostAsync($"{Machines}/lab/members", new { zid = helper.Zid, role = "viewer" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(events, new { payload = 1 }, left)).Refused(403, "FORBIDDEN");
        (await home.PostAsync($"{Machines}/lab/keys", new { role = "viewer" }, left)).Refused(403, "FORBIDDEN");
        (await home.SendAsync("DELETE", $"{Machines}/lab/members/{helper.Zid}", null, owner.ApiKey)).Expect();
        (await home.PostAsync(events, new { payload = 1 }, left)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.GetAsync("/api/chain/lab/explore", left)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.SendAsync("DELETE", $"{Machines}/lab/members/{helper.Zid}", null, owner.ApiKey)).Refused(404, "MEMBER_NOT_FOUND");

        // A member again: the old key stays what it is, nothing.
        time.PassZeqonds(2);
        (await home.PostAsync($"{Machines}/lab/members", new { zid = helper.Zid, role = "admin" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(events, new { payload = 1 }, left)).Refused(404, "MACHINE_NOT_FOUND");
        (await home.PostAsync(events, new { payload = 1 }, helper.ApiKey)).Expect(201);

        // A member leaves by itself; nobody else takes away a role above their own.
        (await home.PostAsync($"{Machines}/lab/members", new { zid = owner.Zid, role = "viewer" }, helper.ApiKey)).Refused(409, "CONFLICT");
        (await home.PostAsync($"{Machines}/lab/members", new { zid = "ZEQ07000000000", role = "viewer" }, helper.ApiKey)).Refused(404, "ZID_NOT_FOUND");
        (await home.SendAsync("DELETE", $"{Machines}/lab/members/{helper.Zid}", null, helper.ApiKey)).Expect();
        (await home.GetAsync($"{Machines}/lab", helper.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
    }

    [Fact]
    public async Task AKeyOfAMachine_IsRevokedByItsBeginning()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string admin = (await home.PostAsync(Machines, new { slug = "lab" }, owner.ApiKey)).Expect(201).String("api_key");
        string robot = (await home.PostAsync($"{Machines}/lab/keys", new { role = "operator", label = "robot" }, admin)).Expect(201).String("api_key");
        (await home.PostAsync("/api/chain/lab/event", new { payload = 1 }, robot)).Expect(201);
        Answer keys = (await home.GetAsync($"{Machines}/lab/keys", owner.ApiKey)).Expect();
        Assert.Equal(["admin", "operator"], keys["keys"].EnumerateArray().Select(key => key.GetProperty("role").GetString()!).Order());
        Assert.DoesNotContain(robot, keys.Text, StringComparison.Ordinal);
        (await home.SendAsync("DELETE", $"{Machines}/lab/keys/{robot[..12]}", null, admin)).Expect();
        (await home.PostAsync("/api/chain/lab/event", new { payload = 1 }, robot)).Refused(401, "UNAUTHORIZED");
        (await home.SendAsync("DELETE", $"{Machines}/lab/keys/{robot[..12]}", null, admin)).Refused(404, "KEY_NOT_FOUND");

        // Another machine's key is not found through this one.
        (await home.SendAsync("DELETE", $"{Machines}/lab/keys/{owner.MachineKey[..12]}", null, owner.ApiKey)).Refused(404, "KEY_NOT_FOUND");
        (await home.GetAsync($"/api/chain/{owner.Slug}/explore", owner.MachineKey)).Expect();
    }

    [Fact]
    public async Task Rule18_APrivatePayloadIsErasedOnce_AndTheChainStaysValid()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        string marker = "forget-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        string events = $"/api/chain/{owner.Slug}/event";
        (await home.PostAsync(events, new { payload = "kept" }, owner.ApiKey)).Expect(201);
        Answer written = (await home.PostAsync(events, new { payload = new { marker } }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(events, new { payload = 3, @public = true }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(events, new { hash = new string('a', 64) }, owner.ApiKey)).Expect(201);
        await home.MintCoinAsync(owner);
        string rows = $"/api/chain/{owner.Slug}/rows";
        Assert.Equal(marker, (await home.GetAsync($"{rows}/2", owner.ApiKey)).Expect().String("row.payload.marker"));

        // Only what a caller wrote in private can go: not public, not a hash, not the home's own row.
        foreach (int seq in (int[])[3, 4, 5])
        {
            (await home.SendAsync("DELETE", $"{rows}/{seq}/payload", null, owner.ApiKey)).Refused(409, "NOT_ERASABLE");
        }

        (await home.SendAsync("DELETE", $"{rows}/99/payload", null, owner.ApiKey)).Refused(404, "ROW_NOT_FOUND");
        (await home.SendAsync("DELETE", $"{rows}/2/payload", null, owner.MachineKey)).Refused(403, "FORBIDDEN");
        Answer erased = (await home.SendAsync("DELETE", $"{rows}/2/payload", null, owner.ApiKey, idempotencyKey: "once")).Expect();
        Assert.Equal(erased.Text, (await home.SendAsync("DELETE", $"{rows}/2/payload", null, owner.ApiKey, idempotencyKey: "once")).Expect().Text);
        (await home.SendAsync("DELETE", $"{rows}/2/payload", null, owner.ApiKey)).Refused(410, "GONE");

        Answer row = (await home.GetAsync($"{rows}/2", owner.ApiKey)).Expect();
        Assert.Equal((written.String("state_hash"), false, false), (row.String("row.state_hash"), row["row"].TryGetProperty("payload", out _), row["row"].TryGetProperty("salt", out _)));
        Answer note = (await home.GetAsync($"{rows}/{erased.Long("seq")}", owner.ApiKey)).Expect();
        Assert.Equal(("payload_erased", "s0", 2L, written.String("transition_id")), (note.String("row.type"), note.String("row.flags"), note.Long("row.payload.seq"), note.String("row.payload.transition_id")));
        Answer verdict = (await home.GetAsync($"/api/chain/{owner.Slug}/pohc/validate", owner.ApiKey)).Expect();
        Assert.True(verdict.Bool("valid"), verdict.Text);
        Assert.Equal("kept", (await home.GetAsync($"{rows}/1", owner.ApiKey)).Expect().String("row.payload"));
        await home.AssertSoundAsync();

        // Gone means gone: the closed store holds it nowhere.
        await home.StopAsync();
        byte[] needle = Encoding.UTF8.GetBytes(marker);
        foreach (string file in Directory.GetFiles(home.Folder))
        {
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(needle) < 0, $"{Path.GetFileName(file)} still holds the payload");
        }
    }

    [Fact]
    public async Task Rule06_01_AMachineGoesByAKey_ThatOnlyItselfReplaces()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        (await home.PostAsync(Machines, new { slug = "lab" }, owner.ApiKey)).Expect(201);
        (TestKey first, TestKey second, TestKey thief) = (new TestKey(), new TestKey(), new TestKey());
        string path = "/api/chain/lab/public-key";
        string Text(TestKey key, TestKey? prev, string slug = "lab", string? origin = null) => $"zeq/machine-pubkey/v1|{origin ?? home.Origin}|{slug}|{key.PublicKey}|{prev?.PublicKey ?? "-"}";
        object Body(TestKey key, TestKey? prev, string? self = null, string? by = null) => new
        {
            public_key = key.PublicKey, prev = prev?.PublicKey, sig_self = self ?? key.Sign(Text(key, prev)), sig_prev = by ?? prev?.Sign(Text(key, prev)),
        };
        (await home.GetAsync(path, owner.ApiKey)).Refused(404, "KEY_NOT_FOUND");
        foreach (string wrong in (string[])[thief.Sign(Text(first, null)), first.Sign(Text(first, null, "other")), first.Sign(Text(first, null, origin: "https://evil.example")), first.Sign(Text(first, second))])
        {
            (await home.PostAsync(path, Body(first, null, wrong), owner.ApiKey)).Refused(403, "INVALID_SIGNATURE");
        }

        (await home.PostAsync(path, Body(first, second), owner.ApiKey)).Refused(409, "PREV_REQUIRED");
        long seq = (await home.PostAsync(path, Body(first, null), owner.ApiKey)).Expect(201).Long("seq");
        Answer row = (await home.GetAsync($"/api/chain/lab/rows/{seq}", owner.ApiKey)).Expect();
        Assert.Equal(("machine_pubkey", "s1", "ed25519", first.PublicKey), (row.String("row.type"), row.String("row.flags"), row.String("row.payload.alg"), row.String("row.payload.public_key")));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (row["row.payload.prev"].ValueKind, row["row.payload.sig_prev"].ValueKind));

        // Somebody with the account, but without the machine's key, cannot pose as the machine.
        (await home.PostAsync(path, Body(thief, null), owner.ApiKey)).Refused(409, "PREV_REQUIRED");
        (await home.PostAsync(path, Body(thief, first, by: thief.Sign(Text(thief, first))), owner.ApiKey)).Refused(403, "INVALID_SIGNATURE");
        (await home.PostAsync(path, Body(second, thief), owner.ApiKey)).Refused(409, "PREV_REQUIRED");
        (await home.PostAsync("/api/chain/lab/event", new { type = "machine_pubkey", payload = Body(thief, null), @public = true }, owner.ApiKey)).Refused(400, "INVALID_TYPE");
        (await home.PostAsync(path, Body(second, first), owner.ApiKey)).Expect(201);
        Answer now = (await home.GetAsync(path, owner.ApiKey)).Expect();
        Assert.Equal((second.PublicKey, first.PublicKey, seq + 1), (now.String("public_key"), now.String("prev"), now.Long("seq")));
        (await home.PostAsync(path, Body(thief, first), owner.ApiKey)).Refused(409, "PREV_REQUIRED");
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule05_AMachineAskedForAgain_IsTheSame_AndItsKeyIsKeptSealed()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync();
        Answer first = (await home.PostAsync(Machines, null, owner.ApiKey, idempotencyKey: "make")).Expect(201);
        Answer again = (await home.PostAsync(Machines, null, owner.ApiKey, idempotencyKey: "make")).Expect(201);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(2, (await ListAsync(home, owner.ApiKey, 10)).Count);
        await home.StopAsync();
        byte[] key = Encoding.UTF8.GetBytes(first.String("api_key"));
        foreach (string file in Directory.GetFiles(home.Folder))
        {
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(key) < 0, $"{Path.GetFileName(file)} holds a key");
        }
    }

    private static async Task<List<string>> ListAsync(TestHome home, string? key, int limit)
    {
        var slugs = new List<string>();
        string? after = null;
        do
        {
            Answer page = (await home.GetAsync($"{Machines}?limit={limit}{(after is null ? "" : "&after=" + after)}", key)).Expect();
            slugs.AddRange(page["machines"].EnumerateArray().Select(machine => machine.GetProperty("slug").GetString()!));
            Assert.True(page["machines"].GetArrayLength() <= limit);
            after = page["next_after"].GetString();
        }
        while (after is not null);
        Assert.Equal(slugs.Distinct().Order(StringComparer.Ordinal), slugs);
        return slugs;
    }
}
