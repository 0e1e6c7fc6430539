namespace Zeq.Protocol.Tests;

public class M2MAuditorTests
{
    [Fact]
    public void Handshakes_that_took_place_tie_up_among_other_rows()
    {
        using var scene = new M2MScene();
        scene.A.Append("""{"n":1}""", "event", "c0");
        scene.B.Append("""{"n":2}""", "event", "c1");
        scene.Run();
        scene.B.Append("""{"contract_id":"other","from":"a","input":{},"name":"x","operator":"KO42","to":"b"}""");
        M2MAudit audit = M2MAuditor.Audit(scene.A.Chain, scene.B.Chain);
        Assert.Null(audit.Suspect);
        M2MSession session = Assert.Single(audit.Sessions);
        Assert.Equal((scene.Initiator.SessionId, "a-home:alice", "b-home:bob"), (session.SessionId, session.Initiator, session.Responder));

        // And seen from the other side.
        Assert.Equal(audit.Sessions, M2MAuditor.Audit(scene.B.Chain, scene.A.Chain).Sessions);
    }

    [Fact]
    public void Chains_without_a_handshake_have_none()
    {
        using var scene = new M2MScene();
        M2MAudit audit = M2MAuditor.Audit(scene.A.Chain, scene.B.Chain);
        Assert.Null(audit.Suspect);
        Assert.Empty(audit.Sessions);
    }

    [Fact]
    public void The_first_row_that_is_missing_is_named()
    {
        (M2MStep Step, string After, int Seq)[] cuts =
        [
            (M2MStep.Respond, "a-home:alice", 1), (M2MStep.ResponderKeyed, "b-home:bob", 1), (M2MStep.InitiatorKeyed, "b-home:bob", 2), (M2MStep.InitiatorActive, "a-home:alice", 2),
        ];
        foreach ((M2MStep step, string after, int seq) in cuts)
        {
            using var scene = new M2MScene();
            scene.Run();
            bool isA = M2MTranscript.IsOfInitiator(step);
            M2MMachine cut = isA ? scene.A : scene.B, other = isA ? scene.B : scene.A;
            int kept = step switch { M2MStep.Respond => 0, M2MStep.ResponderKeyed or M2MStep.InitiatorKeyed => 1, _ => 2 };
            cut.Rows.RemoveRange(kept, 3 - kept);
            M2MAudit audit = M2MAuditor.Audit(scene.A.Chain, scene.B.Chain);
            Assert.Equal(new M2MSuspect(after, seq, step, "Missing"), audit.Suspect);
        }
    }

    /// <summary>A home rewrites a row of its chain and all behind it: its chain is consistent with itself, and the other chain shows it.</summary>
    [Theory]
    [InlineData(true, 0, "session_nonce", M2MStep.Propose, "BadSignature")]
    [InlineData(true, 1, "ecdh_pub", M2MStep.InitiatorKeyed, "BadSignature")]
    [InlineData(true, 2, "session_id", M2MStep.InitiatorActive, "WrongSession")]
    [InlineData(false, 0, "session_nonce", M2MStep.Respond, "WrongNonce")]
    [InlineData(false, 1, "kem_ct", M2MStep.ResponderKeyed, "BadSignature")]
    [InlineData(false, 1, "signature", M2MStep.ResponderKeyed, "BadSignature")]
    [InlineData(false, 2, "peer_keyed_hash", M2MStep.ResponderActive, "WrongAck")]
    public void A_rewritten_row_is_named(bool isOfInitiator, int at, string member, M2MStep step, string reason)
    {
        using var scene = new M2MScene();
        scene.Run();
        M2MMachine liar = isOfInitiator ? scene.A : scene.B;
        ChainRow[] rows = [.. liar.Rows];
        liar.Rows.Clear();
        for (int i = 0; i < rows.Length; i++)
        {
            ChainRow row = i != at ? rows[i] : liar.Forge(rows[i], input =>
            {
                string value = input[member]!.GetValue<string>();
                input[member] = (value[0] == '0' ? '1' : '0') + value[1..];
            });
            liar.Append(row.Payload!);
        }

        M2MAudit audit = M2MAuditor.Audit(scene.A.Chain, scene.B.Chain);
        Assert.Equal(new M2MSuspect(liar.Party.OriginId, at + 1, step, reason), audit.Suspect);
        Assert.Empty(audit.Sessions);
    }

    [Fact]
    public void A_chain_that_is_broken_is_named_first()
    {
        using var scene = new M2MScene();
        scene.Run();
        scene.B.Rows[1] = scene.B.Rows[1] with { Zeqond = new Zeqond(5_000) };
        Assert.Equal(new M2MSuspect("b-home:bob", 2, null, ChainBreakReason.StateHash), M2MAuditor.Audit(scene.A.Chain, scene.B.Chain).Suspect);
    }

    /// <summary>A nonce used twice: two proposals that were both carried through.</summary>
    [Fact]
    public void A_repeated_nonce_is_named()
    {
        using var scene = new M2MScene();
        scene.Run();
        string repeated = scene.A.Rows[0].Payload!.Replace("contract-alice", "contract-2", StringComparison.Ordinal);
        scene.A.Append(repeated);
        M2MAudit audit = M2MAuditor.Audit(scene.A.Chain, scene.B.Chain);
        Assert.Equal(new M2MSuspect("a-home:alice", 4, M2MStep.Propose, "NonceSeen"), audit.Suspect);
        Assert.Single(audit.Sessions);
    }

    [Fact]
    public void A_response_to_nothing_is_named()
    {
        using var scene = new M2MScene();
        scene.Run();
        scene.A.Rows.Clear();
        Assert.Equal(new M2MSuspect("b-home:bob", 1, M2MStep.Respond, "WrongAck"), M2MAuditor.Audit(scene.A.Chain, scene.B.Chain).Suspect);
    }

    [Fact]
    public void The_pinned_key_decides_whose_handshake_it_was()
    {
        using var scene = new M2MScene();
        scene.Run();
        var other = new M2MMachine("a", "alice", "another key");
        M2MAudit audit = M2MAuditor.Audit(scene.A.Chain with { Party = other.Party }, scene.B.Chain);
        Assert.Equal(new M2MSuspect("a-home:alice", 1, M2MStep.Propose, "WrongKey"), audit.Suspect);
    }
}
