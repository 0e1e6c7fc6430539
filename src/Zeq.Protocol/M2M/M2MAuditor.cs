namespace Zeq.Protocol;

/// <summary>One of the two chains that an auditor walks.</summary>
/// <param name="Party">Whose it is, with the machine's key.</param>
/// <param name="NodePublicKey">The home's node key, 64 lower-case hex.</param>
/// <param name="Genesis">The Zeqond of the machine's making.</param>
/// <param name="Rows">All rows of the chain, in order, as the auditor may see them.</param>
public sealed record M2MChain(M2MParty Party, string NodePublicKey, Zeqond Genesis, IReadOnlyList<ChainRow> Rows);

/// <summary>The first row that does not tie up.</summary>
/// <param name="OriginId">The chain, <c>parent_origin:slug</c>.</param>
/// <param name="Seq">The row; where a row is missing, the last one that there is of this handshake.</param>
/// <param name="Step">The step of the handshake that it is or lacks; null where the chain itself is broken.</param>
/// <param name="Reason">An <see cref="M2MFault"/> by name, or why the chain is broken: <see cref="ChainBreakReason"/>.</param>
public sealed record M2MSuspect(string OriginId, long Seq, M2MStep? Step, string Reason);

/// <summary>A handshake whose six rows tie up.</summary>
/// <param name="SessionId">The session's name.</param>
/// <param name="Initiator">The chain of who proposed.</param>
/// <param name="Responder">The chain of the other one.</param>
/// <param name="Proposed">When it was proposed.</param>
/// <param name="Active">When the later of both confirmed.</param>
public sealed record M2MSession(string SessionId, string Initiator, string Responder, Zeqond Proposed, Zeqond Active);

/// <summary>What the auditor found.</summary>
/// <param name="Sessions">The handshakes that tie up, in the order of their proposals on the first chain, then on the second.</param>
/// <param name="Suspect">The first row that does not; null where all do.</param>
public sealed record M2MAudit(IReadOnlyList<M2MSession> Sessions, M2MSuspect? Suspect);

/// <summary>
/// Checks from outside that the handshakes of two machines took place as their chains say (spec 20 §4, spec 06 rule 14). It needs no secret, so it sees that both sides confirmed, not that their confirmations are
/// right: each side has checked that itself. Pure.
/// </summary>
public static class M2MAuditor
{
    /// <summary>Recomputes both chains, and ties the rows of every handshake between the two together.</summary>
    /// <param name="first">A chain.</param>
    /// <param name="second">The other one.</param>
    /// <exception cref="ArgumentException">A party's key has not its form.</exception>
    public static M2MAudit Audit(M2MChain first, M2MChain second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        first.Party.Require(nameof(first));
        second.Party.Require(nameof(second));
        var sessions = new List<M2MSession>();
        M2MSuspect? suspect = Recompute(first) ?? Recompute(second) ?? Walk(first, second, sessions) ?? Walk(second, first, sessions) ?? Unasked(first, second) ?? Unasked(second, first);
        return new M2MAudit(sessions, suspect);
    }

    private static M2MSuspect? Recompute(M2MChain chain)
    {
        var validator = new ChainValidator(chain.Party.OriginId, chain.Party.Origin, chain.NodePublicKey, chain.Genesis) { TakesHiddenRows = true };
        foreach (ChainRow row in chain.Rows)
        {
            if (!validator.Next(row))
            {
                break;
            }
        }

        validator.Complete();
        return validator.Broken is { } broken ? new M2MSuspect(chain.Party.OriginId, broken.Seq, null, broken.Reason) : null;
    }

    /// <summary>Every proposal of the one to the other, with all that has to follow it.</summary>
    private static M2MSuspect? Walk(M2MChain from, M2MChain to, List<M2MSession> sessions)
    {
        var nonces = new HashSet<string>(StringComparer.Ordinal);
        M2MRow[] own = [.. RowsOf(from, to)], others = [.. RowsOf(to, from)];
        foreach (M2MRow proposal in own.Where(row => row.To == "accepted_pending" && row.Text("kem_pub") is not null))
        {
            var transcript = new M2MTranscript(from.Party, to.Party, asksForOrigins: true);
            M2MRow? response = others.FirstOrDefault(row => row.To == "accepted_pending" && row.AckHash == proposal.StateHash);
            for (M2MStep step = M2MStep.Propose; step <= M2MStep.ResponderActive; step++)
            {
                bool isOwn = M2MTranscript.IsOfInitiator(step);
                string? contract = isOwn ? proposal.ContractId : response?.ContractId;
                M2MRow? row = step switch
                {
                    M2MStep.Propose => proposal,
                    M2MStep.Respond => response,
                    _ => (isOwn ? own : others).FirstOrDefault(r => r.ContractId == contract && r.To == M2MTranscript.StatesOf(step).To),
                };
                M2MParty party = isOwn ? from.Party : to.Party;
                if (row is null)
                {
                    // What is missing is the other's row behind the last one that is there.
                    M2MRow last = transcript[step == M2MStep.ResponderActive ? M2MStep.InitiatorActive : step - 1]!;
                    return new M2MSuspect(M2MTranscript.IsOfInitiator(step == M2MStep.ResponderActive ? M2MStep.InitiatorActive : step - 1) ? from.Party.OriginId : to.Party.OriginId, last.Row.Seq, step, nameof(M2MFault.Missing));
                }

                if (transcript.Take(step, row) is { } fault)
                {
                    return new M2MSuspect(party.OriginId, row.Row.Seq, step, fault.ToString());
                }

                if (step == M2MStep.Propose && !nonces.Add(transcript.Nonce))
                {
                    return new M2MSuspect(party.OriginId, row.Row.Seq, step, nameof(M2MFault.NonceSeen));
                }
            }

            Zeqond active = Zeqond.Max(transcript[M2MStep.InitiatorActive]!.Row.Zeqond, transcript[M2MStep.ResponderActive]!.Row.Zeqond);
            sessions.Add(new M2MSession(transcript.SessionId, from.Party.OriginId, to.Party.OriginId, proposal.Row.Zeqond, active));
        }

        return null;
    }

    /// <summary>A response to a proposal that the other chain does not have.</summary>
    private static M2MSuspect? Unasked(M2MChain chain, M2MChain other)
    {
        var proposals = RowsOf(other, chain).Select(row => row.StateHash).ToHashSet(StringComparer.Ordinal);
        M2MRow? unasked = RowsOf(chain, other).FirstOrDefault(row => row.To == "accepted_pending" && row.AckHash is { } ack && !proposals.Contains(ack));
        return unasked is null ? null : new M2MSuspect(chain.Party.OriginId, unasked.Row.Seq, M2MStep.Respond, nameof(M2MFault.WrongAck));
    }

    /// <summary>The rows of contracts that took part in a handshake with the other machine, by the party that their first row names.</summary>
    private static IEnumerable<M2MRow> RowsOf(M2MChain chain, M2MChain other)
    {
        var contracts = new HashSet<string>(StringComparer.Ordinal);
        foreach (ChainRow row in chain.Rows)
        {
            if (row.Type != M2MRow.RowType || M2MRow.Read(row, chain.Party.OriginId, out M2MRow? read) is not null)
            {
                continue;
            }

            if (read!.To == "accepted_pending" && read.Text("peer_slug") is { } peer && (peer == other.Party.Name || peer == other.Party.Slug.Text) && read.SessionNonce is not null)
            {
                contracts.Add(read.ContractId);
            }

            if (contracts.Contains(read.ContractId))
            {
                yield return read;
            }
        }
    }
}
