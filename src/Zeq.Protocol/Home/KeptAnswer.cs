namespace Zeq.Protocol;

/// <summary>The answer of a mutation, kept for 24 hours under its Idempotency-Key (spec 00, "Answers"). The body is sealed.</summary>
/// <param name="Scope">SHA-256 of caller's key, method, path and Idempotency-Key, 64 hex.</param>
/// <param name="RequestHash">SHA-256 of the request's body, 64 hex.</param>
/// <param name="Status">The HTTP status, 2xx.</param>
/// <param name="Sealed">The sealed body.</param>
/// <param name="Expires">When it may be forgotten.</param>
public sealed record KeptAnswer(string Scope, string RequestHash, long Status, byte[] Sealed, Zeqond Expires)
{
    /// <summary>How long an answer is kept, in Zeqonds: 24 hours.</summary>
    public const long LifespanZeqonds = 111_197;

    /// <summary>How stores hold it.</summary>
    public static Table<KeptAnswer> Table { get; } = Protocol.Table.Of<KeptAnswer>("kept_answers")
        .Key("scope", k => k.Scope)
        .ChangingText("request_hash", k => k.RequestHash)
        .ChangingInteger("status", k => k.Status)
        .ChangingOptionalBlob("sealed", k => k.Sealed)
        .ChangingInteger("expires_zeqond", k => k.Expires.Value)
        .Disposable()
        .Build(c => new KeptAnswer(c.Text(), c.Text(), c.Integer(), c.OptionalBlob() ?? [], new Zeqond(c.Integer())));
}

/// <summary>What an idempotent command answered: the kept answer, and whether it is a repetition.</summary>
/// <param name="Body">The answer's body, in clear.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="IsRepeated">Whether an earlier request made it.</param>
public sealed record IdempotentResult(byte[] Body, int Status, bool IsRepeated);

/// <summary>
/// Runs a command once per Idempotency-Key: the answer is one more staged change of the same commit, so that it is there exactly when the
/// change is. The same key with another body is refused.
/// </summary>
/// <param name="Inner">The command.</param>
/// <param name="Scope">SHA-256 of caller's key, method, path and Idempotency-Key.</param>
/// <param name="RequestHash">SHA-256 of the request's body.</param>
/// <param name="Status">The HTTP status of an accepted answer.</param>
/// <param name="Render">Makes the answer's body; pure.</param>
/// <param name="Seal">Seals and opens bodies.</param>
public sealed record Idempotent<T>(Command<T> Inner, string Scope, string RequestHash, int Status, Func<T, Moment, byte[]> Render, FieldSeal Seal)
    : Command<IdempotentResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        Inner.Touch(keys, now);
        keys.Add(KeptAnswer.Table, Scope);
    }

    /// <inheritdoc/>
    public override Decision<IdempotentResult> Decide(Workspace home, Moment now)
    {
        if (home.Find(KeptAnswer.Table, Scope) is { } kept && kept.Expires > now.Zeqond)
        {
            return kept.RequestHash != RequestHash
                ? Reject(RejectionCode.IdempotencyMismatch, "This Idempotency-Key came with another body before.")
                : Open(kept, Seal) is { } body
                    ? Accept(new IdempotentResult(body, (int)kept.Status, IsRepeated: true))
                    : throw new InvalidOperationException("A kept answer does not open under the field key.");
        }

        switch (Inner.Decide(home, now))
        {
            case Accepted<T> accepted:
                byte[] rendered = Render(accepted.Result, now);
                home.Put(KeptAnswer.Table, new KeptAnswer(
                    Scope, RequestHash, Status, Seal.Seal(rendered, NameOf(Scope), Zid.System.Text, 1), new Zeqond(now.Zeqond.Value + KeptAnswer.LifespanZeqonds)));
                return Accept(new IdempotentResult(rendered, Status, IsRepeated: false));
            case Rejected<T> rejected:
                return new Rejected<IdempotentResult>(rejected.Why);
            default:
                throw new InvalidOperationException("A decision is accepted or rejected.");
        }
    }

    /// <summary>The body of a kept answer in clear, or null where it does not open.</summary>
    public static byte[]? Open(KeptAnswer kept, FieldSeal seal) => seal.TryOpen(kept.Sealed, NameOf(kept.Scope), Zid.System.Text, 1);

    internal static string NameOf(string scope) => "tally.answer." + scope;
}

/// <summary>Forgets answers whose time is over.</summary>
/// <param name="Scopes">At most 500.</param>
public sealed record ForgetAnswers(IReadOnlyList<string> Scopes) : Command<int>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        foreach (string scope in Scopes)
        {
            keys.Add(KeptAnswer.Table, scope);
        }
    }

    /// <inheritdoc/>
    public override Decision<int> Decide(Workspace home, Moment now)
    {
        int gone = 0;
        foreach (string scope in Scopes)
        {
            if (home.Find(KeptAnswer.Table, scope) is { } kept && kept.Expires <= now.Zeqond)
            {
                home.Delete(KeptAnswer.Table, scope);
                gone++;
            }
        }

        return Accept(gone);
    }
}
