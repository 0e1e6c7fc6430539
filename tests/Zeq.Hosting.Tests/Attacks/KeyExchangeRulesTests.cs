using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Attacks on first contact: rules 1, 3 and 4 of spec 06, spec 30 §1.</summary>
public sealed class KeyExchangeRulesTests
{
    private static readonly UnauthenticatedFirstContact AnyKey = new();

    [Fact]
    public async Task AKeyIsMadeOnce_AndAPublicRowOfTheChainCarriesIt()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        Answer[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => home.GetAsync(Route(owner, "pubkey"))));
        Answer key = all[0].Expect();
        Assert.All(all, answer => Assert.Equal(key.Text, answer.Text));
        Assert.Equal(("ML-KEM-768", owner.Slug), (key.String("alg"), key.String("slug")));
        byte[] publicKey = PublicKeyOf(key);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(publicKey)), key.String("fingerprint"));
        Answer row = (await home.GetAsync($"/api/chain/{owner.Slug}/rows/{key.Long("anchored.seq")}")).Expect();
        Assert.Equal(("keyex_key", "s1", key.String("fingerprint"), key.String("anchored.state_hash")),
            (row.String("row.type"), row.String("row.flags"), row.String("row.payload.fingerprint"), row.String("row.state_hash")));

        // It survives a restart; what rests is sealed.
        await home.StopAsync();
        await home.StartAgainAsync();
        Assert.Equal(key.Text, (await home.GetAsync(Route(owner, "pubkey"))).Text);
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task ASessionCarriesRecordsBothWays_AndIsTakenOnce()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        using ZeqClient client = ClientOf(home);
        string fingerprint = (await client.KeyExchange.GetKeyAsync(Slug.Parse(owner.Slug))).Fingerprint;
        using KeyExchangeSession session = await client.KeyExchange.HandshakeAsync(Slug.Parse(owner.Slug), new PinnedFingerprint(fingerprint));
        Assert.True(session.IsAuthenticated);
        Assert.False(home.Zeq.KeyExchanges.TryTake(Slug.Parse("other"), session.SessionId, out _));
        Assert.True(home.Zeq.KeyExchanges.TryTake(session.Slug, session.SessionId, out KeyExchangeSession? theirs));
        Assert.False(home.Zeq.KeyExchanges.TryTake(session.Slug, session.SessionId, out _));
        Pipe there = new(), back = new();
        await using RecordStream ours = session.OpenStream(new Ends(back.Reader, there.Writer)), other = theirs.OpenStream(new Ends(there.Reader, back.Writer));
        await ours.WriteAsync("a question"u8.ToArray());
        await ours.CompleteWritesAsync();
        Assert.Equal("a question", await new StreamReader(other).ReadToEndAsync());
        await other.WriteAsync("an answer"u8.ToArray());
        await other.CompleteWritesAsync();
        Assert.Equal("an answer", await new StreamReader(ours).ReadToEndAsync());
    }

    [Fact]
    public async Task Rule03_ARepeatedCiphertextIsAnotherSession_WithAnotherKey()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        byte[] publicKey = PublicKeyOf(await home.GetAsync(Route(owner, "pubkey"))), cipherText = new byte[1088], secret = new byte[32];
        MLKem768.Encapsulate(publicKey, cipherText, secret);
        Answer[] answers = [await HandshakeAsync(home, owner, Base64UrlText.Encode(cipherText)), await HandshakeAsync(home, owner, Convert.ToHexStringLower(cipherText))];
        Assert.NotEqual(answers[0].Expect().String("session_id"), answers[1].Expect().String("session_id"));
        Assert.NotEqual(answers[0].String("responder_salt"), answers[1].String("responder_salt"));
        Assert.Equal(2, home.Zeq.KeyExchanges.Count);

        // Neither confirmation opens under the key of the other one.
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(RecordStatus.Ok, Open(answers[i], answers[i].String("confirmation")));
            Assert.Equal(RecordStatus.NotAuthentic, Open(answers[i], answers[1 - i].String("confirmation")));
        }

        RecordStatus Open(Answer answer, string confirmation)
        {
            byte[] recordKey = new byte[32], record = new byte[1_000];
            KeyExchange.DeriveRecordKey(secret, publicKey, cipherText, Convert.FromHexString(answer.String("responder_salt")), Slug.Parse(owner.Slug), recordKey);
            Assert.True(Base64UrlText.TryDecode(confirmation, record, out int size));
            return new RecordOpener(recordKey, RecordDirection.ResponderToInitiator, answer.String("session_id")).TryOpen(record.AsSpan(0, size), new byte[size], out _, out _);
        }
    }

    [Fact]
    public async Task Rule03_RotationErasesTheOldPair_AndOnlyTheOwnerRotates()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home), other = await home.RegisterAsync();
        Answer before = (await home.GetAsync(Route(owner, "pubkey"))).Expect();
        (await home.PostAsync(Route(owner, "rotate"), null, other.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(Route(owner, "rotate"), null, owner.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(Route(owner, "rotate"))).Refused(401, "UNAUTHORIZED");
        (await home.PostAsync($"/api/chain/state-machines/{owner.Slug}/members", new { zid = other.Zid, role = "admin" }, owner.ApiKey)).Expect(201);
        (await home.PostAsync(Route(owner, "rotate"), null, other.ApiKey)).Refused(403, "FORBIDDEN");

        using ZeqClient client = ClientOf(home);
        var pin = new PinnedFingerprint(before.String("fingerprint"));
        using KeyExchangeSession standing = await client.KeyExchange.HandshakeAsync(Slug.Parse(owner.Slug), pin);
        Answer after = (await home.PostAsync(Route(owner, "rotate"), null, owner.ApiKey, "once")).Expect();
        Assert.Equal(after.Text, (await home.PostAsync(Route(owner, "rotate"), null, owner.ApiKey, "once")).Expect().Text);
        Assert.NotEqual(before.String("fingerprint"), after.String("fingerprint"));
        Assert.Equal(after.String("public_key"), (await home.GetAsync(Route(owner, "pubkey"))).String("public_key"));
        Assert.Equal(before.String("fingerprint"), (await home.GetAsync($"/api/chain/{owner.Slug}/rows/{after.Long("anchored.seq")}")).String("row.payload.prev"));

        // Who pinned the old key sees that it is another one; a ciphertext for the old key opens for nobody; the session that stands runs out by itself.
        var refused = await Assert.ThrowsAsync<KeyExchangeException>(() => client.KeyExchange.HandshakeAsync(Slug.Parse(owner.Slug), pin));
        Assert.Equal(KeyExchangeStatus.PinMismatch, refused.Status);
        KeyExchangeInitiator.TryBegin(Slug.Parse(owner.Slug), PublicKeyOf(before), pin, out KeyExchangeInitiator? late);
        Answer answer = (await HandshakeAsync(home, owner, Base64UrlText.Encode(late!.CipherText.Span))).Expect();
        byte[] salt = Convert.FromHexString(answer.String("responder_salt")), record = new byte[1_000];
        Base64UrlText.TryDecode(answer.String("confirmation"), record, out int size);
        string id = KeyExchange.SessionId(PublicKeyOf(before), late.CipherText.Span, salt);
        Assert.Equal(KeyExchangeStatus.ConfirmationRefused, late.TryConfirm(salt, id, record.AsSpan(0, size), out _));
        Assert.True(home.Zeq.KeyExchanges.TryTake(standing.Slug, standing.SessionId, out _));

        // The vault holds one seed, the new one.
        var secrets = new List<SealedSecret>();
        await foreach (SealedSecret secret in home.Home.Reader.QueryAsync(new Query<SealedSecret>(SealedSecret.Table)))
        {
            secrets.Add(secret);
        }

        Assert.Equal((after.Long("anchored.seq"), ExchangeKey.SecretName(Slug.Parse(owner.Slug))), (Assert.Single(secrets).Version, secrets[0].Name));
        await home.AssertSoundAsync();
    }

    /// <summary>Handshakes while the owner rotates: each is answered by the pair that is there, none fails.</summary>
    [Fact]
    public async Task HandshakesGoOnWhileThePairIsReplaced()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        (await home.GetAsync(Route(owner, "pubkey"))).Expect();
        string cipherText = Base64UrlText.Encode(new byte[1088]);
        Task<Answer>[] handshakes = [.. Enumerable.Range(0, 40).Select(_ => Task.Run(() => HandshakeAsync(home, owner, cipherText)))];
        Task<Answer>[] rotations = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => home.PostAsync(Route(owner, "rotate"), null, owner.ApiKey)))];
        Assert.All(await Task.WhenAll(handshakes), answer => answer.Expect());

        // Rotations that meet try again, and one that met too many is told so.
        Answer[] rotated = await Task.WhenAll(rotations);
        Assert.Contains(rotated, answer => answer.Status == 200);
        Assert.All(rotated.Where(answer => answer.Status != 200), answer => answer.Refused(409, "CONFLICT"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule01_NoPinNoTrust()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        using ZeqClient client = ClientOf(home);
        var slug = Slug.Parse(owner.Slug);
        await Assert.ThrowsAsync<ArgumentNullException>(() => client.KeyExchange.HandshakeAsync(slug, null!));
        Assert.Equal(KeyExchangeStatus.NotWitnessed, (await Assert.ThrowsAsync<KeyExchangeException>(() => client.KeyExchange.HandshakeAsync(slug, new AnchoredFingerprint()))).Status);
        Assert.Equal(
            KeyExchangeStatus.PinMismatch,
            (await Assert.ThrowsAsync<KeyExchangeException>(() => client.KeyExchange.HandshakeAsync(slug, new PinnedFingerprint(new string('0', 64))))).Status);

        // Refused before anything was sent.
        Assert.Equal(0, home.Zeq.KeyExchanges.Count);
        using KeyExchangeSession session = await client.KeyExchange.HandshakeAsync(slug, AnyKey);
        Assert.False(session.IsAuthenticated);
    }

    [Fact]
    public async Task WrongCiphertextsAreRefused_AndOneOfTheRightLengthConfirmsNothing()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await PublishedAsync(home);
        (await HandshakeAsync(home, owner, Base64UrlText.Encode(new byte[1088]))).Refused(404, "KEY_NOT_FOUND");
        (await home.GetAsync(Route(owner, "pubkey"))).Expect();
        foreach (object? wrong in (object?[])[null, "", 5, Base64UrlText.Encode(new byte[1087]), Base64UrlText.Encode(new byte[1089]), new string('g', 2176), Base64UrlText.Encode(new byte[1088]) + "=", new string('A', 100_000)])
        {
            (await home.PostAsync(Route(owner, "handshake"), new { cipher_text = wrong })).Refused(400, "INVALID_CIPHER_TEXT");
        }

        (await home.PostAsync(Route(owner, "handshake"), new { })).Refused(400, "INVALID_CIPHER_TEXT");
        (await HandshakeAsync(home, owner, Base64UrlText.Encode(new byte[1088]))).Expect();
    }

    [Fact]
    public async Task APrivateMachineLooksLikeNone_AndTheHomesOwnChainHasNoKey()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account owner = await home.RegisterAsync(), other = await home.RegisterAsync();
        string cipherText = Base64UrlText.Encode(new byte[1088]);
        foreach (string slug in (string[])[owner.Slug, "missing", "zeq-sys"])
        {
            foreach (string? key in (string?[])[null, other.ApiKey, home.AdminKey])
            {
                (await home.GetAsync($"/api/keyex/{slug}/pubkey", key)).Refused(404, "MACHINE_NOT_FOUND");
                (await home.PostAsync($"/api/keyex/{slug}/handshake", new { cipher_text = cipherText }, key)).Refused(404, "MACHINE_NOT_FOUND");
            }

            (await home.PostAsync($"/api/keyex/{slug}/rotate", null, other.ApiKey)).Refused(404, "MACHINE_NOT_FOUND");
        }

        (await home.GetAsync("/api/keyex/a%7Cb/pubkey")).Refused(400, "INVALID_SLUG");
        (await home.GetAsync(Route(owner, "pubkey"), owner.ApiKey)).Expect();
        (await home.GetAsync(Route(owner, "pubkey"))).Refused(404, "MACHINE_NOT_FOUND");
    }

    [Fact]
    public async Task ThirtyAMinute()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { RateLimits = new Dictionary<string, RateLimit> { ["KeyExchange"] = new(30, 60) } });
        Account owner = await PublishedAsync(home);
        for (int i = 0; i < 30; i++)
        {
            (await home.GetAsync(Route(owner, "pubkey"))).Expect();
        }

        (await home.GetAsync(Route(owner, "pubkey"))).Refused(429, "RATE_LIMITED");
        (await HandshakeAsync(home, owner, "x")).Refused(429, "RATE_LIMITED");
        Assert.Equal(new RateLimit(30, 60), new RateLimits(TimeProvider.System).Limits["KeyExchange"]);
    }

    /// <summary>The vault's row of one machine, shown for another one of the same owner by somebody who writes the store.</summary>
    [Fact]
    public async Task Rule13_ASealedPairDoesNotOpenForAnotherMachine()
    {
        byte[]? ofOne = null;
        await using TestHome home = await TestHome.StartAsync(new HomeSetup
        {
            WrapStore = store => new TamperedStore(store, row => row is SealedSecret { Name: "keyex.two" } secret && ofOne is not null ? secret with { Sealed = ofOne } : row),
        });
        Account owner = await home.RegisterAsync();
        foreach (string slug in (string[])["one", "two"])
        {
            (await home.PostAsync("/api/chain/state-machines", new { slug, is_public = true }, owner.ApiKey)).Expect(201);
            (await home.GetAsync($"/api/keyex/{slug}/pubkey")).Expect();
        }

        SealedSecret one = (await home.Home.Reader.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Zid.Parse(owner.Zid), "keyex.one")))!;
        Assert.Equal(1, one.Version);
        ofOne = one.Sealed;
        await home.StopAsync();
        await home.StartAgainAsync();
        (await home.GetAsync("/api/keyex/one/pubkey")).Expect();
        Assert.Equal(500, (await home.GetAsync("/api/keyex/two/pubkey")).Status);
    }

    private static ZeqClient ClientOf(TestHome home) => ZeqClient.Create(new ZeqClientOptions { Origin = Origin.Parse(home.Origin) });

    private static async Task<Account> PublishedAsync(TestHome home)
    {
        Account owner = await home.RegisterAsync();
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{owner.Slug}", TestHome.Json(new { is_public = true }), owner.ApiKey)).Expect();
        return owner;
    }

    private static string Route(Account owner, string name) => $"/api/keyex/{owner.Slug}/{name}";

    private static Task<Answer> HandshakeAsync(TestHome home, Account owner, string cipherText) => home.PostAsync(Route(owner, "handshake"), new { cipher_text = cipherText });

    private static byte[] PublicKeyOf(Answer answer)
    {
        byte[] key = new byte[1184];
        Assert.True(Base64UrlText.TryDecode(answer.Expect().String("public_key"), key, out int size) && size == key.Length);
        return key;
    }

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
