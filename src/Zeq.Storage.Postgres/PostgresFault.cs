using System.Net.Sockets;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>Turns what the driver throws into the one exception that a store throws. Neither values nor passwords are in it.</summary>
internal static class PostgresFault
{
    /// <summary>Raised by <c>zeq_expect</c>.</summary>
    public const string StaleState = "ZQ001";

    /// <summary>Raised by <c>zeq_refuse</c>.</summary>
    public const string RefusedState = "ZQ002";

    /// <summary>Whether an exception is one that the server or the way to it causes.</summary>
    public static bool IsOurs(Exception exception) => exception is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>A row was changed by another one since it was loaded.</summary>
    public static StoreException Stale(string subject, Exception? inner = null) =>
        new($"{subject}: another commit came first; decide again.", inner) { IsTransient = true, IsStale = true };

    /// <summary>A failed attempt to open a connection.</summary>
    public static StoreException OfOpening(Exception failed, string place) => failed is PostgresException { SqlState: var state } refused
        ? state switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new($"{place}: PostgreSQL does not let this role in: {TextOf(refused)}.", failed),
            PostgresErrorCodes.InvalidCatalogName => new($"{place}: there is no such database: {TextOf(refused)}.", failed),
            _ => Of(failed, place),
        }
        : new($"{place}: PostgreSQL cannot be reached: {Reason(failed)}.", failed) { IsTransient = true };

    /// <summary>A failed statement, or a lost connection.</summary>
    /// <param name="failed">What the driver threw.</param>
    /// <param name="subject">What was being done.</param>
    /// <param name="isCommit">Whether a commit was under way: where no answer came, nobody knows whether it stands.</param>
    public static StoreException Of(Exception failed, string subject, bool isCommit = false)
    {
        if (failed is not PostgresException { SqlState: var state } refused)
        {
            return new($"{subject}: the connection to PostgreSQL failed: {Reason(failed)}.", failed) { IsTransient = !isCommit, OutcomeUnknown = isCommit };
        }

        string text = TextOf(refused);
        return state switch
        {
            StaleState or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => Stale(subject, failed),
            PostgresErrorCodes.LockNotAvailable => new($"{subject}: another node holds the rows for too long.", failed) { IsTransient = true },
            PostgresErrorCodes.QueryCanceled => new($"{subject}: PostgreSQL took too long.", failed) { IsTransient = true },
            PostgresErrorCodes.ReadOnlySqlTransaction => new($"{subject}: this PostgreSQL server takes no writes; it is a standby.", failed) { IsTransient = true },
            PostgresErrorCodes.InsufficientPrivilege => new($"{subject}: the store's role may not do this ({text}).", failed),
            _ when state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal) =>
                new($"{subject}: PostgreSQL is going away ({text}).", failed) { IsTransient = !isCommit, OutcomeUnknown = isCommit },
            _ when state.StartsWith("53", StringComparison.Ordinal) => new($"{subject}: PostgreSQL has run out of something ({text}); nothing was changed.", failed) { IsTransient = true },
            _ when state.StartsWith("58", StringComparison.Ordinal) => new($"{subject}: PostgreSQL's disk failed ({text}).", failed) { IsTransient = true },
            _ when state.StartsWith("XX", StringComparison.Ordinal) => new($"{subject}: PostgreSQL's files are damaged ({text}); restore a backup.", failed),
            _ when state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("54", StringComparison.Ordinal) || state == RefusedState =>
                new($"{refused.TableName ?? subject}: the row was refused ({text}).", failed),
            _ => new($"{subject}: {text} (state {state}).", failed),
        };
    }

    /// <summary>The server's own words; without the detail, which may quote values, since the connection asks for none.</summary>
    private static string TextOf(PostgresException refused) => refused.MessageText.TrimEnd('.');

    private static string Reason(Exception failed) => (failed.InnerException ?? failed) switch
    {
        TimeoutException => "no answer in time",
        SocketException socket => socket.Message.TrimEnd('.'),
        var other => other.Message.Split('\n')[0].TrimEnd('.'),
    };
}
