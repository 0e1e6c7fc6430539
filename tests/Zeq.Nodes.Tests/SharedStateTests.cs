using System.Text.Json.Nodes;
using Zeq.Hosting.Tests.Faults;
using Zeq.Protocol;

namespace Zeq.Nodes.Tests;

/// <summary>What one node of a home changes counts on the other.</summary>
public sealed class SharedStateTests
{
    private const string Keys = "/api/identity/keys";

    // Seen red without the trigger on api_keys (api_keys_tell).
    [Fact]
    public async Task A_key_revoked_on_one_node_is_refused_on_the_other_within_a_Zeqond()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync(paid: 0);
        (string key, string prefix) = await IssueAsync(home.A, account);
        await UseAsync(home, key);
        await RevokeAsync(home.A, account, prefix);
        Assert.Equal(401, (await home.A.GetAsync(Keys, key)).Status);
        await Task.Delay((int)KernelConstants.ZeqondMs);
        Assert.Equal(401, (await home.B.GetAsync(Keys, key)).Status);
        Assert.Equal(200, (await home.B.GetAsync(Keys, account.Key)).Status);
    }

    // Seen red with OtherNodes.IsCurrent always true.
    [Fact]
    public async Task While_a_nodes_line_is_cut_it_trusts_no_key_that_it_remembers()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync(paid: 0);
        (string key, string prefix) = await IssueAsync(home.A, account);
        (string second, string secondPrefix) = await IssueAsync(home.A, account);
        await UseAsync(home, key);
        await UseAsync(home, second);
        await home.CutListenerAsync(1);
        await RevokeAsync(home.A, account, prefix);
        await Task.Delay((int)KernelConstants.ZeqondMs);
        Assert.Equal(401, (await home.B.GetAsync(Keys, key)).Status);
        Assert.Equal(200, (await home.B.GetAsync(Keys, second)).Status);

        // The line is back, and carries.
        await home.LetInAsync();
        await Task.Delay(2 * (int)KernelConstants.ZeqondMs);
        await UseAsync(home, second);
        await RevokeAsync(home.A, account, secondPrefix);
        await Task.Delay((int)KernelConstants.ZeqondMs);
        Assert.Equal(401, (await home.B.GetAsync(Keys, second)).Status);
    }

    [Fact]
    public async Task An_issuer_that_one_node_was_told_of_counts_on_the_other()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        var issuer = new JsonObject { ["origin"] = "http://127.0.0.1:9", ["public_key"] = (await home.A.GetAsync("/api/identity")).Expect().Json["public_key"]!.GetValue<string>() };
        (await home.A.PostAsync("/api/admin/issuers", Api.AdminKey, issuer)).Expect();
        Assert.True(await IsTrustedAsync(home.B));
        (await home.B.SendAsync("DELETE", "/api/admin/issuers", Api.AdminKey, new JsonObject { ["origin"] = "http://127.0.0.1:9" })).Expect();
        Assert.False(await IsTrustedAsync(home.A));
    }

    [Fact]
    public async Task The_same_request_to_both_nodes_at_once_has_one_effect()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync();
        Account other = await home.B.RegisterAsync(paid: 0);
        for (int i = 0; i < 20; i++)
        {
            JsonObject compute = Api.Compute();
            WireAnswer[] computed = await Task.WhenAll(home.Apis.Select(api => api.PostAsync("/api/zeq/compute", account.Key, compute.DeepClone(), $"compute-{i}")));
            Assert.Equal(computed[0].Expect().Text, computed[1].Expect().Text);
            string token = computed[0].Json["envelopes"]![0]!["token_id"]!.GetValue<string>();
            WireAnswer[] sent = await Task.WhenAll(home.Apis.Select(api => api.TransferAsync(account, token, other.Zid, idempotencyKey: $"send-{i}")));
            Assert.Equal(sent[0].Expect().Text, sent[1].Expect().Text);
            Assert.Equal(1, await home.B.HeightAsync(token));
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task A_coin_that_both_nodes_are_asked_to_send_goes_one_way()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync();
        Account[] others = [await home.A.RegisterAsync(paid: 0), await home.B.RegisterAsync(paid: 0)];
        for (int i = 0; i < 20; i++)
        {
            string token = await home.Apis[i % 2].MintAsync(account);
            WireAnswer[] sent = await Task.WhenAll(home.A.TransferAsync(account, token, others[0].Zid), home.B.TransferAsync(account, token, others[1].Zid));
            Assert.Single(sent, answer => answer.Status == 200);
            Assert.Single(sent, answer => answer.Status is 403 or 404);
            Assert.Equal(1, await home.A.HeightAsync(token));
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task A_restore_raises_what_both_nodes_answer()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync();
        string token = await home.A.MintAsync(account);
        Assert.Equal(0, await home.B.HeightAsync(token));
        (await home.A.PostAsync("/api/admin/home/restored", Api.AdminKey, new JsonObject())).Expect();
        long raised = await home.A.HeightAsync(token);
        Assert.NotEqual(0, raised);
        Assert.Equal(raised, await home.B.HeightAsync(token));
        Account other = await home.B.RegisterAsync(paid: 0);
        (await home.B.TransferAsync(account, token, other.Zid)).Expect();
        Assert.Equal(raised + 1, await home.A.HeightAsync(token));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task A_clock_confirmed_on_one_node_is_confirmed_on_the_other()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync();
        foreach (int node in (int[])[0, 1])
        {
            await home.Nodes[node].KillAsync();
            home.Nodes[node].Dispose();
        }

        // As if nothing had happened here for months, which may also be a clock that runs ahead.
        await home.SqlAsync($"ALTER TABLE chain_heads DISABLE TRIGGER ALL; UPDATE chain_heads SET zeqond = zeqond - {10 * ClockGuard.StartToleranceZeqonds}; ALTER TABLE chain_heads ENABLE TRIGGER ALL");
        await home.StartNodeAsync(0);
        await home.StartNodeAsync(1);
        foreach (Api api in home.Apis)
        {
            Assert.Equal("CLOCK_SUSPECT", (await api.PostAsync("/api/zeq/compute", account.Key, Api.Compute())).Code);
        }

        (await home.A.PostAsync("/api/admin/clock/confirm", Api.AdminKey, new JsonObject())).Expect();
        (await home.A.PostAsync("/api/zeq/compute", account.Key, Api.Compute())).Expect();
        await NodesOnOneHome.Eventually(async () => (await home.B.PostAsync("/api/zeq/compute", account.Key, Api.Compute())).IsOk);
    }

    // The rows of all public machines: a node knows of another's by what it is told alone. Seen red without PostgresHomeStore.Announce.
    [Fact]
    public async Task A_row_written_on_one_node_wakes_the_streams_of_the_other()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        Account account = await home.A.RegisterAsync(paid: 0);
        (await home.A.PostAsync("/api/chain/state-machines", account.Key, new JsonObject { ["slug"] = "seen-by-all", ["is_public"] = true })).Expect();
        using var http = new HttpClient { BaseAddress = new Uri(home.B.Url) };
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using HttpResponseMessage answer = await http.GetAsync("/api/chain/aggregate/sse", HttpCompletionOption.ResponseHeadersRead, over.Token);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(over.Token));
        for (int i = 0; i < 3; i++)
        {
            (await home.A.PostAsync("/api/chain/seen-by-all/event", account.Key, new JsonObject { ["type"] = "note", ["payload"] = new JsonObject { ["n"] = i }, ["public"] = true })).Expect();
        }

        var seen = new List<long>();
        while (seen.Count < 3 && await lines.ReadLineAsync(over.Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Contains("seen-by-all", StringComparison.Ordinal) && line.Contains("note", StringComparison.Ordinal))
            {
                seen.Add(JsonNode.Parse(line[5..])!["row"]!["seq"]!.GetValue<long>());
            }
        }

        Assert.Equal(3, seen.Count);
        Assert.Equal(seen.Order(), seen);
    }

    private static async Task<(string Key, string Prefix)> IssueAsync(Api api, Account account)
    {
        JsonNode made = (await api.PostAsync(Keys, account.Key, new JsonObject())).Expect().Json;
        return (made["api_key"]!.GetValue<string>(), made["prefix"]!.GetValue<string>());
    }

    private static async Task RevokeAsync(Api api, Account account, string prefix) => (await api.SendAsync("DELETE", $"{Keys}/{prefix}", account.Key)).Expect();

    private static async Task UseAsync(NodesOnOneHome home, string key)
    {
        foreach (Api api in home.Apis)
        {
            Assert.Equal(200, (await api.GetAsync(Keys, key)).Status);
        }
    }

    private static async Task<bool> IsTrustedAsync(Api api) =>
        (await api.GetAsync("/api/admin/issuers", Api.AdminKey)).Expect().Json["issuers"]!.AsArray().Any(issuer => issuer!["trusted"]!.GetValue<bool>());
}
