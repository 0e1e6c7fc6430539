using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class M2MHandshakeTests
{
    public static TheoryData<M2MStep> Steps => [.. Enum.GetValues<M2MStep>()];

    [Fact]
    public void Both_sides_get_one_key_that_stands_on_no_chain()
    {
        using var scene = new M2MScene();
        scene.Run();
        Assert.True(scene.Initiator.IsEstablished && scene.Responder.IsEstablished);
        Assert.Equal(scene.Initiator.SessionId, scene.Responder.SessionId);
        byte[] ours = new byte[32], theirs = new byte[32];
        scene.Initiator.CopySessionKey(ours);
        scene.Responder.CopySessionKey(theirs);
        Assert.Equal(ours, theirs);
        Assert.All(scene.A.Rows.Concat(scene.B.Rows), row => Assert.DoesNotContain(Convert.ToHexStringLower(ours), row.Payload, StringComparison.Ordinal));
        Assert.Equal((3, 3), (scene.A.Rows.Count, scene.B.Rows.Count));
        Assert.Equal(scene.B.ContractId, scene.Initiator.PeerContractId);

        using var again = new M2MScene();
        again.Run();
        byte[] others = new byte[32];
        again.Initiator.CopySessionKey(others);
        Assert.NotEqual(ours, others);
    }

    /// <summary>The key and the confirmations by .NET's own primitives would need the secrets; what both rows show is checked here against the text of the rule.</summary>
    [Fact]
    public void The_session_is_named_by_nonce_and_both_keys()
    {
        using var scene = new M2MScene();
        scene.Run();
        string Input(M2MMachine machine, int row, string member) => JsonNode.Parse(machine.Rows[row].Payload!)!["input"]![member]!.GetValue<string>();
        string nonce = Input(scene.A, 0, "session_nonce");
        Assert.Equal(World.Hash($"zeq/m2m/v1|{nonce}|{Input(scene.A, 1, "ecdh_pub")}|{Input(scene.B, 1, "ecdh_pub")}")[..32], scene.Initiator.SessionId);
        Assert.Equal(scene.Initiator.SessionId, Input(scene.A, 2, "session_id"));
        Assert.Equal("bob@https://b.example", Input(scene.A, 0, "peer_slug"));
        Assert.Equal(scene.A.Rows[0].StateHash, Input(scene.B, 0, "ack_hash"));
        Assert.Equal(scene.A.Rows[0].StateHash, Input(scene.B, 1, "ack_hash"));
        Assert.Equal(scene.B.Rows[1].StateHash, Input(scene.A, 1, "ack_hash"));
        Assert.Equal(scene.B.Rows[1].StateHash, Input(scene.A, 2, "peer_keyed_hash"));
        Assert.Equal(scene.A.Rows[1].StateHash, Input(scene.B, 2, "peer_keyed_hash"));
        Assert.NotEqual(Input(scene.A, 2, "confirm"), Input(scene.B, 2, "confirm"));
    }

    /// <summary>Who stands in the middle edits one member of one row, without the means to hash it anew.</summary>
    [Theory, MemberData(nameof(Steps))]
    public void An_edited_row_is_refused_at_its_step(M2MStep step)
    {
        using var scene = new M2MScene();
        scene.Middle = (at, row) => at != step ? row : row with { Payload = row.Payload!.Replace("bob", "bab", StringComparison.Ordinal).Replace("alice", "alike", StringComparison.Ordinal).Replace("\"KO42\"", "\"KO43\"", StringComparison.Ordinal) };
        Refused(scene, step, M2MFault.HashMismatch);
    }

    /// <summary>A home that lies edits a member and hashes the row anew: the signature, the acknowledgement or the confirmation shows it.</summary>
    [Theory]
    [InlineData(M2MStep.Propose, "session_nonce", M2MFault.BadSignature)]
    [InlineData(M2MStep.Propose, "self_pubkey", M2MFault.WrongKey)]
    [InlineData(M2MStep.Propose, "peer_pubkey", M2MFault.WrongKey)]
    [InlineData(M2MStep.Propose, "kem_pub", M2MFault.BadSignature)]
    [InlineData(M2MStep.Propose, "peer_slug", M2MFault.WrongPeer)]
    [InlineData(M2MStep.Propose, "peer_origin", M2MFault.WrongPeer)]
    [InlineData(M2MStep.Propose, "signature", M2MFault.BadSignature)]
    [InlineData(M2MStep.Respond, "session_nonce", M2MFault.WrongNonce)]
    [InlineData(M2MStep.Respond, "self_pubkey", M2MFault.WrongKey)]
    [InlineData(M2MStep.Respond, "peer_pubkey", M2MFault.WrongKey)]
    [InlineData(M2MStep.Respond, "ack_hash", M2MFault.WrongAck)]
    [InlineData(M2MStep.Respond, "signature", M2MFault.BadSignature)]
    [InlineData(M2MStep.ResponderKeyed, "session_nonce", M2MFault.WrongNonce)]
    [InlineData(M2MStep.ResponderKeyed, "ack_hash", M2MFault.WrongAck)]
    [InlineData(M2MStep.ResponderKeyed, "ecdh_pub", M2MFault.BadSignature)]
    [InlineData(M2MStep.ResponderKeyed, "kem_ct", M2MFault.BadSignature)]
    [InlineData(M2MStep.ResponderKeyed, "signature", M2MFault.BadSignature)]
    [InlineData(M2MStep.InitiatorKeyed, "ack_hash", M2MFault.WrongAck)]
    [InlineData(M2MStep.InitiatorKeyed, "ecdh_pub", M2MFault.BadSignature)]
    [InlineData(M2MStep.InitiatorKeyed, "peer_slug", M2MFault.WrongPeer)]
    [InlineData(M2MStep.InitiatorKeyed, "signature", M2MFault.BadSignature)]
    [InlineData(M2MStep.InitiatorActive, "peer_keyed_hash", M2MFault.WrongAck)]
    [InlineData(M2MStep.InitiatorActive, "session_id", M2MFault.WrongSession)]
    [InlineData(M2MStep.InitiatorActive, "confirm", M2MFault.WrongConfirm)]
    [InlineData(M2MStep.ResponderActive, "peer_keyed_hash", M2MFault.WrongAck)]
    [InlineData(M2MStep.ResponderActive, "session_id", M2MFault.WrongSession)]
    [InlineData(M2MStep.ResponderActive, "confirm", M2MFault.WrongConfirm)]
    public void A_forged_member_is_refused_at_its_step(M2MStep step, string member, M2MFault fault)
    {
        using var scene = new M2MScene();
        scene.Middle = (at, row) => at != step ? row : Writer(scene, step).Forge(row, input =>
        {
            string value = input[member]!.GetValue<string>();
            input[member] = value[..^1] + (value[^1] is 'A' or '0' ? (member.StartsWith("kem", StringComparison.Ordinal) ? 'Q' : '1') : (member.StartsWith("kem", StringComparison.Ordinal) ? 'A' : '0'));
        });
        Refused(scene, step, fault);
    }

    /// <summary>Every member of every row is needed.</summary>
    [Fact]
    public void A_row_that_lacks_a_member_is_refused_at_its_step()
    {
        foreach (M2MStep step in Enum.GetValues<M2MStep>())
        {
            using var whole = new M2MScene();
            whole.Run();
            string[] members = [.. JsonNode.Parse(RowOf(whole, step).Payload!)!["input"]!.AsObject().Select(member => member.Key)];
            foreach (string member in members)
            {
                using var scene = new M2MScene();
                scene.Middle = (at, row) => at != step ? row : Writer(scene, step).Forge(row, input => input.Remove(member));
                Refused(scene, step, member == "ack_hash" ? M2MFault.WrongAck : M2MFault.Malformed);
            }
        }
    }

    /// <summary>The classic man in the middle: each side is shown rows that he signed with a key of his own.</summary>
    [Fact]
    public void Who_signs_with_another_key_is_refused_at_the_first_row()
    {
        var mallory = new M2MMachine("b", "bob", "key of mallory");
        using var scene = new M2MScene();
        using M2MHandshake posing = M2MHandshake.Accept(mallory.Party, scene.A.Party, mallory.Seed, new HashSet<string>());
        ChainRow proposal = scene.A.Write(scene.Initiator.Next!);
        Assert.True(scene.Initiator.TakeOwn(proposal));

        // The proposal names the pinned key, which is not his.
        Assert.False(posing.TakePeer(proposal));
        Assert.Equal(new M2MRefusal(M2MStep.Propose, M2MFault.WrongKey), posing.Refusal);

        // He proposes himself, in the name of A.
        var poser = new M2MMachine("a", "alice", "key of mallory");
        using M2MHandshake other = M2MHandshake.Initiate(poser.Party, scene.B.Party, poser.Seed);
        Assert.False(scene.Responder.TakePeer(poser.Write(other.Next!)));
        Assert.Equal(new M2MRefusal(M2MStep.Propose, M2MFault.WrongKey), scene.Responder.Refusal);
    }

    [Fact]
    public void A_nonce_that_the_responders_chain_has_is_refused()
    {
        using var first = new M2MScene();
        first.Run();
        IReadOnlySet<string> seen = M2MRow.NoncesOf(first.B.Rows);
        Assert.Single(seen);
        using M2MHandshake replayed = M2MHandshake.Accept(first.B.Party, first.A.Party, first.B.Seed, seen);
        Assert.False(replayed.TakePeer(first.A.Rows[0]));
        Assert.Equal(new M2MRefusal(M2MStep.Propose, M2MFault.NonceSeen), replayed.Refusal);
    }

    /// <summary>Rows of an earlier handshake of the same two: their acknowledgements name other rows.</summary>
    [Fact]
    public void Rows_of_an_earlier_handshake_are_refused()
    {
        using var earlier = new M2MScene();
        earlier.Run();
        foreach (M2MStep step in (M2MStep[])[M2MStep.Respond, M2MStep.ResponderKeyed, M2MStep.InitiatorKeyed, M2MStep.InitiatorActive, M2MStep.ResponderActive])
        {
            using var scene = new M2MScene();
            scene.Middle = (at, row) => at == step ? RowOf(earlier, step) : row;
            scene.Run();
            M2MRefusal? refusal = scene.Initiator.Refusal ?? scene.Responder.Refusal;
            Assert.Equal(step, refusal?.Step);
            Assert.Contains(refusal!.Fault, (M2MFault[])[M2MFault.WrongNonce, M2MFault.WrongAck]);
        }
    }

    [Fact]
    public void Rows_out_of_order_are_refused()
    {
        using var scene = new M2MScene();
        ChainRow proposal = scene.A.Write(scene.Initiator.Next!);
        Assert.True(scene.Initiator.TakeOwn(proposal));
        Assert.True(scene.Responder.TakePeer(proposal));
        ChainRow respond = scene.B.Write(scene.Responder.Next!);
        Assert.True(scene.Responder.TakeOwn(respond));
        ChainRow keyed = scene.B.Write(scene.Responder.Next!);
        Assert.True(scene.Responder.TakeOwn(keyed));
        Assert.False(scene.Initiator.TakePeer(keyed));
        Assert.Equal(new M2MRefusal(M2MStep.Respond, M2MFault.OutOfOrder), scene.Initiator.Refusal);

        // And once more the row that was taken.
        Assert.False(scene.Responder.TakePeer(proposal));
        Assert.Equal(new M2MRefusal(M2MStep.InitiatorKeyed, M2MFault.OutOfOrder), scene.Responder.Refusal);
    }

    [Fact]
    public void A_row_of_another_contract_or_of_no_contract_is_refused()
    {
        using var scene = new M2MScene();
        scene.Middle = (at, row) => at != M2MStep.ResponderKeyed ? row
            : ChainBuilder.Row(scene.B.Party.OriginId, row.Seq, row.PrevHash, row.Zeqond, row.Type, row.Payload!.Replace("contract-bob", "contract-x", StringComparison.Ordinal), null, row.Actor, row.Flags);
        Refused(scene, M2MStep.ResponderKeyed, M2MFault.OtherContract);

        foreach ((string type, string flags) in ((string, string)[])[("event", "s1"), ("contract_transition", "c1"), ("contract_transition", "s0")])
        {
            using var other = new M2MScene();
            other.Middle = (at, row) => ChainBuilder.Row(other.A.Party.OriginId, row.Seq, row.PrevHash, row.Zeqond, type, row.Payload, null, row.Actor, flags);
            Refused(other, M2MStep.Propose, M2MFault.Malformed);
        }
    }

    [Fact]
    public void Keys_that_are_none_are_refused_where_they_come()
    {
        // Signed by who holds the key, so that nothing but the key itself is wrong.
        using var scene = new M2MScene();
        byte[] kem = new byte[1184];
        Array.Fill(kem, (byte)0xFF);
        scene.Middle = (at, row) => at != M2MStep.Propose ? row : scene.A.Forge(row, input => Resign(scene, input, "propose", "kem_pub", Base64UrlText.Encode(kem)));
        Refused(scene, M2MStep.Propose, M2MFault.InvalidKey);

        using var small = new M2MScene();
        small.Middle = (at, row) => at != M2MStep.ResponderKeyed ? row : small.B.Forge(row, input => Resign(small, input, "key", "ecdh_pub", new string('0', 64)));
        Refused(small, M2MStep.ResponderKeyed, M2MFault.InvalidKey);
    }

    /// <summary>The own home writes another row than it was told to.</summary>
    [Fact]
    public void An_own_row_that_is_not_as_it_was_written_is_refused()
    {
        using var scene = new M2MScene();
        ChainRow row = scene.A.Write(scene.Initiator.Next!);
        Assert.False(scene.Initiator.TakeOwn(scene.A.Forge(row, input => input["more"] = "x")));
        Assert.Equal(new M2MRefusal(M2MStep.Propose, M2MFault.NotAsWritten), scene.Initiator.Refusal);
        Assert.False(scene.Initiator.TakeOwn(row));
    }

    [Fact]
    public void A_refused_or_unfinished_handshake_gives_no_key()
    {
        using var scene = new M2MScene();
        Assert.Throws<InvalidOperationException>(() => scene.Initiator.CopySessionKey(new byte[32]));
        Assert.Throws<InvalidOperationException>(() => scene.Responder.TakeOwn(scene.A.Write(scene.Initiator.Next!)));
        Assert.Throws<InvalidOperationException>(() => scene.Initiator.TakePeer(scene.A.Rows[0]));
        scene.A.StartAgain("contract-2");
        using var refused = new M2MScene();
        refused.Middle = (at, row) => at != M2MStep.ResponderActive ? row : refused.B.Forge(row, input => input["confirm"] = World.Hash("guess"));
        Refused(refused, M2MStep.ResponderActive, M2MFault.WrongConfirm);
        Assert.Throws<InvalidOperationException>(() => refused.Initiator.CopySessionKey(new byte[32]));
        Assert.Null(refused.Initiator.Next);
    }

    [Fact]
    public void A_party_without_its_seed_or_with_a_weak_key_cannot_begin()
    {
        using var scene = new M2MScene();
        Assert.Throws<ArgumentException>(() => M2MHandshake.Initiate(scene.A.Party, scene.B.Party, scene.B.Seed));
        Assert.Throws<ArgumentException>(() => M2MHandshake.Initiate(scene.A.Party, scene.B.Party with { PublicKey = new string('0', 64) }, scene.A.Seed));
    }

    private static M2MMachine Writer(M2MScene scene, M2MStep step) => M2MTranscript.IsOfInitiator(step) ? scene.A : scene.B;

    private static ChainRow RowOf(M2MScene scene, M2MStep step) => Writer(scene, step).Rows[step switch
    {
        M2MStep.Propose or M2MStep.Respond => 0,
        M2MStep.ResponderKeyed or M2MStep.InitiatorKeyed => 1,
        _ => 2,
    }];

    private static void Resign(M2MScene scene, JsonObject input, string verb, string member, string value)
    {
        input[member] = value;
        bool isProposal = verb == "propose";
        (M2MMachine signer, M2MMachine peer) = isProposal ? (scene.A, scene.B) : (scene.B, scene.A);
        string text = M2MText.Signed(
            verb, signer.Party, peer.Party, input["session_nonce"]!.GetValue<string>(), input["ack_hash"]?.GetValue<string>(), input["ecdh_pub"]?.GetValue<string>(),
            (input["kem_pub"] ?? input["kem_ct"])!.GetValue<string>());
        input["signature"] = M2MText.Sign(text, signer.Seed);
    }

    /// <summary>The one who is shown the row refuses it there, and the other one does not get further either.</summary>
    private static void Refused(M2MScene scene, M2MStep step, M2MFault fault)
    {
        scene.Run();
        M2MHandshake reader = M2MTranscript.IsOfInitiator(step) ? scene.Responder : scene.Initiator;
        Assert.Equal(new M2MRefusal(step, fault), reader.Refusal);
        Assert.False(reader.IsEstablished);
    }
}
