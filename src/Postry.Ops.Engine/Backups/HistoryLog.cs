using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Events;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;
using static System.FormattableString;

namespace Postry.Ops.Engine.Backups;

/// <summary>
/// The history of a backup root: one line for each operation. A failed backup leaves no other trace. Each line has a number and names the
/// SHA-256 of the line before it, so that a removed line is noticed. A file that has grown large becomes an older file, and the lines go on
/// in a new one.
/// </summary>
/// <param name="settings">The backup root and the keys.</param>
internal sealed partial class HistoryLog(OpsSettings settings)
{
    private const int MostLineBytes = 64 << 10;
    private const long MostNumber = 999_999_999_999;

    // A file is as large only where something else than this product has written into it.
    private const long MostFileBytes = 256 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string _path = BackupLayout.HistoryFile(settings.BackupRoot);

    /// <summary>The size in bytes at which a file becomes an older one. Some thousand lines.</summary>
    public int FullBytes { get; init; } = 2 << 20;

    /// <summary>The number of older files that stay.</summary>
    public int MostOlderFiles { get; init; } = 30;

    /// <summary>True for the name of a file of the history, also of one that is being written.</summary>
    public static bool IsFileName(string name) => name == Path.GetFileName(BackupLayout.HistoryFile("")) || OlderName.IsMatch(name);

    /// <summary>Adds a line, durably; nothing where there is no backup root. A history that cannot be written never fails an
    /// operation.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="observer">Hears why the line could not be written.</param>
    public void TryAppend(HistoryEntry entry, IOperationObserver observer)
    {
        try
        {
            Append(entry);
        }
        catch (Exception e)
        {
            var problem = $"The end of this operation ({entry.Operation}) could not be written into the history. {e.Message}";
            // A user who tests, copies or compares backups may only be able to read here.
            if (entry.Operation == HistoryEntry.Backup) observer.Warning(problem);
            else observer.Detail(problem);
        }
    }

    /// <summary>Adds a line, durably; nothing where there is no backup root. Errors: IOException, UnauthorizedAccessException.</summary>
    public void Append(HistoryEntry entry)
    {
        if (!Directory.Exists(settings.BackupRoot)) return;
        // A machine that only reads backups needs no key, and its unsigned lines would make the history doubtful.
        if (entry.Operation != HistoryEntry.Backup && !settings.Keys.HasSigningKey) return;
        using var file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var (last, number, isTorn) = End(file);
        if (file.Length >= FullBytes && KeepAsOlder(file)) isTorn = false;
        var key = settings.Keys.HasSigningKey ? settings.Keys.SigningKey(_path, allowWeak: true) : null;
        var line = HistoryLine.Write(entry with { Number = number + 1, Previous = last is null ? null : Hash(last) }, key);
        var length = file.Length;
        file.Seek(0, SeekOrigin.End);
        try
        {
            // One write, so that a killed process leaves at most a torn last line.
            file.Write([.. isTorn ? "\n"u8 : [], .. line, (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(length);
            throw;
        }
    }

    /// <summary>The newest entries, some thousand: enough to judge the last backups. Errors: IOException,
    /// UnauthorizedAccessException.</summary>
    public HistoryReading Read() => Read(mostOlder: 1);

    /// <summary>Reads every entry. Errors: IOException, UnauthorizedAccessException.</summary>
    public HistoryReading ReadAll() => Read(int.MaxValue);

    private HistoryReading Read(int mostOlder)
    {
        FileStream? file = null;
        try
        {
            file = Open(FileMode.Open, FileAccess.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
        }

        List<string> read;
        List<byte[]> parts;
        bool isWhole;
        // The file that is held keeps others from making an older file. They wait, so nothing is checked meanwhile.
        using (file)
        {
            var older = OlderFiles();
            read = older.Skip(Math.Max(0, older.Count - mostOlder)).ToList();
            parts = read.ConvertAll(ReadAll);
            if (file is not null) parts.Add(ReadAll(file));
            isWhole = read.Count == older.Count && older.Count < MostOlderFiles;
        }

        var parser = new Parser(settings);
        for (var i = 0; i < read.Count; i++) parser.RequireBeginning(Path.GetFileName(read[i]), FirstNumber(parts[i]));
        // A process that was killed while it made an older file has left the same lines in both files.
        for (var i = parts.Count - 2; i >= 0; i--)
            if (parts[i + 1].AsSpan().StartsWith(parts[i])) parts.RemoveAt(i);
        return parser.Parse(parts, isWhole);
    }

    // The last line, the number of the last line that can be read, and whether the file ends within a line.
    private (byte[]? Line, long Number, bool IsTorn) End(FileStream file)
    {
        var end = EndOf(Tail(file));
        if (end.Line is not null || OlderFiles() is not [.., var newest]) return end;
        using var older = Files.OpenToRead(newest);
        return EndOf(Tail(older)) with { IsTorn = false };
    }

    private static (byte[]? Line, long Number, bool IsTorn) EndOf(byte[] tail)
    {
        var (last, number) = ((byte[]?)null, 0L);
        var rest = tail.AsSpan().TrimEnd((byte)'\n');
        while (!rest.IsEmpty && number == 0)
        {
            var start = rest.LastIndexOf((byte)'\n') + 1;
            last ??= rest[start..].ToArray();
            number = HistoryLine.Parse(rest[start..]) is { Number: <= MostNumber and var known } ? known : 0;
            rest = rest[..start].TrimEnd((byte)'\n');
        }

        return (last, number, tail is [.., not (byte)'\n']);
    }

    // The lines are copied before the file is emptied. A process that is killed in between leaves them in both files, which a reader
    // notices, and the next line does the same again. A file that cannot be named, or whose name is taken, goes on growing.
    private bool KeepAsOlder(FileStream file)
    {
        var bytes = ReadAll(file);
        if (FirstNumber(bytes) is not { } first) return false;
        var older = Path.Combine(settings.BackupRoot, Invariant($"history-{first:D9}.jsonl"));
        if (File.Exists(older) && !bytes.AsSpan().StartsWith(Files.ReadAllBytes(older))) return false;
        using (var copy = Files.CreatePrivate(older + Files.PartialSuffix, FileMode.Create))
        {
            copy.Write(bytes);
            copy.Flush(flushToDisk: true);
        }

        Files.Publish(older + Files.PartialSuffix, older, replace: true);
        file.SetLength(0);
        var all = OlderFiles();
        foreach (var oldest in all.Take(all.Count - MostOlderFiles)) Files.TryDelete(oldest);
        return true;
    }

    private static long? FirstNumber(byte[] bytes)
    {
        foreach (var line in ((ReadOnlySpan<byte>)bytes).Split((byte)'\n'))
            if (HistoryLine.Parse(bytes.AsSpan(line)) is { } entry) return entry.Number;
        return null;
    }

    // The names sort by the number of the first line.
    private List<string> OlderFiles() => Directory.Exists(settings.BackupRoot)
        ? [.. Directory.EnumerateFiles(settings.BackupRoot, "history-*.jsonl").Where(path => OlderName.IsMatch(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal)]
        : [];

    private static byte[] Tail(FileStream file)
    {
        var bytes = new byte[Math.Min(file.Length, MostLineBytes)];
        file.Seek(-bytes.Length, SeekOrigin.End);
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] ReadAll(string path)
    {
        using var file = Files.OpenToRead(path);
        return ReadAll(file);
    }

    private static byte[] ReadAll(FileStream file)
    {
        if (file.Length > MostFileBytes)
            throw new IOException(Invariant($"{file.Name} has {file.Length:N0} bytes, and no history is so large. Move it away."));
        var bytes = new byte[file.Length];
        file.Seek(0, SeekOrigin.Begin);
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string Hash(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    // The lock on the opened file ends with its process, and leaves no file of its own. Whoever meets a writer waits for its one line.
    private FileStream Open(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, BufferSize = 0,
            Share = access == FileAccess.Read ? FileShare.Read : FileShare.None };
        if (mode != FileMode.Open && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(Pause))
        {
            try
            {
                if (OperatingSystem.IsWindows() && mode != FileMode.Open && !File.Exists(_path)) Files.CreatePrivate(_path).Dispose();
                return new FileStream(_path, options);
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException) && !Files.IsDiskFull(e)
                && waited.Elapsed < LongestWait)
            {
            }
        }
    }

    [GeneratedRegex(@"^history-[0-9]{9,}\.jsonl(\.partial)?$", RegexOptions.CultureInvariant)]
    private static partial Regex OlderName { get; }

    /// <summary>Reads the lines of all files as one chain.</summary>
    private sealed class Parser(OpsSettings settings)
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
            if (HistoryLine.Read(line, settings.Keys) is { } entry) Add(Chained(entry, isWhole) with { Line = _line });
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
                _problems.Add(new HistoryProblem(HistoryProblemKind.Unreadable, at, Invariant($"Line {at}: It cannot be read.")));
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
            if (entry.Integrity == CheckStatus.Failed) Problem(HistoryProblemKind.Changed, entry.IntegrityDetail!);
            // The line before the first one of a part of the history is not known.
            var isFollowing = _before is null ? !isWhole || entry.Previous is null : entry.Previous == Hash(_before);
            if (isFollowing) return entry;
            var gap = (_numberBefore, entry.Number) switch
            {
                (var before, var number) when number == before + 2 => Invariant($"The line {number - 1} before it was removed."),
                (var before, var number) when number > before + 2 =>
                    Invariant($"The lines {before + 1} to {number - 1} before it were removed."),
                _ => "The line before it was removed or changed, or this line was moved.",
            };
            // The problem of a line that was changed has been told with that line.
            if (_entries is not [.., { Integrity: CheckStatus.Failed }] || entry.Number != _numberBefore + 1)
                Problem(HistoryProblemKind.Missing, gap);
            return entry with { Integrity = CheckStatus.Failed, IntegrityDetail = entry.IntegrityDetail ?? gap };
        }

        // A forger without the key can still add a line, or write another key's name into one: what that line said before is not known.
        // Only a backup that fails because there is no key leaves a line without a signature.
        private bool IsUntold(HistoryEntry entry) => settings.Keys.All.Count > 0 && entry.Integrity == CheckStatus.Inconclusive
            && entry is not { KeyId: null, Operation: HistoryEntry.Backup, Result: HistoryResult.Failed, ErrorId: KeyMissing };

        private void Problem(HistoryProblemKind kind, string detail) =>
            _problems.Add(new HistoryProblem(kind, _line, string.Create(CultureInfo.InvariantCulture, $"Line {_line}: {detail}")));
    }
}

/// <summary>The history as it was read.</summary>
/// <param name="Entries">The entries, oldest first.</param>
/// <param name="Unreadable">The number of lines that cannot be read.</param>
/// <param name="IsTorn">True where the last line has no end, because its process was killed.</param>
internal sealed record HistoryReading(IReadOnlyList<HistoryEntry> Entries, int Unreadable, bool IsTorn)
{
    /// <summary>True where the entries are all of the history; false where older ones were left out.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The places of the lines whose operation is not known: they cannot be read, or no key here has signed them.</summary>
    public IReadOnlyList<int> Untold { get; init; } = [];

    /// <summary>The damage, in the order of the lines.</summary>
    public IReadOnlyList<HistoryProblem> Problems { get; init; } = [];

    /// <summary>A history without a line.</summary>
    public static readonly HistoryReading Empty = new([], 0, false);
}
