using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Leases on scheduled work. The right is an advisory lock of a session, so that it ends with the node, at once; a session that is silent
/// for a few seconds is ended by the server, so that a paused node or a cut line holds nothing up. Thread-safe.
/// </summary>
internal sealed class PostgresLeads(PostgresConnections connections) : IAsyncDisposable
{
    /// <summary>After so much silence the server ends the session; a worker asks every Zeqond.</summary>
    private const int SilenceMs = 4_000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, NodeSession> _candidates = new(StringComparer.Ordinal);
    private bool _isDisposed;

    public async ValueTask<HomeLease?> TryAsync(string work, CancellationToken cancellationToken)
    {
        string pin = HomeLease.PinOf(work);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        NodeSession? session = null;
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);

            // The connection of an attempt that came to nothing serves the next one.
            _candidates.Remove(work, out session);
            session ??= await NodeSession.OpenAsync(connections, NodeSession.Setting("idle_session_timeout", SilenceMs), cancellationToken).ConfigureAwait(false);
            object?[] got = await session.AskAsync("SELECT pg_try_advisory_lock($1)", cancellationToken, NodeSession.Integer(LockOf(session.Channel, work))).ConfigureAwait(false);
            if (!(bool)got[0]!)
            {
                _candidates[work] = session;
                session = null;
                return null;
            }

            // Waits for commits of the holder before that are under way, and makes every later one of its stale.
            object?[] number = await session.AskAsync(
                "INSERT INTO home_meta AS m (name, value) VALUES ($1, '1') ON CONFLICT (name) DO UPDATE SET value = (m.value::bigint + 1)::text RETURNING value",
                cancellationToken, NodeSession.Text(pin)).ConfigureAwait(false);
            var lease = new Lease(session, work, long.Parse((string)number[0]!, CultureInfo.InvariantCulture));
            session = null;
            return lease;
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, "lease");
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        _isDisposed = true;
        foreach (NodeSession candidate in _candidates.Values)
        {
            await candidate.DisposeAsync().ConfigureAwait(false);
        }

        _candidates.Clear();
        _gate.Release();
    }

    /// <summary>A lock's number: of this home's schema and this work alone.</summary>
    private static long LockOf(string channel, string work) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"zeq/lead/v1|{channel}|{work}")));

    private sealed class Lease(NodeSession session, string work, long generation) : HomeLease(work, generation)
    {
        private const int AnswerTimeoutMs = 2_000;

        private readonly SemaphoreSlim _gate = new(1, 1);
        private bool _isLost;

        public override async ValueTask<bool> IsHeldAsync(CancellationToken cancellationToken = default)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (!_isLost)
                {
                    using var limit = new CancellationTokenSource(AnswerTimeoutMs);
                    object?[] process = await session.AskAsync("SELECT pg_backend_pid()", limit.Token).ConfigureAwait(false);
                    _isLost = (int)process[0]! != session.ServerProcess;
                }
            }
            catch (Exception lost) when (lost is OperationCanceledException or InvalidOperationException || PostgresFault.IsOurs(lost))
            {
                _isLost = true;
            }
            finally
            {
                _gate.Release();
            }

            return !_isLost;
        }

        public override async ValueTask DisposeAsync()
        {
            await _gate.WaitAsync().ConfigureAwait(false);
            _isLost = true;
            await session.DisposeAsync().ConfigureAwait(false);
            _gate.Release();
        }
    }
}
