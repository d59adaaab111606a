using System.Globalization;
using System.Security.Cryptography;
using Postry.Ops.Engine.Model;
using Postry.Ops.Engine.Signing;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>Reads the lines of all files of a history as one chain, and finds where it is broken.</summary>
/// <param name="keys">The keys that check the lines.</param>
internal sealed class HistoryChain(Keyring keys)
{
    private const string KeyMissing = "IntegrityKeyMissing";

    private readonly List<HistoryEntry> _entries = [];
    private readonly List<HistoryProblem> _problems = [];
    private readonly List<int> _untold = [];
    private readonly Dictionary<string, List<int>> _unverified = new(StringComparer.Ordinal);
    private int? _unreadableAt;
    private int _line;
    private int _unreadable;
    private byte[]? _before;
    private long _numberBefore;

    /// <summary>The SHA-256 of a line without its line end, in lower-case hexadecimal digits: what the next line names.</summary>
    public static string Hash(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    /// <summary>Reads the lines.</summary>
    /// <param name="parts">The bytes of the files, the oldest first.</param>
    /// <param name="isWhole">True where these are all files that there have been.</param>
    public HistoryReading Parse(IReadOnlyList<byte[]> parts, bool isWhole)
    {
        var isTorn = parts is [.., [.., not (byte)'\n']];
        foreach (var part in parts)
            foreach (var range in ((ReadOnlySpan<byte>)part).Split((byte)'\n'))
                if (part[range] is { Length: > 0 } line) Add(line, isWhole);
        if (!isTorn) TellUnreadable();
        TellUnverified();
        return new HistoryReading(_entries, _unreadable, isTorn) { IsWhole = isWhole, Untold = _untold, Problems = _problems };
    }

    /// <summary>Notes an older file whose first line is not the one that its name says.</summary>
    public void RequireBeginning(string name, long? first)
    {
        var number = long.Parse(name.AsSpan("history-".Length, name.IndexOf('.', StringComparison.Ordinal) - "history-".Length),
            CultureInfo.InvariantCulture);
        if (first != number)
            _problems.Add(new HistoryProblem(HistoryProblemKind.Missing, 1,
                Invariant($"{name} does not begin with line {number}: lines were removed from its beginning, or it was replaced.")));
    }

    private void Add(byte[] line, bool isWhole)
    {
        _line++;
        if (HistoryLine.Read(line, keys) is { } entry) Add(Chained(entry, isWhole) with { Line = _line });
        else
        {
            TellUnreadable();
            _unreadable++;
            _untold.Add(_line);
            _unreadableAt = _line;
        }

        _before = line;
    }

    // A line that the next signed line names was written as it is: the process that wrote it was killed.
    private void TellUnreadable()
    {
        if (_unreadableAt is { } at)
            _problems.Add(new HistoryProblem(HistoryProblemKind.Unreadable, at, Invariant($"Line {at} cannot be read.")));
        _unreadableAt = null;
    }

    private void Add(HistoryEntry entry)
    {
        if (_unreadableAt is not null && entry.Integrity == CheckStatus.Passed) _unreadableAt = null;
        TellUnreadable();
        _entries.Add(entry);
        _numberBefore = entry.Number;
        if (!IsUntold(entry)) return;
        _untold.Add(_line);
        _unverified.TryAdd(entry.IntegrityDetail!, []);
        _unverified[entry.IntegrityDetail!].Add(_line);
    }

    // Thousands of lines may be of a key that was changed.
    private void TellUnverified()
    {
        foreach (var (why, lines) in _unverified)
            _problems.Add(new HistoryProblem(
                why == HistoryLine.NotSigned ? HistoryProblemKind.Unsigned : HistoryProblemKind.Unverified, lines[0],
                lines.Count == 1 ? Invariant($"Line {lines[0]}: {why}")
                    : Invariant($"{lines.Count} lines, the first of them line {lines[0]}: {why}")));
    }

    // A line that names another line before it was moved, or the line before it was removed or changed.
    private HistoryEntry Chained(HistoryEntry entry, bool isWhole)
    {
        var name = entry.Number > 0 ? Invariant($"number {entry.Number}") : Invariant($"line {_line}");
        if (entry.Integrity == CheckStatus.Failed)
            Problem(HistoryProblemKind.Changed, $"{char.ToUpperInvariant(name[0])}{name[1..]} was changed after it was written.");
        // The line before the first one of a part of the history is not known.
        var isFollowing = _before is null ? !isWhole || entry.Previous is null : entry.Previous == Hash(_before);
        if (isFollowing) return entry;
        var gap = (entry.Number - _numberBefore) switch
        {
            2 => Invariant($"Number {entry.Number - 1}, which stood before {name}, was removed."),
            > 2 => Invariant($"Numbers {_numberBefore + 1} to {entry.Number - 1}, which stood before {name}, were removed."),
            _ => $"The line before {name} was removed or changed, or {name} was moved.",
        };
        // The problem of a line that was changed has been told with that line.
        if (_entries is not [.., { Integrity: CheckStatus.Failed }] || entry.Number != _numberBefore + 1)
            Problem(HistoryProblemKind.Missing, gap);
        return entry with { Integrity = CheckStatus.Failed, IntegrityDetail = entry.IntegrityDetail ?? gap };
    }

    // A forger without the key can still add a line, or write another key's name into one: what that line said before is not known.
    // Only a backup that fails because there is no key leaves a line without a signature.
    private bool IsUntold(HistoryEntry entry) => keys.All.Count > 0 && entry.Integrity == CheckStatus.Inconclusive
        && entry is not { KeyId: null, Operation: HistoryEntry.Backup, Result: HistoryResult.Failed, ErrorId: KeyMissing };

    private void Problem(HistoryProblemKind kind, string detail) => _problems.Add(new HistoryProblem(kind, _line, detail));
}
