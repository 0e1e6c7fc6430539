using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// Recomputes the hashes and links of one chain, row by row, in constant memory (spec 20 §2, spec 05 rules 16 and 20). Valid means
/// consistent with itself; only a remembered row shows that a whole chain was rewritten. Pure; not thread-safe.
/// </summary>
/// <remarks>
/// An erased row (written by a caller, payload and salt gone) counts with its stored hashes: they are part of its own hash. A row that
/// was written from a hash has no payload, and its salt is for the actor alone.
/// </remarks>
public sealed class ChainValidator
{
    private const int HexSize = 2 * Sha256.HashSizeBytes;
    private const int MaxTypeLength = 64;
    private const int TransitionIdLength = 36;
    private const int MaxIntegerLength = 20;

    // The fixed head of the text, and behind it: seq, prev, zeqond, type, transition, payload, actor, flags, each behind a bar.
    private const int MaxTailSize = (2 * MaxIntegerLength) + (3 * HexSize) + MaxTypeLength + TransitionIdLength + 2 + 8;

    private static readonly SearchValues<char> TypeChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_.-");
    private static readonly SearchValues<char> UuidChars = SearchValues.Create("0123456789abcdef-");

    private readonly string _slug;
    private readonly byte[] _text;
    private readonly int _headSize;
    private readonly byte[] _prevHex = new byte[HexSize];
    private readonly byte[] _hash = new byte[Sha256.HashSizeBytes];
    private byte[] _salted = new byte[1024];
    private bool _startsAtGenesis = true;
    private long _expectSeq;
    private string? _expectHash;
    private bool _expectationMet;

    /// <summary>A validator that stands before row 1 of a chain.</summary>
    /// <param name="originId">The chain's name, <c>parent_origin:slug</c>.</param>
    /// <param name="origin">The home's public origin.</param>
    /// <param name="nodePublicKey">The home's node key, 64 lower-case hex.</param>
    /// <param name="genesis">The Zeqond of the machine's making.</param>
    /// <exception cref="ArgumentException">The name of the chain has not its form.</exception>
    public ChainValidator(string originId, Origin origin, string nodePublicKey, Zeqond genesis)
    {
        ArgumentNullException.ThrowIfNull(originId);
        ArgumentNullException.ThrowIfNull(nodePublicKey);
        int colon = originId.IndexOf(':');
        if (colon < 1 || !Slug.TryParse(originId[(colon + 1)..], out Slug slug))
        {
            throw new ArgumentException("A chain's name is parent_origin:slug.", nameof(originId));
        }

        _slug = slug.Text;
        byte[] head = Encoding.UTF8.GetBytes($"zeq/chain/v1|{originId}|");
        _headSize = head.Length;
        _text = new byte[_headSize + MaxTailSize];
        head.CopyTo(_text, 0);
        GenesisHash = ChainHash.Genesis(originId, origin, nodePublicKey, genesis);
        Encoding.ASCII.GetBytes(GenesisHash, _prevHex);
        Zeqond = genesis;
    }

    /// <summary>The hash that row 1 follows, 64 hex.</summary>
    public string GenesisHash { get; }

    /// <summary>
    /// Whether a row without payload and salt is taken as it is whoever wrote it: for a reader to whom private rows are shown without
    /// them (spec 05 rule 17). A home that reads its own store leaves this false: there only a caller's row can be without.
    /// </summary>
    public bool TakesHiddenRows { get; init; }

    /// <summary>The newest row that was taken; 0 before row 1.</summary>
    public long Seq { get; private set; }

    /// <summary>The Zeqond of the newest row that was taken; the genesis before row 1.</summary>
    public Zeqond Zeqond { get; private set; }

    /// <summary>How many rows were taken.</summary>
    public long Count { get; private set; }

    /// <summary>Where the chain is broken; null while it holds.</summary>
    public ChainBreak? Broken { get; private set; }

    /// <summary>The hash of the newest row that was taken, 64 hex; the genesis hash before row 1.</summary>
    public string HeadHash => Encoding.ASCII.GetString(_prevHex);

    /// <summary>Starts in the middle instead: the first row then has to follow this one.</summary>
    /// <exception cref="InvalidOperationException">Rows were taken already.</exception>
    /// <exception cref="ArgumentException">The number is below 1, or the hash is not 64 lower-case hex.</exception>
    public void StartAfter(long seq, string stateHash, Zeqond zeqond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seq, 1);
        if (Count > 0 || Broken is not null)
        {
            throw new InvalidOperationException("The validator has begun already.");
        }

        if (!Hex.IsLowerHex(stateHash, HexSize))
        {
            throw new ArgumentException("A hash is 64 lower-case hex characters.", nameof(stateHash));
        }

        (Seq, Zeqond, _startsAtGenesis) = (seq, zeqond, false);
        Encoding.ASCII.GetBytes(stateHash, _prevHex);
    }

    /// <summary>A row that the reader remembers: it has to be there with this hash (spec 05 rule 20).</summary>
    /// <exception cref="ArgumentException">The number is below 1, or the hash is not 64 lower-case hex.</exception>
    public void Expect(long seq, string stateHash)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seq, 1);
        if (!Hex.IsLowerHex(stateHash, HexSize))
        {
            throw new ArgumentException("A hash is 64 lower-case hex characters.", nameof(stateHash));
        }

        (_expectSeq, _expectHash, _expectationMet) = (seq, stateHash, false);
    }

    /// <summary>Takes the next row. False where the chain is broken, at this row or before.</summary>
    public bool Next(ChainRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (Broken is not null)
        {
            return false;
        }

        if (Check(row) is { } reason)
        {
            Broken = new ChainBreak(row.Seq, row.Zeqond, reason);
            return false;
        }

        // The stored hash is the computed one, which stands in the scratch.
        Convert.TryToHexStringLower(_hash, _prevHex, out _);
        (Seq, Zeqond, Count) = (row.Seq, row.Zeqond, Count + 1);
        return true;
    }

    /// <summary>No row follows. False where the chain is broken, or a remembered row did not come.</summary>
    public bool Complete()
    {
        if (Broken is null && _expectHash is not null && !_expectationMet)
        {
            Broken = new ChainBreak(_expectSeq, null, ChainBreakReason.Head);
        }

        return Broken is null;
    }

    private string? Check(ChainRow row)
    {
        if (!HasForm(row))
        {
            return ChainBreakReason.Malformed;
        }

        if (row.Seq != Seq + 1)
        {
            return ChainBreakReason.SeqGap;
        }

        if (row.Zeqond < Zeqond)
        {
            return ChainBreakReason.ZeqondDecreased;
        }

        if (!Ascii.Equals(_prevHex, row.PrevHash))
        {
            return row.Seq == 1 && _startsAtGenesis ? ChainBreakReason.Genesis : ChainBreakReason.PrevHash;
        }

        int payloadSize = 0;
        if (row.Payload is { } payload)
        {
            if (!TrySalt(row.Salt, payload, out payloadSize))
            {
                return ChainBreakReason.Malformed;
            }

            if (!HashIs(_salted.AsSpan(0, payloadSize), row.PayloadHash))
            {
                return ChainBreakReason.PayloadHash;
            }

            if (!CanonicalJson.IsCanonical(_salted.AsSpan(ChainHash.SaltSizeBytes, payloadSize - ChainHash.SaltSizeBytes)))
            {
                return ChainBreakReason.Malformed;
            }
        }

        if (row.Salt is { } salt && !HashIs(SaltedActor(salt, row.Actor), row.ActorHash))
        {
            return ChainBreakReason.ActorHash;
        }

        if (!HashIs(Text(row), row.StateHash))
        {
            return ChainBreakReason.StateHash;
        }

        if (row.Seq == _expectSeq)
        {
            _expectationMet = row.StateHash == _expectHash;
            return _expectationMet ? null : ChainBreakReason.Head;
        }

        return null;
    }

    /// <summary>Everything that the hashes take as given: no field can hold a bar, so no two rows have one text.</summary>
    private bool HasForm(ChainRow row)
    {
        bool hasPayload = row.Payload is not null;
        bool hasSalt = row.Salt is not null;
        return row.Slug.Text == _slug
            && row.Flags is "s0" or "s1" or "c0" or "c1"
            && row.Type.Length is > 0 and <= MaxTypeLength && !row.Type.AsSpan().ContainsAnyExcept(TypeChars)
            && IsUuidV7(row.TransitionId)
            && row.Zeqond.Value >= 0
            && (row.Salt is null || row.Salt.Length == ChainHash.SaltSizeBytes)
            && (hasSalt || !hasPayload)
            && (hasPayload || Hex.IsLowerHex(row.PayloadHash, HexSize))
            && (hasSalt || Hex.IsLowerHex(row.ActorHash, HexSize))
            && (hasPayload || row.Flags[0] == 'c' || (TakesHiddenRows && !hasSalt))
            && (!hasSalt || (!row.Actor.Zid.AsSpan().Contains('|') && row.Actor.Zid.Length is > 0 and <= 64 && row.Actor.KeyPrefix.Length <= 64));
    }

    private static bool IsUuidV7(string id) =>
        id.Length == TransitionIdLength && id[8] == '-' && id[13] == '-' && id[14] == '7' && id[18] == '-' && id[23] == '-'
        && !id.AsSpan().ContainsAnyExcept(UuidChars) && id.AsSpan().Count('-') == 4;

    /// <summary>Salt and UTF-8 payload in the scratch. False where the payload holds a lone surrogate: it has no UTF-8.</summary>
    private bool TrySalt(ReadOnlySpan<byte> salt, string payload, out int size)
    {
        int most = checked(ChainHash.SaltSizeBytes + (3 * payload.Length));
        if (_salted.Length < most)
        {
            _salted = new byte[Math.Max(most, 2 * _salted.Length)];
        }

        salt.CopyTo(_salted);
        bool isText = Utf8.FromUtf16(payload, _salted.AsSpan(ChainHash.SaltSizeBytes), out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done;
        size = ChainHash.SaltSizeBytes + written;
        return isText;
    }

    private ReadOnlySpan<byte> SaltedActor(ReadOnlySpan<byte> salt, Actor actor)
    {
        salt.CopyTo(_salted);
        int size = ChainHash.SaltSizeBytes;
        size += Encoding.UTF8.GetBytes(actor.Zid, _salted.AsSpan(size));
        _salted[size++] = (byte)'|';
        size += Encoding.UTF8.GetBytes(actor.KeyPrefix, _salted.AsSpan(size));
        return _salted.AsSpan(0, size);
    }

    private ReadOnlySpan<byte> Text(ChainRow row)
    {
        Span<byte> text = _text;
        int at = _headSize;
        Append(text, ref at, row.Seq);
        text[at++] = (byte)'|';
        _prevHex.CopyTo(text[at..]);
        at += HexSize;
        text[at++] = (byte)'|';
        Append(text, ref at, row.Zeqond.Value);
        text[at++] = (byte)'|';
        Append(text, ref at, row.Type);
        text[at++] = (byte)'|';
        Append(text, ref at, row.TransitionId);
        text[at++] = (byte)'|';
        Append(text, ref at, row.PayloadHash);
        text[at++] = (byte)'|';
        Append(text, ref at, row.ActorHash);
        text[at++] = (byte)'|';
        Append(text, ref at, row.Flags);
        return text[..at];
    }

    private static void Append(Span<byte> text, ref int at, long number)
    {
        Utf8Formatter.TryFormat(number, text[at..], out int written);
        at += written;
    }

    /// <summary>ASCII only: every text that comes here has been checked or compared with hex.</summary>
    private static void Append(Span<byte> text, ref int at, string ascii)
    {
        Ascii.FromUtf16(ascii, text[at..], out int written);
        at += written;
    }

    private bool HashIs(ReadOnlySpan<byte> data, string hex)
    {
        SHA256.HashData(data, _hash);
        Span<byte> computed = stackalloc byte[HexSize];
        Convert.TryToHexStringLower(_hash, computed, out _);
        return Ascii.Equals(computed, hex);
    }
}
