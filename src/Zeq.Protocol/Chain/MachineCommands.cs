namespace Zeq.Protocol;

/// <summary>Changes what a machine shows: rows older than a switch to public stay private (spec 05 rule 17).</summary>
/// <param name="Caller">Who asks: admin or owner of the machine.</param>
/// <param name="Machine">The machine.</param>
/// <param name="IsPublic">Whether anyone may read it; null leaves it.</param>
/// <param name="DisplayName">A name for people; null leaves it.</param>
/// <param name="Purpose">What it is for; null leaves it.</param>
public sealed record ChangeMachine(Caller Caller, Slug Machine, bool? IsPublic, string? DisplayName, string? Purpose) : Command<Machine>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).AddChain(Machine);

    /// <inheritdoc/>
    public override Decision<Machine> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        Machine machine = home.Find(Protocol.Machine.Table, Machine.Text)!;

        // What an own machine shows is its owner's to say: a helper's key may not publish it.
        if (machine.IsOwn && IsPublic is not null && !(Caller.IsAccountKey && machine.Owner == Caller.Zid))
        {
            return Reject(RejectionCode.Forbidden, "This key may not change this machine.");
        }

        bool opens = IsPublic == true && !machine.IsPublic;
        return Accept(home.Put(Protocol.Machine.Table, machine with
        {
            IsPublic = IsPublic ?? machine.IsPublic,
            PublicSince = opens ? home.Find(ChainHead.Table, Machine.Text)!.Seq + 1 : machine.PublicSince,
            DisplayName = DisplayName ?? machine.DisplayName,
            Purpose = Purpose ?? machine.Purpose,
        }));
    }
}

/// <summary>Writes a caller's event on a machine's chain (spec 20 §2); the types that the home writes are refused (spec 05 rule 18).</summary>
/// <param name="Caller">Who asks: operator or above.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Type">The type, <c>[a-z0-9_.-]{1,64}</c>, none that the home writes.</param>
/// <param name="Payload">The payload as canonical JSON; null where only its hash is given.</param>
/// <param name="Hash">The hash of a payload that the home never sees, 64 hex.</param>
/// <param name="IsPublicPayload">Whether anyone may see the payload.</param>
public sealed record WriteEvent(Caller Caller, Slug Machine, string Type, string? Payload, string? Hash, bool IsPublicPayload) : Command<ChainRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).AddCallerRow(Machine, now);

    /// <inheritdoc/>
    public override Decision<ChainRow> Decide(Workspace home, Moment now)
    {
        if (!RowType.IsValid(Type) || RowType.IsReserved(Type))
        {
            return Reject(RejectionCode.InvalidType, "This type is malformed, or only the home writes it.");
        }

        if ((Payload is null) == (Hash is null))
        {
            return Reject(RejectionCode.InvalidRequest, "An event has either a payload or the hash of one.");
        }

        return home.RefusalOn(Caller, Machine, MachineRole.Operator) is { } refusal
            ? Reject(refusal.Code, refusal.Message)
            : Accept(home.AppendCallerRow(Machine, Type, Payload, Hash, Caller.Actor, now, IsPublicPayload));
    }
}

/// <summary>Writes a state that the caller holds by its hash: a row of type <c>state</c>, marked as a caller's (spec 20 §6, spec 05 rule 16).</summary>
/// <param name="Caller">Who asks: operator or above.</param>
/// <param name="Machine">The machine.</param>
/// <param name="StateHash">The hash of the state, 64 lower-case hex.</param>
public sealed record WriteState(Caller Caller, Slug Machine, string StateHash) : Command<ChainRow>
{
    /// <summary>The type of the row.</summary>
    public const string ChainRowType = "state";

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddRole(Caller, Machine).AddCallerRow(Machine, now);

    /// <inheritdoc/>
    public override Decision<ChainRow> Decide(Workspace home, Moment now) => home.RefusalOn(Caller, Machine, MachineRole.Operator) is { } refusal
        ? Reject(refusal.Code, refusal.Message)
        : Accept(home.AppendCallerRow(Machine, ChainRowType, new Payload().Add("state_hash", StateHash).ToCanonicalText(), null, Caller.Actor, now, isPublicPayload: false));
}

/// <summary>The types of rows.</summary>
public static class RowType
{
    private static readonly string[] ReservedPrefixes =
        ["transfer_", "claim_", "envelope_", "contract", "keyex_", "secret_", "dns_", "tunnel_", "vpn_", "vote_"];

    private static readonly HashSet<string> Reserved =
        ["move", "mint", "burn", "payload_erased", "machine_key", "machine_pubkey", "state", "compute", "restored"];

    /// <summary>Whether a type has the form <c>[a-z0-9_.-]{1,64}</c>.</summary>
    public static bool IsValid(string type)
    {
        if (type.Length is 0 or > 64)
        {
            return false;
        }

        foreach (char c in type)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether only the home writes rows of this type.</summary>
    public static bool IsReserved(string type) => Reserved.Contains(type) || ReservedPrefixes.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal));
}
