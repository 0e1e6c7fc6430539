using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Nobody but the parties learns who holds a coin: not from an answer, a public row, nor a line of the log.</summary>
public sealed class PrivacyTests
{
    [Fact]
    public async Task NoPublicAnswerAndNoLogLineShowsWhoHoldsACoin()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account sender, Account holder, Account second) = (await a.RegisterAsync(), await b.RegisterAsync(), await b.RegisterAsync());
        Coin coin = await a.MintCoinAsync(sender);
        Answer sent = (await homes.SendAsync(sender, coin, holder.Zid)).Expect();
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Expect();
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = coin.TokenId, to = second.Zid, to_origin = b.Origin }, holder.ApiKey)).Expect();
        foreach ((TestHome home, Account account) in ((TestHome, Account)[])[(a, sender), (b, holder), (b, second)])
        {
            (await home.SendAsync("PATCH", $"/api/chain/state-machines/{account.Slug}", TestHome.Json(new { is_public = true }), account.ApiKey)).Expect();
        }

        // Everything that a stranger can ask, of either home.
        a.PublicAnswers.Clear();
        b.PublicAnswers.Clear();
        foreach (TestHome home in (TestHome[])[a, b])
        {
            foreach (Account account in (Account[])[sender, holder, second])
            {
                foreach (string path in (string[])["explore", "state", "pohc/validate", "rows/1", "rows/2", "rows/3"])
                {
                    await home.GetAsync($"/api/chain/{account.Slug}/{path}");
                }

                await home.GetAsync($"/api/tally/credits/{account.Zid}");
                await home.GetAsync($"/api/tally/claims/{account.Zid}");
            }

            foreach (string path in (string[])["", "/proof", "/authority"])
            {
                await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}{path}");
            }

            await home.GetAsync("/api/tally/supply");
            await home.GetAsync("/api/tally/history");
            await home.GetAsync("/api/tally/envelopes");
            await home.GetAsync("/api/chain/zeq-sys/explore");
            await home.GetAsync("/openapi/v1.json");
            foreach (string guess in (string[])["receipt/verify", "envelopes/transfer-claim", "envelopes/accept-claim", "envelopes/reissue-claim"])
            {
                JsonObject body = TwoHomes.ImportOf(sent);
                (body["mac"], body["claim_ticket"], body["holder_zid"], body["holder"]) = (new string('0', 64), new string('0', 64), sender.Zid, sender.Zid);
                (body["acceptance"], body["home_sig"], body["to"]) = (new string('0', 64), new string('0', 128), sender.Zid);
                await home.PostAsync("/api/tally/" + guess, body);
            }
        }

        // A machine's slug is its owner's own name: what must not show is a ZID in any other place.
        foreach (string answer in a.PublicAnswers.Concat(b.PublicAnswers))
        {
            Assert.DoesNotContain(holder.Zid, answer, StringComparison.Ordinal);
            Assert.DoesNotContain(second.Zid, answer, StringComparison.Ordinal);
        }

        foreach (TestHome home in (TestHome[])[a, b])
        {
            Assert.NotEmpty(home.Logs.Lines);
            foreach ((_, string line) in home.Logs.Lines.Where(line => line.Text.StartsWith("Zeq", StringComparison.Ordinal)))
            {
                Assert.DoesNotContain(holder.Zid, line, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(second.Zid, line, StringComparison.OrdinalIgnoreCase);
            }

            // The web server's own lines name the path that was asked; none joins a coin to its holder.
            Assert.DoesNotContain(home.Logs.Lines, line => line.Text.Contains(coin.TokenId, StringComparison.OrdinalIgnoreCase)
                && (line.Text.Contains(holder.Zid, StringComparison.OrdinalIgnoreCase) || line.Text.Contains(second.Zid, StringComparison.OrdinalIgnoreCase)));
            string[] secrets = [sent.String("claim_ticket"), sent.String("receipt.mac"), sender.ApiKey, holder.ApiKey, second.MachineKey];
            Assert.All(secrets, secret => Assert.DoesNotContain(home.Logs.Lines, line => line.Text.Contains(secret, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task ARecipientCannotBeGuessedFromAPublicRow()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account sender, Account holder) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(sender);
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = holder.Zid }, sender.ApiKey)).Expect();
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{sender.Slug}", TestHome.Json(new { is_public = true }), sender.ApiKey)).Expect();
        JsonElement shown = (await home.GetAsync($"/api/chain/{sender.Slug}/explore?type=transfer_out")).Expect()["rows"].EnumerateArray().Single();
        JsonElement whole = (await home.GetAsync($"/api/chain/{sender.Slug}/explore?type=transfer_out", sender.ApiKey)).Expect()["rows"].EnumerateArray().Single();
        string payload = JsonSerializer.Serialize(whole.GetProperty("payload"));
        string canonical = Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(payload)));
        byte[] salt = Convert.FromHexString(whole.GetProperty("salt").GetString()!);
        string hash = shown.GetProperty("payload_hash").GetString()!;
        Assert.Equal(hash, Of(salt, canonical));
        Assert.False(shown.TryGetProperty("salt", out _));

        // Who knows all of the payload but the recipient tries every one, with everything that he could take for the salt.
        string number = holder.Zid[5..];
        long right = long.Parse(number, CultureInfo.InvariantCulture);
        byte[][] salts =
        [
            [], new byte[32], .. ((string[])["state_hash", "prev_hash", "actor_hash", "payload_hash"]).Select(name => Convert.FromHexString(shown.GetProperty(name).GetString()!)),
            SHA256.HashData(Encoding.UTF8.GetBytes(shown.GetProperty("transition_id").GetString()!)), Encoding.UTF8.GetBytes(shown.GetProperty("transition_id").GetString()!),
        ];
        for (long guess = Math.Max(0, right - 500); guess <= right + 500; guess++)
        {
            string candidate = canonical.Replace(holder.Zid, string.Create(CultureInfo.InvariantCulture, $"ZEQ07{guess:D9}"), StringComparison.Ordinal);
            Assert.All(salts, taken => Assert.NotEqual(hash, Of(taken, candidate)));
        }

        // Nor the actor, nor by comparing two rows of the same payload: every row has a salt of its own.
        string actor = shown.GetProperty("actor_hash").GetString()!;
        Assert.All(salts, taken => Assert.NotEqual(actor, Of(taken, $"{sender.Zid}|{whole.GetProperty("key_prefix").GetString()}")));
        for (int i = 0; i < 2; i++)
        {
            (await home.PostAsync($"/api/chain/{sender.Slug}/event", new { type = "same", payload = "same" }, sender.ApiKey)).Expect(201);
        }

        Answer twins = (await home.GetAsync($"/api/chain/{sender.Slug}/explore?type=same")).Expect();
        Assert.Equal(2, twins["rows"].EnumerateArray().Select(row => row.GetProperty("payload_hash").GetString()).Distinct().Count());
        Assert.Equal(2, twins["rows"].EnumerateArray().Select(row => row.GetProperty("actor_hash").GetString()).Distinct().Count());

        static string Of(byte[] salt, string text) => Convert.ToHexStringLower(SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(text)]));
    }
}
