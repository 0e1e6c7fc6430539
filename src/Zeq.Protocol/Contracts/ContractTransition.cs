using System.Globalization;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>A transition that was made; append-only, numbered in each contract.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Visit">1, 2, 3 … per contract.</param>
/// <param name="Try">Its number among all tries of the contract.</param>
/// <param name="TransitionId">A UUID, version 7: the transition_id of its chain row.</param>
/// <param name="Zeqond">When; the Zeqond that its condition saw.</param>
/// <param name="Rule">The transition's place in the definition.</param>
/// <param name="From">The state that it left.</param>
/// <param name="To">The state that it entered.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Actor">Who asked; of an automatic one the machine's owner under the prefix <c>zeq-sys-auto</c>.</param>
/// <param name="ComputeId">The compute that was charged.</param>
/// <param name="TokenId">The envelope that it minted, the payer's before the Foundation's; null where it minted none.</param>
/// <param name="ProofDigest">SHA-256 of the compute's proof (its 64 hex characters), hex; null where none was asked.</param>
/// <param name="Row">Its chain row.</param>
public sealed record ContractTransition(
    string ContractId, long Visit, long Try, string TransitionId, Zeqond Zeqond, long Rule, string From, string To, string Operator, Actor Actor,
    string ComputeId, string? TokenId, string? ProofDigest, RowRef Row)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ContractTransition> Table { get; } = Protocol.Table.LogOf<ContractTransition>("contract_transitions")
        .Key("contract_id", t => t.ContractId)
        .Number("visit", t => t.Visit)
        .Integer("try", t => t.Try)
        .Text("transition_id", t => t.TransitionId)
        .Integer("zeqond", t => t.Zeqond.Value)
        .Integer("rule", t => t.Rule)
        .Text("from_state", t => t.From)
        .Text("to_state", t => t.To)
        .Text("operator", t => t.Operator)
        .Text("actor_zid", t => t.Actor.Zid)
        .Text("key_prefix", t => t.Actor.KeyPrefix)
        .Text("compute_id", t => t.ComputeId)
        .OptionalText("envelope_id", t => t.TokenId)
        .OptionalText("proof_digest", t => t.ProofDigest)
        .Text("row_slug", t => t.Row.Slug)
        .Integer("row_seq", t => t.Row.Seq)
        .Text("row_hash", t => t.Row.StateHash)
        .Build(c => new ContractTransition(
            c.Text(), c.Integer(), c.Integer(), c.Text(), new Zeqond(c.Integer()), c.Integer(), c.Text(), c.Text(), c.Text(), new Actor(c.Text(), c.Text()),
            c.Text(), c.OptionalText(), c.OptionalText(), new RowRef(c.Text(), c.Integer(), c.Text())));

    /// <summary>Whether the contract made it by itself.</summary>
    public bool IsAutomatic => Actor.KeyPrefix == Contract.AutomaticKeyPrefix;

    /// <summary>The canonical payload of its chain row (spec 20 §3).</summary>
    internal static string ChainPayload(string contractId, string name, string from, string to, string op, JsonElement input) => new Payload()
        .Add("contract_id", contractId)
        .Add("from", from)
        .Add("input", input)
        .Add("name", name)
        .Add("operator", op)
        .Add("to", to)
        .ToCanonicalText();

    /// <summary>What is hashed as the inputs of a transition's compute: <c>{contract_id, transition_id, input}</c> (spec 05 rule 21).</summary>
    internal static JsonElement DigestInputs(string contractId, string transitionId, JsonElement input)
    {
        using JsonDocument inputs = JsonDocument.Parse(new Payload().Add("contract_id", contractId).Add("input", input).Add("transition_id", transitionId).ToUtf8());
        return inputs.RootElement.Clone();
    }

    /// <summary>The digest of a proof, as it is kept.</summary>
    internal static string DigestOf(string zeqProof) => Sha256.HashHexUtf8(zeqProof);
}

/// <summary>A failed try; the newest hundred of a contract are kept, each in the place of the one a hundred before (spec 05 rule 24).</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Slot">Its place, 00 to 99.</param>
/// <param name="Try">Its number among all tries of the contract.</param>
/// <param name="Zeqond">When.</param>
/// <param name="From">The state in which the contract stood.</param>
/// <param name="To">The state that was asked for.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="Code">The code of the refusal.</param>
/// <param name="Message">Its sentence.</param>
public sealed record ContractFailure(string ContractId, string Slot, long Try, Zeqond Zeqond, string From, string To, Actor Actor, string Code, string Message)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ContractFailure> Table { get; } = Protocol.Table.Of<ContractFailure>("contract_failures")
        .Key("contract_id", f => f.ContractId)
        .Key("slot", f => f.Slot)
        .ChangingInteger("try", f => f.Try)
        .ChangingInteger("zeqond", f => f.Zeqond.Value)
        .ChangingText("from_state", f => f.From)
        .ChangingText("to_state", f => f.To)
        .ChangingText("actor_zid", f => f.Actor.Zid)
        .ChangingText("key_prefix", f => f.Actor.KeyPrefix)
        .ChangingText("code", f => f.Code)
        .ChangingText("message", f => f.Message)
        .Build(c => new ContractFailure(c.Text(), c.Text(), c.Integer(), new Zeqond(c.Integer()), c.Text(), c.Text(), new Actor(c.Text(), c.Text()), c.Text(), c.Text()));

    /// <summary>The place of a failure, given how many there were before.</summary>
    public static string SlotOf(long failures) => (failures % Contract.KeptFailures).ToString("D2", CultureInfo.InvariantCulture);
}

/// <summary>One ask for a transition that needs several (spec 05 rule 22).</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Ask">What was asked: <c>visit.transition.SHA-256(JCS(input))</c>, where visit is the number of transitions so far.</param>
/// <param name="Zid">Who asked.</param>
/// <param name="Zeqond">When.</param>
/// <param name="KeyPrefix">With which key.</param>
/// <param name="Generation">The account's key generation then: a recovery voids what was asked with older keys.</param>
/// <param name="Row">Its chain row.</param>
public sealed record ContractApproval(string ContractId, string Ask, Zid Zid, Zeqond Zeqond, string KeyPrefix, long Generation, RowRef Row)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ContractApproval> Table { get; } = Protocol.Table.Of<ContractApproval>("contract_approvals")
        .Key("contract_id", a => a.ContractId)
        .Key("ask", a => a.Ask)
        .Key("zid", a => a.Zid.Text)
        .ChangingInteger("zeqond", a => a.Zeqond.Value)
        .ChangingText("key_prefix", a => a.KeyPrefix)
        .ChangingInteger("generation", a => a.Generation)
        .ChangingText("row_slug", a => a.Row.Slug)
        .ChangingInteger("row_seq", a => a.Row.Seq)
        .ChangingText("row_hash", a => a.Row.StateHash)
        .Build(c => new ContractApproval(
            c.Text(), c.Text(), Zid.Parse(c.Text()), new Zeqond(c.Integer()), c.Text(), c.Integer(), new RowRef(c.Text(), c.Integer(), c.Text())));

    /// <summary>The name of an ask.</summary>
    public static string AskOf(long visit, int rule, string inputHash) => string.Create(CultureInfo.InvariantCulture, $"{visit}.{rule}.{inputHash}");

    /// <summary>The key of an approval.</summary>
    public static string KeyOf(string contractId, string ask, Zid zid) => $"{contractId}|{ask}|{zid.Text}";

    /// <summary>Whether it still counts: its account exists and has not been recovered since.</summary>
    internal bool StillCounts(IdentityRow? account) => account is not null && Generation >= account.KeyGeneration;
}
