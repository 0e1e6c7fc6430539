using System.Text;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>The one table that maps every refusal to its HTTP status and its code on the wire (spec 00, "Answers").</summary>
internal static class ErrorTable
{
    private static readonly string[] Codes = [.. Enum.GetValues<RejectionCode>().Select(code => UpperSnake(code.ToString()))];

    /// <summary>The code as it is sent.</summary>
    public static string Code(RejectionCode code) => Codes[(int)code];

    /// <summary>The refusal of a code as it is sent; null where there is no such code.</summary>
    public static RejectionCode? Parse(string code) => Array.IndexOf(Codes, code) is >= 0 and var index ? (RejectionCode)index : null;

    /// <summary>The HTTP status.</summary>
    public static int Status(RejectionCode code) => code switch
    {
        RejectionCode.InvalidJson or RejectionCode.InvalidRequest or RejectionCode.InvalidTokenId or RejectionCode.InvalidRecipient
            or RejectionCode.InvalidOrigin or RejectionCode.SelfTransfer or RejectionCode.InvalidOperator or RejectionCode.InvalidInputs
            or RejectionCode.InvalidSlug or RejectionCode.InvalidType or RejectionCode.InvalidCoin or RejectionCode.InvalidContract or RejectionCode.UnknownState
            or RejectionCode.InvalidCipherText => 400,
        RejectionCode.Unauthorized => 401,
        RejectionCode.InsufficientBalance => 402,
        RejectionCode.Forbidden or RejectionCode.NotOwner or RejectionCode.InvalidProof or RejectionCode.InvalidTicket
            or RejectionCode.InvalidAcceptance or RejectionCode.ReceiptRejected or RejectionCode.InvalidSignature
            or RejectionCode.IssuerNotTrusted or RejectionCode.IssuerLimit
            or RejectionCode.NotYourMove => 403,
        RejectionCode.TokenNotFound or RejectionCode.RecipientNotFound or RejectionCode.ClaimNotFound or RejectionCode.ZidNotFound
            or RejectionCode.KeyNotFound or RejectionCode.MachineNotFound or RejectionCode.RowNotFound or RejectionCode.IssuerNotFound
            or RejectionCode.VoteNotFound or RejectionCode.NotFound or RejectionCode.MemberNotFound
            or RejectionCode.ContractNotFound or RejectionCode.TemplateNotFound => 404,
        RejectionCode.MethodNotAllowed => 405,
        RejectionCode.NotBearer or RejectionCode.AlreadyMigrated or RejectionCode.NotEligible or RejectionCode.VoteClosed
            or RejectionCode.ZidTaken or RejectionCode.SlugTaken or RejectionCode.NotActive or RejectionCode.Staked or RejectionCode.TicketSpent
            or RejectionCode.Superseded or RejectionCode.InFlight or RejectionCode.AmbiguousClaim or RejectionCode.AmbiguousRecipient
            or RejectionCode.AlreadyClaimed or RejectionCode.ClaimNotNeeded or RejectionCode.ReferenceConflict
            or RejectionCode.RecoveryKeyExists or RejectionCode.StaleRequest or RejectionCode.Conflict
            or RejectionCode.TooManyMachines or RejectionCode.NotErasable or RejectionCode.PrevRequired
            or RejectionCode.NoTransition or RejectionCode.ConditionFailed or RejectionCode.ConditionError or RejectionCode.Paused
            or RejectionCode.TooManyContracts => 409,
        RejectionCode.Gone => 410,
        RejectionCode.TooLarge => 413,
        RejectionCode.UnsupportedMediaType => 415,
        RejectionCode.IdempotencyMismatch or RejectionCode.PrecisionBound or RejectionCode.PrecisionUnknown or RejectionCode.ComputeLimit => 422,
        RejectionCode.RateLimited => 429,
        RejectionCode.PeerUnreachable or RejectionCode.PeerKeyChanged => 502,
        RejectionCode.Busy or RejectionCode.ClockSuspect or RejectionCode.StorageUnavailable or RejectionCode.OutcomeUnknown => 503,
        RejectionCode.InternalError => 500,
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>The body of a refusal at an instant.</summary>
    public static ErrorAnswer Answer(Rejection why, long unixMs) => new(
        false, why.Message, Code(why.Code), Zeqond.FromUnixMs(unixMs).Value, Zeqond.Phase(unixMs),
        why.Details.Count == 0 ? null : [.. why.Details.Select(detail => new ErrorDetail(
            detail.Subject, Code(detail.Code), detail.Message, why.Code == RejectionCode.NotEligible ? detail.Subject : null))]);

    private static string UpperSnake(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    }
}
